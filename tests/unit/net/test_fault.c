// SPDX-License-Identifier: ISC
#include "net/fault.h"

#include <gnutls/gnutls.h>

#include "base/err.h"
#include "unit.h"

static struct err
after(struct str heard, bool is_first, int rc)
{
	struct err e = ERR_INIT;
	struct fault_scene scene = { .is_first = is_first };
	fault_hear(&scene, heard.ptr, heard.len);
	CHECK(!fault_in_handshake(NULL, rc, &scene, -1, &e));
	return e;
}

TEST(a_greeting_in_place_of_tls_names_the_setting)
{
	struct err e = after(STR("220 mail.example ESMTP\r\n250 more\r\n"),
	    true, GNUTLS_E_UNEXPECTED_PACKET_LENGTH);
	CHECK_EQ(e.exit, EX_PROTOCOL);
	CHECK_STR(e.said, "\"220 mail.example ESMTP\"");
	CHECK(str_search(str_of(e.hint), STR("tls_starttls on")) <
	    strlen(e.hint));
}

TEST(behind_starttls_no_setting_is_named)
{
	struct err e = after(
	    STR("220 what?\r\n"), false, GNUTLS_E_UNEXPECTED_PACKET_LENGTH);
	CHECK_STR(e.said, "\"220 what?\"");
	CHECK_STR(e.hint, "");
}

TEST(what_is_no_text_is_made_printable)
{
	struct err e = after(
	    STR("\xff\0\x1b[2J"), true, GNUTLS_E_UNEXPECTED_PACKET_LENGTH);
	CHECK_STR(e.said, "\"\\xff\\x00\\x1b[2J\"");
}

TEST(what_is_below_the_types_of_records_is_no_tls_either)
{
	struct err e = after(STR("\x13\x03\x03"), true, GNUTLS_E_PULL_ERROR);
	CHECK_EQ(e.exit, EX_PROTOCOL);
	e = after(STR("\x14\x03\x03"), true, GNUTLS_E_PULL_ERROR);
	CHECK_EQ(e.exit, EX_TEMPFAIL);
}

TEST(only_so_much_is_kept_of_what_is_heard)
{
	struct fault_scene scene = { .nheard = 0 };
	char block[100];
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 3; i++)
		fault_hear(&scene, block, sizeof(block));
	CHECK_EQ(scene.nheard, sizeof(scene.heard));
	struct err e = after((struct str){ scene.heard, scene.nheard }, true,
	    GNUTLS_E_RECORD_OVERFLOW);
	CHECK_EQ(strlen(e.said), sizeof(scene.heard) + 2);
}

TEST(a_version_is_read_from_the_hello_or_the_alert)
{
	struct err e = after(STR("\x16\x03\x01\0\x2a\x02\0\0\x26\x03\x02"),
	    true, GNUTLS_E_UNSUPPORTED_VERSION_PACKET);
	CHECK_STR(e.text, "the server takes no TLS 1.2 or 1.3, only TLS 1.1");
	e = after(STR("\x15\x03\0\0\x02\x02\x46"), true,
	    GNUTLS_E_UNSUPPORTED_VERSION_PACKET);
	CHECK_STR(e.text,
	    "the server takes no TLS 1.2 or 1.3, only SSL 3.0 or older");
}

TEST(each_fault_has_a_line_and_no_faults_are_as_vague_as_a_number)
{
	static const int all[] = { GNUTLS_E_RECORD_OVERFLOW,
		GNUTLS_E_HANDSHAKE_TOO_LARGE, GNUTLS_E_DECRYPTION_FAILED,
		GNUTLS_E_PK_SIG_VERIFY_FAILED, GNUTLS_E_KEY_USAGE_VIOLATION,
		GNUTLS_E_DH_PRIME_UNACCEPTABLE, GNUTLS_E_NO_CIPHER_SUITES };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct err e = after(STR("\x16\x03\x03"), true, all[i]);
		CHECK_EQ(e.exit, EX_PROTOCOL);
		CHECK(str_search(str_of(e.text), STR("TLS error")) ==
		    strlen(e.text));
	}
	struct err e = after(STR("\x16\x03\x03"), true,
	    GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM);
	CHECK(
	    str_search(str_of(e.text), STR("TLS error in the handshake")) == 0);
}

TEST(a_lost_line_is_worth_another_try)
{
	CHECK_EQ(after(STR_INIT, true, GNUTLS_E_PREMATURE_TERMINATION).exit,
	    EX_TEMPFAIL);
	CHECK_EQ(after(STR_INIT, false, GNUTLS_E_PULL_ERROR).exit, EX_TEMPFAIL);
	CHECK_EQ(
	    after(STR("\x16"), false, GNUTLS_E_PUSH_ERROR).exit, EX_TEMPFAIL);
}
