// SPDX-License-Identifier: ISC
/*
 * Which servers a domain names in DNS for the mail of its users (RFC 6186,
 * 8314).  Services are asked for all at once, each in a thread of its own.
 * What is found is DNS's word alone, unless it is secure: see net/srv.h.
 */
#ifndef SUBMIT_DISCOVER_H
#define SUBMIT_DISCOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct discovery;
struct err;
struct settings;
struct srv_answer;
struct srv_nameserver;

/* In order of preference. */
enum discover_service {
	DISCOVER_SUBMISSIONS, /* TLS at once */
	DISCOVER_SUBMISSION,  /* STARTTLS */
	DISCOVER_SERVICES,
};

/* "_submissions._tcp" */
const char *discover_label(enum discover_service service);

/*
 * Begins to ask for those services of the domain, which may be in any script,
 * that the settings allow; for all with NULL.  The name server is NULL for the
 * system's.  NULL with EX_CONFIG if it is no domain, EX_OSERR.
 */
struct discovery *discover_begin(struct str domain, const struct settings *s,
    const struct srv_nameserver *ns, struct err *e) MUST_CHECK;

/*
 * Waits until then (clock_msec()) for what is to be known; true if there is a
 * server.  EX_NOHOST if the domain names none, or says that there is none (RFC
 * 2782, "Target"), EX_TEMPFAIL if nobody can tell.
 */
bool discover_await(
    struct discovery *d, int64_t until_msec, struct err *e) MUST_CHECK;

/* Behind that: in the order in which they are to be tried.  NULL if it was not
 * asked for, or nobody could tell.  Borrowed. */
const struct srv_answer *
discover_answer(const struct discovery *d, enum discover_service service);

/* By A-labels; borrowed. */
const char *discover_domain(const struct discovery *d);

/* Whether the target is the domain's own, by its name. */
bool discover_is_within(const struct discovery *d, const char *target);

/* For AUTO: NULL is fine. */
void discover_release(struct discovery **owned);

#endif
