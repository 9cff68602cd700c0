// SPDX-License-Identifier: ISC
#include "outbox/show.h"

#include "base/buf.h"
#include "unit.h"

/* The text in pieces of that size. */
static void
shows(
    const char *text, size_t piece, bool is_screen, const char *want, int line)
{
	AUTO(buf_release) struct buf in = BUF_INIT(1000);
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	struct str rest = str_of(text);
	while (rest.len > 0) {
		size_t n = rest.len < piece ? rest.len : piece;
		CHECK(buf_add_str(&in, str_upto(rest, n)));
		show_text(&in, false, is_screen, &out);
		CHECK(in.len <= 3);
		rest = str_from(rest, n);
	}
	show_text(&in, true, is_screen, &out);
	CHECK_EQ(in.len, 0);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

static void
shows_all(const char *text, bool is_screen, const char *want, int line)
{
	for (size_t piece = 1; piece < 10; piece++)
		shows(text, piece, is_screen, want, line);
}

#define SCREEN(text, want) shows_all((text), true, (want), __LINE__)
#define BYTES(text, want) shows_all((text), false, (want), __LINE__)

TEST(line_ends_become_lf)
{
	BYTES("Subject: x\r\n\r\nhello\r\n", "Subject: x\n\nhello\n");
	SCREEN("Subject: x\r\n\r\nhello\r\n", "Subject: x\n\nhello\n");
}

TEST(all_else_stays_as_it_is_but_on_a_screen)
{
	BYTES("a\r\rb\033[2J\xff\t\r\nend\r", "a\r\rb\033[2J\xff\t\nend\r");
	SCREEN("a\r\rb\033[2J\xff\t\r\nend\r",
	    "a\\x0d\\x0db\\x1b[2J\\xff\t\nend\\x0d");
}

TEST(a_character_is_not_cut_by_the_pieces)
{
	SCREEN("1\xc3\xb6"
	       "2\xe2\x82\xac"
	       "3\xf0\x9f\x98\x80",
	    "1\xc3\xb6"
	    "2\xe2\x82\xac"
	    "3\xf0\x9f\x98\x80");
	SCREEN("cut \xf0\x9f\x98", "cut \\xf0\\x9f\\x98");
	SCREEN(
	    "\xb6\xb6\xb6\xb6\xb6\xc3\r\n", "\\xb6\\xb6\\xb6\\xb6\\xb6\\xc3\n");
}
