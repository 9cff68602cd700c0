// SPDX-License-Identifier: ISC
/* One try to hand one message to the smarthost, or to ask it something. */
#ifndef SUBMIT_SUBMIT_H
#define SUBMIT_SUBMIT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct envelope;
struct err;
struct failures;
struct report;
struct serverinfo;
struct settings;
struct source;

/* All of it borrowed. */
struct submit_call {
	const struct settings *settings;
	struct str password; /* empty if none is needed */
	const char *folder;  /* the queue's, which stays open to us; or NULL */
};

/*
 * Connects, again if the server wants that, and plays the session to its end;
 * with the next server if that may do better (failover.h).
 * True if the server took the message for every recipient.  Else *r has a line
 * for each recipient refused, and *e the rest (report.h).
 */
bool submit_run(const struct submit_call *call, const struct envelope *envelope,
    struct source *source, struct report *r, struct err *e) MUST_CHECK;

/*
 * Asks the first server that can be reached what it is, without a login.  *info
 * is filled as far as it came, even when false; *failures, of the caller, with
 * those before, unless all went well.
 */
bool submit_info(const struct settings *settings, struct serverinfo *info,
    struct failures *failures, struct err *e) MUST_CHECK;

/*
 * Logs in if the settings say so, and asks the server to send what waits
 * under that name (RFC 1985).  *failures as above.
 */
bool submit_etrn(const struct settings *settings, struct str password,
    const char *name, struct failures *failures, struct err *e) MUST_CHECK;

#endif
