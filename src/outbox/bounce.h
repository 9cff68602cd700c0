// SPDX-License-Identifier: ISC
/*
 * Reports to senders (message/dsn.h) as messages of the queue: from nobody, so
 * that none is ever made about them, and by the lane of what they are about.
 */
#ifndef OUTBOX_BOUNCE_H
#define OUTBOX_BOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "message/dsn.h"

struct err;
struct note;
struct settings;
struct spool;
struct spooled;

/* All of it borrowed. */
struct bounce {
	struct spool *spool;
	const struct settings *settings;
	const struct spooled *about;
	const struct note *note; /* what was said */
	const char *server;      /* "HOST:PORT", or NULL */
	int64_t now;             /* seconds since 1970 */
	enum dsn_kind kind;
	const size_t *rcpts; /* whom it is about, by their place */
	size_t nrcpts;
};

/*
 * Whether the sender can and wants to be told at all: not if it is nobody, or
 * dsn_notify says so.
 */
bool bounce_is_wanted(const struct bounce *b);

/*
 * Puts the report in the queue; it is there once, however often this is called
 * for the same recipients.  *is_put is false if so many were made today that
 * this one is not.  EX_DATAERR if no report can ever be made; EX_CONFIG,
 * EX_IOERR and the like.
 */
bool bounce_put(const struct bounce *b, bool *is_put, struct err *e) MUST_CHECK;

#endif
