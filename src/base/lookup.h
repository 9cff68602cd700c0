// SPDX-License-Identifier: ISC
/* Names of hosts, asked for with the deadline that getaddrinfo(3) lacks. */
#ifndef BASE_LOOKUP_H
#define BASE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct addrinfo;
struct buf;
struct err;

/* A look-up that goes on by itself. */
struct lookup;

/*
 * Begins to ask for the host's addresses, of that family or, by AF_UNSPEC, of
 * both.  Those of a literal and of localhost (RFC 6761 6.3) are there at once.
 * NULL with EX_OSERR.
 */
struct lookup *
lookup_begin(const char *host, int family, struct err *e) MUST_CHECK;

/* Whether the host is localhost. */
bool lookup_is_local(const char *host);

/*
 * The next addresses, as soon as they are worth beginning with; the look-up's.
 * NULL if none came by then (clock_msec()), or if lookup_is_over().  A family
 * that is late is not waited for (RFC 8305 3): it is a list of its own.
 */
const struct addrinfo *
lookup_next(struct lookup *l, int64_t until_msec) MUST_CHECK;

/* Whether all is known: there will be no further addresses. */
bool lookup_is_over(const struct lookup *l);

/*
 * Why there are no addresses: EX_NOHOST if it is certain that there are none,
 * EX_CONFIG for a literal of another family, else EX_TEMPFAIL.  Always false.
 */
bool lookup_failed(const struct lookup *l, struct err *e);

/* The list is the caller's from here on, for freeaddrinfo(3). */
struct addrinfo *lookup_take(struct lookup *l, const struct addrinfo *list);

/* For AUTO: NULL is fine.  What is not over is left to itself. */
void lookup_release(struct lookup **owned);

/*
 * All of that for who only wants the first addresses, to *list, which is given
 * back with freeaddrinfo(3).
 */
bool lookup_host(const char *host, int64_t until_msec, struct addrinfo **list,
    struct err *e) MUST_CHECK;

/*
 * Appends the host's full name, as its hosts file or the name server has it;
 * false if there is none in time.
 */
bool lookup_canonical_name(
    const char *host, int64_t until_msec, struct buf *name) MUST_CHECK;

#endif
