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
	w->is_mixed = false;
}

size_t
wire_left(const struct wire *w)
{
	return (size_t)(w->end - w->at);
}

struct str
wire_take_rest(struct wire *w)
{
	struct str rest = { w->at, wire_left(w) };
	w->at = w->end;
	return rest;
}

/*
 * So many bytes at a time, that compilers make it wide registers' work: the
 * number is a constant, and what is counted fits into a byte.
 */
enum { BLOCK = 224 };

/* Whether n bytes at p are plain; the one behind them is looked at, too. */
static inline bool
look(const unsigned char *p, size_t n, struct tally *t)
{
	/* a CR at the end may have its LF in the next block: -1 is possible */
	unsigned char nbare = 1, odd = 0, all = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char is_lf = p[i] == '\n', is_cr = p[i] == '\r';
		unsigned char is_nul = p[i] == '\0', is_last = p[i + 1] != '\n';
		nbare = (unsigned char)(nbare + is_lf - is_cr);
		odd |= (unsigned char)(is_nul | (is_cr & is_last));
		all |= p[i];
	}
	if (odd != 0)
		return false;
	t->nbare += (int64_t)nbare - 1;
	t->is_8bit |= all > 127;
	return true;
}

size_t
wire_plain(struct str text, struct tally *t)
{
	const unsigned char *p = (const unsigned char *)text.ptr;
	size_t n = 0;
	*t = (struct tally){ .nbare = 0 };
	if (text.len == 0)
		return 0;
	size_t last = text.len - 1; /* what is behind it, is not known */
	while (n + BLOCK <= last && look(p + n, BLOCK, t))
		n += BLOCK;
	if (n + BLOCK > last && look(p + n, last - n, t)) {
		n = last;
		if (p[n] != '\r' && p[n] != '\0') {
			t->nbare += p[n] == '\n';
			t->is_8bit |= p[n] > 127;
			n++;
		}
	}
	if (n > 0 && p[n - 1] == '\r') { /* its LF is behind it */
		t->nbare++;
		n--;
	}
	return n;
}

void
wire_pass(struct wire *w, struct str plain)
{
	assert(w->ncrs == 0);
	if (plain.len > 0)
		w->mid_line = plain.ptr[plain.len - 1] != '\n';
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

/* Whole lines that end in LF, each with a CR before it. */
static size_t
copy_lf_lines(struct wire *w, char *dst, size_t room)
{
	const char *stop = w->cr < w->nul ? w->cr : w->nul;
	char *to = dst;
	while (w->lf < stop) {
		size_t len = (size_t)(w->lf - w->at);
		if (room < 2 || len > room - 2)
			break;
		memcpy(to, w->at, len);
		to[len] = '\r';
		to[len + 1] = '\n';
		to += len + 2;
		room -= len + 2;
		w->at = w->lf + 1;
		w->lf = find(w->at, w->end, '\n');
		w->mid_line = false;
	}
	return (size_t)(to - dst);
}

/* One whole line that ends in CRLF; the number of octets. */
static size_t
crlf_line(const struct wire *w, size_t room)
{
	size_t len = (size_t)(w->lf - w->at) + 1;
	return len <= room ? len : 0;
}

/* Text whose line ends are all CRLF. */
static size_t
copy_as_is(struct wire *w, char *dst, size_t room)
{
	struct tally t = { .nbare = 0 };
	size_t left = wire_left(w), n = 0;
	if (!w->is_mixed)
		n = wire_plain(
		    (struct str){ w->at, left < room ? left : room }, &t);
	w->is_mixed |= t.nbare != 0;
	if (n == 0 || w->is_mixed)
		n = crlf_line(w, room);
	memcpy(dst, w->at, n);
	wire_pass(w, (struct str){ w->at, n });
	w->at += n;
	if (w->at > w->lf)
		w->lf = find(w->at, w->end, '\n');
	if (w->at > w->cr)
		w->cr = find(w->at, w->end, '\r');
	return n;
}

size_t
wire_copy(struct wire *w, char *dst, size_t room)
{
	size_t n = 0, some;
	if (w->ncrs > 0)
		return 0;
	do {
		some = copy_lf_lines(w, dst + n, room - n);
		if (w->lf < w->end && w->lf == w->cr + 1 && w->cr < w->nul)
			some += copy_as_is(w, dst + n + some, room - n - some);
		n += some;
	} while (some > 0);
	return n;
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
