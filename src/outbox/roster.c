// SPDX-License-Identifier: ISC
#include "outbox/roster.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "outbox/order.h"
#include "outbox/run.h"
#include "queue/note.h"

static bool
has_part(const char *text, const char *part)
{
	struct str all = str_of(text), wanted = str_of(part);
	if (wanted.len == 0)
		return true;
	for (size_t i = 0; i + wanted.len <= all.len; i++)
		if (str_starts_nocase(str_from(all, i), wanted))
			return true;
	return false;
}

static bool
has_rcpt(const struct entry *entry, const char *part)
{
	for (size_t i = 0; i < entry->nrcpts; i++)
		if (entry->rcpts[i].fate == ENTRY_PENDING &&
		    has_part(entry->rcpts[i].address, part))
			return true;
	return false;
}

/* By its id, before it is opened. */
static bool
can_be_chosen(const struct run_call *call, const char *id)
{
	if (call->choice == RUN_BY_ID)
		return strstr(id, call->text) != NULL;
	return call->choice != RUN_THESE || spool_is_noted(call->ids, id);
}

/*
 * By what is in it.  One that nobody waits for any more has only to be settled,
 * which a run that was ended did not come to.
 */
static bool
is_chosen(const struct run_call *call, const struct entry *entry)
{
	if (entry_count(entry, ENTRY_PENDING) == 0)
		return true;
	if (call->choice == RUN_BY_RCPT)
		return has_rcpt(entry, call->text);
	return call->choice != RUN_BY_SENDER ||
	    has_part(entry->sender, call->text);
}

uint64_t *
roster_pairs(const struct entry *entry, size_t *n)
{
	uint64_t *pairs = mem_alloc((entry->nrcpts + 1) * sizeof(*pairs));
	*n = 0;
	for (size_t i = 0; i < entry->nrcpts; i++)
		if (entry->rcpts[i].fate == ENTRY_PENDING)
			pairs[(*n)++] = order_pair(str_of(entry->sender),
			    str_of(entry->rcpts[i].address));
	return pairs;
}

static void
read_note(const struct spool *sp, const struct strvec *notes, struct waiting *w)
{
	struct note note;
	if (!spool_is_noted(notes, w->id))
		return;
	(void)!spool_note_read(sp, w->id, 0, &note);
	w->ntries = note.ntries;
	w->next = note.next;
	note_release(&note);
}

enum spool_taken
roster_look(const struct spool *sp, const char *id, const struct strvec *notes,
    const struct run_call *call, struct waiting *w, struct err *e)
{
	struct spooled m;
	if (!can_be_chosen(call, id))
		return SPOOL_GONE;
	enum spool_taken taken = spool_look(sp, SPOOL_NEW, id, &m, e);
	*w = (struct waiting){ .is_held = m.entry.is_held };
	if (taken == SPOOL_TAKEN && !is_chosen(call, &m.entry))
		taken = SPOOL_GONE;
	if (taken == SPOOL_TAKEN && !entry_key(&m.entry, w->key, e))
		taken = SPOOL_BROKEN;
	if (taken == SPOOL_TAKEN) {
		memcpy(w->id, id, sizeof(w->id));
		w->is_chosen = call->choice != RUN_DUE ||
		    entry_count(&m.entry, ENTRY_PENDING) == 0;
		w->is_warned = m.entry.is_warned;
		w->arrived = m.entry.arrived_usec / 1000000;
		w->pairs = roster_pairs(&m.entry, &w->npairs);
		read_note(sp, notes, w);
	}
	spooled_release(&m);
	return taken;
}

bool
roster_find(struct roster *r, const struct spool *sp, const char *key,
    struct strvec *seen, struct err *e)
{
	static const struct run_call due = { .choice = RUN_DUE };
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	AUTO(strvec_release) struct strvec notes = STRVEC_INIT;
	if (!spool_list(sp, SPOOL_NEW, &ids, e) || !spool_notes(sp, &notes, e))
		return false;
	for (size_t i = 0; i < ids.len; i++) {
		const char *id = ids.items[i];
		struct waiting w;
		struct err ignored;
		if (spool_is_noted(seen, id) ||
		    roster_look(sp, id, &notes, &due, &w, &ignored) !=
			SPOOL_TAKEN)
			continue;
		if (strcmp(w.key, key) == 0)
			roster_add(r, &w);
		else
			waiting_release(&w);
	}
	const struct strvec before = *seen;
	*seen = ids;
	ids = before;
	return true;
}

void
roster_add(struct roster *r, const struct waiting *w)
{
	r->items = mem_grow(r->items, &r->cap, r->len + 1, sizeof(*r->items));
	r->items[r->len++] = *w;
}

static int
compare(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;
	int by_key = strcmp(x->key, y->key);
	return by_key != 0 ? by_key : strcmp(x->id, y->id);
}

void
roster_sort(struct roster *r)
{
	if (r->len > 0)
		qsort(r->items, r->len, sizeof(*r->items), compare);
}

size_t
roster_lane(const struct roster *r, size_t first)
{
	size_t n = 0;
	while (first + n < r->len &&
	    strcmp(r->items[first].key, r->items[first + n].key) == 0)
		n++;
	return n;
}

void
waiting_release(struct waiting *w)
{
	free(w->pairs);
	w->pairs = NULL;
}

void
roster_release(struct roster *r)
{
	for (size_t i = 0; i < r->len; i++)
		waiting_release(&r->items[i]);
	free(r->items);
	*r = ROSTER_INIT;
}
