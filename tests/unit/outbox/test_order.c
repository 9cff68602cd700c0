// SPDX-License-Identifier: ISC
#include "outbox/order.h"

#include <stdio.h>

#include "unit.h"

static uint64_t
pair(const char *sender, const char *rcpt)
{
	return order_pair(str_of(sender), str_of(rcpt));
}

TEST(nothing_waits_behind_nothing)
{
	struct order o = ORDER_INIT;
	uint64_t one = pair("me@example", "you@example");
	CHECK(!order_is_behind(&o, &one, 1));
	CHECK(!order_is_behind(&o, NULL, 0));
	order_release(&o);
}

TEST(the_same_sender_and_recipient_wait_behind_each_other)
{
	struct order o = ORDER_INIT;
	uint64_t first[] = { pair("me@example", "a@example"),
		pair("me@example", "b@example") };
	uint64_t later[] = { pair("me@example", "c@example"),
		pair("ME@example", "B@EXAMPLE") };
	order_wait(&o, 0, first, 2);
	CHECK(order_is_behind(&o, later, 2));
	CHECK(!order_is_behind(&o, later, 1));
	order_release(&o);
}

TEST(another_sender_does_not_wait)
{
	struct order o = ORDER_INIT;
	uint64_t mine = pair("me@example", "a@example");
	uint64_t other = pair("her@example", "a@example");
	/* where one text ends and the other begins counts */
	uint64_t shifted = pair("me@examplea", "@example");
	order_wait(&o, 0, &mine, 1);
	CHECK(!order_is_behind(&o, &other, 1));
	CHECK(!order_is_behind(&o, &shifted, 1));
	order_release(&o);
}

TEST(what_was_tried_four_times_holds_up_nobody)
{
	struct order o = ORDER_INIT;
	uint64_t one = pair("me@example", "you@example");
	order_wait(&o, 4, &one, 1);
	order_wait(&o, 400, &one, 1);
	CHECK(!order_is_behind(&o, &one, 1));
	order_wait(&o, 3, &one, 1);
	CHECK(order_is_behind(&o, &one, 1));
	order_release(&o);
}

TEST(none_of_many_is_forgotten)
{
	enum { MANY = 20000 };
	struct order o = ORDER_INIT;
	char rcpt[32];
	size_t nbehind = 0, nfree = 0;
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(rcpt, sizeof(rcpt), "r%d@example", i);
		uint64_t one = pair("me@example", rcpt);
		nfree += !order_is_behind(&o, &one, 1);
		order_wait(&o, 0, &one, 1);
		order_wait(&o, 0, &one, 1);
	}
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(rcpt, sizeof(rcpt), "r%d@example", i);
		uint64_t one = pair("me@example", rcpt);
		nbehind += order_is_behind(&o, &one, 1);
	}
	CHECK_EQ(nfree, MANY);
	CHECK_EQ(nbehind, MANY);
	CHECK_EQ(o.len, MANY);
	order_release(&o);
}
