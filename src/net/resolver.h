// SPDX-License-Identifier: ISC
/* The C library's resolver, for records that are no addresses of hosts. */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>

#include "base/attr.h"

struct err;
struct srv_nameserver;

/* For those name servers, or the system's if it is NULL; to be closed with
 * res_nclose(3).  EX_TEMPFAIL */
bool resolver_open(struct __res_state *state, const struct srv_nameserver *ns,
    struct err *e) MUST_CHECK;

/* Whether all of them are on this host, so that nobody stands between. */
bool resolver_is_local(const struct __res_state *state);

/* The AD bit is asked for, and with it DNSSEC's records, as name servers that
 * hand on do not give it otherwise. */
void resolver_ask_security(struct __res_state *state);

#endif
