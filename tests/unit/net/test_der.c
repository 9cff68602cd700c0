// SPDX-License-Identifier: ISC
#include "net/der.h"

#include <stdlib.h>

#include "base/buf.h"
#include "unit.h"

#define NAME(letter) \
	"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01" letter
#define REST "\x30\x00\x03\x01"

static const char v3[] = "\x30\x33\x30\x2c\xa0\x03\x02\x01\x02\x02\x01\x07\x30"
			 "\x02\x05\x00" NAME("i") "\x30\x00" NAME(
			     "a") "\x30\x00" REST;
static const char v1[] = "\x30\x2e\x30\x27\x02\x01\x07\x30\x02\x05\x00" NAME(
    "i") "\x30\x00" NAME("a") "\x30\x00" REST;

/* The array's closing NUL is the last octet of the certificate. */
#define BYTES(array) ((struct str){ array, sizeof(array) })

TEST(says_who_signed_and_for_whom)
{
	struct der_names names;
	size_t need;
	CHECK_EQ(der_names(BYTES(v3), &names, &need), DER_FOUND);
	CHECK_BYTES(names.issuer, STR(NAME("i")));
	CHECK_BYTES(names.subject, STR(NAME("a")));
	CHECK_EQ(der_names(BYTES(v1), &names, &need), DER_FOUND);
	CHECK_BYTES(names.issuer, STR(NAME("i")));
	CHECK_BYTES(names.subject, STR(NAME("a")));
}

/* Copies of their exact size, so that the sanitizers see their end. */
static enum der_found
names_of_first(struct str all, size_t len, size_t *need)
{
	struct der_names names;
	char *exact = mem_alloc(len);
	memcpy(exact, all.ptr, len);
	enum der_found found = der_names(
	    (struct str){ exact, len }, &names, need);
	free(exact);
	return found;
}

TEST(asks_for_more_until_both_names_are_there)
{
	size_t enough = 16 + 14 + 2 + 14;
	for (size_t len = 0; len < sizeof(v3); len++) {
		size_t need;
		enum der_found found = names_of_first(BYTES(v3), len, &need);
		CHECK_EQ(found, len < enough ? DER_MORE : DER_FOUND);
		if (found == DER_MORE)
			CHECK(need > len && need <= enough);
	}
}

TEST(an_octet_changed_is_no_crash_and_no_endless_asking)
{
	for (size_t at = 0; at < sizeof(v3); at++)
		for (int byte = 0; byte < 256; byte++) {
			char changed[sizeof(v3)];
			size_t need = 0;
			memcpy(changed, v3, sizeof(v3));
			changed[at] = (char)byte;
			if (names_of_first(BYTES(changed), sizeof(changed),
				&need) == DER_MORE)
				CHECK(need > sizeof(changed));
		}
}

static void
is_wrong(struct str octets)
{
	struct der_names names;
	size_t need;
	CHECK_EQ(der_names(octets, &names, &need), DER_WRONG);
}

TEST(refuses_what_is_no_certificate)
{
	is_wrong(STR("hello"));
	is_wrong(STR("\x31\x33\x30\x2c\xa0\x03"));
	is_wrong(STR("\x30\x80\x30\x80\x00\x00"));     /* not definite */
	is_wrong(STR("\x30\x84\x01\x00\x00\x00"));     /* 16 MB */
	is_wrong(STR("\x3f\x82\x01\x00\x30\x02"));     /* a long tag */
	is_wrong(STR("\x30\x10\x30\x20\x02\x01\x01")); /* more than it is in */
	is_wrong(
	    STR("\x30\x0f\x30\x0b\x02\x01\x07\x30\x00\x30\x00\x30\x00\x30\x02"
		"\x31\x00"));
	is_wrong(
	    STR("\x30\x04\x30\x02\x02\x00\x30\x00\x30\x00\x30\x00\x30\x00"));
	is_wrong(
	    STR("\x30\x0c\x30\x0a\x02\x00\x30\x00\x02\x00\x30\x00\x30\x00"));
}

#define BODY(dates, rest)                                            \
	"\xa0\x03\x02\x01\x02\x02\x01\x07\x30\x02\x05\x00" NAME("i") \
	    dates NAME("a") "\x30\x00" rest

/* A certificate whose body is that, less than 128 octets. */
static bool
facts_of(struct str body, struct der_facts *facts)
{
	AUTO(buf_release) struct buf all = BUF_INIT(256);
	char head[] = { 0x30, (char)(body.len + 2), 0x30, (char)body.len };
	CHECK(body.len < 126);
	CHECK(buf_add(&all, head, sizeof(head)) && buf_add_str(&all, body));
	return der_facts(buf_str(&all), facts);
}

TEST(years_are_of_two_digits_or_four)
{
	struct der_facts f;
	CHECK(facts_of(STR(BODY("\x30\x20\x17\x0d"
				"491231235959Z\x18\x0f"
				"20500101000000Z",
			   "")),
	    &f));
	CHECK_STR(f.from, "20491231235959");
	CHECK_STR(f.until, "20500101000000");
	CHECK_EQ(f.names.len, 0);
	CHECK(facts_of(STR(BODY("\x30\x20\x17\x0d"
				"500101000000Z\x18\x0f"
				"19500101000000Z",
			   "")),
	    &f));
	CHECK_STR(f.from, "19500101000000");
	CHECK_STR(f.until, "19500101000000");
}

TEST(dates_that_are_not_of_the_one_form_are_doubtful)
{
	static const char *const dates[] = { "\x17\x0b"
					     "2601010000Z",
		"\x17\x0d"
		"260101000000A",
		"\x17\x0d"
		"26010100000xZ",
		"\x18\x0d"
		"260101000000Z",
		"\x04\x0d"
		"260101000000Z" };
	for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
		AUTO(buf_release) struct buf body = BUF_INIT(256);
		struct der_facts f;
		size_t n = strlen(dates[i]);
		CHECK(buf_add_str(&body,
		    STR("\xa0\x03\x02\x01\x02\x02\x01\x07\x30\x02\x05"
			"\x00" NAME("i"))));
		CHECK(buf_printf(
		    &body, "0%c%s%s", (int)(2 * n), dates[i], dates[i]));
		CHECK(buf_add_str(&body, STR(NAME("a") "\x30\x00")));
		CHECK(!facts_of(buf_str(&body), &f));
	}
}

TEST(elements_are_cut_one_by_one)
{
	struct str rest = STR("\x02\x01\x05\x04\x81\x02hi\x30\x03\x01");
	struct der_element one;
	CHECK(der_next(&rest, &one));
	CHECK_EQ(one.tag, DER_INTEGER);
	CHECK_BYTES(one.all, STR("\x02\x01\x05"));
	CHECK_BYTES(one.content, STR("\x05"));
	CHECK(der_next(&rest, &one));
	CHECK_BYTES(one.content, STR("hi"));
	CHECK(!der_next(&rest, &one)); /* not all there */
	CHECK_EQ(rest.len, 3);
	rest = STR("");
	CHECK(!der_next(&rest, &one));
}
