// SPDX-License-Identifier: ISC
/*
 * What tls_trust needs to know beside the handshake: where keys of servers are
 * kept, and what DNS says of them.  All of it is had before the handshake, and
 * the folder is there before the process gives up its rights.
 */
#ifndef SUBMIT_BELIEF_H
#define SUBMIT_BELIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "config/settings.h"
#include "net/dial.h"

struct dane;
struct err;
struct server;
struct tls_options;

struct belief {
	struct buf known_hosts; /* the file; empty: none is wanted */
	struct buf known_as;    /* what the server is called in it */
	struct {
		unsigned port;
		struct dane *dane; /* being asked or answered */
	} asked[DIAL_PORTS_MAX];
	size_t nasked;
	unsigned port;      /* it is complete for that one; 0: for none */
	struct dane *dane;  /* asked for that; or NULL */
	int64_t until_msec; /* for the answer */
	bool asks_dns;
};

#define BELIEF_INIT                                   \
	((struct belief){                             \
	    .known_hosts = BUF_INIT(BELIEF_PATH_MAX), \
	    .known_as = BUF_INIT(BELIEF_NAME_MAX),    \
	})

enum { BELIEF_PATH_MAX = 8192, BELIEF_NAME_MAX = 2048 };

/*
 * Before the first connection.  EX_CONFIG or EX_CANTCREAT if what the settings
 * want cannot be kept.
 */
bool belief_begin(struct belief *b, const struct settings *s,
    const struct server *server, struct err *e) MUST_CHECK;

/* DNS, if it counts, is asked for each of the target's ports, in a thread. */
bool belief_ask(struct belief *b, const struct server *server,
    const struct dial_target *target, struct err *e) MUST_CHECK;

/* Gives the answers until then (clock_msec()) to come. */
void belief_wait(struct belief *b, int64_t until_msec);

/*
 * Behind a connection, the port being known.  What was not asked for is so
 * now.  EX_TEMPFAIL if DNS cannot be asked.
 */
bool belief_complete(struct belief *b, const struct settings *s,
    const struct server *server, unsigned port, struct err *e) MUST_CHECK;

/* What is borrowed from it. */
void belief_fill(struct belief *b, struct tls_options *o);

void belief_release(struct belief *b);

#endif
