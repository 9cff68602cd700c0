// SPDX-License-Identifier: ISC
/*
 * The messages of a lane, one after another: whether each is tried now, and
 * what that says of those behind it and of the server.
 */
#ifndef OUTBOX_VISIT_H
#define OUTBOX_VISIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/strvec.h"
#include "outbox/carry.h"
#include "outbox/hostnote.h"
#include "outbox/lane.h"
#include "outbox/order.h"
#include "outbox/roster.h"

struct deliver_call;
struct deliver_result;
struct err;

/* What the work on a lane has, from its beginning to its end. */
struct work {
	const struct deliver_call *call; /* borrowed, as is the result */
	struct deliver_result *result;
	struct lane lane;
	struct carrier carrier;
	struct hostnote host;
	struct order order;
	struct buf password;
	struct strvec seen;     /* ids that were looked at, sorted */
	struct roster arrivals; /* since */
	size_t nahead;          /* of the messages at hand */
	unsigned nlost;         /* connections, one behind another */
	unsigned nlost_new;     /* of these, by messages not tried before */
	bool is_ready;          /* all is there that a try takes */
	bool is_resting;        /* the server, and so the lane */
	bool is_over;           /* no more is to be tried */
};

/* Tries those whose turn it is, and counts the others in the result. */
void visit_all(struct work *w, const struct waiting *items, size_t n);

/* Tells, in one line for all that is ahead, why nothing of it can be tried. */
void visit_tell(struct work *w, const struct err *why);

/* Whether the server is fit for what comes meanwhile. */
bool visit_goes_on(const struct work *w);

/* On SIGTERM: no more is tried behind the message that is on its way. */
void visit_end(int number);

#endif
