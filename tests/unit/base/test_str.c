// SPDX-License-Identifier: ISC
#include "base/str.h"

#include "base/buf.h"
#include "unit.h"

TEST(text_is_equal_by_length_and_bytes)
{
	CHECK(str_eq(STR("abc"), STR("abc")));
	CHECK(str_eq(STR(""), STR_INIT));
	CHECK(str_eq(STR("a\0b"), STR("a\0b")));
	CHECK(!str_eq(STR("a\0b"), STR("a\0c")));
	CHECK(!str_eq(STR("abc"), STR("abd")));
	CHECK(!str_eq(STR("abc"), STR("abcd")));
	CHECK(!str_eq(STR("abc"), STR("ABC")));
}

TEST(only_ascii_letters_are_equal_in_either_case)
{
	CHECK(str_eq_nocase(STR("StartTLS"), STR("STARTTLS")));
	CHECK(str_eq_nocase(STR(""), STR("")));
	CHECK(!str_eq_nocase(STR("abc"), STR("abcd")));
	CHECK(!str_eq_nocase(STR("@"), STR("`")));
	CHECK(!str_eq_nocase(STR("["), STR("{")));
	CHECK(!str_eq_nocase(STR("\xc4"), STR("\xe4")));
	CHECK(!str_eq_nocase(STR("\u212a"), STR("k"))); /* Kelvin */
}

TEST(a_prefix_is_found_in_either_case)
{
	CHECK(str_starts_nocase(STR("AUTH plain"), STR("auth ")));
	CHECK(str_starts_nocase(STR("x"), STR("")));
	CHECK(str_starts_nocase(STR("x"), STR("X")));
	CHECK(!str_starts_nocase(STR("AUT"), STR("AUTH")));
	CHECK(!str_starts_nocase(STR(""), STR("a")));
}

TEST(a_character_is_found_first_or_last)
{
	CHECK_EQ(str_find(STR("a.b.c"), '.'), 1);
	CHECK_EQ(str_rfind(STR("a.b.c"), '.'), 3);
	CHECK_EQ(str_find(STR("abc"), 'c'), 2);
	CHECK_EQ(str_rfind(STR("abc"), 'a'), 0);
	CHECK_EQ(str_find(STR("a\0b"), 'b'), 2);
	CHECK_EQ(str_find(STR("a\0b"), '\0'), 1);
}

TEST(a_character_that_is_not_there_is_at_the_end)
{
	CHECK_EQ(str_find(STR("abc"), 'x'), 3);
	CHECK_EQ(str_rfind(STR("abc"), 'x'), 3);
	CHECK_EQ(str_find(STR(""), 'x'), 0);
	CHECK_EQ(str_rfind(STR(""), 'x'), 0);
	CHECK_EQ(str_find(STR("abc"), '\0'), 3);
}

TEST(trimming_takes_blanks_and_line_ends_from_both_ends_only)
{
	CHECK_BYTES(str_trim(STR(" \t\r\na b\tc\r\n")), STR("a b\tc"));
	CHECK_BYTES(str_trim(STR(" \t\r\n")), STR(""));
	CHECK_BYTES(str_trim(STR("")), STR(""));
	CHECK_BYTES(str_trim(STR("\v\fx\v")), STR("\v\fx\v"));
	CHECK_BYTES(str_trim(STR("\u00a0x")), STR("\u00a0x"));
}

TEST(words_come_one_after_the_other)
{
	struct str rest = STR("  one,two ,, three "), word;
	CHECK(str_word(&rest, " ,", &word));
	CHECK_BYTES(word, STR("one"));
	CHECK(str_word(&rest, " ,", &word));
	CHECK_BYTES(word, STR("two"));
	CHECK(str_word(&rest, " ,", &word));
	CHECK_BYTES(word, STR("three"));
	CHECK(!str_word(&rest, " ,", &word));
	CHECK_EQ(rest.len, 0);
	CHECK(!str_word(&rest, " ,", &word));
}

TEST(nothing_but_separators_has_no_word)
{
	struct str rest = STR(" , ,"), word;
	CHECK(!str_word(&rest, " ,", &word));
	CHECK_EQ(word.len, 0);
	rest = STR("");
	CHECK(!str_word(&rest, " ", &word));
}

TEST(separators_can_change_from_word_to_word)
{
	struct str rest = STR("auth=PLAIN LOGIN"), word;
	CHECK(str_word(&rest, "=", &word));
	CHECK_BYTES(word, STR("auth"));
	CHECK(str_word(&rest, "= ", &word));
	CHECK_BYTES(word, STR("PLAIN"));
	CHECK_BYTES(rest, STR(" LOGIN"));
}

TEST(a_nul_separates_no_words)
{
	struct str rest = STR("one\0two three"), word;
	CHECK(str_word(&rest, " ", &word));
	CHECK_BYTES(word, STR("one\0two"));
	CHECK(str_word(&rest, " ", &word));
	CHECK_BYTES(word, STR("three"));
}

TEST(a_copy_has_all_bytes_and_a_nul_behind)
{
	AUTO(cstr_release) char *copy = str_dup(STR("a\0b"));
	AUTO(cstr_release) char *empty = str_dup(STR(""));
	CHECK(memcmp(copy, "a\0b", 4) == 0);
	CHECK_STR(empty, "");
}

TEST(parts_of_text_are_borrowed)
{
	struct str s = STR("abcdef");
	CHECK_BYTES(str_from(s, 2), STR("cdef"));
	CHECK_BYTES(str_from(s, 6), STR(""));
	CHECK_BYTES(str_upto(s, 2), STR("ab"));
	CHECK(str_from(s, 2).ptr == s.ptr + 2);
}

TEST(character_classes_are_those_of_ascii_whatever_the_locale)
{
	unsigned nalpha = 0, ndigit = 0, nspace = 0, nblank = 0, n8bit = 0;
	for (int i = -128; i < 128; i++) {
		char c = (char)i;
		nalpha += is_alpha(c);
		ndigit += is_digit(c);
		nspace += is_space(c);
		nblank += is_blank(c);
		n8bit += is_8bit(c);
		CHECK(!is_8bit(c) || (!is_alpha(c) && !is_space(c)));
		CHECK(to_lower(c) == c || (c >= 'A' && c <= 'Z'));
	}
	CHECK_EQ(nalpha, 52);
	CHECK_EQ(ndigit, 10);
	CHECK_EQ(nspace, 4);
	CHECK_EQ(nblank, 2);
	CHECK_EQ(n8bit, 128);
	CHECK_EQ(to_lower('A'), 'a');
	CHECK_EQ(to_lower('Z'), 'z');
}

TEST(ascii_and_controls_are_recognised)
{
	CHECK(str_is_ascii(STR("a\x7f\x01")));
	CHECK(str_is_ascii(STR("")));
	CHECK(!str_is_ascii(STR("a\u00e4")));
	CHECK(!str_has_controls(STR("a b~\u00e4\x80")));
	CHECK(!str_has_controls(STR("")));
	CHECK(str_has_controls(STR("a\tb")));
	CHECK(str_has_controls(STR("a\rb")));
	CHECK(str_has_controls(STR("a\nb")));
	CHECK(str_has_controls(STR("a\0")));
	CHECK(str_has_controls(STR("\x1b[0m")));
	CHECK(str_has_controls(STR("a\x7f")));
}

static void
check_number(const char *text, uint64_t want)
{
	uint64_t n = 1;
	CHECK(parse_uint(str_of(text), 0, UINT64_MAX, &n));
	CHECK(n == want);
}

static void
check_no_number(struct str text)
{
	uint64_t n = 4711;
	CHECK(!parse_uint(text, 0, UINT64_MAX, &n));
	CHECK_EQ(n, 4711);
}

TEST(digits_are_a_number)
{
	check_number("0", 0);
	check_number("587", 587);
	check_number("000025", 25);
	check_number("18446744073709551615", UINT64_MAX);
	check_number("00000000000000000000000000000001", 1);
}

TEST(what_is_not_only_digits_is_no_number)
{
	static const char *const texts[] = { "", " 1", "1 ", "+1", "-1", "0x10",
		"1.5", "1k", "\u0661", "one" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		check_no_number(str_of(texts[i]));
	check_no_number(STR("1\0"));
}

TEST(a_number_that_no_variable_holds_is_refused)
{
	check_no_number(STR("18446744073709551616"));
	check_no_number(STR("18446744073709551620"));
	check_no_number(STR("99999999999999999999"));
	check_no_number(STR("100000000000000000000000000000"));
}

TEST(a_number_is_within_its_limits)
{
	uint64_t n = 7;
	CHECK(!parse_uint(STR("0"), 1, 65535, &n));
	CHECK(!parse_uint(STR("65536"), 1, 65535, &n));
	CHECK_EQ(n, 7);
	CHECK(parse_uint(STR("1"), 1, 65535, &n));
	CHECK_EQ(n, 1);
	CHECK(parse_uint(STR("65535"), 1, 65535, &n));
	CHECK_EQ(n, 65535);
}

static void
check_printable(struct str s, const char *want)
{
	struct buf out = BUF_INIT(1000);
	str_printable(s, &out);
	CHECK_BYTES(buf_str(&out), str_of(want));
	buf_release(&out);
}

TEST(ascii_and_ordinary_letters_stay_as_they_are)
{
	check_printable(STR(" 550 5.1.1 <joe@example.org>: ~\\\"%s"),
	    " 550 5.1.1 <joe@example.org>: ~\\\"%s");
	check_printable(STR("\u00a1\u00e4\u00ff\u20ac\u65e5\u05d0\U0001f4a9"),
	    "\u00a1\u00e4\u00ff\u20ac\u65e5\u05d0\U0001f4a9");
	check_printable(STR(""), "");
}

TEST(controls_become_their_numbers)
{
	check_printable(STR("\x1b[2J\r\n\t\a\0\x7f"),
	    "\\x1b[2J\\x0d\\x0a\\x09\\x07\\x00\\x7f");
	check_printable(STR("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
}

TEST(controls_of_8_bit_are_neutralised_alone_and_as_utf8)
{
	check_printable(STR("\x9b"
			    "2J"),
	    "\\x9b2J");
	check_printable(STR("\xc2\x9b"
			    "2J\xc2\x80\xc2\x9f"),
	    "\\xc2\\x9b2J\\xc2\\x80\\xc2\\x9f");
}

TEST(characters_that_turn_the_text_around_are_shown)
{
	check_printable(STR("\u202egpj.exe"), "\\xe2\\x80\\xaegpj.exe");
	check_printable(STR("\u2066"), "\\xe2\\x81\\xa6");
	check_printable(STR("\u2069"), "\\xe2\\x81\\xa9");
	check_printable(STR("\u200f"), "\\xe2\\x80\\x8f");
	check_printable(STR("\u061c"), "\\xd8\\x9c");
	check_printable(STR("\u2028"), "\\xe2\\x80\\xa8");
	check_printable(STR("\u2029"), "\\xe2\\x80\\xa9");
}

/* Unicode's Default_Ignorable_Code_Point. */
TEST(invisible_characters_are_shown)
{
	static const char *const texts[] = { "\u00ad", "\u034f", "\u115f",
		"\u1160", "\u17b4", "\u17b5", "\u180b", "\u180e", "\u200b",
		"\u200d", "\u2060", "\u206f", "\u3164", "\ufe00", "\ufe0f",
		"\ufeff", "\uffa0", "\ufff9", "\U0001bca0", "\U0001d173",
		"\U0001d17a", "\U000e0001", "\U000e007f", "\U000e0100" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct buf out = BUF_INIT(100);
		str_printable(str_of(texts[i]), &out);
		CHECK_EQ(out.len, 4 * strlen(texts[i]));
		CHECK(str_is_ascii(buf_str(&out)));
		buf_release(&out);
	}
}

TEST(broken_utf8_is_shown_byte_by_byte)
{
	check_printable(STR("a\xffz"), "a\\xffz");
	check_printable(STR("\xe4 \xc3"), "\\xe4 \\xc3");
	check_printable(STR("\x80\xbf"), "\\x80\\xbf");
	check_printable(STR("\xe2\x82"), "\\xe2\\x82");
	check_printable(STR("\xe2\x82z"), "\\xe2\\x82z");
	check_printable(STR("\xf0\x9f\x92"), "\\xf0\\x9f\\x92");
	check_printable(STR("\xc3\u00e4"), "\\xc3\u00e4");
}

TEST(no_second_spelling_gets_a_character_through)
{
	check_printable(STR("\xc0\x9b"), "\\xc0\\x9b"); /* ESC in two */
	check_printable(STR("\xc1\xbf"), "\\xc1\\xbf");
	check_printable(STR("\xe0\x80\x9b"), "\\xe0\\x80\\x9b");
	check_printable(STR("\xe0\x9f\xbf"), "\\xe0\\x9f\\xbf");
	check_printable(STR("\xf0\x80\x80\x9b"), "\\xf0\\x80\\x80\\x9b");
	check_printable(STR("\xed\xa0\x80"), "\\xed\\xa0\\x80"); /* surrogate */
	check_printable(STR("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	check_printable(
	    STR("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80");
}

TEST(the_edges_of_utf8_lengths_stay)
{
	check_printable(STR("\u07ff\u0800\ue000\U00010000"),
	    "\u07ff\u0800\ue000\U00010000");
}

TEST(any_byte_gives_one_safe_line)
{
	for (int c = 0; c < 256; c++) {
		char text[] = { 'a', (char)c, 'z' };
		struct buf out = BUF_INIT(100);
		str_printable((struct str){ text, 3 }, &out);
		CHECK(!str_has_controls(buf_str(&out)));
		CHECK(str_is_ascii(buf_str(&out)));
		CHECK(out.len == 3 || out.len == 6);
		buf_release(&out);
	}
}

TEST(printable_text_stops_where_the_buffer_is_full)
{
	struct buf out = BUF_INIT(7);
	str_printable(STR("abcdef\u00e4x"), &out);
	CHECK_BUF(&out, "abcdef"); /* no half character */
	buf_release(&out);
	out = BUF_INIT(7);
	str_printable(STR("ab\x01\x02x"), &out);
	CHECK_BUF(&out, "ab\\x01"); /* no half number */
	buf_release(&out);
}

static void
check_cut(struct str s, size_t size, const char *want)
{
	char dst[64];
	memset(dst, '#', sizeof(dst));
	str_printable_to(s, dst, size);
	CHECK_STR(dst, want);
	CHECK_EQ(dst[size], '#');
}

TEST(text_that_fits_its_array_is_whole)
{
	check_cut(STR(""), 4, "");
	check_cut(STR("abc"), 4, "abc");
	check_cut(STR("abcdefgh"), 9, "abcdefgh");
	check_cut(STR("a\nb"), 7, "a\\x0ab");
}

TEST(text_that_does_not_fit_its_array_ends_in_dots)
{
	check_cut(STR("abcdefgh"), 8, "abcd...");
	check_cut(STR("abcd"), 4, "...");
	check_cut(STR("abcde"), 5, "a...");
}

TEST(text_is_cut_before_a_character_that_does_not_fit)
{
	check_cut(STR("\u20ac\u20ac\u20ac\u20ac"), 10, "\u20ac\u20ac...");
	check_cut(STR("\u20ac\u20ac\u20ac\u20ac"), 11, "\u20ac\u20ac...");
	check_cut(STR("\u20ac\u20ac\u20ac\u20ac"), 12, "\u20ac\u20ac...");
	check_cut(
	    STR("\u20ac\u20ac\u20ac\u20ac"), 13, "\u20ac\u20ac\u20ac\u20ac");
	check_cut(STR("\U0001f4a9\U0001f4a9"), 7, "...");
	check_cut(STR("\u20ac\u20ac"), 4, "...");
}

TEST(distance_is_the_number_of_single_edits)
{
	CHECK_EQ(str_distance(STR(""), STR("")), 0);
	CHECK_EQ(str_distance(STR("abc"), STR("abc")), 0);
	CHECK_EQ(str_distance(STR("abc"), STR("")), 3);
	CHECK_EQ(str_distance(STR(""), STR("abc")), 3);
	CHECK_EQ(str_distance(STR("host"), STR("hosts")), 1);
	CHECK_EQ(str_distance(STR("hst"), STR("host")), 1);
	CHECK_EQ(str_distance(STR("hast"), STR("host")), 1);
	CHECK_EQ(str_distance(STR("tsl"), STR("tls")), 2);
	CHECK_EQ(str_distance(STR("kitten"), STR("sitting")), 3);
	CHECK_EQ(str_distance(STR("HOST"), STR("host")), 0);
}

TEST(distance_is_the_same_both_ways)
{
	CHECK_EQ(str_distance(STR("intention"), STR("execution")), 5);
	CHECK_EQ(str_distance(STR("execution"), STR("intention")), 5);
}

TEST(what_is_compared_with_very_long_text_is_far_from_it)
{
	char text[100];
	memset(text, 'a', sizeof(text));
	struct str most = { text, 63 }, more = { text, 64 };
	CHECK_EQ(str_distance(most, most), 0);
	CHECK(str_distance(most, more) == SIZE_MAX);
	CHECK_EQ(str_distance((struct str){ text, 100 }, most), 37);
}

TEST(a_character_of_several_octets_is_one_column)
{
	CHECK_EQ(str_columns(STR("")), 0);
	CHECK_EQ(str_columns(STR("abc")), 3);
	CHECK_EQ(str_columns(STR("gr\xc3\xb6\xc3\x9f"
				 "er")),
	    6);
}

TEST(a_word_is_found_in_any_case_and_whole)
{
	CHECK(str_has_word(STR("never"), ",", STR("NEVER")));
	CHECK(str_has_word(STR("failure,Delay"), ",", STR("delay")));
	CHECK(!str_has_word(STR("failure,delays"), ",", STR("delay")));
	CHECK(!str_has_word(STR(""), ",", STR("delay")));
}
