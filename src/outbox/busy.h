// SPDX-License-Identifier: ISC
/*
 * Which files are locked, by the kernel's list of all locks: to ask for a lock
 * would take it from who comes at that moment and needs it.
 */
#ifndef OUTBOX_BUSY_H
#define OUTBOX_BUSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct busy {
	uint64_t *inodes; /* sorted; owned */
	size_t len;
	size_t cap;
};

#define BUSY_INIT ((struct busy){ .inodes = NULL })

/* What is locked now; nothing where the kernel does not tell. */
void busy_read(struct busy *b);

/* Adds what the text of /proc/locks says of flock(2). */
void busy_parse(struct busy *b, struct str text);

/* Whether somebody else has the lock of that file. */
bool busy_has(const struct busy *b, int fd);

void busy_release(struct busy *b);

#endif
