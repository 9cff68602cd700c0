// SPDX-License-Identifier: ISC
#include "base/base64.h"

#include "base/buf.h"
#include "unit.h"

/* RFC 4648 10, and what is not text. */
static const struct {
	const char *bytes;
	size_t n;
	const char *text;
} rows[] = {
	{ "", 0, "" },
	{ "f", 1, "Zg==" },
	{ "fo", 2, "Zm8=" },
	{ "foo", 3, "Zm9v" },
	{ "foob", 4, "Zm9vYg==" },
	{ "fooba", 5, "Zm9vYmE=" },
	{ "foobar", 6, "Zm9vYmFy" },
	{ "\0\xff\xfb\0", 4, "AP/7AA==" },
};

TEST(base64_is_that_of_rfc_4648)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT(100);
		AUTO(buf_release) struct buf bytes = BUF_INIT(100);
		struct str raw = { rows[i].bytes, rows[i].n };
		CHECK(base64_encode(raw, &text));
		CHECK_BUF(&text, rows[i].text);
		CHECK(base64_decode(buf_str(&text), &bytes));
		CHECK_BYTES(buf_str(&bytes), raw);
	}
}

TEST(base64_of_many_bytes_has_no_line_ends)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1000);
	AUTO(buf_release) struct buf again = BUF_INIT(300);
	char bytes[300];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	struct str all = { bytes, sizeof(bytes) };
	CHECK(base64_encode(all, &text));
	CHECK_EQ(text.len, 400);
	CHECK(base64_decode(buf_str(&text), &again));
	CHECK_BYTES(buf_str(&again), all);
}

TEST(what_is_no_base64_is_refused)
{
	static const char *const texts[] = { "Z", "Zg", "Zg=", "Zg===", "=",
		"====", "Zm9v=", "Zg==Zg==", "Zm 9", "Zm9v\n\n\n\n", "Zm9-",
		"Zm9_", "Zm9\xc3", "Zg=a", "\"Zm9v\"",
		"Zh==", "Zm9=", "Zm9vZm9=" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(buf_release) struct buf bytes = BUF_INIT(100);
		unit_check(!base64_decode(str_of(texts[i]), &bytes), __FILE__,
		    __LINE__, "\"%s\" is taken", texts[i]);
		CHECK_EQ(bytes.len, 0);
	}
}

TEST(base64_stays_within_the_buffer)
{
	AUTO(buf_release) struct buf small = BUF_INIT(3);
	CHECK(!base64_encode(STR("foo"), &small));
	CHECK(!base64_decode(STR("Zm9vYg=="), &small));
	CHECK_EQ(small.len, 0);
	CHECK(base64_decode(STR("Zm9v"), &small));
}
