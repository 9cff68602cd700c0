// SPDX-License-Identifier: ISC
#include "submit/servers.h"

#include <netdb.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/hosts.h"

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

void
servers_release(struct servers *list)
{
	for (size_t i = 0; i < list->len; i++) {
		free(list->items[i].host);
		if (list->items[i].addresses != NULL)
			freeaddrinfo(list->items[i].addresses);
	}
	free(list->items);
	*list = SERVERS_INIT;
}
