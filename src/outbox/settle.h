// SPDX-License-Identifier: ISC
/*
 * What is due for a message in the queue besides a try: it expires, its sender
 * is told what became of it, and it leaves the queue.
 */
#ifndef OUTBOX_SETTLE_H
#define OUTBOX_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct err;
struct note;
struct settings;
struct spool;
struct spooled;

/* All of it borrowed. */
struct settle_call {
	struct spool *spool;
	const struct settings *settings; /* of its lane */
	const char *server;              /* "HOST:PORT", or NULL: none spoke */
	int64_t now;                     /* seconds since 1970 */
	unsigned ntries;                 /* of it, or of its server */
};

/*
 * Who was tried less often is not given up for its age: the host may have been
 * asleep, or its clock wrong.
 */
enum { SETTLE_TRIES = 5 };

enum settled {
	SETTLED_WAITS, /* somebody is still to get it */
	SETTLED_GONE,  /* it is not in new/ any more */
};

/* Whether somebody is pending for longer than queue_lifetime. */
bool settle_is_old(const struct settle_call *call, const struct spooled *m);

/* If so, whoever is pending is refused, on disk, for that reason.  EX_IOERR */
bool settle_age(const struct settle_call *call, struct spooled *m,
    struct err *e) MUST_CHECK;

/*
 * Behind a try, whose marks and notes are on disk: puts a report to the sender
 * in the queue for whom it was refused and marks that; a warning likewise, if
 * one is due.  If nobody is pending any more, it is removed, or moved to
 * failed/ where nobody could be told.  After an error it is as it was, but
 * for what was marked, and settle() may be called again.
 */
bool settle(const struct settle_call *call, struct spooled *m,
    const struct note *note, enum settled *how, struct err *e) MUST_CHECK;

#endif
