// SPDX-License-Identifier: ISC
/*
 * What tls_trust needs to know beside the handshake: where keys of servers are
 * kept, and what DNS says of them.  All of it is had before the handshake, and
 * the folder is there before the process gives up its rights.
 */
#ifndef SUBMIT_BELIEF_H
#define SUBMIT_BELIEF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config/settings.h"

struct dane;
struct err;
struct server;
struct tls_options;

struct belief {
	struct buf known_hosts; /* the file; empty: none is wanted */
	struct buf known_as;    /* what the server is called in it */
	struct dane *dane;      /* being asked or answered, or NULL */
	int64_t until_msec;     /* for the answer */
	bool asks_dns;
};

#define BELIEF_INIT                                   \
	((struct belief){                             \
	    .known_hosts = BUF_INIT(BELIEF_PATH_MAX), \
	    .known_as = BUF_INIT(BELIEF_NAME_MAX),    \
	})

enum { BELIEF_PATH_MAX = 8192, BELIEF_NAME_MAX = 2048 };

/*
 * Before the connection.  DNS is asked meanwhile, if the port is known.
 * EX_CONFIG or EX_CANTCREAT if what the settings want cannot be kept.
 */
bool belief_begin(struct belief *b, const struct settings *s,
    const struct server *server, struct err *e) MUST_CHECK;

/* Behind it, the port being known.  EX_TEMPFAIL if DNS cannot be asked. */
bool belief_complete(struct belief *b, const struct settings *s,
    const struct server *server, unsigned port, struct err *e) MUST_CHECK;

/* What is borrowed from it. */
void belief_fill(struct belief *b, struct tls_options *o);

void belief_release(struct belief *b);

#endif
