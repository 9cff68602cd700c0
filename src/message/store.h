// SPDX-License-Identifier: ISC
/*
 * Where a message is put while it is taken in or made: memory as long as it
 * is small, then a file without a name.  It is scanned on the way.
 */
#ifndef MESSAGE_STORE_H
#define MESSAGE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "message/message.h"
#include "message/scan.h"

struct err;

/* So much stays in memory. */
enum { STORE_MEMORY_MAX = 256 << 10 };

struct store {
	struct scan scan;
	struct buf memory;
	int fd; /* the file, or -1 */
};

#define STORE_INIT                                \
	((struct store){                          \
	    .scan = SCAN_INIT,                    \
	    .memory = BUF_INIT(STORE_MEMORY_MAX), \
	    .fd = -1,                             \
	})

/* EX_IOERR if there is no room for it, EX_DATAERR if the scanner refuses. */
bool store_add(
    struct store *s, const char *bytes, size_t n, struct err *e) MUST_CHECK;

/* What was stored becomes a message, which owns it; the store is empty. */
void store_end(struct store *s, struct message *m);

/* The scanner's facts and fields become the message's. */
void store_keep_scan(struct message *m, struct scan *s);

void store_release(struct store *s);

#endif
