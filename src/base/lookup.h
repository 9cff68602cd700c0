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

/*
 * The host's addresses, or that of a literal, to *list, which is given back
 * with freeaddrinfo(3).  until_msec is of clock_msec().  EX_NOHOST if there is
 * no such name, EX_TEMPFAIL if nobody says so in time.
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
