// SPDX-License-Identifier: ISC
/* Which way a message would go, and why, without a network. */
#ifndef SUBMIT_ROUTE_H
#define SUBMIT_ROUTE_H

struct buf;
struct compose;
struct origin;
struct settings;

/*
 * Appends lines for the account, the server, the sender and each recipient,
 * each with its reason.  All of it has been settled and composed.
 */
void route_show(const struct compose *c, const struct origin *o,
    const struct settings *s, struct buf *out);

#endif
