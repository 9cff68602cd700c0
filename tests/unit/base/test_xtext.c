// SPDX-License-Identifier: ISC
#include "base/xtext.h"

#include "base/buf.h"
#include "unit.h"

static void
becomes(struct str text, const char *want)
{
	struct buf out = BUF_INIT(1000);
	CHECK(xtext_add(&out, text));
	CHECK_BUF(&out, want);
	buf_release(&out);
}

static void
becomes_utf8(const char *text, const char *want)
{
	struct buf out = BUF_INIT(1000);
	CHECK(xtext_add_utf8(&out, str_of(text)));
	CHECK_BUF(&out, want);
	buf_release(&out);
}

TEST(printable_ascii_stays_as_it_is)
{
	becomes(STR(""), "");
	becomes(STR("user@example.org"), "user@example.org");
	becomes(STR("!#$%&'*-/?^_`{|}~\\\"<>()"), "!#$%&'*-/?^_`{|}~\\\"<>()");
}

TEST(plus_equals_and_all_else_become_hexadecimal)
{
	becomes(STR("a+b=c"), "a+2Bb+3Dc");
	becomes(STR("a b\t\r\n\0z"), "a+20b+09+0D+0A+00z");
	becomes(STR("\x7f\xff"), "+7F+FF");
}

TEST(every_octet_comes_out_printable)
{
	for (int c = 0; c < 256; c++) {
		struct buf out = BUF_INIT(10);
		char octet = (char)c;
		CHECK(xtext_add(&out, (struct str){ &octet, 1 }));
		CHECK(str_is_ascii(buf_str(&out)));
		CHECK(!str_has_controls(buf_str(&out)));
		CHECK(str_find(buf_str(&out), ' ') == out.len);
		CHECK(out.len == 1 || out.len == 3);
		buf_release(&out);
	}
}

TEST(code_points_beyond_ascii_become_hexadecimal)
{
	becomes_utf8("jos\xc3\xa9@example", "jos\\x{E9}@example");
	becomes_utf8("\xe4\xb8\xad\xf0\x9f\x93\xa7", "\\x{4E2D}\\x{1F4E7}");
	becomes_utf8("a+b=c\\d e", "a\\x{2B}b\\x{3D}c\\x{5C}d\\x{20}e");
}

TEST(what_is_not_utf8_is_refused)
{
	struct buf out = BUF_INIT(1000);
	CHECK(!xtext_add_utf8(&out, STR("jos\xe9@example")));
	buf_release(&out);
}

TEST(what_does_not_fit_is_refused)
{
	struct buf out = BUF_INIT(5);
	CHECK(xtext_add(&out, STR("ab+")));
	buf_truncate(&out, 0);
	CHECK(!xtext_add(&out, STR("abc+")));
	buf_truncate(&out, 0);
	CHECK(!xtext_add(&out, STR("abcdef")));
	buf_release(&out);
}
