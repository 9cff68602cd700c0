// SPDX-License-Identifier: ISC
#include "message/wrap.h"

#include <stdint.h>

#include "base/buf.h"

enum { PIECE_MAX = 900 }; /* octets; the rest of 998 is for what is before */

static struct str
last_line(const struct buf *out)
{
	struct str s = buf_str(out);
	size_t lf = str_rfind(s, '\n');
	return lf == s.len ? s : str_from(s, lf + 1);
}

static bool
add_blanks(struct buf *out, size_t n)
{
	return buf_printf(out, "%*s", (int)n, "");
}

/* As many octets of printable text as fit, no character being cut in two. */
static size_t
piece_length(struct str text)
{
	size_t n = text.len;
	if (n <= PIECE_MAX)
		return n;
	n = PIECE_MAX;
	while (n > 0 && ((unsigned char)text.ptr[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static bool
put_piece(struct buf *out, size_t indent, struct str piece)
{
	struct str line = last_line(out);
	if (line.len == 0)
		return add_blanks(out, indent) && buf_add_str(out, piece);
	if (str_trim(line).len == 0)
		return buf_add_str(out, piece);
	bool is_apart = !is_blank(line.ptr[line.len - 1]);
	if (str_columns(line) + is_apart + str_columns(piece) > WRAP_COLUMNS)
		return buf_add(out, "\r\n", 2) && add_blanks(out, indent) &&
		    buf_add_str(out, piece);
	return add_blanks(out, is_apart) && buf_add_str(out, piece);
}

bool
wrap_word(struct buf *out, size_t indent, struct str word)
{
	AUTO(buf_release) struct buf clean = BUF_INIT(4 * word.len);
	str_printable(word, &clean);
	struct str rest = buf_str(&clean);
	while (rest.len > 0) {
		size_t n = piece_length(rest);
		if (!put_piece(out, indent, str_upto(rest, n)))
			return false;
		rest = str_from(rest, n);
	}
	return true;
}

bool
wrap_text(struct buf *out, size_t indent, struct str text)
{
	struct str line, word;
	bool is_new = false;
	while (str_word(&text, "\n", &line)) {
		while (str_word(&line, " \t\r", &word)) {
			if (is_new && !buf_add(out, "\r\n", 2))
				return false;
			is_new = false;
			if (!wrap_word(out, indent, word))
				return false;
		}
		is_new = true;
	}
	return true;
}
