// SPDX-License-Identifier: ISC
#include "message/encode.h"

#include <assert.h>

#include "base/buf.h"

enum {
	COLUMN_MAX = 76,        /* RFC 2045 6.7 (5), 6.8 */
	ASIDE_COLUMN_MAX = 998, /* RFC 5322 2.1.1 */
};

static void
put(struct encode *x, const char *bytes, size_t n)
{
	bool ok = buf_add(x->out, bytes, n);
	assert(ok);
	x->column += n;
}

static void
put_line_end(struct encode *x)
{
	put(x, "\r\n", 2);
	x->column = 0;
	x->is_soft = false;
}

/* Quoted-printable */

/*
 * A line that a soft line break began must not look like a boundary, which
 * is why a "-" there is escaped.
 */
static void
put_token(struct encode *x, bool is_last)
{
	size_t room = is_last ? COLUMN_MAX : COLUMN_MAX - 1;
	if (x->ntoken == 0)
		return;
	if (x->column + x->ntoken > room) {
		put(x, "=", 1);
		put_line_end(x);
		x->is_soft = true;
	}
	if (x->column == 0 && x->is_soft && x->token[0] == '-')
		put(x, "=2D", 3);
	else
		put(x, x->token, x->ntoken);
	x->ntoken = 0;
}

static void
add_token(struct encode *x, const char *token, size_t n)
{
	put_token(x, false);
	memcpy(x->token, token, n);
	x->ntoken = n;
}

static void
add_escaped(struct encode *x, char c)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char byte = (unsigned char)c;
	const char token[3] = { '=', digits[byte >> 4], digits[byte & 15] };
	add_token(x, token, sizeof(token));
}

static bool
is_plain(char c)
{
	return (c >= ' ' && c <= '~' && c != '=') || c == '\t';
}

size_t
encode_count(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += !is_plain(text.ptr[i]);
	return n;
}

static void
add_plain(struct encode *x, char c)
{
	if (is_plain(c))
		add_token(x, &c, 1);
	else
		add_escaped(x, c);
}

static void
encode_qp(struct encode *x, struct str text, bool is_end)
{
	for (size_t i = 0; i < text.len; i++)
		add_plain(x, text.ptr[i]);
	if (!is_end)
		return;
	/* RFC 2045 6.7 (3): a blank at the end of a line gets lost */
	if (x->ntoken == 1 && is_blank(x->token[0])) {
		char blank = x->token[0];
		x->ntoken = 0;
		add_escaped(x, blank);
	}
	put_token(x, true);
	put_line_end(x);
}

/* Quoted-printable once more: what a decoder makes of it stays the same. */

static bool
is_hex(char c)
{
	char lower = to_lower(c);
	return is_digit(c) || (lower >= 'a' && lower <= 'f');
}

static void
add_blanks(struct encode *x)
{
	for (size_t i = 0; i < x->nblanks; i++)
		add_token(x, &x->blanks[i], 1);
	x->nblanks = 0;
}

/* What began like an escape and was none: "=" stands for itself. */
static void
end_escape(struct encode *x)
{
	if (x->nescape > 0)
		add_escaped(x, '=');
	if (x->nescape > 1)
		add_token(x, &x->escape[1], 1);
	x->nescape = 0;
	add_blanks(x);
}

static void
add_again(struct encode *x, char c)
{
	if (is_blank(c) && x->nescape < 2) {
		if (x->nblanks == sizeof(x->blanks))
			end_escape(x);
		x->blanks[x->nblanks++] = c;
	} else if (x->nescape == 2 && is_hex(c)) {
		const char token[3] = { '=', x->escape[1], c };
		add_token(x, token, sizeof(token));
		x->nescape = 0;
	} else if (x->nescape == 1 && x->nblanks == 0 && is_hex(c)) {
		x->escape[x->nescape++] = c;
	} else {
		bool is_late_blank = is_blank(c);
		end_escape(x);
		if (is_late_blank)
			x->blanks[x->nblanks++] = c;
		else if (c == '=')
			x->escape[x->nescape++] = c;
		else
			add_plain(x, c);
	}
}

static void
encode_qp_again(struct encode *x, struct str text, bool is_end)
{
	for (size_t i = 0; i < text.len; i++)
		add_again(x, text.ptr[i]);
	if (!is_end)
		return;
	x->nblanks = 0; /* a decoder drops them */
	if (x->nescape == 1)
		add_token(x, "=", 1); /* its soft line break */
	else
		end_escape(x);
	x->nescape = 0;
	put_token(x, true);
	put_line_end(x);
}

/* Base64 */

static void
put_group(struct encode *x)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	char four[4] = { '=', '=', '=', '=' };
	unsigned bits = 0;
	for (size_t i = 0; i < 3; i++)
		bits = bits << 8 | (i < x->nheld ? x->held[i] : 0u);
	for (size_t i = 0; i <= x->nheld; i++)
		four[i] = digits[bits >> (18 - 6 * i) & 63];
	if (x->column == COLUMN_MAX)
		put_line_end(x);
	put(x, four, sizeof(four));
	x->nheld = 0;
}

static void
add_octets(struct encode *x, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		x->held[x->nheld++] = (unsigned char)s.ptr[i];
		if (x->nheld == sizeof(x->held))
			put_group(x);
	}
}

static void
encode_base64(struct encode *x, struct str text, bool is_end)
{
	if (x->is_crlf_due)
		add_octets(x, STR("\r\n"));
	add_octets(x, text);
	x->is_crlf_due = is_end;
}

/* Octets that are no digits do not count for a decoder (RFC 2045 6.8). */
static void
encode_base64_again(struct encode *x, struct str text, bool is_end)
{
	for (size_t i = 0; i < text.len; i++) {
		if (x->column == COLUMN_MAX) {
			put_line_end(x);
			x->is_soft = true;
		}
		bool is_soft_start = x->is_soft && x->column == 0;
		if (is_8bit(text.ptr[i]) ||
		    (is_soft_start && text.ptr[i] == '-'))
			continue;
		put(x, &text.ptr[i], 1);
	}
	if (is_end)
		put_line_end(x);
}

/* The blank keeps the rest of a line from being a boundary. */
static void
encode_aside(struct encode *x, struct str text, bool is_end)
{
	for (size_t i = 0; i < text.len; i++) {
		if (x->column == ASIDE_COLUMN_MAX) {
			put_line_end(x);
			put(x, " ", 1);
		}
		put(x, is_8bit(text.ptr[i]) ? "*" : &text.ptr[i], 1);
	}
	if (is_end)
		put_line_end(x);
}

static void
encode_not(struct encode *x, struct str text, bool is_end)
{
	put(x, text.ptr, text.len);
	if (is_end)
		put_line_end(x);
}

void
encode_init(struct encode *x, enum encode_form form, struct buf *out)
{
	*x = (struct encode){ .form = form, .out = out };
}

void
encode_text(struct encode *x, struct str text, bool is_end)
{
	switch (x->form) {
	case ENCODE_NOT: encode_not(x, text, is_end); break;
	case ENCODE_QP: encode_qp(x, text, is_end); break;
	case ENCODE_BASE64: encode_base64(x, text, is_end); break;
	case ENCODE_QP_AGAIN: encode_qp_again(x, text, is_end); break;
	case ENCODE_BASE64_AGAIN: encode_base64_again(x, text, is_end); break;
	case ENCODE_ASIDE: encode_aside(x, text, is_end); break;
	}
}

void
encode_end(struct encode *x, bool is_boundary)
{
	if (x->form != ENCODE_BASE64)
		return;
	if (x->is_crlf_due && !is_boundary)
		add_octets(x, STR("\r\n"));
	if (x->nheld > 0)
		put_group(x);
	if (x->column > 0)
		put_line_end(x);
}
