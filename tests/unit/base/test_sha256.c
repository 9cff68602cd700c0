// SPDX-License-Identifier: ISC
#include "base/sha256.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

static void
check(struct str bytes, const char *want)
{
	unsigned char digest[SHA256_SIZE];
	char shown[2 * SHA256_SIZE + 1];
	sha256(bytes, digest);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(shown + 2 * i, 3, "%02x", digest[i]);
	CHECK_STR(shown, want);
}

/* NIST's examples, one of a block, one of two */
TEST(digests_are_those_of_fips_180)
{
	check(STR_INIT,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	check(STR("abc"),
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	check(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
	    "248d6a61d20638b8e5c026930c3e6039"
	    "a33ce45964ff2167f6ecedd419db06c1");
}

TEST(a_million_times_a_is_nists_example_too)
{
	char *many = malloc(1000000);
	CHECK(many != NULL);
	memset(many, 'a', 1000000);
	check((struct str){ many, 1000000 },
	    "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
	free(many);
}

/* Each length of the last block; what is wanted was worked out by Python's
 * hashlib. */
TEST(all_lengths_of_the_last_block_are_right)
{
	enum { LENGTHS = 200 };
	static unsigned char all[LENGTHS * SHA256_SIZE];
	for (size_t n = 0; n < LENGTHS; n++) {
		char bytes[LENGTHS];
		for (size_t k = 0; k < n; k++)
			bytes[k] = (char)(k * 7 + n);
		sha256((struct str){ bytes, n }, all + n * SHA256_SIZE);
	}
	check((struct str){ (const char *)all, sizeof(all) },
	    "8c7c9ff69da76fc28823a1cb97268672"
	    "663e628e1ea955868b16db46bab0545d");
}
