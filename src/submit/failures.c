// SPDX-License-Identifier: ISC
#include "submit/failures.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

/* Its place, or the length. */
static size_t
find(const struct failures *f, const struct err *e)
{
	size_t i = 0;
	while (i < f->len &&
	    (strcmp(f->items[i].text, e->text) != 0 ||
		strcmp(f->items[i].said, e->said) != 0))
		i++;
	return i;
}

void
failures_add(struct failures *f, const struct err *e)
{
	if (find(f, e) < f->len)
		return;
	f->items = mem_grow(f->items, &f->cap, f->len + 1, sizeof(*f->items));
	f->items[f->len++] = *e;
}

void
failures_forget(struct failures *f, const struct err *e)
{
	size_t i = find(f, e);
	if (i == f->len)
		return;
	f->len--;
	memmove(
	    &f->items[i], &f->items[i + 1], (f->len - i) * sizeof(*f->items));
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
