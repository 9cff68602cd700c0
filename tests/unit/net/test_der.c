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
