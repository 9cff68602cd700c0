// SPDX-License-Identifier: ISC
/*
 * A run over the queue: each lane in a process of its own, several at once, so
 * that a server that hangs delays its own mail only.
 */
#ifndef OUTBOX_RUN_H
#define OUTBOX_RUN_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct strvec;

enum run_choice {
	RUN_DUE, /* what is to be tried by now */
	RUN_ALL, /* due or not */
	/* what has a part like text, due or not */
	RUN_BY_ID,
	RUN_BY_RCPT,
	RUN_BY_SENDER,
	RUN_THESE, /* of these ids, due or not */
};

/* Borrowed. */
struct run_call {
	const char *path; /* the queue's folder */
	enum run_choice choice;
	const char *text;
	const struct strvec *ids;
	bool is_for_all; /* see outbox/everyone.h */
	const char *tag; /* our name in syslog; NULL: "posthaste" */
};

/*
 * Tries what is chosen and not held.  True if all of that is gone; EX_TEMPFAIL
 * with an empty text if something still waits, which was told, or EX_CONFIG,
 * EX_CANTCREAT, EX_IOERR.  A queue that is not there is empty.
 */
bool run_queue(const struct run_call *call, struct err *e) MUST_CHECK;

/*
 * Has the message tried in another process, with those of its lane that are
 * due, and returns at once: nobody waits for that process, and it prints
 * nothing.  The path is that from the root on.  EX_OSERR if it cannot be made.
 */
bool
run_in_background(const char *path, const char *id, struct err *e) MUST_CHECK;

#endif
