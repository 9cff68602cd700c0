// SPDX-License-Identifier: ISC
#include "message/wire.h"

#include <assert.h>

static const char *
find(const char *at, const char *end, char c)
{
	if (at < end && *at == c)
		return at; /* memchr takes its time to begin */
	const char *found = memchr(at, c, (size_t)(end - at));
	return found != NULL ? found : end;
}

void
wire_feed(struct wire *w, const char *chunk, size_t n)
{
	assert(w->at == w->end);
	if (n == 0)
		return;
	w->at = chunk;
	w->end = chunk + n;
	/* each search goes on where it was: all together see a byte thrice */
	w->lf = find(w->at, w->end, '\n');
	w->cr = find(w->at, w->end, '\r');
	w->nul = find(w->at, w->end, '\0');
}

size_t
wire_left(const struct wire *w)
{
	return (size_t)(w->end - w->at);
}

/* Passes a run of c; the number of them. */
static uint64_t
pass_run(struct wire *w, char c, const char **next)
{
	const char *start = w->at;
	while (w->at < w->end && *w->at == c)
		w->at++;
	*next = find(w->at, w->end, c);
	return (uint64_t)(w->at - start);
}

static void
pass_lf(struct wire *w, struct piece *p)
{
	w->at++;
	w->lf = find(w->at, w->end, '\n');
	w->ncrs = 0;
	p->ends_line = true;
}

/* What the CRs before at mean, which only the byte at at tells. */
static void
resolve_crs(struct wire *w, struct piece *p)
{
	if (w->at == w->end)
		return;
	if (*w->at == '\n') {
		pass_lf(w, p);
		return;
	}
	p->nblanks = w->ncrs;
	w->has_bare_cr = true;
	w->ncrs = 0;
}

bool
wire_next(struct wire *w, struct piece *p)
{
	*p = (struct piece){ .text = { w->at, 0 } };
	if (w->at == w->end)
		return false;
	if (w->ncrs == 0) {
		const char *stop = w->lf < w->cr ? w->lf : w->cr;
		stop = w->nul < stop ? w->nul : stop;
		p->text.len = (size_t)(stop - w->at);
		w->at = stop;
		if (stop == w->lf && stop < w->end) {
			pass_lf(w, p);
		} else if (stop == w->nul && stop < w->end) {
			p->nblanks = pass_run(w, '\0', &w->nul);
			w->has_nul = true;
		} else if (stop < w->end) {
			w->ncrs = pass_run(w, '\r', &w->cr);
		}
	} else if (*w->at == '\r') {
		w->ncrs += pass_run(w, '\r', &w->cr);
	}
	if (w->ncrs > 0)
		resolve_crs(w, p);
	if (p->ends_line)
		w->mid_line = false;
	else if (p->text.len > 0 || p->nblanks > 0)
		w->mid_line = true;
	return true;
}

bool
wire_end(struct wire *w)
{
	assert(w->at == w->end);
	bool due = w->mid_line || w->ncrs > 0;
	w->mid_line = false;
	w->ncrs = 0;
	return due;
}
