// SPDX-License-Identifier: ISC
/*
 * Takes several messages to the servers of the same settings, one after
 * another, on as few connections as may be: each to the one that served the
 * last, as long as that does.
 */
#ifndef SUBMIT_COURIER_H
#define SUBMIT_COURIER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct courier;
struct envelope;
struct err;
struct failures;
struct report;
struct settings;
struct smtp_session;
struct source;

/* All of it borrowed. */
struct courier_call {
	const struct settings *settings;
	struct str password; /* empty if none is needed */
	const char *folder;  /* the queue's, which stays open to us; or NULL */
	unsigned most;       /* messages on a connection */
	/* called each time the server has taken the message for some; or NULL
	 */
	void (*taken)(void *whose, const struct smtp_session *session);
	void *whose;
};

/* It connects with the first message. */
struct courier *courier_new(const struct courier_call *call) MUST_CHECK;

/*
 * One message, as submit_run() has it.  Where the line was that of an earlier
 * message and was lost before this one was taken, another one is tried once.
 * With the first connection the process is confined.
 */
bool courier_send(struct courier *c, const struct envelope *envelope,
    struct source *source, struct report *r, struct err *e) MUST_CHECK;

/*
 * The session of the last message, for what became of each recipient, until
 * the next is sent; NULL if there was no connection for it.
 */
const struct smtp_session *courier_session(const struct courier *c);

/* The name of the server that was tried last, or that has the line. */
const char *courier_host(const struct courier *c);

/* The servers before it that failed with the last message. */
const struct failures *courier_failures(const struct courier *c);

/* "HOST:PORT" of the last connection. */
const char *courier_server(const struct courier *c);

/* Whether the session of the last message, if there was one, had TLS. */
bool courier_has_tls(const struct courier *c);

/* Says good-bye if there still is a line. */
void courier_free(struct courier **c);

#endif
