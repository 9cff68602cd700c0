// SPDX-License-Identifier: ISC
#include "outbox/hostnote.h"

#include "base/buf.h"
#include "base/err.h"
#include "outbox/patience.h"
#include "outbox/tell.h"
#include "queue/spool.h"

void
hostnote_read(struct hostnote *h, const struct spool *sp, const char *name)
{
	note_release(&h->note);
	h->name = name;
	h->is_there = spool_note_read(sp, name, 0, &h->note);
}

void
hostnote_fail(struct hostnote *h, const struct spool *sp,
    const struct retry_rules *rules, const struct failures *before,
    const struct err *why, int64_t now)
{
	AUTO(buf_release) struct buf words = BUF_INIT(TELL_MOST);
	unsigned ntries = h->note.ntries;
	struct err e = ERR_INIT;
	hostnote_read(h, sp, h->name);
	if (h->note.ntries == ntries)
		patience_failed(rules, &h->note, now, patience_chance());
	tell_all_words(before, why, &words);
	note_say(&h->note, buf_str(&words));
	h->is_there = spool_note_write(sp, h->name, &h->note, &e);
	if (!h->is_there) /* so it is tried again too soon */
		tell("", &e);
}

void
hostnote_clear(struct hostnote *h, const struct spool *sp)
{
	if (h->is_there)
		spool_note_drop(sp, h->name);
	h->is_there = false;
	note_release(&h->note);
}

void
hostnote_release(struct hostnote *h)
{
	note_release(&h->note);
}
