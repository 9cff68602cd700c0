// SPDX-License-Identifier: ISC
#include "base/strvec.h"

#include "unit.h"

TEST(a_list_holds_copies_in_their_order)
{
	struct strvec v = STRVEC_INIT;
	char text[] = "one";
	strvec_add(&v, str_of(text));
	text[0] = 'X';
	strvec_add(&v, STR(""));
	strvec_add(&v, str_upto(STR("three and more"), 5));
	CHECK_EQ(v.len, 3);
	CHECK_STR(v.items[0], "one");
	CHECK_STR(v.items[1], "");
	CHECK_STR(v.items[2], "three");
	strvec_release(&v);
}

TEST(there_is_always_a_null_behind_the_last)
{
	struct strvec v = STRVEC_INIT;
	for (size_t i = 0; i < 1000; i++) {
		strvec_add(&v, STR("x"));
		CHECK_EQ(v.len, i + 1);
		CHECK(v.items[i] != NULL && v.items[i + 1] == NULL);
	}
	strvec_release(&v);
}

TEST(a_released_list_is_empty_and_can_be_used_again)
{
	struct strvec v = STRVEC_INIT;
	strvec_release(&v);
	strvec_add(&v, STR("a"));
	strvec_release(&v);
	CHECK_EQ(v.len, 0);
	CHECK(v.items == NULL);
	strvec_add(&v, STR("b"));
	CHECK_EQ(v.len, 1);
	CHECK_STR(v.items[0], "b");
	strvec_release(&v);
}

TEST(a_list_is_sorted_from_a_place_on)
{
	struct strvec v = STRVEC_INIT;
	strvec_sort(&v, 0);
	strvec_add(&v, STR("z"));
	strvec_add(&v, STR("c"));
	strvec_add(&v, STR("a"));
	strvec_sort(&v, 1);
	CHECK_STR(v.items[0], "z");
	CHECK_STR(v.items[1], "a");
	CHECK_STR(v.items[2], "c");
	strvec_release(&v);
}
