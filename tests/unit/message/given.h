// SPDX-License-Identifier: ISC
/* What the tests of this room have in common. */
#ifndef TESTS_UNIT_MESSAGE_GIVEN_H
#define TESTS_UNIT_MESSAGE_GIVEN_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"
#include "texts.h"

/*
 * The rules of scan.h as plainly as they can be written, to compare the fast
 * code with: what goes out of the input.
 */
static inline void
plain_wire(struct str in, struct buf *out)
{
	size_t line = out->len;
	for (size_t i = 0; i < in.len; i++) {
		size_t k = i;
		while (k < in.len && in.ptr[k] == '\r')
			k++;
		bool ends = k == in.len || in.ptr[k] == '\n';
		bool is_blank_out = in.ptr[i] == '\r' || in.ptr[i] == '\0';
		const char *put = is_blank_out ? " " : &in.ptr[i];
		if (ends)
			put = "\r\n";
		bool ok = buf_add(out, put, ends ? 2 : 1);
		assert(ok);
		if (ends)
			line = out->len;
		if (ends)
			i = k;
	}
	bool ok = out->len == line || buf_add(out, "\r\n", 2);
	assert(ok);
}

/* The next of a row of numbers that look like chance, but are not. */
static inline size_t
next_number(uint32_t *seed, size_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % below;
}

/*
 * Some hundreds of lines and runs of odd bytes, mostly of the same kind of
 * line end, some of them long.
 */
static inline void
add_any_text(struct buf *out, uint32_t *seed)
{
	static const struct str odd[] = { BYTES("\r"), BYTES("\r\r\n"),
		BYTES("\0"), BYTES("\0\0\n"), BYTES("\r\n"), BYTES("\n"),
		BYTES("\xc3\xa4"), BYTES("\r\0\r\n"), BYTES("\n.\n") };
	size_t often = next_number(seed, 3) * 20; /* 0: nothing is odd */
	struct str end = odd[4 + next_number(seed, 2)];
	for (size_t i = next_number(seed, 200); i > 0; i--) {
		size_t n = next_number(seed, i % 17 == 0 ? 1200 : 90);
		bool ok = true;
		for (; n > 0; n--)
			ok = ok && buf_add(out, n % 9 == 0 ? "." : "x", 1);
		if (often > 0 && next_number(seed, often) == 0)
			ok = ok && buf_add_str(out, odd[next_number(seed, 9)]);
		else
			ok = ok && buf_add_str(out, end);
		assert(ok);
	}
}

/* Reads all that goes out, in pieces of the given size. */
static inline bool
read_all(struct source *s, size_t piece, struct buf *out, struct err *e)
{
	size_t n = 0;
	do {
		char *room = buf_room(out, piece);
		assert(room != NULL);
		if (!source_read(s, room, piece, &n, e))
			return false;
		buf_filled(out, n);
	} while (n > 0);
	return true;
}

/* A message of borrowed bytes; it is no message if that fails. */
static inline struct message
given_message(struct str bytes)
{
	struct message m = MESSAGE_INIT;
	struct err e;
	bool ok = message_from_bytes(&m, bytes, &e);
	assert(ok);
	return m;
}

#endif
