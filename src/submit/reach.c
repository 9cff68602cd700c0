// SPDX-License-Identifier: ISC
#include "submit/reach.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"
#include "net/dial.h"
#include "net/way.h"
#include "submit/attempt.h"
#include "submit/confine.h"
#include "submit/contact.h"
#include "submit/line.h"
#include "submit/serverinfo.h"

/*
 * Where a server has accepted us, the others' addresses are waited for no
 * longer than that: they are for the case that it does not do in the end.
 */
enum { GRACE_MSEC = 1000 };

struct server *
reach_server(const struct attempt *a)
{
	return &a->servers.items[a->servers.at];
}

struct contact *
reach_contact(const struct attempt *a)
{
	return &a->contacts[a->servers.at];
}

/* What it was for the last time, or what the settings allow. */
static void
fill_target(const struct attempt *a, size_t at, struct dial_target *target)
{
	struct server *server = &a->servers.items[at];
	*target = (struct dial_target){ .known = &server->addresses };
	line_fill_target(a->settings, server, target);
	target->proxy_password = buf_str(&a->proxy_password);
	if (target->proxy_host != NULL) /* whose addresses are the same */
		target->known = &a->servers.items[0].addresses;
	if (a->contacts[at].port > 0)
		target->ports[target->nports++] = a->contacts[at].port;
	else
		line_choose_ports(a->settings, server, target);
}

/* Beside this one's connection, so that it costs no time. */
static void
look_ahead(struct attempt *a)
{
	struct dial_target target;
	for (size_t i = 0; i < a->servers.len; i++) {
		if (i == a->servers.at)
			continue;
		fill_target(a, i, &target);
		contact_look_ahead(&a->contacts[i], a->settings,
		    &a->servers.items[i], &target);
	}
}

/* What is to be known of the server first; DNS is asked meanwhile, if the port
 * is clear. */
static bool
begin_belief(struct attempt *a, const struct dial_target *target, struct err *e)
{
	struct contact *c = reach_contact(a);
	if (c->has_begun)
		return true;
	c->has_begun = belief_begin(
	    &c->belief, a->settings, reach_server(a), e);
	/* a name is the server's, a file is not */
	a->is_ours = !c->has_begun;
	return c->has_begun &&
	    (target->nports > 1 ||
		belief_ask(&c->belief, reach_server(a), target, e));
}

static void
describe(struct attempt *a)
{
	line_describe(a->settings, reach_server(a), &a->peer, a->server,
	    sizeof(a->server));
	if (a->info == NULL)
		return;
	(void)snprintf(
	    a->info->server, sizeof(a->info->server), "%s", a->server);
	(void)snprintf(
	    a->info->address, sizeof(a->info->address), "%s", a->peer.remote);
}

static void
spend(struct attempt *a, int64_t since)
{
	int64_t spent = clock_msec() - since;
	a->budget_msec -= spent < a->budget_msec ? (int)spent : a->budget_msec;
}

/* tls_start() tells what cannot be had. */
static void
load_tls(void)
{
	struct err later;
	(void)!crypto_prepare(&later);
}

/* Within this server's share of the time that is left. */
static bool
dial(struct attempt *a, struct dial_target *target, struct err *e)
{
	int64_t begun = clock_msec();
	int share = a->budget_msec / (int)a->nleft;
	bool ok = contact_take(
	    reach_contact(a), reach_server(a), begun + share, e);
	target->timeout_msec = (unsigned)clock_msec_left(begun + share);
	target->meanwhile = line_tls(a->settings) != TOGGLE_OFF ? load_tls
								: NULL;
	ok = ok && net_dial(target, &a->peer, e);
	spend(a, begun);
	return ok;
}

/* Before the first connection of all. */
static void
make_contacts(struct attempt *a)
{
	a->contacts = mem_alloc(a->servers.len * sizeof(*a->contacts));
	for (size_t i = 0; i < a->servers.len; i++)
		a->contacts[i] = CONTACT_INIT;
	look_ahead(a);
}

/* Where there is somebody else to be tried, a name server that keeps silent
 * leaves half of the time for that. */
void
reach_find(struct attempt *a)
{
	int64_t begun = clock_msec();
	int most = a->budget_msec / (a->servers.len > 1 ? 2 : 1);
	if (a->contacts == NULL)
		servers_find(&a->servers, a->settings, NULL, begun + most);
	spend(a, begun);
	a->nleft = a->servers.len;
}

bool
reach(struct attempt *a, struct err *e)
{
	struct dial_target target;
	if (a->contacts == NULL)
		make_contacts(a);
	a->is_ours = false;
	fill_target(a, a->servers.at, &target);
	if (!begin_belief(a, &target, e) || !dial(a, &target, e))
		return false;
	reach_contact(a)->port = a->peer.port;
	describe(a);
	stream_init(&a->stream, a->peer.fd);
	return true;
}

bool
reach_needs_tls(const struct attempt *a)
{
	struct dial_target target;
	for (size_t i = 0; i < a->servers.len; i++) {
		fill_target(a, i, &target);
		for (size_t k = 0; k < target.nports; k++)
			if (line_needs_tls(a->settings, &a->servers.items[i],
				target.ports[k]))
				return true;
	}
	return false;
}

static void
add_port(struct confine_need *need, unsigned port)
{
	for (size_t i = 0; i < need->nports; i++)
		if (need->ports[i] == port)
			return;
	if (need->nports < ARRAY_LEN(need->ports))
		need->ports[need->nports++] = port;
}

/* Where connections may go to from here on. */
static void
fill_ports(const struct attempt *a, struct confine_need *need)
{
	struct dial_target target;
	for (size_t i = 0; i < a->servers.len; i++) {
		if (a->servers.items[i].why != NULL)
			continue;
		fill_target(a, i, &target);
		if (target.tunnel != NULL)
			continue;
		if (target.proxy_host != NULL)
			add_port(need, target.proxy_port);
		for (size_t k = 0;
		     target.proxy_host == NULL && k < target.nports; k++)
			add_port(need, target.ports[k]);
	}
}

/* What is found of the others by then is what there will be. */
static void
end_looking(struct attempt *a)
{
	int share = a->budget_msec / (int)a->nleft;
	int64_t until = clock_msec() +
	    (share < GRACE_MSEC ? share : GRACE_MSEC);
	struct err ignored = ERR_INIT; /* it is the contact's to tell */
	for (size_t i = 0; i < a->servers.len; i++) {
		if (i == a->servers.at)
			continue;
		(void)!contact_take(
		    &a->contacts[i], &a->servers.items[i], until, &ignored);
		belief_wait(&a->contacts[i].belief, until);
	}
}

bool
reach_confined(struct attempt *a, struct confine_need *need, struct err *e)
{
	need->may_reconnect |= a->servers.len > 1;
	need->known_hosts = buf_str(&reach_contact(a)->belief.known_hosts);
	fill_ports(a, need);
	if (confine_closes_files(a->settings))
		end_looking(a);
	a->is_confined = true;
	a->is_ours = !confine(a->settings, need, e);
	return !a->is_ours;
}
