// SPDX-License-Identifier: ISC
/* What a user does to messages in the queue, by their ids. */
#ifndef OUTBOX_MANAGE_H
#define OUTBOX_MANAGE_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct run_call;
struct strvec;

enum manage_verb {
	MANAGE_SHOW,   /* to a descriptor */
	MANAGE_REMOVE, /* in failed/ and damaged/, too */
	MANAGE_HOLD,   /* not to be tried until it is released */
	MANAGE_RELEASE,
	MANAGE_RETRY, /* to be tried at once, unless it is held */
};

struct manage_call {
	const char *path; /* the queue's folder */
	enum manage_verb verb;
	/* ids, parts of ids that only one message has, or "all" */
	const struct strvec *wanted;
	/* run_queue() or the like, for MANAGE_RETRY, and its tag */
	bool (*run)(const struct run_call *call, struct err *e);
	bool is_for_all; /* "all" is of all users, for root */
	const char *tag;
	int fd;         /* where it is shown */
	bool is_screen; /* which control characters must not reach */
};

/*
 * Does that to all that are wanted.  EX_NOINPUT if one of them is not there,
 * EX_USAGE if it could be several, which are added to told: then nothing is
 * done.  What stood in the way of single ones later is added there, too; then
 * the error's text is empty, EX_TEMPFAIL if it was that somebody is at work on
 * them.  What run_queue() says.
 */
bool manage(const struct manage_call *call, struct strvec *told,
    struct err *e) MUST_CHECK;

#endif
