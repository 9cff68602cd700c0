// SPDX-License-Identifier: ISC
#include "net/refusal.h"

#include "net/cert.h"
#include "unit.h"

enum { DAY = 24 * 60 * 60 };

static const time_t summer_2026 = 1782000000;

TEST(a_clock_before_this_program_was_written_is_doubted)
{
	CHECK(refusal_doubts_clock(0, 1));
	CHECK(refusal_doubts_clock(1700000000, 1700000001));
	CHECK(!refusal_doubts_clock(summer_2026, summer_2026 + DAY));
}

TEST(a_clock_long_before_a_certificate_is_valid_is_doubted)
{
	CHECK(!refusal_doubts_clock(summer_2026, summer_2026 + 90 * DAY));
	CHECK(refusal_doubts_clock(summer_2026, summer_2026 + 365 * DAY));
	CHECK(!refusal_doubts_clock(summer_2026, summer_2026 - 3650 * DAY));
}

TEST(a_date_is_shown_in_utc_and_a_bad_one_as_that)
{
	char text[CERT_DATE_SIZE];
	cert_date(summer_2026, text);
	CHECK_STR(text, "2026-06-21 00:00 UTC");
	cert_date((time_t)-1, text);
	CHECK_STR(text, "?");
}
