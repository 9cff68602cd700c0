// SPDX-License-Identifier: ISC
#include "smtp/reply.h"

#include <stdio.h>

#include "base/err.h"

static bool
digits_within(struct str *s, size_t most)
{
	size_t n = 0;
	while (n < s->len && n < most && is_digit(s->ptr[n]))
		n++;
	*s = str_from(*s, n);
	return n > 0;
}

static bool
dot(struct str *s)
{
	if (s->len == 0 || s->ptr[0] != '.')
		return false;
	*s = str_from(*s, 1);
	return true;
}

/* The length of a status such as "5.1.1" at the start (RFC 3463 2), or 0. */
static size_t
status_length(struct str text, int code)
{
	struct str rest = text;
	if (text.len == 0 || text.ptr[0] != (char)('0' + code / 100))
		return 0;
	if (!digits_within(&rest, 1) || !dot(&rest) ||
	    !digits_within(&rest, 3) || !dot(&rest) || !digits_within(&rest, 3))
		return 0;
	if (rest.len > 0 && !is_blank(rest.ptr[0]))
		return 0;
	return text.len - rest.len;
}

/* Shows the user what was no reply. */
static enum reply_state
bad(struct str line, const char *what, struct err *e)
{
	char shown[128];
	str_printable_to(str_trim(line), shown, sizeof(shown));
	(void)err_set(e, EX_PROTOCOL, "%s", what);
	(void)snprintf(e->said, sizeof(e->said), "\"%s\"", shown);
	return REPLY_BAD;
}

/* Code = ( 2 / 3 / 4 / 5 ) 2DIGIT; then blank, hyphen or the line's end. */
static int
line_code(struct str line)
{
	if (line.len < 3 || line.ptr[0] < '2' || line.ptr[0] > '5' ||
	    !is_digit(line.ptr[1]) || !is_digit(line.ptr[2]))
		return 0;
	if (line.len > 3 && line.ptr[3] != ' ' && line.ptr[3] != '-')
		return 0;
	return (line.ptr[0] - '0') * 100 + (line.ptr[1] - '0') * 10 +
	    (line.ptr[2] - '0');
}

static enum reply_state
take_line(struct reply *r, struct str line, struct err *e)
{
	int code = line_code(line);
	if (code == 0)
		return bad(line, "not an SMTP reply", e);
	if (r->has_lines && code != r->code)
		return bad(line, "reply whose lines have different codes", e);
	struct str text = line.len > 4 ? str_from(line, 4) : STR_INIT;
	size_t status = r->enh[0] == '\0' ? status_length(text, code) : 0;
	if (status > 0 && status < sizeof(r->enh))
		memcpy(r->enh, text.ptr, status);
	if (!buf_printf(&r->text, "%s", r->has_lines ? "\n" : "") ||
	    !buf_add_str(&r->text, text))
		return bad(line, "reply without end", e);
	r->code = code;
	r->has_lines = true;
	return line.len > 3 && line.ptr[3] == '-' ? REPLY_MORE : REPLY_COMPLETE;
}

enum reply_state
reply_take(struct reply *r, struct buf *in, struct err *e)
{
	enum reply_state state = REPLY_MORE;
	while (state == REPLY_MORE) {
		struct str all = buf_str(in);
		size_t end = str_find(all, '\n');
		if (end > REPLY_LINE_MAX)
			return bad(str_upto(all, 64), "line without end", e);
		if (end == all.len)
			return REPLY_MORE;
		struct str line = str_upto(all, end);
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		state = take_line(r, line, e);
		buf_consume(in, end + 1);
	}
	return state;
}

void
reply_reset(struct reply *r)
{
	buf_truncate(&r->text, 0);
	*r = (struct reply){ .text = r->text };
}

void
reply_said(const struct reply *r, char *dst, size_t size)
{
	AUTO(buf_release)
	struct buf line = BUF_INIT((size_t)2 * REPLY_TEXT_MAX);
	(void)!buf_printf(&line, "%d", r->code);
	struct str rest = buf_str(&r->text);
	bool has_said_status = false;
	while (rest.len > 0) {
		size_t end = str_find(rest, '\n');
		struct str text = str_trim(str_upto(rest, end));
		size_t status = status_length(text, r->code);
		rest = str_from(rest, end < rest.len ? end + 1 : end);
		if (has_said_status)
			text = str_trim(str_from(text, status));
		has_said_status = has_said_status || status > 0;
		if (text.len > 0 &&
		    (!buf_add(&line, " ", 1) || !buf_add_str(&line, text)))
			break;
	}
	str_printable_to(buf_str(&line), dst, size);
}

void
reply_release(struct reply *r)
{
	buf_release(&r->text);
}
