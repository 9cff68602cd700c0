// SPDX-License-Identifier: ISC
/* A message that was taken in: where it lies and what is known of it. */
#ifndef MESSAGE_MESSAGE_H
#define MESSAGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/str.h"
#include "message/scan.h"

struct message {
	int fd; /* it lies there from base on; -1: it lies in bytes */
	off_t base;
	struct str bytes;
	bool owns_fd;
	struct buf memory; /* owns bytes, unless they are borrowed */
	struct scan_facts facts;
	struct field *fields; /* those of enum field_id, in their order */
	size_t nfields;
};

#define MESSAGE_INIT ((struct message){ .fd = -1 })

/* The first field with this name, or NULL; borrowed. */
const struct field *message_find(const struct message *m, enum field_id id);

void message_release(struct message *m);

#endif
