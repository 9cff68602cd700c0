// SPDX-License-Identifier: ISC
#include "config/value.h"

#include "base/err.h"
#include "unit.h"

typedef bool check_fn(struct str text, struct err *e);

static void
takes(check_fn *check, const char *text)
{
	struct err e = ERR_INIT;
	unit_check(check(str_of(text), &e), __FILE__, __LINE__,
	    "\"%s\" is refused: %s", text, e.text);
}

static void
refuses(check_fn *check, const char *text, const char *why)
{
	struct err e = ERR_INIT;
	unit_check(!check(str_of(text), &e), __FILE__, __LINE__,
	    "\"%s\" is taken", text);
	CHECK_EQ(e.exit, EX_CONFIG);
	unit_check(strstr(e.text, why) != NULL, __FILE__, __LINE__,
	    "no \"%s\" in \"%s\"", why, e.text);
}

static void
is_by(const char *text, uint64_t seconds, bool returns, bool traces)
{
	struct err e = ERR_INIT;
	struct value_deliver_by by;
	CHECK(value_parse_deliver_by(str_of(text), &by, &e));
	CHECK_EQ(by.seconds, seconds);
	CHECK_EQ(by.returns, returns);
	CHECK_EQ(by.traces, traces);
}

TEST(a_deadline_is_a_time_and_words)
{
	is_by("90", 90, false, false);
	is_by("15m", 900, false, false);
	is_by("2h 30m,return", 9000, true, false);
	is_by("1d, notify, trace", 86400, false, true);
	is_by("60,Trace,RETURN", 60, true, true);
	is_by("999999999", 999999999, false, false);
}

TEST(what_is_no_deadline_is_refused)
{
	static const char *const texts[] = { "", ",", "0", "-5", "return",
		"1000000000", "5x", "5,", "5,late", "5,return,notify",
		"5,trace,trace", "5 return", "5;R" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (strcmp(texts[i], "5,") != 0) /* commas separate */
			refuses(
			    value_is_deliver_by, texts[i], "a time such as");
}

TEST(a_tunnel_has_host_port_and_percent)
{
	const char *why = "a percent is followed by h, p or another one";
	takes(value_is_tunnel, "ssh gate nc %h %p");
	takes(value_is_tunnel, "/usr/sbin/sendmail -bs");
	takes(value_is_tunnel, "x %%h %%%h%p%%");
	refuses(value_is_tunnel, "nc %H", why);
	refuses(value_is_tunnel, "nc %", why);
	refuses(value_is_tunnel, "nc %%%", why);
	refuses(value_is_tunnel, "nc % h", why);
}

TEST(never_stands_alone)
{
	takes(value_is_notify, "never");
	takes(value_is_notify, "failure,delay,success");
	refuses(value_is_notify, "never,failure", "stands alone");
	refuses(value_is_notify, "failure,never", "stands alone");
}

TEST(an_envid_is_printable_and_short_enough_when_encoded)
{
	takes(value_is_envid, "invoice 4711+x=y");
	refuses(value_is_envid, "jos\xc3\xa9", "printable ASCII");
	refuses(value_is_envid, "a\tb", "printable ASCII");
	char text[VALUE_ENVID_MAX + 2];
	memset(text, 'x', sizeof(text));
	text[VALUE_ENVID_MAX] = '\0';
	takes(value_is_envid, text);
	text[0] = '+';
	refuses(value_is_envid, text, "longer than 100");
	text[VALUE_ENVID_MAX - 2] = '\0';
	takes(value_is_envid, text);
}

TEST(a_date_has_its_offset)
{
	takes(value_is_date, "2030-01-01T00:00:00Z");
	takes(value_is_date, "2030-01-01 00:00:00+02:00");
	refuses(value_is_date, "2030-01-01T00:00:00", "such as 2026");
	refuses(value_is_date, "tomorrow", "such as 2026");
}

#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

TEST(a_pin_is_the_sha256_of_a_key_or_several)
{
	takes(value_is_pin, PIN);
	takes(value_is_pin, PIN " " PIN);
	takes(value_is_pin, PIN ";" PIN "," PIN "\t; " PIN);
	refuses(value_is_pin, " ; ", "names no key");
}

TEST(a_pin_that_is_none_is_told_of_with_what_is_wrong)
{
	refuses(value_is_pin, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	    "is not sha256// and the SHA-256 of a public key in base64");
	refuses(value_is_pin,
	    "sha1//2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "is not sha256// and");
	refuses(value_is_pin, PIN " x", "\"x\" is not sha256// and");
	refuses(value_is_pin, "sha256//", "of 0 octets, and SHA-256 of 32");
	refuses(value_is_pin, "sha256//2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
	    "of 20 octets, and SHA-256 of 32");
	refuses(value_is_pin, PIN ";sha256//47DEQpj8", "of 6 octets");
	/* the fingerprint's digits are base64, too */
	refuses(value_is_pin,
	    "sha256//"
	    "0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef",
	    "of 48 octets");
	refuses(value_is_pin,
	    "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
	    "is not base64");
	refuses(value_is_pin, "sha256//47DEQpj8HBSa-_TImW", "is not base64");
}

TEST(who_has_no_pin_is_told_how_to_make_one)
{
	struct err e = ERR_INIT;
	CHECK(!value_is_pin(STR("x"), &e));
	CHECK(strstr(e.hint, "openssl dgst -sha256 -binary") != NULL);
	CHECK(strstr(e.hint, "posthaste --serverinfo") != NULL);
}

TEST(a_priority_has_one_digit)
{
	static const char *const good[] = { "-9", "0", "-0", "9" };
	static const char *const bad[] = { "", "-", "10", "-10", "+3", "3 ",
		"x" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		takes(value_is_priority, good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuses(value_is_priority, bad[i], "from -9 to 9");
}

TEST(a_submitter_is_an_address_or_nobody)
{
	static const char *const bad[] = { "me", "@x", "me@", "<me@x>", "<",
		"a b@x", "jos\xc3\xa9@x", "a@x\r" };
	takes(value_is_mail_auth, "<>");
	takes(value_is_mail_auth, "me+you@example.org");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuses(value_is_mail_auth, bad[i], "an address");
}

TEST(a_pin_has_no_place_in_a_url)
{
	static const char *const good[] = { "/a/pin-value=1", "me.key",
		"pkcs11:token=a;object=b;type=private",
		"pkcs11:token=a?pin-source=file:/etc/pin" };
	static const char *const bad[] = { "pkcs11:token=a?pin-value=1",
		"PKCS11:token=a;PIN-value=1" };
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		takes(value_is_key_place, good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refuses(value_is_key_place, bad[i], "has no place in a URL");
}
