// SPDX-License-Identifier: ISC
/*
 * Keeping the message of this call in the queue: instead of a try, or what is
 * left behind one.  What has to be opened and looked up for that is, before
 * there is a connection, as the process may have given up its rights by then.
 */
#ifndef OUTBOX_KEEP_H
#define OUTBOX_KEEP_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "queue/entry.h"
#include "queue/spool.h"

struct envelope;
struct err;
struct origin;
struct settings;
struct source;

struct keep {
	struct buf path; /* the queue's */
	struct spool spool;
	struct entry entry;     /* but for the envelope: what its lane is */
	char id[SPOOL_ID_SIZE]; /* once it is kept; else "" */
};

#define KEEP_INIT                   \
	((struct keep){             \
	    .path = BUF_INIT(4096), \
	    .spool = SPOOL_INIT,    \
	    .entry = ENTRY_INIT,    \
	})

/*
 * Opens the queue, made if it is missing.  EX_CANTCREAT; EX_CONFIG if it is
 * not as it has to be.
 */
bool keep_open(struct keep *k, const struct origin *origin,
    const struct settings *s, struct err *e) MUST_CHECK;

/* Whether no password is there for this call only.  EX_CONFIG */
bool keep_check_password(const struct settings *s, struct err *e) MUST_CHECK;

/*
 * Puts the message there, safe when this returns true; behind keep_open().
 * EX_CANTCREAT, EX_IOERR
 */
bool keep_put(struct keep *k, const struct envelope *envelope,
    struct source *source, struct err *e) MUST_CHECK;

void keep_release(struct keep *k);

#endif
