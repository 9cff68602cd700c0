// SPDX-License-Identifier: ISC
#include "smtp/oauth.h"

#include "base/buf.h"
#include "base/err.h"

/*
 * Tokens are ASCII without blanks (RFC 6750 2.1).  Anything else in one would
 * end it, or the line; most often it is an error message that a command
 * printed in its place.
 */
static bool
check_token(struct str token, struct err *e)
{
	bool ok = token.len > 0;
	for (size_t i = 0; ok && i < token.len; i++)
		ok = token.ptr[i] > ' ' && token.ptr[i] <= '~';
	if (ok)
		return true;
	(void)err_set(e, EX_CONFIG,
	    token.len == 0 ? "the access token is empty"
			   : "the access token holds a blank or what is not "
			     "ASCII, so it is none");
	return err_hint(e, "the password must be the token and nothing else");
}

static bool
too_long(struct err *e)
{
	return err_set(e, EX_CONFIG, "the access token is too long");
}

/* RFC 5801 4: "," and "=" are separators. */
static bool
add_saslname(struct buf *b, struct str name)
{
	bool ok = true;
	for (size_t i = 0; ok && i < name.len; i++) {
		char c = name.ptr[i];
		ok = c == ','  ? buf_add(b, "=2C", 3)
		    : c == '=' ? buf_add(b, "=3D", 3)
			       : buf_add(b, &c, 1);
	}
	return ok;
}

static bool
add_bearer(struct buf *b, struct str token)
{
	return buf_add_str(b, STR("auth=Bearer ")) && buf_add_str(b, token) &&
	    buf_add(b, "\1\1", 2);
}

/* RFC 7628 3.1 */
bool
oauth_bearer(const struct oauth_grant *g, struct buf *message, struct err *e)
{
	if (!check_token(g->token, e))
		return false;
	bool ok = buf_add_str(message, STR("n,"));
	if (g->user.len > 0)
		ok = ok && buf_add_str(message, STR("a=")) &&
		    add_saslname(message, g->user);
	ok = ok && buf_add_str(message, STR(",\1"));
	if (g->host.len > 0)
		ok = ok && buf_add_str(message, STR("host=")) &&
		    buf_add_str(message, g->host) && buf_add(message, "\1", 1);
	if (g->port != 0)
		ok = ok && buf_printf(message, "port=%u\1", g->port);
	return (ok && add_bearer(message, g->token)) || too_long(e);
}

bool
oauth_xoauth2(const struct oauth_grant *g, struct buf *message, struct err *e)
{
	if (!check_token(g->token, e))
		return false;
	return (buf_add_str(message, STR("user=")) &&
		   buf_add_str(message, g->user) && buf_add(message, "\1", 1) &&
		   add_bearer(message, g->token)) ||
	    too_long(e);
}

/*
 * Of JSON (RFC 8259) we want strings that are direct members of one object.
 * What is nested deeper is passed over, so nothing here recurses.
 */
struct json {
	struct str rest;
};

static void
skip_blanks(struct json *j)
{
	while (j->rest.len > 0 && is_space(j->rest.ptr[0]))
		j->rest = str_from(j->rest, 1);
}

static bool
take(struct json *j, char c)
{
	skip_blanks(j);
	if (j->rest.len == 0 || j->rest.ptr[0] != c)
		return false;
	j->rest = str_from(j->rest, 1);
	return true;
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "\u"; what is not ASCII has no place in a status: "?". */
static bool
take_code_point(struct json *j, char *c)
{
	int point = 0;
	if (j->rest.len < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		int digit = hex_digit(j->rest.ptr[i]);
		if (digit < 0)
			return false;
		point = point * 16 + digit;
	}
	j->rest = str_from(j->rest, 4);
	*c = '?';
	if (point < 0x80)
		*c = (char)point;
	return true;
}

static bool
take_escape(struct json *j, char *c)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	if (j->rest.len == 0)
		return false;
	*c = j->rest.ptr[0];
	j->rest = str_from(j->rest, 1);
	if (*c == 'u')
		return take_code_point(j, c);
	const char *name = *c != '\0' ? strchr(names, *c) : NULL;
	if (name != NULL)
		*c = means[name - names];
	return name != NULL;
}

/* A string, decoded; false if there is none, or no room for it. */
static bool
take_string(struct json *j, struct buf *text)
{
	buf_truncate(text, 0);
	if (!take(j, '"'))
		return false;
	while (j->rest.len > 0) {
		char c = j->rest.ptr[0];
		j->rest = str_from(j->rest, 1);
		if (c == '"')
			return true;
		if (c == '\\' && !take_escape(j, &c))
			return false;
		if (!buf_add(text, &c, 1))
			return false;
	}
	return false;
}

/* Any value that is no string, with all that is nested in it. */
static bool
skip_value(struct json *j, struct buf *scratch)
{
	size_t depth = 0;
	size_t before = j->rest.len;
	while (j->rest.len > 0) {
		char c = j->rest.ptr[0];
		if (c == '"') {
			if (!take_string(j, scratch))
				return false;
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}'))
			return j->rest.len < before;
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && depth-- == 0)
			return false;
		j->rest = str_from(j->rest, 1);
	}
	return false;
}

/* The same, and the value itself if it is a number: a status may be one. */
static bool
take_number(struct json *j, struct buf *value)
{
	struct str text = j->rest;
	uint64_t n;
	bool ok = skip_value(j, value);
	text = str_trim(str_upto(text, text.len - j->rest.len));
	buf_truncate(value, 0);
	if (ok && parse_uint(text, 0, 999999, &n))
		ok = buf_add_str(value, text);
	return ok;
}

/* RFC 7628 3.2.2, and what Google adds. */
static bool
is_telling(struct str name)
{
	return str_eq(name, STR("status")) || str_eq(name, STR("scope")) ||
	    str_eq(name, STR("schemes")) ||
	    str_eq(name, STR("error_description"));
}

/* One member of the object; tells of it what is of interest. */
static bool
take_member(struct json *j, struct buf *words)
{
	AUTO(buf_release) struct buf name = BUF_INIT(1024);
	AUTO(buf_release) struct buf value = BUF_INIT(j->rest.len);
	if (!take_string(j, &name) || !take(j, ':'))
		return false;
	skip_blanks(j);
	bool is_string = j->rest.len > 0 && j->rest.ptr[0] == '"';
	if (!(is_string ? take_string(j, &value) : take_number(j, &value)))
		return false;
	if (value.len > 0 && is_telling(buf_str(&name)))
		(void)!(
		    buf_add_str(words, words->len > 0 ? STR(", ") : STR_INIT) &&
		    buf_add_str(words, buf_str(&name)) &&
		    buf_add(words, " ", 1) &&
		    buf_add_str(words, buf_str(&value)));
	return true;
}

void
oauth_explain(struct str challenge, struct buf *words)
{
	struct json j = { .rest = challenge };
	bool ok = take(&j, '{');
	size_t before = words->len;
	while (ok && take_member(&j, words))
		if (!take(&j, ','))
			ok = false;
	if (words->len == before)
		(void)!buf_add_str(words, str_trim(challenge));
}
