// SPDX-License-Identifier: ISC
#include "outbox/words.h"

#include "base/buf.h"
#include "unit.h"

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const char *
age(int64_t seconds)
{
	static char text[WORDS_SIZE];
	words_age(seconds, text);
	return text;
}

static const char *
until(int64_t seconds)
{
	static char text[WORDS_SIZE];
	words_until(seconds, text);
	return text;
}

static const char *
size(uint64_t octets)
{
	static char text[WORDS_SIZE];
	words_size(octets, text);
	return text;
}

TEST(an_age_is_in_the_largest_unit_that_says_enough)
{
	CHECK_STR(age(0), "0 s");
	CHECK_STR(age(MINUTE - 1), "59 s");
	CHECK_STR(age(MINUTE), "1 min");
	CHECK_STR(age(HOUR - 1), "59 min");
	CHECK_STR(age(HOUR), "1 h");
	CHECK_STR(age(2 * DAY - 1), "47 h");
	CHECK_STR(age(2 * DAY), "2 d");
	CHECK_STR(age(400 * DAY), "400 d");
}

TEST(nothing_is_younger_than_new)
{
	CHECK_STR(age(-DAY), "0 s");
}

TEST(the_time_until_a_try_is_not_told_too_short)
{
	CHECK_STR(until(-1), "now");
	CHECK_STR(until(0), "now");
	CHECK_STR(until(1), "in 1 s");
	CHECK_STR(until(MINUTE), "in 1 min");
	CHECK_STR(until(MINUTE + 1), "in 2 min");
	CHECK_STR(until(HOUR + 1), "in 2 h");
}

TEST(any_time_fits)
{
	CHECK_STR(until(INT64_MAX), "in 106751991167301 d");
	CHECK_STR(age(INT64_MIN), "0 s");
}

TEST(a_size_has_two_digits_where_one_would_say_little)
{
	CHECK_STR(size(0), "0 B");
	CHECK_STR(size(1023), "1023 B");
	CHECK_STR(size(1024), "1 KiB");
	CHECK_STR(size(1536), "1.5 KiB");
	CHECK_STR(size(10 * 1024 + 1000), "10 KiB");
	CHECK_STR(size(1023 * 1024), "1023 KiB");
	CHECK_STR(size(1024 * 1024), "1 MiB");
	CHECK_STR(size(UINT64_MAX), "16777215 TiB");
}

static void
wraps(const char *front, const char *text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(100000);
	CHECK(buf_add_str(&out, str_of(front)));
	words_wrap(str_of(text), 4, &out);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define WRAPS(front, text, want) wraps(front, text, want, __LINE__)

/* 35 characters */
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

TEST(text_that_fits_stays_on_the_line)
{
	WRAPS("", "", "\n");
	WRAPS("x\nto ", "a b", "x\nto a b\n");
	WRAPS("", LONG " " LONG " 1234567", LONG " " LONG " 1234567\n");
}

TEST(text_that_does_not_goes_on_behind_blanks)
{
	WRAPS("", LONG " " LONG " 12345678 x",
	    LONG " " LONG "\n    12345678 x\n");
	WRAPS("from ", LONG " " LONG " 12", "from " LONG " " LONG " 12\n");
	WRAPS(
	    "from ", LONG " " LONG " 123", "from " LONG " " LONG "\n    123\n");
}

TEST(a_word_that_fits_nowhere_stays_whole)
{
	WRAPS(
	    "", "x " LONG LONG LONG " y", "x\n    " LONG LONG LONG "\n    y\n");
}

TEST(what_is_no_text_is_shown_as_what_it_is)
{
	WRAPS("", "a\033[2J\nb\t\xe2\x80\xae",
	    "a\\x1b[2J\\x0ab\\x09\\xe2\\x80\\xae\n");
}

TEST(a_character_of_many_bytes_is_one_column_wide)
{
	/* 35 times two bytes */
#define WIDE                                                                   \
	"éééééééééééééééééééééééééééééééééé" \
	"é"
	WRAPS("", WIDE " " WIDE " 1234567", WIDE " " WIDE " 1234567\n");
}

TEST(very_long_text_is_cut)
{
	AUTO(buf_release) struct buf text = BUF_INIT(100000);
	AUTO(buf_release) struct buf out = BUF_INIT(100000);
	for (int i = 0; i < 10000; i++)
		CHECK(buf_add(&text, "a ", 2));
	words_wrap(buf_str(&text), 4, &out);
	CHECK(out.len < 2000);
	CHECK_BYTES(str_from(buf_str(&out), out.len - 4), STR("...\n"));
}
