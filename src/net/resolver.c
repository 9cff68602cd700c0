// SPDX-License-Identifier: ISC
#include "net/resolver.h"

#include <string.h>

#include "base/err.h"
#include "net/srv.h"

/* Before it there was a name (glibc 2.31), the bit was there unasked. */
#ifndef RES_TRUSTAD
#define RES_TRUSTAD 0
#endif

static void
set_nameserver(struct __res_state *state, const struct srv_nameserver *ns)
{
	struct sockaddr_in *at = &state->nsaddr_list[0];
	*at = (struct sockaddr_in){ .sin_family = AF_INET };
	memcpy(&at->sin_addr, ns->address, sizeof(ns->address));
	at->sin_port = htons((uint16_t)ns->port);
	state->nscount = 1;
	state->retrans = ns->timeout_s;
	state->retry = 2;
}

bool
resolver_open(
    struct __res_state *state, const struct srv_nameserver *ns, struct err *e)
{
	*state = (struct __res_state){ .retrans = 0 };
	if (res_ninit(state) != 0)
		return err_set(e, EX_TEMPFAIL, "set up the resolver");
	if (ns != NULL)
		set_nameserver(state, ns);
	return true;
}

/* The list is of IPv4; what it has no place for stands beside it. */
static bool
is_loopback(const struct __res_state *state, int i)
{
	const struct sockaddr_in *v4 = &state->nsaddr_list[i];
	const struct sockaddr_in6 *v6 = state->_u._ext.nsaddrs[i];
	if (v4->sin_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return v6 != NULL && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

bool
resolver_is_local(const struct __res_state *state)
{
	for (int i = 0; i < state->nscount; i++)
		if (!is_loopback(state, i))
			return false;
	return state->nscount > 0;
}

void
resolver_ask_security(struct __res_state *state)
{
	state->options |= RES_USE_EDNS0 | RES_USE_DNSSEC | RES_TRUSTAD;
}
