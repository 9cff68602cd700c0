// SPDX-License-Identifier: ISC
/*
 * What the process keeps of its rights once it is connected, by the settings:
 * see "sandbox" in posthasterc(5).
 */
#ifndef SUBMIT_CONFINE_H
#define SUBMIT_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/hosts.h"
#include "net/dial.h"

struct err;
struct settings;
struct source;
struct trustfile;

enum { CONFINE_PORTS_MAX = HOSTS_MAX * DIAL_PORTS_MAX };

/* What is still to come, as far as the settings do not say. */
struct confine_need {
	struct trustfile *trust; /* where authorities are, if they are asked */
	bool may_reconnect;      /* to where we were connected to, or another */
	bool may_need_sasl;      /* libgsasl, for a login */
	/* which are at these ports, of servers or the proxy */
	unsigned ports[CONFINE_PORTS_MAX];
	size_t nports;
	struct source *text;    /* NULL if none is sent */
	int sessions;           /* the folder of saved ones; 0 or less: none */
	struct str known_hosts; /* the file that keys are kept in; or empty */
	const char *folder;     /* the queue's; or NULL */
};

/* Whether the resolver, for one, will not do behind it. */
bool confine_closes_files(const struct settings *s);

/*
 * Opens ahead what it can, and gives up the rest for good.  EX_UNAVAILABLE
 * with "strict", if the kernel does not do all that this promises.
 */
bool confine(const struct settings *s, const struct confine_need *need,
    struct err *e) MUST_CHECK;

#endif
