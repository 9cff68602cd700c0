// SPDX-License-Identifier: ISC
/* One message of the queue, tried once: what became of it is on disk. */
#ifndef OUTBOX_CARRY_H
#define OUTBOX_CARRY_H

#include <stdbool.h>

#include "base/attr.h"
#include "queue/retry.h"

struct courier;
struct err;
struct lane;
struct note;
struct settle_call;
struct smtp_session;
struct spool;
struct spooled;
struct trial;

/* All of it borrowed. */
struct carrier {
	struct spool *spool;
	const struct lane *lane;
	struct courier *courier;
	struct retry_rules rules;
	unsigned nhost;      /* how often the server failed in a row */
	const char *tag;     /* our name in syslog */
	bool is_watched;     /* a human sees standard error */
	int logfile;         /* journal_prepare() */
	struct trial *trial; /* the one at hand; carry()'s own, or NULL */
};

enum carried {
	CARRIED_AWAY,  /* nobody waits for it any more */
	CARRIED_LATER, /* it waits, for a reason of its own */
	CARRIED_LOST,  /* the same: the connection went */
	CARRIED_HOST,  /* it waits for the server: *e */
	CARRIED_STUCK, /* what became of it cannot be noted: no more is sent */
};

/*
 * Sends it to those who are pending; marks who got it, and settles it.  The
 * note is that of the message; if it waits, it is on disk.
 */
enum carried carry(struct carrier *c, struct spooled *m, struct note *note,
    struct err *e) MUST_CHECK;

/*
 * For the courier: marks at once who has the message, so that who is killed
 * between the transactions of one with many recipients repeats but the last.
 * If that fails, carry() finds that it does.
 */
void carry_taken(void *carrier, const struct smtp_session *session);

/*
 * Without a try: it may be too old by now, or nobody is pending.
 * CARRIED_AWAY or CARRIED_LATER; an error is told.
 */
enum carried carry_on(
    struct carrier *c, struct spooled *m, const struct note *note) MUST_CHECK;

#endif
