// SPDX-License-Identifier: ISC
#include "base/strvec.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void
strvec_add(struct strvec *v, struct str s)
{
	v->items = mem_grow(v->items, &v->cap, v->len + 2, sizeof(*v->items));
	v->items[v->len++] = str_dup(s);
	v->items[v->len] = NULL;
}

static int
compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	return strcmp(*x, *y);
}

void
strvec_sort(struct strvec *v, size_t from)
{
	if (v->len > from)
		qsort(
		    v->items + from, v->len - from, sizeof(*v->items), compare);
}

void
strvec_release(struct strvec *v)
{
	for (size_t i = 0; i < v->len; i++)
		free(v->items[i]);
	free(v->items);
	*v = STRVEC_INIT;
}
