// SPDX-License-Identifier: ISC
#include "net/name.h"

#include "unit.h"

static bool
stands(const char *name, const char *host)
{
	return name_stands_for(str_of(name), str_of(host));
}

TEST(a_name_stands_for_itself_in_any_case)
{
	CHECK(stands("mail.example.org", "mail.example.org"));
	CHECK(stands("MAIL.Example.org", "mail.eXample.ORG"));
	CHECK(!stands("mail.example.org", "mail.example.com"));
	CHECK(!stands("example.org", "mail.example.org"));
	CHECK(!stands("mail.example.org", "example.org"));
	CHECK(!stands("", "example.org"));
	CHECK(!stands("example.org", ""));
	CHECK(!stands("", ""));
}

TEST(a_dot_at_the_end_makes_another_name)
{
	CHECK(!stands("example.org.", "example.org"));
	CHECK(!stands("*.example.org.", "mail.example.org"));
}

TEST(a_wildcard_stands_for_one_label)
{
	CHECK(stands("*.example.org", "mail.example.org"));
	CHECK(stands("*.EXAMPLE.org", "MAIL.example.ORG"));
	CHECK(stands("*.example.org", "xn--bcher-kva.example.org"));
	CHECK(!stands("*.example.org", "example.org"));
	CHECK(!stands("*.example.org", ".example.org"));
	CHECK(!stands("*.example.org", "a.mail.example.org"));
	CHECK(!stands("*.example.org", "mail.example.com"));
}

TEST(a_wildcard_is_a_whole_label_at_the_left)
{
	CHECK(!stands("m*.example.org", "mail.example.org"));
	CHECK(!stands("*l.example.org", "mail.example.org"));
	CHECK(!stands("m*l.example.org", "mail.example.org"));
	CHECK(!stands("mail.*.org", "mail.example.org"));
	CHECK(!stands("*.*.org", "mail.example.org"));
	CHECK(!stands("**.example.org", "mail.example.org"));
	CHECK(!stands("xn--*.example.org", "xn--a.example.org"));
}

TEST(a_wildcard_needs_two_labels_behind_it)
{
	CHECK(!stands("*", "localhost"));
	CHECK(!stands("*.", "localhost"));
	CHECK(!stands("*.org", "example.org"));
	CHECK(stands("*.co.uk", "example.co.uk"));
}

TEST(a_nul_is_part_of_the_name)
{
	CHECK(!name_stands_for(
	    STR("example.org\0.evil.example"), STR("example.org")));
	CHECK(!name_stands_for(STR("example.org\0"), STR("example.org")));
	CHECK(
	    !name_stands_for(STR("*.example\0.org"), STR("mail.example.org")));
}

TEST(addresses_are_told_from_names)
{
	CHECK(name_is_address("127.0.0.1"));
	CHECK(name_is_address("::1"));
	CHECK(name_is_address("fe80::1%eth0"));
	CHECK(!name_is_address("127.1"));
	CHECK(!name_is_address("[::1]"));
	CHECK(!name_is_address("example.org"));
	CHECK(!name_is_address(""));
}
