// SPDX-License-Identifier: ISC
/* A connection by the way that is wanted: straight, by a proxy, a
 * socket or a command. */
#ifndef NET_WAY_H
#define NET_WAY_H

#include <stdbool.h>

#include "base/attr.h"

struct dial_result;
struct dial_target;
struct err;

/*
 * As dial_host(), within the target's time.  A proxy may refuse with
 * EX_UNAVAILABLE, or the login there with EX_NOPERM, or make no sense with
 * EX_PROTOCOL; a socket may be closed with EX_NOPERM; of a command
 * see net/tunnel.h.  The line ends with net_hang_up().
 */
bool net_dial(const struct dial_target *target, struct dial_result *result,
    struct err *e) MUST_CHECK;

/* *e is why nothing came; what the way knows of it is put in its place. */
void net_explain(const struct dial_result *line, struct err *e);

/* Once the descriptor is closed: ends what else there is of the line. */
void net_hang_up(struct dial_result *line);

#endif
