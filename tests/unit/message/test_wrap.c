// SPDX-License-Identifier: ISC
#include "unit.h"

#include "base/buf.h"
#include "message/wrap.h"

static void
check(const char *start, size_t indent, struct str text, const char *want,
    int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 16);
	CHECK(buf_printf(&out, "%s", start));
	CHECK(wrap_text(&out, indent, text));
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define WRAPPED(start, indent, text, want) \
	check((start), (indent), STR(text), (want), __LINE__)

TEST(text_that_fits_stays_in_the_line)
{
	WRAPPED("", 0, "", "");
	WRAPPED("", 0, "one", "one");
	WRAPPED("", 2, "one two", "  one two");
	WRAPPED("Name:", 4, "one two", "Name: one two");
	WRAPPED("before\r\n", 4, "one", "before\r\n    one");
	WRAPPED("    ", 4, "one", "    one");
}

TEST(lines_break_between_words)
{
	/* 76 and 77 columns */
	WRAPPED("", 2,
	    "aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc "
	    "ddddddddddd e",
	    "  aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc "
	    "ddddddddddd\r\n  e");
	WRAPPED("", 2,
	    "aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc "
	    "dddddddddddd e",
	    "  aaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbb cccccccccccccccccccc"
	    "\r\n  dddddddddddd e");
}

TEST(columns_are_characters)
{
	/* 76 columns of two octets each */
	WRAPPED("", 0,
	    "ääääääääääääääääääää ääääääääääääääääääää ääääääääääääääääääää "
	    "äääääääääää ä e",
	    "ääääääääääääääääääää ääääääääääääääääääää ääääääääääääääääääää "
	    "äääääääääää ä\r\ne");
}

TEST(line_ends_of_the_text_begin_indented_lines)
{
	WRAPPED("X:", 4, "one\ntwo\r\n\r\n\n three \n",
	    "X: one\r\n    two"
	    "\r\n    three");
}

TEST(blanks_between_words_count_once)
{
	WRAPPED("", 0, " a \t b\rc ", "a b c");
}

TEST(what_is_not_printable_is_spelled_out)
{
	WRAPPED("", 0, "a\0b \x1b[2J \x7f \xff \xe2\x80\xae",
	    "a\\x00b \\x1b[2J \\x7f \\xff \\xe2\\x80\\xae");
}

TEST(a_word_in_one_piece_keeps_its_blanks)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	CHECK(buf_printf(&out, "To:"));
	CHECK(wrap_word(&out, 4, STR("\"a  b\r\n c\"@d")));
	CHECK_BUF(&out, "To: \"a  b\\x0d\\x0a c\"@d");
}

static size_t
longest_line(struct str text)
{
	size_t longest = 0;
	struct str line;
	while (str_word(&text, "\r\n", &line))
		longest = line.len > longest ? line.len : longest;
	return longest;
}

TEST(no_line_is_longer_than_mail_allows)
{
	static char ascii[3000];
	static char wide[2998]; /* one octet, then three by three */
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 16);
	for (size_t i = 0; i < sizeof(ascii); i++)
		ascii[i] = 'a';
	for (size_t i = 0; i < sizeof(wide); i++)
		wide[i] = "\xac\xe2\x82"[i % 3];
	wide[0] = 'a';
	CHECK(buf_printf(&out, "Diagnostic-Code: smtp;"));
	CHECK(wrap_word(&out, 4, (struct str){ ascii, sizeof(ascii) }));
	CHECK_EQ(longest_line(buf_str(&out)), 904);
	CHECK(wrap_word(&out, 4, (struct str){ wide, sizeof(wide) }));
	CHECK_EQ(longest_line(buf_str(&out)), 904);
	CHECK(str_is_utf8(buf_str(&out)));
}

TEST(a_full_buffer_is_told)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10);
	CHECK(!wrap_text(&out, 0, STR("one two three four")));
}
