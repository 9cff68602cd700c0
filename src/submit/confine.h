// SPDX-License-Identifier: ISC
/*
 * What the process keeps of its rights once it is connected, by the settings:
 * see "sandbox" in posthasterc(5).
 */
#ifndef SUBMIT_CONFINE_H
#define SUBMIT_CONFINE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct err;
struct settings;
struct source;
struct trustfile;

/* What is still to come, as far as the settings do not say. */
struct confine_need {
	struct trustfile *trust; /* where authorities are, if they are asked */
	bool may_reconnect;      /* to where we were connected to */
	unsigned port;       /* which is this one, of the server or the proxy */
	bool may_need_sasl;  /* libgsasl, for a login */
	struct source *text; /* NULL if none is sent */
	int sessions;        /* the folder of saved ones; 0 or less: none */
	struct str known_hosts; /* the file that keys are kept in; or empty */
	const char *folder;     /* the queue's; or NULL */
};

/*
 * Opens ahead what it can, and gives up the rest for good.  EX_UNAVAILABLE
 * with "strict", if the kernel does not do all that this promises.
 */
bool confine(const struct settings *s, const struct confine_need *need,
    struct err *e) MUST_CHECK;

#endif
