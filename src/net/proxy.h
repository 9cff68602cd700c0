// SPDX-License-Identifier: ISC
/* A connection through a SOCKS5 proxy. */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct dial_result;
struct dial_target;
struct err;

/*
 * To the target, port by port, through the proxy that it names, until then
 * (clock_msec()); for net_dial().
 */
bool proxy_dial(const struct dial_target *target, int64_t until_msec,
    struct dial_result *result, struct err *e) MUST_CHECK;

#endif
