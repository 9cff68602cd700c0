// SPDX-License-Identifier: ISC
#include "base/idn.h"

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

static void
check_ascii(struct str domain, struct str want)
{
	struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	CHECK(idn_to_ascii(domain, &out, &e));
	CHECK_BYTES(buf_str(&out), want);
	buf_release(&out);
}

static void
check_refused(struct str domain)
{
	struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	bool ok = idn_to_ascii(domain, &out, &e);
	CHECK(!ok);
	if (ok)
		CHECK_BYTES(buf_str(&out), STR("nothing"));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK_BUF(&out, "");
	buf_release(&out);
}

TEST(a_name_in_another_script_becomes_a_labels)
{
	check_ascii(STR("b\u00fccher.example"), STR("xn--bcher-kva.example"));
	check_ascii(STR("www.\u65e5\u672c\u8a9e.example"),
	    STR("www.xn--wgv71a119e.example"));
}

TEST(sharp_s_is_a_letter_of_its_own)
{
	check_ascii(STR("fa\u00df.example"), STR("xn--fa-hia.example"));
}

TEST(capitals_and_decomposed_letters_are_the_same_name)
{
	check_ascii(STR("B\u00dcCHER.example"), STR("xn--bcher-kva.example"));
	check_ascii(STR("bu\u0308cher.example"), STR("xn--bcher-kva.example"));
}

TEST(an_ideographic_full_stop_is_a_dot)
{
	check_ascii(STR("\u65e5\u672c\u8a9e\u3002example"),
	    STR("xn--wgv71a119e.example"));
}

TEST(an_ascii_name_stays_as_it_is)
{
	static const char *const names[] = { "mail.example.org", "localhost",
		"MAIL.Example.ORG", "ab--cd.example", "-a.example",
		"a-.example", "xn--a.example", "_dmarc.example", "a_b.example",
		"192.0.2.1", "[127.0.0.1]", "::1", "example.org.", "" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		check_ascii(str_of(names[i]), str_of(names[i]));
}

TEST(it_is_appended)
{
	struct buf out = BUF_INIT(100);
	struct err e = ERR_INIT;
	CHECK(buf_add_str(&out, STR("joe@")));
	CHECK(idn_to_ascii(STR("\u00e4.example"), &out, &e));
	CHECK_BUF(&out, "joe@xn--4ca.example");
	buf_release(&out);
}

/* Each of these would be another domain if the character just went. */
TEST(characters_that_no_host_has_are_refused_not_deleted)
{
	check_refused(STR("\u00e4@b.example"));
	check_refused(STR("\u00e4 b.example"));
	check_refused(STR("a_\u00e4.example"));
	check_refused(STR("_x.\u00e4.example"));
	check_refused(STR("[\u00e4]"));
	check_refused(STR("\u00e4/.example"));
	check_refused(STR("\u00e4>.example"));
	check_refused(STR("\u00e4\r\n.example"));
}

TEST(symbols_that_stand_for_ascii_punctuation_are_refused)
{
	check_refused(STR("evil.c\u2100.example.com")); /* a/c */
	check_refused(STR("a\u2048.example"));          /* ?! */
	check_refused(STR("a\uff0fb.example"));         /* wide / */
	check_refused(STR("a\uff20b.example"));         /* wide @ */
	check_refused(STR("a\u2488com.example"));       /* 1. */
}

TEST(what_idna_forbids_is_refused)
{
	check_refused(STR("\u2603.example"));        /* snowman */
	check_refused(STR("\U0001f4a9.example"));    /* emoji */
	check_refused(STR("a\u200d\u00e4.example")); /* joiner */
	check_refused(STR("\u05d0a\u00e4.example")); /* mixed direction */
	check_refused(STR("-\u00e4.example"));       /* hyphen in front */
	check_refused(STR("a\u202e\u00e4.example")); /* override */
}

TEST(broken_utf8_is_refused)
{
	check_refused(STR("\xff.example"));
	check_refused(STR("b\xfc"
			  "cher.example"));
	check_refused(STR("b\xc3"));
	check_refused(STR("\xed\xa0\x80.example"));
	check_refused(STR("\xc0\xae.example"));
}

TEST(empty_labels_are_refused)
{
	check_refused(STR("\u00e4..example"));
	check_refused(STR(".\u00e4.example"));
	check_refused(STR("\u3002\u00e4"));
}

TEST(what_is_behind_a_nul_counts)
{
	check_refused(STR("\u00e4.example\0.evil.example"));
}

TEST(labels_and_names_have_their_limits)
{
	char name[600] = "";
	for (size_t i = 0; i < 60; i++)
		memcpy(name + 2 * i, "\u00e4", 2);
	check_refused(str_of(name)); /* more than 63 as an A-label */
	size_t n = 0;
	for (size_t i = 0; i < 26; i++, n += 10)
		memcpy(name + n, "abcdefgh\u00e4.", 11);
	(void)snprintf(name + n, sizeof(name) - n, "example");
	check_refused(str_of(name)); /* more than 253 together */
}

TEST(a_name_longer_than_the_buffer_is_refused)
{
	struct buf out = BUF_INIT(10);
	struct err e = ERR_INIT;
	CHECK(!idn_to_ascii(STR("12345678901"), &out, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK(!idn_to_ascii(STR("b\u00fccher"), &out, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK_BUF(&out, "");
	CHECK(idn_to_ascii(STR("1234567890"), &out, &e));
	CHECK_BUF(&out, "1234567890");
	buf_release(&out);
}

TEST(the_error_names_the_domain)
{
	struct buf out = BUF_INIT(100);
	struct err e = ERR_INIT;
	CHECK(!idn_to_ascii(STR("a\u2100.example"), &out, &e));
	CHECK(
	    strstr(e.text, "\"a\u2100.example\" is not a domain name") != NULL);
	buf_release(&out);
}
