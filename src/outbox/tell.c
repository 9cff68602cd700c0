// SPDX-License-Identifier: ISC
#include "outbox/tell.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "queue/spool.h"
#include "submit/failures.h"

void
tell_words(const struct err *e, struct buf *words)
{
	(void)!buf_printf(words, "%s%s%s%s%s", e->text,
	    e->said[0] != '\0' ? ": " : "", e->said,
	    e->hint[0] != '\0' ? "; " : "", e->hint);
}

void
tell(const char *what, const struct err *e)
{
	AUTO(buf_release) struct buf words = BUF_INIT(sizeof(*e));
	if (e->text[0] == '\0' && e->said[0] == '\0')
		return; /* it was told before */
	tell_words(e, &words);
	log_error(
	    "%s%s%s", what, what[0] != '\0' ? ": " : "", buf_cstr(&words));
}

void
tell_all_words(
    const struct failures *before, const struct err *e, struct buf *words)
{
	bool is_last = e->text[0] == '\0' && e->said[0] == '\0';
	if (before != NULL)
		failures_words(before, words);
	if (is_last && words->len > 0) /* the recipients have the rest */
		buf_truncate(words, words->len - strlen("; "));
	tell_words(e, words);
}

void
tell_failures(const char *what, const struct failures *f)
{
	for (size_t i = 0; i < f->len; i++)
		tell(what, &f->items[i]);
}

bool
tell_broken(struct spool *sp, const struct spooled *m, const struct err *why)
{
	struct err e = ERR_INIT;
	if (why->exit != EX_DATAERR) {
		tell(m->id, why);
		return false;
	}
	if (!spool_set_aside(sp, m, why, &e)) {
		tell(m->id, &e);
		return false;
	}
	log_error(
	    "%s: set aside in %s/damaged: %s", m->id, sp->path, why->text);
	return true;
}
