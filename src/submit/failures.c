// SPDX-License-Identifier: ISC
#include "submit/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

void
failures_add(struct failures *f, const struct err *e)
{
	f->items = mem_grow(f->items, &f->cap, f->len + 1, sizeof(*f->items));
	f->items[f->len++] = *e;
}

void
failures_copy(struct failures *f, const struct failures *from)
{
	failures_release(f);
	for (size_t i = 0; i < from->len; i++)
		failures_add(f, &from->items[i]);
}

void
failures_words(const struct failures *f, struct buf *words)
{
	for (size_t i = 0; i < f->len; i++) {
		const struct err *e = &f->items[i];
		(void)!buf_printf(words, "%s%s%s%s%s; ", e->text,
		    e->said[0] != '\0' ? ": " : "", e->said,
		    e->hint[0] != '\0' ? "; " : "", e->hint);
	}
}

void
failures_release(struct failures *f)
{
	free(f->items);
	*f = FAILURES_INIT;
}
