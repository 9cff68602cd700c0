// SPDX-License-Identifier: ISC
#include "base/err.h"

#include <errno.h>

#include "unit.h"

/* So many times the letter, with a NUL behind. */
static const char *
letters(char c, size_t n)
{
	static char text[2000];
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);
	return len >= n && strcmp(text + len - n, end) == 0;
}

TEST(an_error_carries_its_exit_code_and_text)
{
	struct err e = ERR_INIT;
	CHECK_EQ(e.exit, EX_OK);
	CHECK(!err_set(&e, EX_DATAERR, "line %d of %s", 7, "it"));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK_EQ(e.sys, 0);
	CHECK_STR(e.text, "line 7 of it");
}

TEST(a_new_error_has_nothing_of_the_last)
{
	struct err e = { .exit = EX_NOUSER,
		.sys = 5,
		.code = 550,
		.enh = "5.1.1",
		.text = "old",
		.said = "old",
		.hint = "old" };
	CHECK(!err_set(&e, EX_USAGE, "new"));
	CHECK_EQ(e.sys, 0);
	CHECK_EQ(e.code, 0);
	CHECK_STR(e.enh, "");
	CHECK_STR(e.text, "new");
	CHECK_STR(e.said, "");
	CHECK_STR(e.hint, "");
}

TEST(a_system_error_adds_what_errno_means)
{
	struct err e = { .code = 550, .hint = "old" };
	errno = ENOENT;
	CHECK(!err_sys(&e, EX_IOERR, "open %s", "x"));
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK_EQ(e.sys, ENOENT);
	CHECK_EQ(e.code, 0);
	CHECK_STR(e.text, "open x: No such file or directory");
	CHECK_STR(e.hint, "");
}

TEST(an_unknown_errno_is_told_by_its_number)
{
	struct err e = ERR_INIT;
	errno = 99999;
	CHECK(!err_sys(&e, EX_IOERR, "read"));
	CHECK_EQ(e.sys, 99999);
	CHECK(ends_with(e.text, "99999"));
}

TEST(text_that_just_fits_is_whole)
{
	struct err e = ERR_INIT;
	CHECK(!err_set(&e, 1, "%s", letters('x', sizeof(e.text) - 1)));
	CHECK_STR(e.text, letters('x', sizeof(e.text) - 1));
}

TEST(text_that_does_not_fit_ends_in_dots)
{
	struct err e = ERR_INIT;
	CHECK(!err_set(&e, 1, "%s", letters('x', sizeof(e.text))));
	CHECK_EQ(strlen(e.text), sizeof(e.text) - 1);
	CHECK(ends_with(e.text, "xxx..."));
	errno = EIO;
	CHECK(!err_sys(&e, 1, "%s", letters('y', 1999)));
	CHECK_EQ(strlen(e.text), sizeof(e.text) - 1);
	CHECK(ends_with(e.text, "yyy..."));
	CHECK_EQ(e.sys, EIO);
}

TEST(what_does_not_fit_behind_long_text_is_cut_with_dots)
{
	for (size_t n = 480; n < 520; n++) {
		struct err e = ERR_INIT;
		errno = ENOENT;
		CHECK(!err_sys(&e, 1, "%s", letters('y', n)));
		CHECK(strlen(e.text) < sizeof(e.text));
		CHECK(ends_with(e.text, "y") || ends_with(e.text, "...") ||
		    ends_with(e.text, "directory"));
	}
}

TEST(text_is_cut_between_characters)
{
	for (size_t n = 500; n < 512; n++) {
		struct err e = ERR_INIT;
		CHECK(!err_set(&e, 1, "%s\u20ac\u20ac\u20ac\u20ac\u20ac",
		    letters('x', n)));
		char shown[600];
		str_printable_to(str_of(e.text), shown, sizeof(shown));
		CHECK(strcmp(shown, e.text) == 0);
	}
}

TEST(context_goes_in_front)
{
	struct err e = ERR_INIT;
	CHECK(!err_set(&e, EX_CONFIG, "no such word"));
	(void)err_hint(&e, "see the manual");
	CHECK(!err_wrap(&e, "%s:%d", "rc", 3));
	CHECK_STR(e.text, "rc:3: no such word");
	CHECK(!err_wrap(&e, "load"));
	CHECK_STR(e.text, "load: rc:3: no such word");
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.hint, "see the manual");
}

TEST(context_that_fills_all_the_room_stays_within_it)
{
	struct err e = ERR_INIT;
	(void)err_set(&e, 1, "inner");
	(void)err_wrap(&e, "%s", letters('c', sizeof(e.text) - 4));
	CHECK(strlen(e.text) < sizeof(e.text));
	(void)err_set(&e, 1, "%s", letters('i', sizeof(e.text) - 1));
	(void)err_wrap(&e, "outer");
	CHECK_EQ(strlen(e.text), sizeof(e.text) - 1);
	CHECK(str_starts_nocase(str_of(e.text), STR("outer: iii")));
	CHECK(ends_with(e.text, "iii..."));
	(void)err_wrap(&e, "%s", letters('c', 1999));
	CHECK(ends_with(e.text, "ccc..."));
}

TEST(the_first_hint_stays)
{
	struct err e = ERR_INIT;
	(void)err_set(&e, EX_CONFIG, "x");
	CHECK(!err_hint(&e, "did you mean %s?", "tls"));
	CHECK(!err_hint(&e, "something else"));
	CHECK_STR(e.hint, "did you mean tls?");
}

TEST(a_hint_that_does_not_fit_ends_in_dots)
{
	struct err e = ERR_INIT;
	(void)err_hint(&e, "%s", letters('h', 1000));
	CHECK_EQ(strlen(e.hint), sizeof(e.hint) - 1);
	CHECK(ends_with(e.hint, "hhh..."));
}
