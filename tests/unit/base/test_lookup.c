// SPDX-License-Identifier: ISC
#include "base/lookup.h"

#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "unit.h"

static int64_t
soon(void)
{
	return clock_msec() + 5000;
}

TEST(an_address_needs_no_name_server)
{
	struct addrinfo *list;
	struct err e = ERR_INIT;
	/* the time is up before it begins, which only who asks would notice */
	CHECK(lookup_host("127.0.0.1", clock_msec() - 1, &list, &e));
	CHECK_EQ(list->ai_family, AF_INET);
	freeaddrinfo(list);
}

TEST(an_address_of_another_family_is_none)
{
	struct err e = ERR_INIT;
	AUTO(lookup_release)
	struct lookup *l = lookup_begin("::1", AF_INET, &e);
	CHECK(lookup_is_over(l));
	CHECK(lookup_next(l, soon()) == NULL);
	CHECK(!lookup_failed(l, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, "look up host ::1: it is no IPv4 address");
}

TEST(localhost_is_known_without_asking)
{
	static const char *const names[] = { "localhost", "LOCALHOST",
		"localhost." };
	struct err e = ERR_INIT;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(lookup_release)
		struct lookup *l = lookup_begin(names[i], AF_UNSPEC, &e);
		const struct addrinfo *four = lookup_next(l, 0);
		CHECK(four != NULL && four->ai_family == AF_INET);
		const struct addrinfo *six = lookup_next(l, 0);
		CHECK(six != NULL && six->ai_family == AF_INET6);
		CHECK(lookup_is_over(l));
		CHECK(lookup_next(l, 0) == NULL);
		struct addrinfo *taken = lookup_take(l, six);
		CHECK(taken == six);
		CHECK(lookup_take(l, six) == NULL);
		freeaddrinfo(taken);
	}
	AUTO(lookup_release)
	struct lookup *l = lookup_begin("localhost", AF_INET6, &e);
	const struct addrinfo *six = lookup_next(l, 0);
	CHECK(six != NULL && six->ai_family == AF_INET6);
	CHECK(lookup_is_over(l));
}

TEST(a_look_up_that_is_given_up_is_left_to_itself)
{
	for (int i = 0; i < 100; i++) {
		struct addrinfo *list;
		struct err e = ERR_INIT;
		if (lookup_host("a..b", clock_msec() - 1, &list, &e))
			continue; /* so fast */
		CHECK(e.exit == EX_TEMPFAIL || e.exit == EX_NOHOST);
		CHECK(strstr(e.text, "look up host a..b: ") == e.text);
	}
	(void)poll(NULL, 0, 200); /* the threads end before the program */
}

TEST(a_name_that_cannot_be_is_told_of)
{
	struct addrinfo *list;
	struct err e = ERR_INIT;
	CHECK(!lookup_host("a..b", soon(), &list, &e));
	CHECK(strstr(e.text, "look up host a..b: ") == e.text);
}

TEST(a_look_up_goes_on_by_itself)
{
	struct err e = ERR_INIT;
	struct lookup *l = lookup_begin("127.0.0.1", AF_UNSPEC, &e);
	const struct addrinfo *found = lookup_next(l, soon());
	CHECK(found != NULL);
	struct addrinfo *list = lookup_take(l, found);
	lookup_release(&l);
	CHECK_EQ(list->ai_family, AF_INET);
	freeaddrinfo(list);
	l = lookup_begin("a..b", AF_UNSPEC, &e);
	CHECK(lookup_next(l, soon()) == NULL);
	CHECK(!lookup_failed(l, &e));
	CHECK(strstr(e.text, "look up host a..b: ") == e.text);
	lookup_release(&l);
	lookup_release(&l);
}

TEST(the_full_name_of_a_host_is_found)
{
	AUTO(buf_release) struct buf name = BUF_INIT(1000);
	CHECK(lookup_canonical_name("localhost", soon(), &name));
	CHECK(strncmp(buf_cstr(&name), "localhost", 9) == 0);
	AUTO(buf_release) struct buf none = BUF_INIT(1000);
	CHECK(!lookup_canonical_name("a..b", soon(), &none));
	CHECK_EQ(none.len, 0);
	AUTO(buf_release) struct buf small = BUF_INIT(3);
	CHECK(!lookup_canonical_name("localhost", soon(), &small));
}
