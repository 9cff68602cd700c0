// SPDX-License-Identifier: ISC
#include "net/subjecthash.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "base/buf.h"
#include "unit.h"

/* STR() for what is static. */
#define DER(literal)                           \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

/* What "openssl x509 -subject_hash" says of certificates for these names; ""
 * where it cannot read them. */
static const struct {
	const char *what;
	const char *hash;
	struct str name;
} vectors[] = {
	{ "empty", "eea339da", DER("\x30\x00") },
	{ "plain", "8f76c2ae",
	    DER("\x30\x3f\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
		"\x55\x53\x31\x16\x30\x14\x06\x03\x55\x04\x0a\x13\x0d"
		"\x45\x78\x61\x6d\x70\x6c\x65\x20\x54\x72\x75\x73\x74"
		"\x31\x18\x30\x16\x06\x03\x55\x04\x03\x0c\x0f\x45\x78"
		"\x61\x6d\x70\x6c\x65\x20\x52\x6f\x6f\x74\x20\x52\x31") },
	{ "case", "8f76c2ae",
	    DER("\x30\x46\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
		"\x75\x73\x31\x1c\x30\x1a\x06\x03\x55\x04\x0a\x0c\x13"
		"\x20\x20\x45\x58\x41\x4d\x50\x4c\x45\x20\x09\x20\x20"
		"\x74\x72\x75\x73\x74\x20\x31\x19\x30\x17\x06\x03\x55"
		"\x04\x03\x13\x10\x65\x78\x61\x6d\x70\x6c\x65\x0a\x72"
		"\x6f\x6f\x74\x0b\x0c\x52\x31") },
	{ "t61", "597ed203",
	    DER("\x30\x10\x31\x0e\x30\x0c\x06\x03\x55\x04\x0a\x14\x05"
		"\x47\x72\xfc\xdf\x65") },
	{ "latin printable", "d7c748b2",
	    DER("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x13\x04"
		"\x63\x61\x66\xe9") },
	{ "bmp", "cfdf53d4",
	    DER("\x30\x21\x31\x1f\x30\x1d\x06\x03\x55\x04\x03\x1e\x16"
		"\x00\xdc\x00\x6e\x00\xef\x00\x20\x00\x20\x00\x43\x00"
		"\xf3\x00\x64\x00\x69\x00\x67\x00\x6f") },
	{ "bmp surrogate", "",
	    DER("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1e\x04"
		"\xd8\x3d\xde\x00") },
	{ "bmp odd", "",
	    DER("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x1e\x03"
		"\x00\x41\x00") },
	{ "universal", "63784961",
	    DER("\x30\x1f\x31\x1d\x30\x1b\x06\x03\x55\x04\x03\x1c\x14"
		"\x00\x00\x00\x41\x00\x00\x20\xac\x00\x01\xf6\x00\x00"
		"\x00\x00\x20\x00\x00\x00\x5a") },
	{ "universal too big", "",
	    DER("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x1c\x04"
		"\x00\x11\x00\x00") },
	{ "utf8", "5c593350",
	    DER("\x30\x1f\x31\x1d\x30\x1b\x06\x03\x55\x04\x03\x0c\x14"
		"\x46\xc5\x91\x74\x61\x6e\xc3\xba\x73\xc3\xad\x74\x76"
		"\xc3\xa1\x6e\x79\x20\x20\x58") },
	{ "utf8 bad", "",
	    DER("\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02"
		"\xff\xfe") },
	{ "ia5", "e200cc52",
	    DER("\x30\x2e\x31\x17\x30\x15\x06\x0a\x09\x92\x26\x89\x93"
		"\xf2\x2c\x64\x01\x19\x16\x07\x45\x78\x61\x6d\x70\x6c"
		"\x65\x31\x13\x30\x11\x06\x0a\x09\x92\x26\x89\x93\xf2"
		"\x2c\x64\x01\x19\x16\x03\x4f\x52\x47") },
	{ "multi", "36f91d1d",
	    DER("\x30\x1d\x31\x1b\x30\x0b\x06\x03\x55\x04\x0b\x0c\x04"
		"\x5a\x65\x74\x61\x30\x0c\x06\x03\x55\x04\x03\x0c\x05"
		"\x41\x6c\x70\x68\x61") },
	{ "multi sorted after", "0800ac38",
	    DER("\x30\x2e\x31\x2c\x30\x11\x06\x03\x55\x04\x03\x0c\x0a"
		"\x62\x62\x62\x62\x62\x62\x62\x62\x62\x62\x30\x09\x06"
		"\x03\x55\x04\x03\x1e\x02\x00\x41\x30\x0c\x06\x03\x55"
		"\x04\x03\x13\x05\x20\x20\x63\x20\x20") },
	{ "bit string", "ff04e759",
	    DER("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x03\x03"
		"\x00\x01\x02") },
	{ "blank only", "5da78770",
	    DER("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03"
		"\x20\x20\x20") },
	{ "numeric string", "4bb064b7",
	    DER("\x30\x10\x31\x0e\x30\x0c\x06\x03\x55\x04\x03\x12\x05"
		"\x31\x32\x20\x33\x34") },
};

/* The file's name, and true if it has one. */
static bool
file_of(struct str name, unsigned n, char file[SUBJECTHASH_NAME_SIZE])
{
	unsigned char digest[SUBJECTHASH_DIGEST_SIZE];
	AUTO(buf_release) struct buf canon = BUF_INIT(65536);
	file[0] = '\0';
	if (!subjecthash_prepare(name, &canon))
		return false;
	CHECK(gnutls_hash_fast(
		  GNUTLS_DIG_SHA1, buf_cstr(&canon), canon.len, digest) >= 0);
	subjecthash_file(digest, n, file);
	return true;
}

TEST(names_have_the_hashes_that_openssl_gives_them)
{
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		char file[SUBJECTHASH_NAME_SIZE];
		bool has_one = file_of(vectors[i].name, 3, file);
		unit_check(has_one == (vectors[i].hash[0] != '\0'), __FILE__,
		    __LINE__, "%s has a hash or none", vectors[i].what);
		if (!has_one)
			continue;
		unit_check(strncmp(file, vectors[i].hash, 8) == 0 &&
			strcmp(file + 8, ".3") == 0,
		    __FILE__, __LINE__, "%s is %s", vectors[i].what, file);
	}
}

/* SEQUENCE, SET, SEQUENCE, the OID of a common name, text of that tag. */
static void
make_name(struct buf *name, unsigned char tag, char fill, size_t len)
{
	static const char oid[] = { 0x06, 0x03, 0x55, 0x04, 0x03 };
	static const unsigned char outer[] = { 0x30, 0x31, 0x30 };
	for (size_t i = 0; i < ARRAY_LEN(outer); i++) {
		size_t inside = len + 4 + sizeof(oid) + 4 * (2 - i);
		const char head[] = { (char)outer[i], (char)0x82,
			(char)(inside >> 8), (char)inside };
		CHECK(buf_add(name, head, sizeof(head)));
	}
	const char head[] = { (char)tag, (char)0x82, (char)(len >> 8),
		(char)len };
	CHECK(buf_add(name, oid, sizeof(oid)));
	CHECK(buf_add(name, head, sizeof(head)));
	while (len-- > 0)
		CHECK(buf_add(name, &fill, 1));
}

TEST(lengths_of_each_form_are_written_anew)
{
	static const struct {
		unsigned char tag;
		char fill;
		size_t len;
		const char *hash;
	} longs[] = {
		{ 0x0c, (char)'x', 60, "88846ca1" },
		{ 0x0c, (char)'x', 118, "e502df76" },
		{ 0x14, (char)'\xe9', 118, "eba12fba" },
		{ 0x0c, (char)'x', 300, "059c7976" },
		{ 0x14, (char)'\xe9', 200, "a6551c1d" },
		{ 0x14, (char)'\xe9', 20000, "8f2e0304" },
		{ 0x16, (char)' ', 500, "5da78770" },
	};
	for (size_t i = 0; i < ARRAY_LEN(longs); i++) {
		AUTO(buf_release) struct buf name = BUF_INIT(65536);
		char file[SUBJECTHASH_NAME_SIZE];
		make_name(&name, longs[i].tag, longs[i].fill, longs[i].len);
		CHECK(file_of(buf_str(&name), 0, file));
		file[8] = '\0';
		CHECK_STR(file, longs[i].hash);
	}
}

TEST(what_is_too_long_for_the_buffer_has_no_hash)
{
	AUTO(buf_release) struct buf name = BUF_INIT(65536);
	AUTO(buf_release) struct buf canon = BUF_INIT(1000);
	make_name(&name, 0x0c, 'x', 1000);
	CHECK(!subjecthash_prepare(buf_str(&name), &canon));
}

TEST(what_is_no_name_has_no_hash)
{
	static const struct str bad[] = {
		DER(""),
		DER("\x30"),
		DER("\x31\x00"),
		DER("\x30\x00\x00"),
		DER("\x30\x02\x30\x00"),         /* no SET */
		DER("\x30\x04\x31\x02\x31\x00"), /* no SEQUENCE */
		DER("\x30\x04\x31\x02\x30\x00"), /* nothing in it */
		DER("\x30\x08\x31\x06\x30\x04\x02\x00\x0c\x00"), /* no OID */
		DER("\x30\x08\x31\x07\x30\x04\x06\x00\x0c\x00"),
		DER("\x30\x0a\x31\x08\x30\x06\x06\x00\x0c\x00\x0c\x00"),
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(buf_release) struct buf canon = BUF_INIT(1000);
		unit_check(!subjecthash_prepare(bad[i], &canon), __FILE__,
		    __LINE__, "number %zu has none", i);
	}
}

TEST(files_are_known_by_their_names)
{
	CHECK(subjecthash_is_file("0123abef.0"));
	CHECK(subjecthash_is_file("ffffffff.12"));
	CHECK(!subjecthash_is_file("0123abef.r0"));
	CHECK(!subjecthash_is_file("0123ABEF.0"));
	CHECK(!subjecthash_is_file("0123abe.0"));
	CHECK(!subjecthash_is_file("."));
	CHECK(!subjecthash_is_file("ca.pem"));
	CHECK(!subjecthash_is_file("0123abef"));
	CHECK(!subjecthash_is_file("0123abef."));
}
