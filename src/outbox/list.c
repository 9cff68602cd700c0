// SPDX-License-Identifier: ISC
#include "outbox/list.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/strvec.h"
#include "outbox/everyone.h"
#include "outbox/listing.h"
#include "outbox/show.h"

enum {
	PIECE = 64 << 10, /* is written at once */
	WHY_MAX = 4096,
};

struct run {
	const struct list_form *form;
	struct list_page page;
	struct listing listing;
	bool is_there; /* the queue */
	int fd;
	/* what waits, but makes no sense: ids, and why, in turn */
	struct strvec broken;
};

/* Once there is enough of it. */
static bool
write_out(struct run *r, size_t least, struct err *e)
{
	return r->page.text.len < least || show_write(r->fd, &r->page.text, e);
}

static bool
list_one(struct run *r, enum spool_place place, const char *id, struct err *e)
{
	AUTO(listed_release) struct listed m = LISTED_INIT;
	struct err why = ERR_INIT;
	switch (listing_look(&r->listing, place, id, &m, &why)) {
	case SPOOL_GONE:
	case SPOOL_BUSY: return true; /* gone, as nobody is locked out */
	case SPOOL_BROKEN:
		strvec_add(&r->broken, str_of(id));
		strvec_add(&r->broken, str_of(why.text));
		return true;
	case SPOOL_TAKEN: break;
	}
	if (place == SPOOL_NEW)
		r->page.size += m.message.entry.size;
	r->page.counts[r->page.section]++;
	r->form->add(&r->page, &m);
	return write_out(r, PIECE, e);
}

static bool
list_place(struct run *r, enum spool_place place, struct err *e)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	if (!r->is_there)
		return true;
	if (!spool_list(&r->listing.spool, place, &ids, e))
		return false;
	for (size_t i = 0; i < ids.len; i++)
		if (!list_one(r, place, ids.items[i], e))
			return false;
	return true;
}

static bool
list_damage(struct run *r, const char *id, const char *why, struct err *e)
{
	r->page.counts[r->page.section]++;
	r->form->add_damaged(&r->page, id, why);
	return write_out(r, PIECE, e);
}

/* What was set aside, and what will be when the queue is run. */
static bool
list_damaged(struct run *r, struct err *e)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	if (!r->is_there)
		return true;
	if (!spool_list(&r->listing.spool, SPOOL_DAMAGED, &ids, e))
		return false;
	for (size_t i = 0; i < ids.len; i++) {
		AUTO(buf_release) struct buf why = BUF_INIT(WHY_MAX);
		struct str reason = STR("nobody knows why");
		if (spool_why(&r->listing.spool, ids.items[i], &why))
			reason = str_trim(buf_str(&why));
		AUTO(cstr_release) char *text = str_dup(reason);
		if (!list_damage(r, ids.items[i], text, e))
			return false;
	}
	for (size_t i = 0; i < r->broken.len; i += 2)
		if (!list_damage(
			r, r->broken.items[i], r->broken.items[i + 1], e))
			return false;
	return true;
}

static bool
list_section(struct run *r, enum list_section section, struct err *e)
{
	r->page.section = section;
	r->form->begin_section(&r->page);
	bool ok = section == LIST_DAMAGED
	    ? list_damaged(r, e)
	    : list_place(
		  r, section == LIST_FAILED ? SPOOL_FAILED : SPOOL_NEW, e);
	r->form->end_section(&r->page);
	return ok;
}

static bool
list_all(struct run *r, struct err *e)
{
	bool ok = true;
	r->form->begin(&r->page);
	for (int i = 0; ok && i < LIST_SECTIONS; i++)
		ok = list_section(r, (enum list_section)i, e);
	if (ok)
		r->form->end(&r->page);
	struct err ignored;
	return write_out(r, 0, ok ? e : &ignored) && ok;
}

bool
list_queue(const char *path, bool as_json, int fd, struct err *e)
{
	struct run r = {
		.form = as_json ? &listjson_form : &listtext_form,
		.page = {
			.text = BUF_INIT(SIZE_MAX),
			.path = path,
			.now = (int64_t)time(NULL),
		},
		.listing = LISTING_INIT,
		.broken = STRVEC_INIT,
		.fd = fd,
	};
	r.page.json = JSON_INIT(&r.page.text);
	r.is_there = listing_open(&r.listing, path, e);
	bool ok = (r.is_there || e->exit == EX_NOINPUT) && list_all(&r, e);
	buf_release(&r.page.text);
	strvec_release(&r.broken);
	listing_release(&r.listing);
	return ok;
}

bool
list_others(bool as_json, int fd, struct err *e)
{
	AUTO(buf_release) struct buf listed = BUF_INIT(SIZE_MAX);
	AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
	bool ok = everyone_list(as_json, &listed, e);
	if (listed.len > 0 && !as_json)
		(void)!buf_add(&text, "\n", 1);
	/* what a process of theirs says is what they want it to say */
	show_text(&listed, true, true, &text);
	struct err why = ERR_INIT;
	if (show_write(fd, &text, &why))
		return ok;
	*e = why;
	return false;
}
