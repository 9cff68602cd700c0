// SPDX-License-Identifier: ISC
#include "base/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static void *
not_null(void *p)
{
	if (p == NULL) {
		static const char text[] = "posthaste: out of memory\n";
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		_exit(EX_OSERR);
	}
	return p;
}

void *
mem_alloc(size_t n)
{
	return not_null(malloc(n > 0 ? n : 1));
}

void *
mem_zalloc(size_t n)
{
	return not_null(calloc(1, n > 0 ? n : 1));
}

void *
mem_grow(void *old, size_t *cap, size_t need, size_t size)
{
	if (need <= *cap)
		return old;
	size_t want = *cap > 0 ? *cap : 8;
	while (want < need)
		want = want > SIZE_MAX / 2 ? need : want * 2;
	if (want > SIZE_MAX / size)
		return not_null(NULL);
	*cap = want;
	return not_null(realloc(old, want * size));
}

/* Behind the content, without making any. */
static size_t
room_there(const struct buf *b)
{
	return b->base != NULL ? b->cap - (size_t)(b->data - b->base) - b->len
			       : 0;
}

static void
wipe(struct buf *b)
{
	if (b->base == NULL)
		return;
	/* the rest was never touched, and may have no memory yet */
	explicit_bzero(b->base, b->used);
	free(b->base);
}

/* Octets behind the content that were written to. */
static void
note_written(struct buf *b, size_t n)
{
	size_t end = (size_t)(b->data - b->base) + b->len + n;
	if (end > b->used)
		b->used = end;
}

/* Makes room for n more bytes behind the content; n is within the maximum. */
static void
reserve(struct buf *b, size_t n)
{
	size_t gone = b->base != NULL ? (size_t)(b->data - b->base) : 0;
	if (b->base != NULL && n <= room_there(b))
		return;
	size_t need = b->len + n + 1; /* buf_cstr's NUL */
	if (b->base != NULL && need <= b->cap && gone >= b->len) {
		memcpy(b->base, b->data, b->len);
		b->data = b->base;
		return;
	}
	size_t cap = b->cap > 0 ? b->cap : 64;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	/* no realloc: it would leave the old bytes behind unwiped */
	char *base = mem_alloc(cap);
	if (b->len > 0)
		memcpy(base, b->data, b->len);
	wipe(b);
	b->base = base;
	b->data = base;
	b->cap = cap;
	b->used = b->len;
}

char *
buf_room(struct buf *b, size_t n)
{
	if (n > buf_left(b))
		return NULL;
	reserve(b, n);
	return b->data + b->len;
}

void
buf_filled(struct buf *b, size_t n)
{
	assert(n <= buf_left(b));
	if (n > 0)
		note_written(b, n);
	b->len += n;
}

size_t
buf_left(const struct buf *b)
{
	return b->max - b->len;
}

bool
buf_add(struct buf *b, const void *bytes, size_t n)
{
	char *room = buf_room(b, n);
	if (room == NULL)
		return false;
	if (n > 0)
		memcpy(room, bytes, n);
	buf_filled(b, n);
	return true;
}

bool
buf_add_str(struct buf *b, struct str s)
{
	return buf_add(b, s.ptr, s.len);
}

bool
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = room_there(b);
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, ap);
	if (room > 0 && n > 0) /* be it too short */
		note_written(b, (size_t)n < room ? (size_t)n + 1 : room);
	bool ok = n >= 0 && (size_t)n <= buf_left(b);
	if (ok && (size_t)n >= room) { /* so far it was only measured */
		reserve(b, (size_t)n + 1);
		(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	if (ok)
		buf_filled(b, (size_t)n);
	return ok;
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	bool ok = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

void
buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	b->len -= n;
	b->data = b->len > 0 ? b->data + n : b->base;
}

void
buf_truncate(struct buf *b, size_t n)
{
	assert(n <= b->len);
	b->len = n;
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->len > 0 ? b->data : "", b->len };
}

const char *
buf_cstr(struct buf *b)
{
	reserve(b, 1);
	note_written(b, 1);
	b->data[b->len] = '\0';
	return b->data;
}

void
buf_release(struct buf *b)
{
	wipe(b);
	*b = BUF_INIT(b->max);
}

void
cstr_release(char **owned)
{
	free(*owned);
	*owned = NULL;
}
