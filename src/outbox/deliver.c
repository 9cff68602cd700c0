// SPDX-License-Identifier: ISC
#include "outbox/deliver.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "outbox/carry.h"
#include "outbox/fault.h"
#include "outbox/hostnote.h"
#include "outbox/lane.h"
#include "outbox/order.h"
#include "outbox/patience.h"
#include "outbox/roster.h"
#include "outbox/tell.h"
#include "outbox/visit.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "submit/courier.h"

enum { PASSWORD_MAX = 1 << 16 };

void
deliver_heed_signals(void)
{
	const struct sigaction action = { .sa_handler = visit_end };
	(void)sigaction(SIGTERM, &action, NULL);
}

static void
release(struct work *w)
{
	courier_free(&w->carrier.courier); /* says good-bye by the settings */
	fd_release(&w->carrier.logfile);
	buf_release(&w->password);
	hostnote_release(&w->host);
	order_release(&w->order);
	roster_release(&w->arrivals);
	strvec_release(&w->seen);
	lane_release(&w->lane);
}

static bool
find_arrivals(struct work *w, struct err *e)
{
	roster_release(&w->arrivals);
	return roster_find(
	    &w->arrivals, w->carrier.spool, w->call->key, &w->seen, e);
}

/* With the lock: those at hand, and those that come meanwhile. */
static bool
serve(struct work *w, struct err *e)
{
	const struct deliver_call *call = w->call;
	if (call->seen != NULL && w->seen.len == 0) {
		for (size_t i = 0; i < call->seen->len; i++)
			strvec_add(&w->seen, str_of(call->seen->items[i]));
		visit_all(w, call->first, call->n);
	}
	do {
		visit_all(w, w->arrivals.items, w->arrivals.len);
		if (visit_goes_on(w) && !find_arrivals(w, e))
			return false;
	} while (visit_goes_on(w) && w->arrivals.len > 0);
	return true;
}

/* The settings by that message, if it is still there. */
static bool
load_by(struct work *w, const char *id, bool *found, struct err *e)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err ignored;
	*found = spool_look(w->carrier.spool, SPOOL_NEW, id, &m, &ignored) ==
	    SPOOL_TAKEN;
	return !*found || lane_load(&w->lane, &m.entry, e);
}

static bool
load_by_any(struct work *w, const struct waiting *items, size_t n, bool *found,
    struct err *e)
{
	bool ok = true;
	for (size_t i = 0; !*found && i < n; i++)
		ok = load_by(w, items[i].id, found, e);
	return ok;
}

/*
 * By ours, or by those that were left to us; *found is false if none is there.
 */
static bool
load_lane(struct work *w, bool *found, struct err *e)
{
	const struct deliver_call *call = w->call;
	if (!load_by(w, call->id, found, e) ||
	    !load_by_any(w, call->first, call->n, found, e))
		return false;
	if (*found || call->seen != NULL)
		return true;
	return find_arrivals(w, e) &&
	    load_by_any(w, w->arrivals.items, w->arrivals.len, found, e);
}

/* The rc files as they are do not serve: nothing of the lane can be tried. */
static void
tell_lane(struct work *w, struct err *e)
{
	const struct deliver_call *call = w->call;
	int64_t now = time(NULL);
	size_t nheld = 0;
	for (size_t i = 0; i < call->n; i++)
		nheld += call->first[i].is_held;
	w->nahead = call->n - nheld;
	if (w->nahead == 0 && call->first != NULL)
		return;
	if (call->is_wanted)
		fault_note(call->spool, call->key, e, now);
	else if (!fault_is_news(
		     call->spool, call->key, e, now, &w->result->next)) {
		w->result->nlater = w->nahead;
		return;
	}
	w->result->nleft = w->nahead;
	visit_tell(w, e);
}

/* False if there is nothing to be done. */
static bool
begin(struct work *w)
{
	struct err e = ERR_INIT;
	bool found;
	if (!load_lane(w, &found, &e)) {
		tell_lane(w, &e);
		return false;
	}
	fault_clear(w->carrier.spool, w->call->key);
	if (!found)
		return false;
	w->carrier.rules = patience_rules(&w->lane.settings);
	hostnote_read(&w->host, w->carrier.spool, w->lane.host);
	w->is_resting = !w->call->is_wanted &&
	    !patience_is_due(&w->carrier.rules, w->host.note.next, time(NULL));
	return true;
}

/*
 * *lock is -1 if the lane is left to others.  Who has it may have come to a
 * message before that was free to be tried, and not look again: so one who
 * has just put one there waits.  Only one: who finds that another waits, with
 * a lock of its own, knows that it will look at all there is once it has the
 * lane.
 */
static bool
take_lane(struct work *w, bool is_first, int *lock, struct err *e)
{
	struct spool *sp = w->carrier.spool;
	const struct deliver_call *call = w->call;
	AUTO(fd_release) int turn = -1;
	char name[ENTRY_KEY_SIZE + sizeof("-next")];
	if (!spool_lock(sp, call->key, call->is_wanted && is_first, lock, e))
		return false;
	if (*lock != -1 || call->seen != NULL || !is_first)
		return true;
	(void)snprintf(name, sizeof(name), "%s-next", call->key);
	return spool_lock(sp, name, false, &turn, e) &&
	    (turn == -1 || spool_lock(sp, call->key, true, lock, e));
}

/*
 * Who put a message there while we had the lock may have left it to us: so we
 * look once more behind giving it back, until nothing has come, or another
 * process has taken over.
 */
static bool
work_on(struct work *w, struct err *e)
{
	bool is_first = true;
	do {
		AUTO(fd_release) int lock = -1;
		if (!take_lane(w, is_first, &lock, e))
			return false;
		if (lock == -1 || (is_first && !begin(w)))
			return true;
		if (!serve(w, e))
			return false;
		is_first = false;
		fd_release(&lock);
		if (visit_goes_on(w) && !find_arrivals(w, e))
			return false;
	} while (visit_goes_on(w) && w->arrivals.len > 0);
	return true;
}

bool
deliver(const struct deliver_call *call, struct deliver_result *result,
    struct err *e)
{
	AUTO(release)
	struct work w = {
		.call = call,
		.result = result,
		.lane = LANE_INIT,
		.carrier = {
			.spool = call->spool,
			.tag = call->tag != NULL ? call->tag : "posthaste",
			.is_watched = isatty(STDERR_FILENO) == 1,
			.logfile = -1,
		},
		.host = HOSTNOTE_INIT,
		.order = ORDER_INIT,
		.password = BUF_INIT(PASSWORD_MAX),
		.seen = STRVEC_INIT,
		.arrivals = ROSTER_INIT,
	};
	w.carrier.lane = &w.lane;
	return work_on(&w, e);
}
