// SPDX-License-Identifier: ISC
/* What the tests of this room have in common. */
#ifndef TESTS_UNIT_MESSAGE_GIVEN_H
#define TESTS_UNIT_MESSAGE_GIVEN_H

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"

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
