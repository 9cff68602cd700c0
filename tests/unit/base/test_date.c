// SPDX-License-Identifier: ISC
#include "base/date.h"

#include <stdio.h>
#include <time.h>

#include "unit.h"

static void
is(const char *text, int64_t want)
{
	int64_t t = -1;
	CHECK(date_parse(str_of(text), &t));
	CHECK_EQ(t, want);
}

TEST(counts_seconds_since_1970)
{
	is("1970-01-01T00:00:00Z", 0);
	is("1969-12-31T23:59:59Z", -1);
	is("2000-02-29T12:00:00Z", 951825600);
	is("2038-01-19T03:14:08Z", INT64_C(2147483648));
	is("9999-12-31T23:59:59Z", INT64_C(253402300799));
	is("0001-01-01T00:00:00Z", INT64_C(-62135596800));
}

TEST(an_offset_is_taken_off)
{
	is("1970-01-01T01:00:00+01:00", 0);
	is("1969-12-31T18:30:00-05:30", 0);
	is("1970-01-01T00:00:00-00:00", 0);
}

TEST(takes_the_forms_that_rfc_3339_allows)
{
	is("1970-01-01t00:00:01z", 1);
	is("1970-01-01 00:00:01Z", 1);
	is("1970-01-01T00:00:01.999Z", 1);
	is("1970-01-01T00:00:60Z", 60);
}

TEST(refuses_what_is_no_point_in_time)
{
	static const char *const texts[] = { "", "1970", "1970-01-01",
		"1970-01-01T00:00:00", "1970-01-01T00:00Z",
		"1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z",
		"1970-01-32T00:00:00Z", "1970-01-00T00:00:00Z",
		"1999-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
		"1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
		"1970-01-01T00:00:61Z", "1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+01",
		"1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00ZZ",
		"1970-01-01T00:00:00Z ", " 1970-01-01T00:00:00Z",
		"+970-01-01T00:00:00Z", "1970-01-01X00:00:00Z", "tomorrow" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		int64_t t = 77;
		CHECK(!date_parse(str_of(texts[i]), &t));
		CHECK_EQ(t, 77);
	}
	int64_t t;
	CHECK(!date_parse(STR("1970-01-01\0"
			      "00:00:00Z"),
	    &t));
}

TEST(what_is_written_is_read_again)
{
	static const int64_t times[] = { 0, -1, 951825600, 1798761599,
		INT64_C(253402300799) };
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		char text[DATE_SIZE];
		date_format(times[i], text);
		is(text, times[i]);
	}
	char text[DATE_SIZE];
	date_format(951825600, text);
	CHECK_STR(text, "2000-02-29T12:00:00Z");
}

TEST(each_day_has_the_date_that_the_c_library_gives_it)
{
	const int64_t first = -62167219200; /* the year 0 */
	const int64_t last = 253402300799;
	for (int64_t t = first; t <= last; t += 86400 * 31 + 3599) {
		char text[DATE_SIZE], theirs[80];
		struct tm tm;
		time_t when = (time_t)t;
		CHECK(gmtime_r(&when, &tm) != NULL);
		(void)snprintf(theirs, sizeof(theirs),
		    "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
		    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
		    tm.tm_sec);
		date_format(t, text);
		CHECK_STR(text, theirs);
	}
	char text[DATE_SIZE];
	date_format(last + 1, text);
	CHECK_STR(text, "1970-01-01T00:00:00Z");
	date_format(first - 1, text);
	CHECK_STR(text, "1970-01-01T00:00:00Z");
}
