// SPDX-License-Identifier: ISC
#include "submit/contact.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/idn.h"
#include "base/lookup.h"
#include "net/dial.h"
#include "net/name.h"
#include "submit/servers.h"

enum { NAME_MOST = 1024 };

/*
 * By a proxy, a socket or a command nobody is asked; an address needs no
 * answer, nor does localhost, both of whose addresses are to be tried.  The
 * name is turned to A-labels for all: it has a library loaded.
 */
static void
look_up(struct contact *c, const struct server *server,
    const struct dial_target *target)
{
	AUTO(buf_release) struct buf name = BUF_INIT(NAME_MOST);
	struct err ignored = ERR_INIT;
	if (!idn_to_ascii(str_of(server->host), &name, &ignored) ||
	    server->addresses != NULL || target->socket != NULL ||
	    target->tunnel != NULL || target->proxy_host != NULL ||
	    name_is_address(server->host) || lookup_is_local(server->host))
		return;
	c->lookup = lookup_begin(buf_cstr(&name), target->family, &ignored);
}

void
contact_look_ahead(struct contact *c, const struct settings *s,
    const struct server *server, const struct dial_target *target)
{
	struct err ignored = ERR_INIT;
	if (server->why != NULL)
		return;
	look_up(c, server, target);
	c->has_begun = belief_begin(&c->belief, s, server, &ignored) &&
	    belief_ask(&c->belief, server, target, &ignored);
}

bool
contact_take(
    struct contact *c, struct server *server, int64_t until_msec, struct err *e)
{
	if (c->lookup != NULL) {
		struct err why = ERR_INIT;
		const struct addrinfo *list = lookup_next(
		    c->lookup, until_msec);
		if (list != NULL)
			server->addresses = lookup_take(c->lookup, list);
		else if (!lookup_failed(c->lookup, &why)) {
			server->why = mem_alloc(sizeof(*server->why));
			*server->why = why;
		}
		lookup_release(&c->lookup);
	}
	if (server->why != NULL)
		*e = *server->why;
	return server->why == NULL;
}

void
contact_release(struct contact *c)
{
	belief_release(&c->belief);
	lookup_release(&c->lookup);
	*c = CONTACT_INIT;
}
