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
