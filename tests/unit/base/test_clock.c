// SPDX-License-Identifier: ISC
#include "base/clock.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>

#include "unit.h"

TEST(time_never_goes_back)
{
	int64_t last = clock_msec();
	for (int i = 0; i < 100000; i++) {
		int64_t now = clock_msec();
		CHECK(now >= last);
		last = now;
	}
}

TEST(time_passes_in_milliseconds)
{
	int64_t before = clock_msec();
	(void)poll(NULL, 0, 50);
	int64_t passed = clock_msec() - before;
	CHECK(passed >= 49 && passed < 5000);
}

TEST(what_is_past_is_no_time_away)
{
	CHECK_EQ(clock_msec_left(clock_msec()), 0);
	CHECK_EQ(clock_msec_left(clock_msec() - 1000), 0);
	CHECK_EQ(clock_msec_left(0), 0);
}

TEST(what_is_to_come_is_as_far_as_it_is)
{
	int left = clock_msec_left(clock_msec() + 60000);
	CHECK(left > 50000 && left <= 60000);
}

TEST(what_is_too_far_for_poll_is_cut)
{
	CHECK_EQ(clock_msec_left(clock_msec() + (INT64_C(1) << 40)), INT_MAX);
	CHECK_EQ(clock_msec_left(INT64_MAX), INT_MAX);
}

TEST(seconds_are_told_to_tenths)
{
	char text[64];
	(void)snprintf(text, sizeof(text), "%g %g %g", clock_seconds(30000),
	    clock_seconds(1449), clock_seconds(1450));
	CHECK_STR(text, "30 1.4 1.5");
}
