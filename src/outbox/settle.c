// SPDX-License-Identifier: ISC
#include "outbox/settle.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "config/settings.h"
#include "outbox/bounce.h"
#include "queue/note.h"
#include "queue/spool.h"

/* Seconds since it came; a clock that went back makes it new. */
static int64_t
age_of(const struct settle_call *call, const struct spooled *m)
{
	int64_t age = call->now - m->entry.arrived_usec / 1000000;
	return age > 0 ? age : 0;
}

static bool
is_old(const struct settle_call *call, const struct spooled *m)
{
	return age_of(call, m) > (int64_t)call->settings->queue_lifetime;
}

bool
settle_is_old(const struct settle_call *call, const struct spooled *m)
{
	return is_old(call, m) && call->ntries >= SETTLE_TRIES &&
	    entry_count(&m->entry, ENTRY_PENDING) > 0;
}

bool
settle_age(const struct settle_call *call, struct spooled *m, struct err *e)
{
	if (!settle_is_old(call, m))
		return true;
	log_debug("%s has waited for too long", m->id);
	return spooled_turn(m, ENTRY_PENDING, ENTRY_REFUSED, e);
}

/* Whether the server has refused it for good; else it is time that did. */
static bool
is_refusal(const struct settle_call *call, const struct spooled *m,
    const struct note *note, size_t rcpt)
{
	const char *said = rcpt < note->nrcpts ? note->rcpts[rcpt] : NULL;
	if (said == NULL)
		said = note->said;
	return (said != NULL && said[0] == '5') || !is_old(call, m);
}

/* The places of those whom a report of that kind is about. */
static size_t
choose_rcpts(const struct settle_call *call, const struct spooled *m,
    const struct note *note, enum dsn_kind kind, size_t *rcpts)
{
	size_t n = 0;
	for (size_t i = 0; i < m->entry.nrcpts; i++) {
		enum entry_fate fate = m->entry.rcpts[i].fate;
		bool is_meant = kind == DSN_DELAYED ? fate == ENTRY_PENDING
						    : fate == ENTRY_REFUSED &&
			is_refusal(call, m, note, i) == (kind == DSN_REFUSED);
		if (is_meant)
			rcpts[n++] = i;
	}
	return n;
}

enum told {
	TOLD_SOMEBODY,
	TOLD_NOBODY_WANTED, /* dsn_notify says so */
	TOLD_NOBODY,        /* there is nobody, too many were told today, or
			     * it cannot be said */
};

/* Whether it is in the queue; what no report can ever hold is not. */
static bool
put_report(const struct bounce *b, bool *is_put, struct err *e)
{
	if (bounce_put(b, is_put, e))
		return true;
	if (e->exit != EX_DATAERR)
		return false;
	log_error("%s", e->text);
	*e = ERR_INIT;
	*is_put = false;
	return true;
}

/* One kind of report, if it is about anybody. */
static bool
tell(const struct settle_call *call, const struct spooled *m,
    const struct note *note, enum dsn_kind kind, enum told *told, struct err *e)
{
	size_t *rcpts = mem_alloc(m->entry.nrcpts * sizeof(*rcpts));
	struct bounce b = {
		.spool = call->spool,
		.settings = call->settings,
		.about = m,
		.note = note,
		.server = call->server,
		.now = call->now,
		.kind = kind,
		.rcpts = rcpts,
	};
	bool is_put = false, ok = true;
	b.nrcpts = choose_rcpts(call, m, note, kind, rcpts);
	if (b.nrcpts > 0 && bounce_is_wanted(&b)) {
		ok = put_report(&b, &is_put, e);
		*told = is_put ? TOLD_SOMEBODY : TOLD_NOBODY;
	} else if (b.nrcpts > 0)
		*told = m->entry.sender[0] != '\0' ? TOLD_NOBODY_WANTED
						   : TOLD_NOBODY;
	free(rcpts);
	return ok;
}

/* Of the refused: who was told is marked, on disk. */
static bool
tell_refusals(const struct settle_call *call, struct spooled *m,
    const struct note *note, struct err *e)
{
	static const enum dsn_kind kinds[] = { DSN_REFUSED, DSN_EXPIRED };
	bool is_told = true;
	if (entry_count(&m->entry, ENTRY_REFUSED) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		enum told told = TOLD_SOMEBODY;
		if (!tell(call, m, note, kinds[i], &told, e))
			return false;
		is_told = is_told && told != TOLD_NOBODY;
	}
	/* who was told before is told under the same id, and so once */
	return !is_told || spooled_turn(m, ENTRY_REFUSED, ENTRY_REPORTED, e);
}

static bool
is_warning_due(const struct settle_call *call, const struct spooled *m)
{
	unsigned after = call->settings->queue_warn_after;
	return after > 0 && !m->entry.is_warned && !m->entry.is_held &&
	    age_of(call, m) >= (int64_t)after;
}

static bool
warn(const struct settle_call *call, struct spooled *m, const struct note *note,
    struct err *e)
{
	enum told told;
	if (!is_warning_due(call, m))
		return true;
	if (!tell(call, m, note, DSN_DELAYED, &told, e))
		return false;
	m->entry.is_warned = true;
	return spooled_keep_state(m, e);
}

bool
settle(const struct settle_call *call, struct spooled *m,
    const struct note *note, enum settled *how, struct err *e)
{
	*how = SETTLED_WAITS;
	if (!tell_refusals(call, m, note, e))
		return false;
	if (entry_count(&m->entry, ENTRY_PENDING) > 0)
		return warn(call, m, note, e);
	*how = SETTLED_GONE;
	if (entry_count(&m->entry, ENTRY_REFUSED) == 0)
		return spool_remove(call->spool, m, e);
	log_error("%s: nobody could be told that it was not delivered; it is "
		  "in %s/failed",
	    m->id, call->spool->path);
	return spool_move(call->spool, m, SPOOL_FAILED, e);
}
