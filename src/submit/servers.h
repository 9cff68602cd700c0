// SPDX-License-Identifier: ISC
/* The servers that may take the message, in the order in which they are tried.
 */
#ifndef SUBMIT_SERVERS_H
#define SUBMIT_SERVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "config/settings.h"

struct addrinfo;
struct err;
struct srv_nameserver;

struct server {
	char *host;           /* name or address to connect to; owned */
	unsigned port;        /* 0: to be chosen by the settings */
	enum toggle starttls; /* auto: as tls_starttls has it */
	bool is_srv;        /* host is a domain, whose servers DNS is to name */
	struct err *why;    /* and did not: there is nothing to try; owned */
	bool is_discovered; /* DNS has named it, with port and starttls */
	/* the domain that it is named for by whoever can forge DNS: its
	   certificate must be for that; or NULL: for host; owned */
	char *reference;
	struct addrinfo *addresses; /* looked up, or NULL; owned */
};

struct servers {
	struct server *items; /* owned */
	size_t len;
	size_t at; /* the one that is tried, or that serves us */
};

#define SERVERS_INIT ((struct servers){ .items = NULL })

/* Of "host"; at a local socket, one that bears the first name, or none. */
void servers_list(struct servers *list, const struct settings *s);

/*
 * Puts the servers that DNS names in the place of the domains that are to have
 * it asked, by then (clock_msec()); one for which there are none stays, with
 * the reason.  The name server is NULL for the system's.
 */
void servers_find(struct servers *list, const struct settings *s,
    const struct srv_nameserver *ns, int64_t until_msec);

void servers_release(struct servers *list);

#endif
