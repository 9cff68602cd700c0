// SPDX-License-Identifier: ISC
#include "submit/servers.h"

#include <netdb.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "config/hosts.h"
#include "net/srv.h"
#include "submit/discover.h"

/* Of one service of a domain: so many are tried before its next service. */
enum { TARGETS_MAX = 8 };

static void
add(struct servers *list, const struct host *host)
{
	list->items[list->len++] = (struct server){
		.host = str_dup(host->name),
		.port = host->port,
		.starttls = TOGGLE_AUTO,
		.is_srv = host->is_srv,
	};
}

void
servers_list(struct servers *list, const struct settings *s)
{
	struct str rest = s->host != NULL ? str_of(s->host) : STR("localhost");
	size_t most = s->socket != NULL ? 1 : HOSTS_MAX;
	struct host host;
	struct err ignored = ERR_INIT; /* the settings were checked */
	*list = SERVERS_INIT;
	list->items = mem_zalloc(most * sizeof(list->items[0]));
	while (list->len < most && hosts_next(&rest, &host, &ignored))
		add(list, &host);
}

static void
release(struct server *server)
{
	free(server->host);
	free(server->why);
	free(server->reference);
	if (server->addresses != NULL)
		freeaddrinfo(server->addresses);
}

void
servers_release(struct servers *list)
{
	for (size_t i = 0; i < list->len; i++)
		release(&list->items[i]);
	free(list->items);
	*list = SERVERS_INIT;
}

/* What is asked of DNS, and the list that comes of it. */
struct search {
	struct discovery **asked; /* an item each; NULL: nothing */
	struct servers found;
};

static void
note_failure(struct server *server, const struct err *e)
{
	log_debug("%s", e->text);
	free(server->why);
	server->why = mem_alloc(sizeof(*server->why));
	*server->why = *e;
}

static void
add_target(struct servers *found, const struct discovery *d,
    enum discover_service service, const struct srv_record *r, bool is_secure)
{
	bool is_believed = is_secure || discover_is_within(d, r->target);
	found->items[found->len++] = (struct server){
		.host = str_dup(str_of(r->target)),
		.port = r->port,
		.starttls = service == DISCOVER_SUBMISSION ? TOGGLE_ON
							   : TOGGLE_OFF,
		.is_discovered = true,
		.reference = is_believed ? NULL
					 : str_dup(str_of(discover_domain(d))),
	};
	log_debug("DNS names %s:%u for %s (%s)%s", r->target, r->port,
	    discover_domain(d), discover_label(service),
	    is_believed ? ""
			: "; its certificate must be for the domain, as the "
			  "answer is not secured by DNSSEC");
}

static void
add_targets(struct servers *found, const struct discovery *d)
{
	for (enum discover_service k = 0; k < DISCOVER_SERVICES; k++) {
		const struct srv_answer *a = discover_answer(d, k);
		for (size_t i = 0; a != NULL && i < a->n; i++)
			if (i < TARGETS_MAX)
				add_target(
				    found, d, k, &a->records[i], a->is_secure);
	}
}

/* All domains at once. */
static bool
begin(struct search *search, struct servers *list, const struct settings *s,
    const struct srv_nameserver *ns)
{
	bool is_any = false;
	search->asked = mem_zalloc(list->len * sizeof(struct discovery *));
	for (size_t i = 0; i < list->len; i++) {
		struct server *server = &list->items[i];
		struct err why = ERR_INIT;
		if (!server->is_srv)
			continue;
		is_any = true;
		search->asked[i] = discover_begin(
		    str_of(server->host), s, ns, &why);
		if (search->asked[i] == NULL)
			note_failure(server, &why);
	}
	return is_any;
}

/* One that DNS is not asked for, or that it says nothing of, stays. */
static void
take(struct search *search, size_t i, struct server *server, int64_t until_msec)
{
	struct servers *found = &search->found;
	struct discovery *d = search->asked[i];
	struct err why = ERR_INIT;
	if (d != NULL && discover_await(d, until_msec, &why)) {
		add_targets(found, d);
		release(server);
	} else {
		if (d != NULL)
			note_failure(server, &why);
		found->items[found->len++] = *server;
	}
	discover_release(&search->asked[i]);
}

void
servers_find(struct servers *list, const struct settings *s,
    const struct srv_nameserver *ns, int64_t until_msec)
{
	struct search search = { .found = SERVERS_INIT };
	if (begin(&search, list, s, ns)) {
		search.found.items = mem_zalloc(list->len * DISCOVER_SERVICES *
		    TARGETS_MAX * sizeof(list->items[0]));
		for (size_t i = 0; i < list->len; i++)
			take(&search, i, &list->items[i], until_msec);
		free(list->items);
		*list = search.found;
	}
	free(search.asked);
}
