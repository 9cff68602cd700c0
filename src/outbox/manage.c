// SPDX-License-Identifier: ISC
#include "outbox/manage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/strvec.h"
#include "outbox/lane.h"
#include "outbox/listing.h"
#include "outbox/run.h"
#include "outbox/show.h"
#include "outbox/tell.h"

enum { CANDIDATES_SHOWN = 10 };

struct run {
	const struct manage_call *call;
	struct listing listing;
	bool is_there; /* the queue */
	bool is_all;
	struct spool_matches chosen;
	struct strvec *told;
	int exit; /* why something was not done, first of all */
};

/* Goes on with the others. */
static void
explain(struct run *r, int exit, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void
explain(struct run *r, int exit, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	strvec_add(r->told, str_of(text));
	if (r->exit == EX_OK)
		r->exit = exit;
}

static void
tell_error(struct run *r, const char *id, const struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(sizeof(*e));
	tell_words(e, &text);
	explain(r, e->exit, "%s: %s", id, buf_cstr(&text));
}

/* Those in failed/ and damaged/ are not tried any more. */
static bool
reaches(const struct run *r, enum spool_place place)
{
	return place == SPOOL_NEW || r->call->verb == MANAGE_SHOW ||
	    r->call->verb == MANAGE_REMOVE;
}

static void
add_match(struct spool_matches *to, const struct spool_match *match)
{
	to->items = mem_grow(
	    to->items, &to->cap, to->len + 1, sizeof(*to->items));
	to->items[to->len++] = *match;
}

/* None is to be had; others are the ones that are out of reach. */
static bool
refuse_none(const struct run *r, const char *part,
    const struct spool_matches *others, struct err *e)
{
	if (others->len > 0)
		return err_set(e, EX_NOINPUT,
		    "%s does not wait any more: it can be shown and removed",
		    others->items[0].id);
	bool lists_others = r->call->is_for_all && geteuid() == 0;
	return err_set(e, EX_NOINPUT, "no message in %s has \"%s\" in its id",
		   r->call->path, part) ||
	    err_hint(e, "mailq lists them%s",
		lists_others ? "; another user's: runuser -u USER -- posthaste "
			       "--queue-dir=system ..."
			     : "");
}

static bool
refuse_many(struct run *r, const char *part, const struct spool_matches *found,
    struct err *e)
{
	for (size_t i = 0; i < found->len && i < CANDIDATES_SHOWN; i++)
		strvec_add(r->told, str_of(found->items[i].id));
	if (found->len > CANDIDATES_SHOWN)
		explain(
		    r, EX_USAGE, "and %zu more", found->len - CANDIDATES_SHOWN);
	return err_set(e, EX_USAGE, "\"%s\" is in the ids of %zu messages",
		   part, found->len) ||
	    err_hint(e, "give more of the one that is meant");
}

/* Those within reach whose ids have the part in them. */
static bool
find(const struct run *r, const char *part, struct spool_matches *found,
    struct spool_matches *others, struct err *e)
{
	AUTO(spool_matches_release)
	struct spool_matches all = SPOOL_MATCHES_INIT;
	if (r->is_there && !spool_find(&r->listing.spool, part, &all, e))
		return false;
	for (size_t i = 0; i < all.len; i++)
		add_match(reaches(r, all.items[i].place) ? found : others,
		    &all.items[i]);
	return true;
}

static bool
choose(struct run *r, const char *wanted, struct err *e)
{
	AUTO(spool_matches_release)
	struct spool_matches found = SPOOL_MATCHES_INIT;
	AUTO(spool_matches_release)
	struct spool_matches others = SPOOL_MATCHES_INIT;
	bool is_all = strcmp(wanted, "all") == 0;
	if (wanted[0] == '\0' || (is_all && r->call->verb == MANAGE_SHOW))
		return err_set(e, EX_USAGE,
		    "the id of a message is needed, or a part of it");
	if (!find(r, is_all ? "" : wanted, &found, &others, e))
		return false;
	if (!is_all && found.len == 0)
		return refuse_none(r, wanted, &others, e);
	/* a whole id may be in two places, if a report came about again */
	if (found.len > 1 && spool_is_id(wanted))
		found.len = 1;
	if (!is_all && found.len > 1)
		return refuse_many(r, wanted, &found, e);
	for (size_t i = 0; i < found.len; i++)
		add_match(&r->chosen, &found.items[i]);
	r->is_all |= is_all;
	return true;
}

static void
tell_busy(struct run *r, const char *id, const char *what)
{
	explain(r, EX_TEMPFAIL,
	    "%s is being tried right now, and was not %s; "
	    "try again",
	    id, what);
}

static void
tell_gone(struct run *r, const char *id)
{
	explain(
	    r, EX_NOINPUT, "%s is gone: delivered or removed meanwhile", id);
}

static void
remove_one(struct run *r, const struct spool_match *match)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct spool *spool = &r->listing.spool;
	struct err e = ERR_INIT;
	switch (spool_take_from(spool, match->place, match->id, &m, &e)) {
	case SPOOL_GONE: return; /* as was wished */
	case SPOOL_BUSY: tell_busy(r, match->id, "removed"); return;
	case SPOOL_TAKEN:
	case SPOOL_BROKEN: break;
	}
	if (spool_remove(spool, &m, &e))
		log_debug("removed %s", match->id);
	else
		tell_error(r, match->id, &e);
}

static void
hold_one(struct run *r, const struct spool_match *match)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	bool is_held = r->call->verb == MANAGE_HOLD;
	struct err e = ERR_INIT;
	switch (spool_take(&r->listing.spool, match->id, &m, &e)) {
	case SPOOL_GONE: tell_gone(r, match->id); return;
	case SPOOL_BUSY:
		tell_busy(r, match->id, is_held ? "held" : "released");
		return;
	case SPOOL_BROKEN: tell_error(r, match->id, &e); return;
	case SPOOL_TAKEN: break;
	}
	if (m.entry.is_held == is_held)
		return;
	m.entry.is_held = is_held;
	if (spooled_keep_state(&m, &e))
		log_debug("%s %s", is_held ? "held" : "released", match->id);
	else
		tell_error(r, match->id, &e);
}

/* Whoever is at work on it already then finds that it is due. */
static void
clear_wait(struct run *r, const char *name, size_t nrcpts)
{
	AUTO(note_release) struct note note = NOTE_INIT;
	const struct spool *spool = &r->listing.spool;
	struct err e = ERR_INIT;
	if (!spool_is_noted(&r->listing.notes, name) ||
	    !spool_note_read(spool, name, nrcpts, &note) || note.next == 0)
		return;
	note.next = 0;
	if (!spool_note_write(spool, name, &note, &e))
		tell_error(r, name, &e);
}

/* The server's note; a lane that is broken has none, and a run tells why. */
static void
clear_lane(struct run *r, const struct entry *entry)
{
	AUTO(lane_release) struct lane lane = LANE_INIT;
	struct err ignored;
	if (!r->is_all && lane_load(&lane, entry, &ignored))
		clear_wait(r, lane.host, 0);
}

static void
clear_hosts(struct run *r)
{
	static const char mark[] = "host-";
	const struct strvec *notes = &r->listing.notes;
	for (size_t i = 0; i < notes->len; i++)
		if (strncmp(notes->items[i], mark, sizeof(mark) - 1) == 0)
			clear_wait(r, notes->items[i], 0);
}

/* False if it is not to be tried. */
static bool
prepare_retry(struct run *r, const struct spool_match *match)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	switch (
	    spool_look(&r->listing.spool, match->place, match->id, &m, &e)) {
	case SPOOL_GONE:
	case SPOOL_BUSY: tell_gone(r, match->id); return false;
	case SPOOL_BROKEN: return true; /* the run sets it aside */
	case SPOOL_TAKEN: break;
	}
	if (m.entry.is_held) {
		explain(r, r->is_all ? EX_OK : EX_TEMPFAIL,
		    "%s is held; --queue-release lets it be tried", match->id);
		return false;
	}
	clear_wait(r, match->id, m.entry.nrcpts);
	clear_lane(r, &m.entry);
	return true;
}

static bool
retry(struct run *r, struct err *e)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	const struct run_call run = {
		.path = r->call->path,
		.choice = r->is_all ? RUN_ALL : RUN_THESE,
		.is_for_all = r->is_all && r->call->is_for_all,
		.ids = &ids,
		.tag = r->call->tag,
	};
	if (r->is_all)
		clear_hosts(r);
	for (size_t i = 0; i < r->chosen.len; i++)
		if (prepare_retry(r, &r->chosen.items[i]))
			strvec_add(&ids, str_of(r->chosen.items[i].id));
	return (ids.len == 0 && !r->is_all) || r->call->run(&run, e);
}

static bool
show(struct run *r, struct err *e)
{
	for (size_t i = 0; i < r->chosen.len; i++) {
		const struct show_call show = {
			.place = r->chosen.items[i].place,
			.id = r->chosen.items[i].id,
			.fd = r->call->fd,
			.is_screen = r->call->is_screen,
		};
		if (!show_message(&r->listing, &show, e))
			return false;
	}
	return true;
}

static bool
manage_chosen(struct run *r, struct err *e)
{
	switch (r->call->verb) {
	case MANAGE_SHOW: return show(r, e);
	case MANAGE_RETRY: return retry(r, e);
	case MANAGE_REMOVE:
		for (size_t i = 0; i < r->chosen.len; i++)
			remove_one(r, &r->chosen.items[i]);
		return true;
	case MANAGE_HOLD:
	case MANAGE_RELEASE:
		for (size_t i = 0; i < r->chosen.len; i++)
			hold_one(r, &r->chosen.items[i]);
		return true;
	}
	return true;
}

bool
manage(const struct manage_call *call, struct strvec *told, struct err *e)
{
	struct run r = {
		.call = call,
		.listing = LISTING_INIT,
		.chosen = SPOOL_MATCHES_INIT,
		.told = told,
		.exit = EX_OK,
	};
	r.is_there = listing_open(&r.listing, call->path, e);
	bool ok = r.is_there || e->exit == EX_NOINPUT;
	for (size_t i = 0; ok && i < call->wanted->len; i++)
		ok = choose(&r, call->wanted->items[i], e);
	ok = ok && manage_chosen(&r, e) &&
	    (r.exit == EX_OK || err_set(e, r.exit, "%s", ""));
	spool_matches_release(&r.chosen);
	listing_release(&r.listing);
	return ok;
}
