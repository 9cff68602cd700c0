// SPDX-License-Identifier: ISC
/*
 * One server after another, each once, until one has given its verdict or there
 * is none left.
 *
 * The next one is tried where one cannot be reached, has not the TLS or login
 * that is wanted, is out of order, or says "later" (smtp_may_go_elsewhere()):
 * nothing is refused by then, and nobody has the message.
 */
#ifndef SUBMIT_FAILOVER_H
#define SUBMIT_FAILOVER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct attempt;
struct err;
struct report;
struct smtp_job;
struct smtp_session;

/* What is the same with each of them; all of it borrowed. */
struct failover {
	struct attempt *attempt;
	struct str password;
	struct smtp_job *job;
};

/*
 * As attempt_begin(), from the server on that is at hand.  Of several that
 * failed, the session is of the last that was told of the message, or, if none
 * was, of the last; the errors of the others are in the attempt's failures.
 * If one of them may do better later, the exit code says so.
 */
bool failover_begin(const struct failover *f, struct smtp_session *session,
    struct err *e) MUST_CHECK;

/* The same behind a session on a line that there was before. */
bool failover_go_on(const struct failover *f, struct smtp_session *session,
    struct err *e) MUST_CHECK;

/* Whom the report is about, and who failed before. */
void failover_report(const struct attempt *a, struct report *r);

#endif
