// SPDX-License-Identifier: ISC
/*
 * What is known of a server beside its name.  Of those that may be tried after
 * another it is found out ahead, in threads: behind the first connection the
 * process is confined, and has neither a resolver nor threads any more.
 */
#ifndef SUBMIT_CONTACT_H
#define SUBMIT_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "submit/belief.h"

struct dial_target;
struct err;
struct lookup;
struct server;
struct settings;

struct contact {
	struct belief belief;
	bool has_begun;        /* belief_begin() */
	struct lookup *lookup; /* of its addresses, going on; or NULL */
	unsigned port;         /* of the last connection; 0: there was none */
	bool has_tls;          /* which that had */
	bool is_unfit; /* the last try came to no message, by its own fault */
};

#define CONTACT_INIT ((struct contact){ .belief = BELIEF_INIT })

/*
 * Begins to find out what the target, filled in for the server, will want.
 * What cannot be begun is left to the try.
 */
void contact_look_ahead(struct contact *c, const struct settings *s,
    const struct server *server, const struct dial_target *target);

/*
 * Takes what was found by then (clock_msec()).  False with the reason if the
 * server cannot be tried: that was no address, now or before.
 */
bool contact_take(struct contact *c, struct server *server, int64_t until_msec,
    struct err *e) MUST_CHECK;

void contact_release(struct contact *c);

#endif
