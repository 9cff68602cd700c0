// SPDX-License-Identifier: ISC
#include "base/lookup.h"

#include <netdb.h>
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

TEST(a_name_that_cannot_be_is_told_of)
{
	struct addrinfo *list;
	struct err e = ERR_INIT;
	CHECK(!lookup_host("a..b", soon(), &list, &e));
	CHECK(strstr(e.text, "look up host a..b: ") == e.text);
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
