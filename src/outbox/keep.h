// SPDX-License-Identifier: ISC
/*
 * Keeping the message of this call in the queue: instead of a try, or what is
 * left behind one.  What has to be opened and looked up for that is, before
 * there is a connection, as the process may have given up its rights by then.
 */
#ifndef OUTBOX_KEEP_H
#define OUTBOX_KEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "queue/entry.h"
#include "queue/spool.h"

struct envelope;
struct origin;
struct report;
struct settings;
struct source;

struct keep {
	struct buf path; /* the queue's */
	struct spool spool;
	struct entry entry; /* but for the envelope: what its lane is */
	const struct settings *settings; /* borrowed */
	char id[SPOOL_ID_SIZE];          /* once it is kept; else "" */
	struct buf notice; /* then: "kept in the queue as ID: why" */
	struct err why;    /* then, for the log: never EX_OK */
};

#define KEEP_INIT                        \
	((struct keep){                  \
	    .path = BUF_INIT(1 << 16),   \
	    .spool = SPOOL_INIT,         \
	    .entry = ENTRY_INIT,         \
	    .notice = BUF_INIT(1 << 16), \
	    .why = ERR_INIT,             \
	})

/*
 * Opens the queue, made if it is missing; the settings outlive it.
 * EX_CANTCREAT; EX_CONFIG if it is not as it has to be.
 */
bool keep_open(struct keep *k, const struct origin *origin,
    const struct settings *s, struct err *e) MUST_CHECK;

/* Whether no password is there for this call only.  EX_CONFIG */
bool keep_check_password(const struct settings *s, struct err *e) MUST_CHECK;

/* Whether a message can be kept at all by the settings.  EX_CONFIG */
bool keep_check(const struct settings *s, struct err *e) MUST_CHECK;

/*
 * Whether the message may not be tried now: an earlier one of the same sender
 * waits for one of its recipients, and was not tried often.  Behind
 * keep_open().
 */
bool keep_is_behind(const struct keep *k, const struct envelope *envelope);

/*
 * Puts the message there for all, safe when this returns true; behind
 * keep_open().  why may be empty.  EX_CANTCREAT, EX_IOERR
 */
bool keep_all(struct keep *k, const struct envelope *envelope,
    struct source *source, const char *why, struct err *e) MUST_CHECK;

/*
 * Behind a try that failed for the reason in *e: puts the message there for
 * those who may get it later.  True if that is done, and nothing was refused
 * for good; else *e says what was, or, if it could not be put there, is as it
 * was, and the report has a line on that.  no_queue: why there is none; or
 * NULL.
 */
bool keep_rest(struct keep *k, const struct envelope *envelope,
    struct source *source, const struct err *no_queue, struct report *report,
    struct err *e) MUST_CHECK;

/*
 * The server has just taken a message: if others wait for it, the next run
 * tries them, however often it failed before.  Behind keep_open().
 */
void keep_server_serves(struct keep *k);

bool keep_is_kept(const struct keep *k);

void keep_release(struct keep *k);

#endif
