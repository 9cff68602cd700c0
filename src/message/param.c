// SPDX-License-Identifier: ISC
#include "message/param.h"

#include "base/buf.h"

size_t
param_quoted(struct str s)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.ptr[i] == '"')
			return i + 1;
		i += s.ptr[i] == '\\';
	}
	return s.len;
}

size_t
param_comment(struct str s)
{
	size_t depth = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '(')
			depth++;
		else if (s.ptr[i] == ')' && --depth == 0)
			return i + 1;
	}
	return s.len;
}

static void
skip_blanks(struct str *s)
{
	while (s->len > 0) {
		size_t n = 0;
		if (is_space(s->ptr[0]))
			n = 1;
		else if (s->ptr[0] == '(')
			n = param_comment(*s);
		if (n == 0)
			return;
		*s = str_from(*s, n);
	}
}

struct str
param_token(struct str *rest, const char *stops)
{
	struct str set = str_of(stops);
	skip_blanks(rest);
	size_t n = 0;
	while (n < rest->len && !is_space(rest->ptr[n]) &&
	    rest->ptr[n] != '(' && str_find(set, rest->ptr[n]) == set.len)
		n++;
	struct str token = str_upto(*rest, n);
	*rest = str_from(*rest, n);
	skip_blanks(rest);
	return token;
}

/*
 * A value that ought to be quoted and is not may hold anything but ";" and
 * blanks: "boundary=----=_Part(1)".
 */
static struct str
take_value(struct str *rest)
{
	size_t n = 0;
	if (rest->len > 0 && rest->ptr[0] == '"')
		n = param_quoted(*rest);
	else
		while (n < rest->len && !is_space(rest->ptr[n]) &&
		    rest->ptr[n] != ';')
			n++;
	struct str value = str_upto(*rest, n);
	*rest = str_from(*rest, n);
	return value;
}

bool
param_next(struct str *rest, struct param *p)
{
	for (;;) {
		/* what stands there and is no parameter is passed over */
		while (rest->len > 0 && rest->ptr[0] != ';')
			*rest = str_from(*rest, 1);
		if (rest->len == 0)
			return false;
		*rest = str_from(*rest, 1);
		p->name = param_token(rest, "=;");
		if (p->name.len == 0 || rest->len == 0 || rest->ptr[0] != '=')
			continue;
		*rest = str_from(*rest, 1);
		skip_blanks(rest);
		p->value = take_value(rest);
		return true;
	}
}

void
param_unquote(struct str value, struct buf *out)
{
	bool is_quoted = value.len > 0 && value.ptr[0] == '"';
	for (size_t i = is_quoted; i < value.len; i++) {
		if (is_quoted && value.ptr[i] == '"')
			return;
		if (is_quoted && value.ptr[i] == '\\' && i + 1 < value.len)
			i++;
		if (!buf_add(out, &value.ptr[i], 1))
			return;
	}
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	struct str set = STR(digits);
	size_t at = str_find(set, to_lower(c));
	return at < set.len ? (int)at : -1;
}

/* RFC 2231 4: "charset'language'text", the first two in the first piece. */
static void
unescape(struct str value, bool is_first, struct buf *out)
{
	for (int i = 0; i < 2 && is_first; i++) {
		size_t quote = str_find(value, '\'');
		if (quote < value.len)
			value = str_from(value, quote + 1);
	}
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];
		bool is_escape = c == '%' && i + 2 < value.len;
		int high = is_escape ? hex(value.ptr[i + 1]) : -1;
		int low = is_escape ? hex(value.ptr[i + 2]) : -1;
		if (high >= 0 && low >= 0) {
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (!buf_add(out, &c, 1))
			return;
	}
}

void
param_find(struct str params, struct str name, struct buf *out)
{
	struct param p;
	bool is_first = true;
	while (param_next(&params, &p)) {
		if (!str_starts_nocase(p.name, name))
			continue;
		struct str behind = str_from(p.name, name.len);
		if (behind.len == 0) {
			buf_truncate(out, 0);
			param_unquote(p.value, out);
			return;
		}
		if (behind.ptr[0] != '*')
			continue;
		AUTO(buf_release) struct buf value = BUF_INIT(p.value.len + 1);
		param_unquote(p.value, &value);
		if (behind.ptr[behind.len - 1] == '*')
			unescape(buf_str(&value), is_first, out);
		else
			(void)!buf_add_str(out, buf_str(&value));
		is_first = false;
	}
}
