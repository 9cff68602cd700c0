// SPDX-License-Identifier: ISC
#include "base/json.h"

#include <inttypes.h>

#include "base/buf.h"

static void
add_unit(struct buf *out, uint32_t unit)
{
	(void)!buf_printf(out, "\\u%04" PRIx32, unit);
}

/* RFC 8259 7: beyond the first plane as a surrogate pair of UTF-16. */
static void
add_escaped(struct buf *out, uint32_t point)
{
	if (point < 0x10000) {
		add_unit(out, point);
		return;
	}
	add_unit(out, 0xd800 + ((point - 0x10000) >> 10));
	add_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
}

/* How many bytes from the start of text go as they are. */
static size_t
count_plain(struct str text)
{
	size_t n = 0;
	while (n < text.len && text.ptr[n] >= ' ' && text.ptr[n] < 0x7f &&
	    text.ptr[n] != '"' && text.ptr[n] != '\\')
		n++;
	return n;
}

static void
add_string(struct buf *out, struct str text)
{
	(void)!buf_add(out, "\"", 1);
	while (text.len > 0) {
		uint32_t point = 0;
		size_t plain = count_plain(text);
		(void)!buf_add(out, text.ptr, plain);
		text = str_from(text, plain);
		if (text.len == 0)
			break;
		size_t n = str_utf8_next(text, &point);
		if (n == 0)
			add_escaped(out, 0xfffd);
		else if (point == '"' || point == '\\')
			(void)!buf_printf(out, "\\%c", text.ptr[0]);
		else if (point < ' ' || point == 0x7f ||
		    str_is_deceptive(point))
			add_escaped(out, point);
		else
			(void)!buf_add(out, text.ptr, n);
		text = str_from(text, n > 0 ? n : 1);
	}
	(void)!buf_add(out, "\"", 1);
}

/* All that stands before a value. */
static void
begin(struct json *j, const char *key)
{
	(void)!buf_add(j->out, ",", j->has_sibling);
	j->has_sibling = true;
	if (key == NULL)
		return;
	add_string(j->out, str_of(key));
	(void)!buf_add(j->out, ":", 1);
}

void
json_open(struct json *j, const char *key, enum json_kind kind)
{
	begin(j, key);
	(void)!buf_add(j->out, kind == JSON_OBJECT ? "{" : "[", 1);
	j->has_sibling = false;
}

void
json_close(struct json *j, enum json_kind kind)
{
	(void)!buf_add(j->out, kind == JSON_OBJECT ? "}" : "]", 1);
	j->has_sibling = true;
}

void
json_text(struct json *j, const char *key, struct str text)
{
	begin(j, key);
	add_string(j->out, text);
}

void
json_uint(struct json *j, const char *key, uint64_t n)
{
	begin(j, key);
	(void)!buf_printf(j->out, "%" PRIu64, n);
}

void
json_int(struct json *j, const char *key, int64_t n)
{
	begin(j, key);
	(void)!buf_printf(j->out, "%" PRId64, n);
}

void
json_bool(struct json *j, const char *key, bool on)
{
	begin(j, key);
	(void)!buf_printf(j->out, "%s", on ? "true" : "false");
}
