// SPDX-License-Identifier: ISC
#include "outbox/listing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "outbox/lane.h"
#include "outbox/order.h"
#include "outbox/patience.h"
#include "outbox/roster.h"
#include "outbox/tell.h"

struct listing_lane {
	/* what its messages say of it, as entry_key() has it; owned */
	char *account;
	char *rcfile;
	struct strvec settings;
	char *fault;      /* why it cannot be used now, or NULL; owned */
	struct note note; /* the server's */
	struct retry_rules rules;
	struct order order; /* for whom something waits for a later time */
};

bool
listing_open(struct listing *l, const char *path, struct err *e)
{
	*l = LISTING_INIT;
	l->now = (int64_t)time(NULL);
	if (!spool_open_existing(&l->spool, path, e) ||
	    !spool_notes(&l->spool, &l->notes, e))
		return false;
	busy_read(&l->busy);
	return true;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
is_of_lane(const struct listing_lane *lane, const struct entry *entry)
{
	if (lane->settings.len != entry->settings.len ||
	    !is_same(lane->account, entry->account) ||
	    !is_same(lane->rcfile, entry->rcfile))
		return false;
	for (size_t i = 0; i < lane->settings.len; i++)
		if (strcmp(lane->settings.items[i], entry->settings.items[i]) !=
		    0)
			return false;
	return true;
}

static char *
copy(const char *text)
{
	return text != NULL ? str_dup(str_of(text)) : NULL;
}

static void
read_note(
    const struct listing *l, const char *name, size_t nrcpts, struct note *note)
{
	if (spool_is_noted(&l->notes, name))
		(void)spool_note_read(&l->spool, name, nrcpts, note);
}

/* Its settings as they are now: only what follows from them is kept. */
static void
load(struct listing *l, struct listing_lane *lane, const struct entry *entry)
{
	AUTO(lane_release) struct lane loaded = LANE_INIT;
	struct err e = ERR_INIT;
	if (lane_load(&loaded, entry, &e)) {
		lane->rules = patience_rules(&loaded.settings);
		read_note(l, loaded.host, 0, &lane->note);
		return;
	}
	AUTO(buf_release) struct buf why = BUF_INIT(sizeof(e));
	tell_words(&e, &why);
	lane->fault = str_dup(buf_str(&why));
	lane->rules.most = UINT_MAX; /* nobody knows */
}

static struct listing_lane *
find_lane(struct listing *l, const struct entry *entry)
{
	/* neighbours are mostly of one lane, and lanes are few */
	for (size_t i = 0; i < l->nlanes; i++) {
		size_t at = (l->last + i) % l->nlanes;
		if (!is_of_lane(&l->lanes[at], entry))
			continue;
		l->last = at;
		return &l->lanes[at];
	}
	l->lanes = mem_grow(
	    l->lanes, &l->cap, l->nlanes + 1, sizeof(*l->lanes));
	l->last = l->nlanes++;
	struct listing_lane *lane = &l->lanes[l->last];
	*lane = (struct listing_lane){
		.account = copy(entry->account),
		.rcfile = copy(entry->rcfile),
		.note = NOTE_INIT,
		.order = ORDER_INIT,
	};
	for (size_t i = 0; i < entry->settings.len; i++)
		strvec_add(&lane->settings, str_of(entry->settings.items[i]));
	load(l, lane, entry);
	return lane;
}

static enum listed_state
find_state(const struct listing *l, const struct spooled *m)
{
	if (m->place != SPOOL_NEW)
		return LISTED_FAILED;
	if (m->entry.is_held)
		return LISTED_HELD;
	return busy_has(&l->busy, m->fd) ? LISTED_TRYING : LISTED_WAITING;
}

/* A run passes by what is behind one that it does not try; see order.h. */
static void
find_turn(struct listing_lane *lane, struct listed *m)
{
	size_t n;
	uint64_t *pairs = roster_pairs(&m->message.entry, &n);
	m->is_behind = m->next == 0 && order_is_behind(&lane->order, pairs, n);
	if (m->next > 0 || m->is_behind)
		order_wait(&lane->order, m->note.ntries, pairs, n);
	free(pairs);
}

/* What it waits for: both it and its server have to be tried again. */
static void
find_wait(struct listing *l, struct listed *m)
{
	struct listing_lane *lane = find_lane(l, &m->message.entry);
	const int64_t both[] = { m->note.next, lane->note.next };
	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (both[i] > m->next &&
		    !patience_is_due(&lane->rules, both[i], l->now))
			m->next = both[i];
	m->ntries = m->note.ntries > lane->note.ntries ? m->note.ntries
						       : lane->note.ntries;
	if (m->state == LISTED_WAITING)
		find_turn(lane, m);
	/* first what hinders it now, whatever was said before */
	m->said = lane->fault != NULL ? lane->fault
	    : m->note.said != NULL    ? m->note.said
				      : lane->note.said;
}

enum spool_taken
listing_look(struct listing *l, enum spool_place place, const char *id,
    struct listed *found, struct err *e)
{
	*found = LISTED_INIT;
	enum spool_taken taken = spool_look(
	    &l->spool, place, id, &found->message, e);
	if (taken != SPOOL_TAKEN)
		return taken;
	found->state = find_state(l, &found->message);
	if (place != SPOOL_DAMAGED)
		read_note(l, id, found->message.entry.nrcpts, &found->note);
	if (place == SPOOL_NEW)
		find_wait(l, found);
	return taken;
}

void
listed_release(struct listed *m)
{
	spooled_release(&m->message);
	note_release(&m->note);
}

void
listing_release(struct listing *l)
{
	for (size_t i = 0; i < l->nlanes; i++) {
		struct listing_lane *lane = &l->lanes[i];
		free(lane->account);
		free(lane->rcfile);
		free(lane->fault);
		strvec_release(&lane->settings);
		note_release(&lane->note);
		order_release(&lane->order);
	}
	free(l->lanes);
	busy_release(&l->busy);
	strvec_release(&l->notes);
	spool_release(&l->spool);
	*l = LISTING_INIT;
}
