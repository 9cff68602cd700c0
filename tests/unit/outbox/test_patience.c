// SPDX-License-Identifier: ISC
#include "outbox/patience.h"

#include "base/err.h"
#include "config/settings.h"
#include "queue/note.h"
#include "unit.h"

static const struct retry_rules rules = { .first = 60, .most = 3600 };

enum { NOW = 1766393112 };

/* The longest wait, where only this is set. */
static unsigned
longest(enum setting_id id, const char *value)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	const struct settings_origin origin = { .source = SETTINGS_FLAG };
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, id, str_of(value), origin, &e));
	CHECK(settings_fill_defaults(&s, &e));
	return patience_rules(&s).most;
}

TEST(what_is_set_counts_before_a_default)
{
	CHECK_EQ(longest(SETTING_QUEUE_RETRY_MIN, "10m"), 3600);
	CHECK_EQ(longest(SETTING_QUEUE_RETRY_MIN, "2h"), 7200);
	CHECK_EQ(longest(SETTING_QUEUE_RETRY_MAX, "5"), 5);
}

TEST(what_was_never_tried_is_due)
{
	CHECK(patience_is_due(&rules, 0, NOW));
}

TEST(the_time_that_is_noted_is_waited_for)
{
	CHECK(patience_is_due(&rules, NOW, NOW));
	CHECK(!patience_is_due(&rules, NOW + 1, NOW));
	CHECK(!patience_is_due(&rules, NOW + 3600, NOW));
}

TEST(a_clock_that_went_back_holds_up_nothing)
{
	CHECK(patience_is_due(&rules, NOW + 3601, NOW));
	CHECK(patience_is_due(&rules, INT64_MAX, NOW));
}

TEST(each_failure_is_counted_and_puts_off_the_next_try)
{
	struct note note = NOTE_INIT;
	int64_t before = 0;
	for (unsigned i = 1; i <= 6; i++) {
		patience_failed(&rules, &note, NOW, 0);
		CHECK_EQ(note.ntries, i);
		CHECK(note.next > NOW + before);
		before = note.next - NOW;
		CHECK(!patience_is_due(&rules, note.next, NOW));
	}
	for (unsigned i = 0; i < 100; i++) {
		patience_failed(&rules, &note, NOW, patience_chance());
		CHECK(note.next - NOW <= 3600);
		CHECK(note.next - NOW >= 1800);
	}
}
