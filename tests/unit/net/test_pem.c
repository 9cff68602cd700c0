// SPDX-License-Identifier: ISC
#include "net/pem.h"

#include <stdio.h>

#include "base/buf.h"
#include "unit.h"

#define CERT(x) "-----BEGIN CERTIFICATE-----\n" x "\n-----END CERTIFICATE-----"
#define OTHER(what) "-----BEGIN " what "-----\nAAAA\n-----END " what "-----\n"

/* The base64 of each, with a comma behind; then what ended it. */
static void
finds(struct str text, enum pem_found last, const char *want)
{
	AUTO(buf_release) struct buf got = BUF_INIT(1000);
	enum pem_found found;
	do {
		struct pem_block block;
		size_t used;
		found = pem_next(text, &block, &used);
		if (found == PEM_CERTIFICATE)
			CHECK(buf_add_str(&got, str_trim(block.base64)) &&
			    buf_add(&got, ",", 1));
		text = str_from(text, used);
	} while (found == PEM_CERTIFICATE);
	CHECK_EQ(found, last);
	CHECK_BUF(&got, want);
}

TEST(finds_one_certificate_after_another)
{
	finds(STR(CERT("AAAA") "\n" CERT("BBBB") "\n"), PEM_NOTHING,
	    "AAAA,BBBB,");
	finds(STR(CERT("AAAA") CERT("BBBB")), PEM_NOTHING, "AAAA,BBBB,");
	finds(STR("-----BEGIN X509 CERTIFICATE-----\r\nAAAA\r\n"
		  "-----END X509 CERTIFICATE-----\r\n"),
	    PEM_NOTHING, "AAAA,");
	finds(STR(""), PEM_NOTHING, "");
}

TEST(passes_over_all_other_text)
{
	finds(STR("# GlobalSign -- R1 -----\n\n- a\n" CERT(
		  "AAAA") "\n"
			  "subject=/CN=x\n--------BEGIN\n" CERT("BBBB")),
	    PEM_NOTHING, "AAAA,BBBB,");
	finds(STR(OTHER("TRUSTED CERTIFICATE") OTHER("CERTIFICATE REQUEST")
		      OTHER("X509 CRL") OTHER("PRIVATE KEY")
			  CERT("AAAA") "\n" OTHER("CERTIFICATES")),
	    PEM_NOTHING, "AAAA,");
}

TEST(says_where_the_block_is_with_its_lines)
{
	struct pem_block block;
	size_t used;
	struct str text = STR("x\n" CERT("AAAA") "\ny");
	CHECK_EQ(pem_next(text, &block, &used), PEM_CERTIFICATE);
	CHECK_BYTES(block.all, STR(CERT("AAAA")));
	CHECK_BYTES(block.base64, STR("\nAAAA\n"));
	CHECK_BYTES(str_from(text, used), STR("\ny"));
}

TEST(what_is_cut_anywhere_is_found_when_the_rest_has_come)
{
	static const char text[] = "--\n" CERT("AAAA") "\n-" CERT("BBBB") "--";
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		AUTO(buf_release) struct buf got = BUF_INIT(1000);
		AUTO(buf_release) struct buf window = BUF_INIT(1000);
		for (int part = 0; part < 2; part++) {
			struct pem_block block;
			size_t used;
			enum pem_found found;
			CHECK(part == 0 ? buf_add(&window, text, cut)
					: buf_add(&window, text + cut,
					      sizeof(text) - 1 - cut));
			do {
				found = pem_next(
				    buf_str(&window), &block, &used);
				if (found == PEM_CERTIFICATE)
					CHECK(buf_add_str(&got, block.base64));
				CHECK(found != PEM_BROKEN);
				buf_consume(&window, used);
			} while (found == PEM_CERTIFICATE);
		}
		CHECK_BUF(&got, "\nAAAA\n\nBBBB\n");
		if (got.len != 12)
			printf("# cut at %zu\n", cut);
	}
}

TEST(a_certificate_that_does_not_end_as_it_began_is_told_of)
{
	finds(STR("-----BEGIN CERTIFICATE-----\nAA"), PEM_UNFINISHED, "");
	finds(STR("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE----"),
	    PEM_UNFINISHED, "");
	finds(STR("-----BEGIN CERTIFICATE-----\nAA\n" CERT("BBBB")), PEM_BROKEN,
	    "");
	finds(STR("-----BEGIN CERTIFICATE-----\nAA\n"
		  "-----END X509 CERTIFICATE-----\n"),
	    PEM_BROKEN, "");
	finds(STR(CERT("AAAA") "-----BEGIN CERTIFICATE-----\nA-\n"), PEM_BROKEN,
	    "AAAA,");
}

static void
decodes(struct str base64, size_t want, const char *octets)
{
	char dst[32];
	size_t n = 99;
	CHECK(pem_decode(&base64, dst, want, &n));
	CHECK_BYTES(((struct str){ dst, n }), str_of(octets));
}

TEST(decodes_as_much_as_is_asked_for)
{
	decodes(STR("\nAbCdefgh\nZ019+/Y=\n"), 30,
	    "\x01\xb0\x9d\x79\xf8\x21"
	    "\x67\x4d\x7d");
	decodes(STR("QUJDREVGR0hJ"), 1, "ABC");
	decodes(STR("QUJDREVGR0hJ"), 4, "ABCDEF");
	decodes(STR("QU\r\nJ D\tRE\n\nVG"), 9, "ABCDEF");
	decodes(STR("QUJDRA=="), 9, "ABC");
	decodes(STR("QUJDRA==QUJD"), 9, "ABC");
	decodes(STR("QUJDR"), 9, "ABC");
	decodes(STR(""), 9, "");
}

TEST(goes_on_decoding_where_it_stopped)
{
	struct str base64 = STR("QU\nJDREVG R0hJ");
	char dst[32];
	size_t n, len = 0;
	while (base64.len > 0) {
		CHECK(pem_decode(&base64, dst + len, 1, &n));
		len += n;
	}
	CHECK_BYTES(((struct str){ dst, len }), STR("ABCDEFGHI"));
}

TEST(what_is_no_base64_is_not_decoded)
{
	static const char *const bad[] = { "QU!J", "QUJDRE_G", "\x80QUJD",
		"QUJD#", "Q.U" };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct str base64 = str_of(bad[i]);
		char dst[32];
		size_t n;
		CHECK(!pem_decode(&base64, dst, 20, &n));
	}
}
