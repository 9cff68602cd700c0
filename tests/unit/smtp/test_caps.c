// SPDX-License-Identifier: ISC
#include "smtp/caps.h"

#include "unit.h"

static struct caps
parse(const char *text)
{
	struct caps c = CAPS_INIT;
	caps_parse(&c, str_of(text));
	return c;
}

TEST(knows_what_is_offered)
{
	struct caps c = parse("mx.example\nPIPELINING\nCHUNKING\n8BITMIME\n"
			      "SMTPUTF8\nSTARTTLS\nSIZE 1000\nAUTH PLAIN");
	CHECK(c.pipelining && c.chunking && c.eightbitmime && c.smtputf8);
	CHECK(c.starttls && c.size && c.auth);
	CHECK_EQ(c.size_limit, 1000);
	caps_release(&c);
}

TEST(knows_nothing_that_is_not_offered)
{
	static const char *const texts[] = { "", "mx.example", "PIPELINING",
		"mx PIPELINING CHUNKING", "mx\nXPIPELINING", "mx\nCHUNKING-X",
		"mx\nX CHUNKING", "mx\n\n\n", "mx\n250-PIPELINING" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct caps c = parse(texts[i]);
		CHECK(!c.pipelining && !c.chunking && !c.auth && !c.size);
		caps_release(&c);
	}
}

TEST(keywords_are_in_any_case_with_blanks_around)
{
	struct caps c = parse("mx\npipelining \nChunking\t\n size  77 \r");
	CHECK(c.pipelining && c.chunking && c.size);
	CHECK_EQ(c.size_limit, 77);
	caps_release(&c);
}

TEST(an_odd_size_is_no_limit)
{
	static const char *const texts[] = { "mx\nSIZE", "mx\nSIZE 0",
		"mx\nSIZE x", "mx\nSIZE -1", "mx\nSIZE 1k",
		"mx\nSIZE 99999999999999999999" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct caps c = parse(texts[i]);
		CHECK(c.size);
		CHECK_EQ(c.size_limit, 0);
		caps_release(&c);
	}
}

TEST(takes_the_largest_size)
{
	struct caps c = parse("mx\nSIZE 18446744073709551615");
	CHECK(c.size_limit == UINT64_MAX);
	caps_release(&c);
}

TEST(finds_mechanisms_by_their_whole_names)
{
	struct caps c = parse("mx\nAUTH SCRAM-SHA-1-PLUS plain");
	CHECK(caps_has_mechanism(&c, "PLAIN"));
	CHECK(caps_has_mechanism(&c, "SCRAM-SHA-1-PLUS"));
	CHECK(!caps_has_mechanism(&c, "SCRAM-SHA-1"));
	CHECK(!caps_has_mechanism(&c, "PLA"));
	CHECK(!caps_has_mechanism(&c, "AUTH"));
	CHECK(!caps_has_mechanism(&c, ""));
	caps_release(&c);
}

TEST(understands_auth_with_an_equals_sign)
{
	struct caps c = parse("mx\nAUTH=LOGIN PLAIN");
	CHECK(c.auth);
	CHECK(caps_has_mechanism(&c, "LOGIN"));
	CHECK(caps_has_mechanism(&c, "PLAIN"));
	caps_release(&c);
}

TEST(adds_up_the_mechanisms_of_several_lines)
{
	struct caps c = parse("mx\nAUTH PLAIN\nAUTH=LOGIN\nAUTH");
	CHECK(caps_has_mechanism(&c, "LOGIN"));
	CHECK(caps_has_mechanism(&c, "PLAIN"));
	CHECK_BUF(&c.mechanisms, "PLAIN LOGIN ");
	caps_release(&c);
}

TEST(forgets_all_of_it)
{
	struct caps c = parse("mx\nAUTH PLAIN\nSIZE 5\nSTARTTLS");
	caps_release(&c);
	CHECK(!c.auth && !c.starttls && !c.size);
	CHECK_EQ(c.size_limit, 0);
	CHECK(!caps_has_mechanism(&c, "PLAIN"));
	caps_parse(&c, STR("mx\nAUTH LOGIN"));
	CHECK_BUF(&c.mechanisms, "LOGIN ");
	caps_release(&c);
}

TEST(knows_the_limits_that_are_told)
{
	struct caps c = parse("mx\nLIMITS RCPTMAX=100 MAILMAX=5\n"
			      "DELIVERBY 30\nDSN\nREQUIRETLS\n"
			      "FUTURERELEASE 3600 2030-01-01T00:00:00Z\n"
			      "MT-PRIORITY MIXER");
	CHECK_EQ(c.rcpt_limit, 100);
	CHECK_EQ(c.mail_limit, 5);
	CHECK_EQ(c.deliverby_min, 30);
	CHECK_EQ(c.hold_max, 3600);
	CHECK_EQ(c.hold_last, 1893456000);
	CHECK(c.dsn && c.deliverby && c.futurerelease);
	CHECK(c.requiretls && c.priority);
	caps_release(&c);
}

TEST(odd_limits_are_none)
{
	static const char *const texts[] = { "mx\nLIMITS", "mx\nLIMITS RCPTMAX",
		"mx\nLIMITS RCPTMAX= MAILMAX=0", "mx\nLIMITS RCPTMAX=-1",
		"mx\nLIMITS RCPTMAX=1x RCPTDOMAINMAX=3 XRCPTMAX=2",
		"mx\nLIMITS RCPTMAX=99999999999", "mx\nDELIVERBY x",
		"mx\nDELIVERBY", "mx\nFUTURERELEASE", "mx\nFUTURERELEASE x y",
		"mx\nFUTURERELEASE 0 2030-01-01" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct caps c = parse(texts[i]);
		CHECK_EQ(c.rcpt_limit, 0);
		CHECK_EQ(c.mail_limit, 0);
		CHECK_EQ(c.deliverby_min, 0);
		CHECK_EQ(c.hold_max, 0);
		CHECK_EQ(c.hold_last, 0);
		caps_release(&c);
	}
}
