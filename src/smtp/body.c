// SPDX-License-Identifier: ISC
#include "smtp/body.h"

#include "base/buf.h"
#include "base/err.h"
#include "message/source.h"

enum { PIECE = 16384 };

void
body_init(struct body *b, struct source *source, enum body_form form)
{
	source_rewind(source);
	*b = (struct body){ .source = source, .form = form };
}

/* Copies text to dst, which has room for twice its length. */
static size_t
stuff_dots(struct body *b, struct str text, char *dst)
{
	char *to = dst;
	while (text.len > 0) {
		if (!b->is_inside_line && text.ptr[0] == '.')
			*to++ = '.';
		size_t end = str_find(text, '\n');
		b->is_inside_line = end == text.len;
		size_t n = b->is_inside_line ? end : end + 1;
		memcpy(to, text.ptr, n);
		to += n;
		text = str_from(text, n);
	}
	return (size_t)(to - dst);
}

static bool
fill_piece(struct body *b, struct buf *out, struct err *e)
{
	char piece[PIECE];
	size_t n;
	char *room = buf_room(out, 2 * sizeof(piece));
	if (room == NULL)
		return err_set(e, EX_SOFTWARE, "no room for the message");
	bool is_chunk = b->form == BODY_CHUNK;
	if (!source_read(
		b->source, is_chunk ? room : piece, sizeof(piece), &n, e))
		return false;
	b->nread += n;
	b->is_done = n == 0;
	if (is_chunk)
		buf_filled(out, n);
	else if (n > 0)
		buf_filled(out, stuff_dots(b, (struct str){ piece, n }, room));
	else if (!buf_add(out, ".\r\n", 3))
		return err_set(e, EX_SOFTWARE, "no room for the message's end");
	return true;
}

/*
 * The last octet of a chunk ends the message for the server, so it is not
 * let go before the source has confirmed that it was the last.
 */
static bool
is_at_end(const struct body *b)
{
	return b->nread == source_size(b->source);
}

bool
body_fill(struct body *b, struct buf *out, size_t goal, struct err *e)
{
	while (!b->is_done && (out->len < goal || is_at_end(b)))
		if (!fill_piece(b, out, e))
			return false;
	return true;
}
