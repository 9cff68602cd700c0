// SPDX-License-Identifier: ISC
/*
 * Works on one lane, in the calling process: its messages go one after
 * another, over as few connections as may be.  Who does it has the lane's
 * lock, so that they arrive in order, and each once.
 */
#ifndef OUTBOX_DELIVER_H
#define OUTBOX_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct err;
struct spool;
struct strvec;
struct waiting;

/* All of it borrowed. */
struct deliver_call {
	struct spool *spool;
	const char *key; /* the lane's */
	const char *id;  /* a message of it, for its settings */
	/* those of it that are to be looked after, in order, out of seen,
	 * sorted; NULL: all that there are */
	struct waiting *first;
	size_t n;
	const struct strvec *seen;
	bool is_wanted;  /* by name: waits for the lock, and for no server */
	const char *tag; /* our name in syslog */
};

struct deliver_result {
	size_t nleft;  /* were to be tried, and still wait */
	size_t nlater; /* were not: their time has not come */
	int64_t next;  /* of these the earliest; seconds since 1970, or 0 */
};

/*
 * Tries what is due or chosen, with what comes meanwhile; the result is kept
 * up to date on the way.  If another process has the lane, it is left to that;
 * where seen is NULL, one waits behind it, for all who come.  Once there is a
 * connection, this process has given up its rights.  True unless something
 * failed that is of this host: EX_CANTCREAT, EX_IOERR.  All else is told, to
 * standard error and the log.
 */
bool deliver(const struct deliver_call *call, struct deliver_result *result,
    struct err *e) MUST_CHECK;

/* Of now on SIGTERM ends it behind the message that is on its way. */
void deliver_heed_signals(void);

#endif
