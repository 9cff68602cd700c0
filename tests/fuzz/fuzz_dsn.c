// SPDX-License-Identifier: ISC
/*
 * A report made of anything: what it gives back, what was said and the
 * addresses are the input.  It keeps to lines, and to its three parts.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/dsn.h"
#include "message/returned.h"

enum { OUT_MAX = 64 << 20, LINE_LEN_MAX = 998 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What stands between the quotes. */
static struct str
boundary_of(struct str text)
{
	struct str mark = STR("    boundary=\"");
	size_t start = str_search(text, mark);
	assert(start < text.len);
	text = str_from(text, start + mark.len);
	return str_upto(text, str_find(text, '"'));
}

/* Fit lines, of which the boundary begins one more than there are parts. */
static void
check(struct str text, size_t nparts)
{
	struct str boundary = boundary_of(text);
	size_t nboundaries = 0;
	while (text.len > 0) {
		size_t lf = str_find(text, '\n');
		assert(lf > 0 && lf < text.len && text.ptr[lf - 1] == '\r');
		struct str line = str_upto(text, lf - 1);
		assert(line.len <= LINE_LEN_MAX);
		assert(str_find(line, '\0') == line.len);
		assert(str_find(line, '\r') == line.len);
		if (str_starts_nocase(line, STR("--")))
			nboundaries += str_starts_nocase(
			    str_from(line, 2), boundary);
		text = str_from(text, lf + 1);
	}
	assert(nboundaries == nparts + 1);
}

/* What stands before the next NUL, as far as that is in the first octets. */
static struct str
take(struct str *rest)
{
	struct str first = str_upto(*rest, rest->len < 5000 ? rest->len : 5000);
	size_t end = str_find(first, '\0');
	struct str taken = str_upto(first, end);
	*rest = str_from(*rest, end < rest->len ? end + 1 : end);
	return taken;
}

static void
check_kind(enum dsn_kind kind, bool is_whole, struct str rest)
{
	struct dsn_rcpt rcpts[2] = { { .code = 550 }, { .code = 0 } };
	struct dsn d = {
		.kind = kind,
		.to = STR("me@example.org"),
		.from = STR("MAILER-DAEMON@host.example.net"),
		.message_id = STR("<1@host.example.net>"),
		.unique = STR("Unique"),
		.id = STR("20261224"),
		.until = 86400,
		.rcpts = rcpts,
		.nrcpts = 2,
		.is_whole = is_whole,
	};
	struct buf out = BUF_INIT(OUT_MAX);
	struct err e;
	for (size_t i = 0; i < 2; i++) {
		rcpts[i].address = take(&rest);
		rcpts[i].original = take(&rest);
		rcpts[i].enh = take(&rest);
		rcpts[i].said = take(&rest);
	}
	d.host = take(&rest);
	d.server = take(&rest);
	d.envid = take(&rest);
	d.original = rest;
	bool ok = dsn_write(&d, &out, &e);
	assert(ok);
	struct str header = returned_header(rest, DSN_HEADER_MAX);
	size_t given = is_whole ? rest.len : header.len;
	check(buf_str(&out), given > 0 ? 3 : 2);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	if (size > 1 << 20)
		return 0;
	for (enum dsn_kind kind = DSN_REFUSED; kind <= DSN_DELAYED; kind++) {
		check_kind(kind, false, text);
		check_kind(kind, true, text);
	}
	return 0;
}
