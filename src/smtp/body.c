// SPDX-License-Identifier: ISC
#include "smtp/body.h"

#include "base/buf.h"
#include "base/err.h"
#include "message/source.h"

enum { PIECE = 32768 };

void
body_init(struct body *b, struct source *source, enum body_form form)
{
	source_rewind(source);
	*b = (struct body){ .source = source, .form = form };
}

/* So many at a time, that compilers make it wide registers' work. */
enum { BLOCK = 256 };

/* Whether one of n line ends at p, or what stands there, has a dot behind it.
 */
static inline bool
has_dot_line(const char *p, size_t n)
{
	unsigned char found = 0;
	for (size_t i = 0; i < n; i++)
		found |= (unsigned char)((p[i] == '\n') & (p[i + 1] == '.'));
	return found != 0;
}

/* Behind the next line end that has a dot behind it, or text's length. */
static size_t
find_dot_line(struct str text)
{
	size_t i = 0;
	while (i + BLOCK < text.len && !has_dot_line(text.ptr + i, BLOCK))
		i += BLOCK;
	for (; i + 1 < text.len; i++)
		if (text.ptr[i] == '\n' && text.ptr[i + 1] == '.')
			return i + 1;
	return text.len;
}

/*
 * Doubles the dots that begin lines of the n octets at piece, behind which
 * there is room for n more; the number of octets then.
 */
static size_t
stuff_dots(struct body *b, char *piece, size_t n)
{
	struct str text = { piece, n };
	size_t next = 0;
	if (b->is_inside_line || piece[0] != '.')
		next = find_dot_line(text);
	b->is_inside_line = piece[n - 1] != '\n';
	if (next == n)
		return n;
	/* with the rest that far behind, no dot overtakes it */
	char *to = piece + next;
	memmove(piece + n + next, to, n - next);
	text = (struct str){ piece + n + next, n - next };
	while (text.len > 0) {
		size_t end = find_dot_line(text);
		*to++ = '.';
		memmove(to, text.ptr, end);
		to += end;
		text = str_from(text, end);
	}
	return (size_t)(to - piece);
}

static bool
fill_piece(struct body *b, struct buf *out, size_t most, struct err *e)
{
	size_t n, want = most > 0 && most < PIECE ? most : PIECE;
	char *piece = buf_room(out, 2 * want);
	if (piece == NULL)
		return err_set(e, EX_SOFTWARE, "no room for the message");
	if (!source_read(b->source, piece, want, &n, e))
		return false;
	b->nread += n;
	b->is_done = n == 0;
	if (n > 0 && b->form == BODY_DOT)
		n = stuff_dots(b, piece, n);
	buf_filled(out, n);
	if (b->is_done && b->form == BODY_DOT && !buf_add(out, ".\r\n", 3))
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
		if (!fill_piece(
			b, out, out->len < goal ? goal - out->len : 1, e))
			return false;
	return true;
}
