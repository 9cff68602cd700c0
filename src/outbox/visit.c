// SPDX-License-Identifier: ISC
#include "outbox/visit.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "config/login.h"
#include "message/envelope.h"
#include "outbox/deliver.h"
#include "outbox/patience.h"
#include "outbox/settle.h"
#include "outbox/tell.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "submit/courier.h"
#include "submit/journal.h"
#include "submit/report.h"

/*
 * Connections lost, one behind another, that are taken for the server's
 * failure.  Messages that were tried before count less: it could be they that
 * it cannot bear, and those behind them are not to wait for ever.
 */
enum { LOST_MOST = 12, LOST_NEW_MOST = 3 };

static volatile sig_atomic_t is_to_end;

void
visit_end(int number)
{
	(void)number;
	is_to_end = 1;
}

/* On standard error and in the log. */
void
visit_tell(struct work *w, const struct err *why)
{
	const struct envelope none = ENVELOPE_INIT;
	AUTO(report_release) struct report report = REPORT_INIT;
	struct err e = *why, unlogged = ERR_INIT;
	if (w->nahead > 1)
		(void)err_wrap(&e, "%zu messages wait", w->nahead);
	else
		(void)err_wrap(&e, "a message waits");
	if (w->carrier.courier != NULL) {
		report.has_tls = courier_has_tls(w->carrier.courier);
		report.host = str_dup(str_of(courier_host(w->carrier.courier)));
		failures_copy(
		    &report.failures, courier_failures(w->carrier.courier));
	}
	tell_failures("", &report.failures);
	tell("", &e);
	const struct journal_entry line = {
		.when = time(NULL),
		.account = origin_account(&w->lane.origin),
		.settings = &w->lane.settings,
		.envelope = &none,
		.report = &report,
		.err = &e,
		.logfile = w->carrier.logfile,
	};
	if (!journal_write(&line, w->carrier.tag, &unlogged))
		tell("", &unlogged);
}

static void
fail_host(struct work *w, const struct err *why)
{
	w->is_over = true;
	const struct courier *courier = w->carrier.courier;
	hostnote_fail(&w->host, w->carrier.spool, &w->carrier.rules,
	    courier != NULL ? courier_failures(courier) : NULL, why,
	    time(NULL));
	visit_tell(w, why);
}

/* Before there is a connection, which could not wait for a human. */
static bool
get_ready(struct work *w)
{
	const struct settings *s = &w->lane.settings;
	struct err e = ERR_INIT;
	if (w->is_ready)
		return true;
	journal_prepare(s, &w->carrier.logfile);
	if (settings_needs_password(s) &&
	    !login_get(&w->lane.origin.login, s, &w->password, &e)) {
		fail_host(w, &e);
		return false;
	}
	const struct courier_call call = {
		.settings = s,
		.password = buf_str(&w->password),
		.folder = w->carrier.spool->path,
		.most = s->queue_per_connection,
		.taken = carry_taken,
		.whose = &w->carrier,
	};
	w->carrier.courier = courier_new(&call);
	w->is_ready = true;
	return true;
}

/* It still waits, and others behind it. */
static void
keep_order(struct work *w, const struct spooled *m, unsigned ntries)
{
	size_t n;
	uint64_t *pairs = roster_pairs(&m->entry, &n);
	order_wait(&w->order, ntries, pairs, n);
	free(pairs);
}

static void
count_later(struct work *w, int64_t next)
{
	struct deliver_result *r = w->result;
	r->nlater++;
	if (next > 0 && (r->next == 0 || next < r->next))
		r->next = next;
}

/* One that is not tried can still be too old, or a warning be due. */
static bool
needs_care(const struct work *w, const struct waiting *item)
{
	const struct settings *s = &w->lane.settings;
	int64_t age = time(NULL) - item->arrived;
	bool is_late = s->queue_warn_after > 0 && !item->is_warned &&
	    age >= (int64_t)s->queue_warn_after;
	bool is_tried = item->ntries >= SETTLE_TRIES ||
	    w->host.note.ntries >= SETTLE_TRIES;
	return is_late || (is_tried && age > (int64_t)s->queue_lifetime);
}

/* False if it waits no longer. */
static bool
care_for(struct work *w, const struct waiting *item)
{
	struct spooled m;
	struct note note;
	struct err ignored;
	enum carried how = CARRIED_LATER;
	enum spool_taken taken = spool_take(
	    w->carrier.spool, item->id, &m, &ignored);
	if (taken == SPOOL_TAKEN && !m.entry.is_held) {
		(void)!spool_note_read(
		    w->carrier.spool, m.id, m.entry.nrcpts, &note);
		if (note.said == NULL && w->host.note.said != NULL)
			note_say(&note, str_of(w->host.note.said));
		w->carrier.nhost = w->host.note.ntries;
		how = carry_on(&w->carrier, &m, &note);
		note_release(&note);
	}
	spooled_release(&m);
	return taken != SPOOL_GONE && how != CARRIED_AWAY;
}

static void
pass_by(struct work *w, const struct waiting *item, bool was_wanted)
{
	int64_t next = item->next;
	if (needs_care(w, item) && !care_for(w, item))
		return;
	order_wait(&w->order, item->ntries, item->pairs, item->npairs);
	if (was_wanted) {
		w->result->nleft++;
		return;
	}
	count_later(w, next > w->host.note.next ? next : w->host.note.next);
}

/* By what the try says of the server. */
static void
judge_host(struct work *w, enum carried how, bool is_new, const struct err *e)
{
	bool is_lost = how == CARRIED_LOST;
	w->nlost = is_lost ? w->nlost + 1 : 0;
	w->nlost_new = is_lost ? w->nlost_new + is_new : 0;
	if (how == CARRIED_HOST || w->nlost == LOST_MOST ||
	    w->nlost_new == LOST_NEW_MOST)
		fail_host(w, e);
	else if (how != CARRIED_STUCK && how != CARRIED_LOST &&
	    courier_session(w->carrier.courier) != NULL)
		hostnote_clear(&w->host, w->carrier.spool);
}

/* It is ours: once more by what stands in its files now. */
static void
try_taken(struct work *w, const struct waiting *item, struct spooled *m)
{
	struct err e = ERR_INIT;
	struct note note;
	(void)!spool_note_read(w->carrier.spool, m->id, m->entry.nrcpts, &note);
	if (m->entry.is_held) {
		note_release(&note);
		return;
	}
	bool is_due = item->is_chosen ||
	    patience_is_due(&w->carrier.rules, note.next, time(NULL));
	enum carried how = CARRIED_LATER;
	w->carrier.nhost = w->host.note.ntries;
	if (entry_count(&m->entry, ENTRY_PENDING) == 0)
		how = carry_on(&w->carrier, m, &note);
	else if (is_due) {
		bool is_new = note.ntries == 0;
		how = carry(&w->carrier, m, &note, &e);
		judge_host(w, how, is_new, &e);
	}
	if (how == CARRIED_STUCK) {
		tell(m->id, &e);
		w->is_over = true;
	}
	if (how != CARRIED_AWAY) {
		keep_order(w, m, note.ntries);
		if (is_due)
			w->result->nleft++;
		else
			count_later(w, note.next);
	}
	note_release(&note);
}

static void
try(struct work *w, const struct waiting *item)
{
	struct spooled m;
	struct err e = ERR_INIT;
	enum spool_taken taken = spool_take(w->carrier.spool, item->id, &m, &e);
	switch (taken) {
	case SPOOL_TAKEN: try_taken(w, item, &m); break;
	case SPOOL_BUSY: /* its user does something to it */
		order_wait(&w->order, item->ntries, item->pairs, item->npairs);
		count_later(w, 0);
		break;
	case SPOOL_GONE: break;
	case SPOOL_BROKEN:
		if (!tell_broken(w->carrier.spool, &m, &e))
			w->result->nleft++;
		break;
	}
	spooled_release(&m);
}

static bool
is_wanted(const struct work *w, const struct waiting *item)
{
	if (item->is_held)
		return false;
	return item->is_chosen ||
	    (!w->is_resting &&
		patience_is_due(&w->carrier.rules, item->next, time(NULL)));
}

static void
visit(struct work *w, const struct waiting *item)
{
	bool may_go = is_wanted(w, item) &&
	    !order_is_behind(&w->order, item->pairs, item->npairs);
	if (item->is_held)
		return;
	/* one that nobody waits for takes no server */
	if (item->npairs == 0 ||
	    (may_go && !w->is_over && is_to_end == 0 && get_ready(w)))
		try(w, item);
	else
		pass_by(w, item, may_go);
}

void
visit_all(struct work *w, const struct waiting *items, size_t n)
{
	w->nahead = 0;
	for (size_t i = 0; i < n; i++)
		w->nahead += is_wanted(w, &items[i]);
	for (size_t i = 0; i < n; i++) {
		size_t counted = is_wanted(w, &items[i]);
		visit(w, &items[i]);
		w->nahead -= counted < w->nahead ? counted : w->nahead;
	}
}

bool
visit_goes_on(const struct work *w)
{
	return !w->is_over && !w->is_resting && is_to_end == 0;
}
