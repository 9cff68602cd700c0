// SPDX-License-Identifier: ISC
#include "base/crypto.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"
#include "unit.h"

static void
check_key(enum crypto_hash hash, struct str password, struct str salt,
    unsigned iterations, const char *want)
{
	unsigned char key[32];
	char shown[2 * sizeof(key) + 1] = "";
	struct err e = ERR_INIT;
	CHECK(crypto_pbkdf2(hash, password, salt, iterations, key, &e));
	for (size_t i = 0; i < crypto_hash_size(hash); i++)
		(void)snprintf(shown + 2 * i, 3, "%02x", key[i]);
	CHECK_STR(shown, want);
	CHECK_EQ(e.exit, EX_OK);
}

TEST(keys_with_sha1_are_those_of_rfc_6070)
{
	check_key(CRYPTO_SHA1, STR("password"), STR("salt"), 1,
	    "0c60c80f961f0e71f3a9b524af6012062fe037a6");
	check_key(CRYPTO_SHA1, STR("password"), STR("salt"), 2,
	    "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
	check_key(CRYPTO_SHA1, STR("password"), STR("salt"), 4096,
	    "4b007901b765489abead49d926f721d065a429c1");
}

TEST(a_key_with_sha1_is_that_of_rfc_5802)
{
	check_key(CRYPTO_SHA1, STR("pencil"),
	    STR("\x41\x25\xc2\x47\xe4\x3a\xb1\xe9\x3c\x6d\xff\x76"), 4096,
	    "1d96ee3a529b5a5f9e47c01f229a2cb8a6e15f7d");
}

TEST(keys_with_sha256_are_those_of_rfc_7914)
{
	check_key(CRYPTO_SHA256, STR("passwd"), STR("salt"), 1,
	    "55ac046e56e3089fec1691c22544b605"
	    "f94185216dde0465e68b9d57c20dacbc");
	check_key(CRYPTO_SHA256, STR("Password"), STR("NaCl"), 80000,
	    "4ddcd8f60b98be21830cee5ef22701f9"
	    "641a4418d04c0414aeff08876b34ab56");
}

TEST(a_nul_in_password_or_salt_counts)
{
	check_key(CRYPTO_SHA1, STR("pass\0word"), STR("sa\0lt"), 4096,
	    "56fa6aa75548099dcc37d7f03425e0c37f1c42b2");
}

TEST(an_empty_password_has_a_key_too)
{
	check_key(CRYPTO_SHA256, STR_INIT, STR("salt"), 1,
	    "f135c27993baf98773c5cdb40a5706ce"
	    "6a345cde61b000a67858650cd6a324d7");
}

TEST(no_iterations_are_refused)
{
	unsigned char key[32];
	struct err e = ERR_INIT;
	CHECK(!crypto_pbkdf2(CRYPTO_SHA256, STR("p"), STR("salt"), 0, key, &e));
	CHECK_EQ(e.exit, EX_SOFTWARE);
	CHECK(str_starts_nocase(str_of(e.text), STR("derive a key: ")));
}

TEST(digests_have_their_sizes)
{
	CHECK_EQ(crypto_hash_size(CRYPTO_SHA1), 20);
	CHECK_EQ(crypto_hash_size(CRYPTO_SHA256), 32);
}

TEST(random_bytes_differ_each_time)
{
	unsigned char one[256] = { 0 }, two[256] = { 0 };
	unsigned nzero = 0, nequal = 0;
	struct err e = ERR_INIT;
	CHECK(crypto_random(one, sizeof(one), &e));
	CHECK(crypto_random(two, sizeof(two), &e));
	for (size_t i = 0; i < sizeof(one); i++) {
		nzero += one[i] == 0;
		nequal += one[i] == two[i];
	}
	CHECK(nzero < 32); /* one of 256 on average: all are filled */
	CHECK(nequal < 32);
}

TEST(more_random_bytes_than_allowed_are_refused)
{
	unsigned char bytes[257];
	struct err e = ERR_INIT;
	CHECK(!crypto_random(bytes, sizeof(bytes), &e));
	CHECK_EQ(e.exit, EX_OSERR);
	CHECK(e.sys != 0);
}

/* RFC 4648 10, and what is not text. */
static const struct {
	const char *bytes;
	size_t n;
	const char *text;
} base64_rows[] = {
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
	for (size_t i = 0; i < ARRAY_LEN(base64_rows); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT(100);
		AUTO(buf_release) struct buf bytes = BUF_INIT(100);
		struct str raw = { base64_rows[i].bytes, base64_rows[i].n };
		CHECK(crypto_base64_encode(raw, &text));
		CHECK_BUF(&text, base64_rows[i].text);
		CHECK(crypto_base64_decode(buf_str(&text), &bytes));
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
	CHECK(crypto_base64_encode(all, &text));
	CHECK_EQ(text.len, 400);
	CHECK(crypto_base64_decode(buf_str(&text), &again));
	CHECK_BYTES(buf_str(&again), all);
}

TEST(what_is_no_base64_is_refused)
{
	static const char *const texts[] = { "Z", "Zg", "Zg=", "Zg===", "=",
		"====", "Zm9v=", "Zg==Zg==", "Zm 9", "Zm9v\n\n\n\n", "Zm9-",
		"Zm9_", "Zm9\xc3", "Zg=a", "\"Zm9v\"" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		AUTO(buf_release) struct buf bytes = BUF_INIT(100);
		unit_check(!crypto_base64_decode(str_of(texts[i]), &bytes),
		    __FILE__, __LINE__, "\"%s\" is taken", texts[i]);
		CHECK_EQ(bytes.len, 0);
	}
}

TEST(base64_stays_within_the_buffer)
{
	AUTO(buf_release) struct buf small = BUF_INIT(3);
	CHECK(!crypto_base64_encode(STR("foo"), &small));
	CHECK(!crypto_base64_decode(STR("Zm9vYg=="), &small));
	CHECK_EQ(small.len, 0);
	CHECK(crypto_base64_decode(STR("Zm9v"), &small));
}

TEST(digests_are_those_of_fips_180)
{
	unsigned char digest[32];
	struct err e = ERR_INIT;
	char hex[3 * 32];
	CHECK(crypto_digest(CRYPTO_SHA1, STR("abc"), digest, &e));
	hex_print(digest, 4, hex, sizeof(hex));
	CHECK_STR(hex, "A9:99:3E:36");
	CHECK(crypto_digest(CRYPTO_SHA256, STR("abc"), digest, &e));
	hex_print(digest, 4, hex, sizeof(hex));
	CHECK_STR(hex, "BA:78:16:BF");
	CHECK(crypto_digest(CRYPTO_SHA256, STR_INIT, digest, &e));
	hex_print(digest + 28, 4, hex, sizeof(hex));
	CHECK_STR(hex, "78:52:B8:55");
}
