// SPDX-License-Identifier: ISC
#include "queue/retry.h"

#include <stddef.h>

#include "base/attr.h"
#include "unit.h"

static const struct retry_rules rules = { .first = 60, .most = 3600 };

TEST(each_try_waits_twice_as_long_within_a_quarter)
{
	static const unsigned middles[] = { 60, 120, 240, 480, 960, 1920 };
	for (unsigned i = 0; i < ARRAY_LEN(middles); i++)
		for (uint32_t chance = 0; chance < 5000; chance++) {
			unsigned delay = retry_delay(&rules, i + 1, chance);
			CHECK(delay >= middles[i] - middles[i] / 4);
			CHECK(delay <= middles[i] + middles[i] / 4);
		}
}

TEST(no_try_waits_longer_than_the_most)
{
	for (unsigned n = 7; n < 100; n++)
		for (uint32_t chance = 0; chance < 5000; chance += 7) {
			CHECK(retry_delay(&rules, n, chance) <= 3600);
			CHECK(retry_delay(&rules, n, chance) >= 2700);
		}
	CHECK(retry_delay(&rules, UINT32_MAX, UINT32_MAX) <= 3600);
}

TEST(there_is_always_a_pause)
{
	const struct retry_rules none = { .first = 0, .most = 0 };
	CHECK_EQ(retry_delay(&none, 1, 0), 1);
	CHECK_EQ(retry_delay(&none, 9, UINT32_MAX), 1);
}
