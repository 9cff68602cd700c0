// SPDX-License-Identifier: ISC
/*
 * The connection to the server at hand, and with the first one the sandbox:
 * what it takes to reach the others is found out beside it.
 */
#ifndef SUBMIT_REACH_H
#define SUBMIT_REACH_H

#include <stdbool.h>

#include "base/attr.h"

struct attempt;
struct confine_need;
struct contact;
struct err;
struct server;

/* The one that is tried, or that we are connected to. */
struct server *reach_server(const struct attempt *a);
struct contact *reach_contact(const struct attempt *a);

/*
 * Of the time for connecting, what DNS takes to name servers, if that is
 * wanted; once.  Then there is time for each of them.
 */
void reach_find(struct attempt *a);

/*
 * Connects, within this server's share of the time that is left.  The stream
 * is open then, and the attempt's peer and server say to whom.
 */
bool reach(struct attempt *a, struct err *e) MUST_CHECK;

/* Whether TLS is required with one of the servers, on a port that it may have.
 */
bool reach_needs_tls(const struct attempt *a);

/*
 * Behind the first connection: what is not needed from here on is given up.
 * The need is filled in but for what depends on the servers.
 */
bool reach_confined(
    struct attempt *a, struct confine_need *need, struct err *e) MUST_CHECK;

#endif
