// SPDX-License-Identifier: ISC
#include "config/hosts.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

static void
is_next(struct str *rest, const char *name, unsigned port, bool is_srv)
{
	struct err e = ERR_INIT;
	struct host host;
	CHECK(hosts_next(rest, &host, &e));
	CHECK_EQ(e.exit, EX_OK);
	CHECK_BYTES(host.name, str_of(name));
	CHECK_EQ(host.port, port);
	CHECK_EQ(host.is_srv, is_srv);
}

static void
is_only(const char *text, const char *name, unsigned port, bool is_srv)
{
	struct err e = ERR_INIT;
	struct host host;
	struct str rest = str_of(text);
	is_next(&rest, name, port, is_srv);
	CHECK(!hosts_next(&rest, &host, &e));
	CHECK_EQ(e.exit, EX_OK);
}

static void
refuses(const char *text, const char *why)
{
	struct err e = ERR_INIT;
	unit_check(!hosts_are_well(str_of(text), &e), __FILE__, __LINE__,
	    "\"%s\" is taken", text);
	CHECK_EQ(e.exit, EX_CONFIG);
	unit_check(strstr(e.text, why) != NULL, __FILE__, __LINE__,
	    "no \"%s\" in \"%s\"", why, e.text);
}

TEST(a_host_is_a_name_or_an_address)
{
	is_only("mail.example.org", "mail.example.org", 0, false);
	is_only("192.0.2.1", "192.0.2.1", 0, false);
	is_only("2001:db8::1", "2001:db8::1", 0, false);
	is_only("[2001:db8::1]", "2001:db8::1", 0, false);
	is_only("[192.0.2.1]", "192.0.2.1", 0, false);
}

TEST(a_host_may_have_a_port)
{
	is_only("mail.example.org:2525", "mail.example.org", 2525, false);
	is_only("192.0.2.1:25", "192.0.2.1", 25, false);
	is_only("[2001:db8::1]:587", "2001:db8::1", 587, false);
}

TEST(a_domain_names_its_servers_in_dns)
{
	is_only("srv:example.org", "example.org", 0, true);
	is_only("SRV:example.org", "example.org", 0, true);
	refuses("srv:", "no domain");
	refuses("srv:example.org:25", "no domain");
	refuses("srv:25", "no domain");
	refuses("srv:192.0.2.1", "no domain");
}

TEST(hosts_are_tried_in_the_order_of_the_line)
{
	struct str rest = STR(" one two:25,three , srv:four");
	is_next(&rest, "one", 0, false);
	is_next(&rest, "two", 25, false);
	is_next(&rest, "three", 0, false);
	is_next(&rest, "four", 0, true);
}

TEST(what_is_no_host_is_refused)
{
	refuses("", "no server");
	refuses(" , ", "no server");
	refuses("one two:smtp", "\"two:smtp\": no port");
	refuses("one:0", "no port");
	refuses("one:65536", "no port");
	refuses("one:", "no port");
	refuses(":25", "no name");
	refuses("[2001:db8::1", "no address");
	refuses("[]", "no address");
	refuses("[::1]25", "behind");
	refuses("[::1]:x", "no port");
}

TEST(there_are_sixteen_at_most)
{
	struct err e = ERR_INIT;
	CHECK(
	    hosts_are_well(STR("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), &e));
	refuses("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", "17 servers");
}

TEST(the_first_is_asked_for_by_name)
{
	AUTO(buf_release) struct buf name = BUF_INIT(100);
	hosts_add_first(NULL, &name);
	CHECK_EQ(name.len, 0);
	hosts_add_first("srv:example.org other", &name);
	CHECK_BUF(&name, "example.org");
	buf_truncate(&name, 0);
	hosts_add_first("[::1]:25", &name);
	CHECK_BUF(&name, "::1");
}
