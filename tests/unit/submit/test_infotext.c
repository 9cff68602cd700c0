// SPDX-License-Identifier: ISC
#include "submit/infotext.h"

#include <stdlib.h>

#include "net/certinfo.h"
#include "submit/serverinfo.h"
#include "unit.h"

enum { DAY = 24 * 60 * 60, NOW = 1800000000 };

#define SERVER "server:       mx.example:25 [192.0.2.1]\n"

static void
set(char *dst, const char *text)
{
	memcpy(dst, text, strlen(text) + 1);
}

static struct serverinfo
somewhere(const char *greeting, const char *offers)
{
	struct serverinfo info = SERVERINFO_INIT;
	info.now = NOW;
	set(info.server, "mx.example:25");
	set(info.address, "192.0.2.1");
	CHECK(buf_add_str(&info.greeting, str_of(greeting)));
	CHECK(buf_add_str(&info.offers, str_of(offers)));
	return info;
}

static void
shows(struct serverinfo *info, const char *want, int line)
{
	struct buf out = BUF_INIT(100000);
	infotext_show(info, &out);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	buf_release(&out);
	serverinfo_release(info);
}

#define SHOWS(info, want) shows((info), (want), __LINE__)

static struct certinfo *
chain(struct serverinfo *info, size_t n)
{
	info->tls.chain = calloc(n, sizeof(*info->tls.chain));
	CHECK(info->tls.chain != NULL);
	info->tls.nchain = n;
	return info->tls.chain;
}

TEST(nothing_is_shown_of_no_connection)
{
	struct serverinfo info = SERVERINFO_INIT;
	SHOWS(&info, "");
}

TEST(what_is_offered_is_put_in_words)
{
	struct serverinfo info = somewhere("mx ESMTP",
	    "mx hello\nSIZE 1000\nPIPELINING\nAUTH PLAIN LOGIN\nXFOO bar\n"
	    "LIMITS RCPTMAX=9 MAILMAX=5\nlimits MAILMAX=5");
	SHOWS(&info,
	    SERVER "greeting:     mx ESMTP\n"
		   "EHLO:         mx hello\n"
		   "offers:\n"
		   "  SIZE: takes messages of up to 1000 octets\n"
		   "  PIPELINING: takes commands in groups\n"
		   "  AUTH: logs in by PLAIN LOGIN\n"
		   "  XFOO bar\n"
		   "  LIMITS RCPTMAX=9 MAILMAX=5: takes 9 recipients at once, "
		   "5 messages a connection\n"
		   "  limits MAILMAX=5: takes 5 messages a connection\n"
		   "TLS:          none\n");
}

TEST(odd_offers_are_shown_all_the_same)
{
	struct serverinfo info = somewhere("mx\nsecond line",
	    "mx\nSIZE\nsize 0\nSIZE x\nAUTH=LOGIN\n\nauth\nLIMITS");
	SHOWS(&info,
	    SERVER "greeting:     mx second line\n"
		   "EHLO:         mx\n"
		   "offers:\n"
		   "  SIZE: is told how large a message is\n"
		   "  size: is told how large a message is\n"
		   "  SIZE: is told how large a message is\n"
		   "  AUTH: logs in by LOGIN\n"
		   "  auth: logs in by\n"
		   "  LIMITS\n"
		   "TLS:          none\n");
}

TEST(what_the_server_says_is_made_printable)
{
	struct serverinfo info = somewhere(
	    "\x1b[31m", "mx\x07\nX\x1b]0;\nAUTH \x80 \x1b\n");
	SHOWS(&info,
	    SERVER "greeting:     \\x1b[31m\n"
		   "EHLO:         mx\\x07\n"
		   "offers:\n"
		   "  X\\x1b]0;\n"
		   "  AUTH: logs in by \\x80 \\x1b\n"
		   "TLS:          none\n");
}

TEST(sizes_are_told_for_humans_too)
{
	static const struct {
		const char *size, *want;
	} rows[] = {
		{ "1023", "1023 octets" },
		{ "1024", "1024 octets (1 KiB)" },
		{ "52428800", "52428800 octets (50 MiB)" },
		{ "35882577", "35882577 octets (34.2 MiB)" },
		{ "18446744073709551615",
		    "18446744073709551615 octets (17179869183.9 GiB)" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf said = BUF_INIT(1000), want = BUF_INIT(1000);
		CHECK(buf_printf(&said, "mx\nSIZE %s", rows[i].size));
		CHECK(buf_printf(&want,
		    SERVER "EHLO:         mx\noffers:\n"
			   "  SIZE: takes messages of up to %s\n"
			   "TLS:          none\n",
		    rows[i].want));
		struct serverinfo info = somewhere("", buf_cstr(&said));
		SHOWS(&info, buf_cstr(&want));
		buf_release(&said);
		buf_release(&want);
	}
}

TEST(tls_certificate_and_both_lists_are_shown)
{
	struct serverinfo info = somewhere("", "mx\nAUTH PLAIN");
	CHECK(buf_add_str(&info.first_offers, STR("mx\nSTARTTLS")));
	info.state = SERVERINFO_VERIFIED;
	info.is_starttls = true;
	set(info.tls.version, "TLS1.3");
	set(info.tls.cipher, "AES-256-GCM");
	set(info.tls.suite, "TLS_AES_256_GCM_SHA384");
	set(info.tls.group, "SECP256R1");
	set(info.tls.signature, "ECDSA-SECP256R1-SHA256");
	info.tls.is_stapled = true;
	struct certinfo *c = chain(&info, 2);
	c[0] = (struct certinfo){ .subject = str_dup(STR("CN=mx\x1b")),
		.issuer = str_dup(STR("CN=ca")),
		.has_dates = true,
		.from = NOW - DAY,
		.until = NOW + 10 * DAY + 5,
		.serial = "01:AB",
		.key = "RSA",
		.key_bits = 2048,
		.signature = "RSA-SHA256",
		.fingerprint = "AB:CD",
		.pin = "sha256//x=" };
	strvec_add(&c[0].names, STR("mx.example"));
	strvec_add(&c[0].names, STR("192.0.2.1"));
	c[1] = (struct certinfo){ .subject = str_dup(STR("CN=ca")),
		.key = "RSA",
		.fingerprint = "EF",
		.pin = "sha256//y=" };
	SHOWS(&info,
	    SERVER
	    "EHLO:         mx\n"
	    "offers before TLS:\n"
	    "  STARTTLS: changes to TLS\n"
	    "TLS:          TLS1.3 AES-256-GCM, by STARTTLS, certificate "
	    "verified\n"
	    "  trusted by: an authority of this system\n"
	    "  suite:      TLS_AES_256_GCM_SHA384\n"
	    "  exchange:   SECP256R1, signed with ECDSA-SECP256R1-SHA256\n"
	    "  session:    new, OCSP response stapled, no ALPN\n"
	    "certificate:\n"
	    "  subject:    CN=mx\\x1b\n"
	    "  names:      mx.example, 192.0.2.1\n"
	    "  issuer:     CN=ca\n"
	    "  serial:     01:AB\n"
	    "  valid:      2027-01-14 08:00 UTC to 2027-01-25 08:00 UTC "
	    "(10 days left)\n"
	    "  key:        RSA, 2048 bits, signed with RSA-SHA256\n"
	    "  tls_fingerprint AB:CD\n"
	    "  tls_pin sha256//x=\n"
	    "sent with it:\n"
	    "  subject:    CN=ca\n"
	    "  names:      none\n"
	    "  issuer:     \n"
	    "  serial:     \n"
	    "  key:        RSA, 0 bits, signed with \n"
	    "  SHA-256:    EF\n"
	    "  pin:        sha256//y=\n"
	    "EHLO:         mx\n"
	    "offers over TLS:\n"
	    "  AUTH: logs in by PLAIN\n");
}

static void
validity(int64_t from, int64_t until, const char *want, int line)
{
	struct serverinfo info = somewhere("", "");
	struct buf out = BUF_INIT(10000);
	*chain(&info, 1) = (struct certinfo){
		.has_dates = true, .from = from, .until = until
	};
	infotext_show(&info, &out);
	unit_check(str_search(buf_str(&out), str_of(want)) < out.len, __FILE__,
	    line, "no %s in %s", want, buf_cstr(&out));
	buf_release(&out);
	serverinfo_release(&info);
}

TEST(dates_are_held_against_today)
{
	validity(NOW - 1, NOW, " (0 days left)\n", __LINE__);
	validity(NOW + 1, NOW + DAY, " (not yet)\n", __LINE__);
	validity(0, NOW - 3 * DAY, " (expired 3 days ago)\n", __LINE__);
}

TEST(a_refusal_and_a_failure_are_told)
{
	struct serverinfo info = somewhere("", "");
	info.state = SERVERINFO_FAILED;
	set(info.refusal, "the server speaks no TLS");
	SHOWS(&info,
	    SERVER "TLS:          failed\n"
		   "  refused:    the server speaks no TLS\n");
}

TEST(long_lists_go_on_several_lines)
{
	struct serverinfo info = somewhere("", "");
	struct certinfo *c = chain(&info, 1);
	struct buf out = BUF_INIT(100000);
	for (int i = 0; i < 50; i++)
		strvec_add(&c->names, STR("a-name.example.org"));
	strvec_add(&c->names,
	    STR("one-that-is-longer-than-the-line-itself."
		"one-that-is-longer-than-the-line-itself"));
	infotext_show(&info, &out);
	struct str rest = buf_str(&out);
	size_t at = str_search(rest, STR("  names:"));
	CHECK(at < rest.len);
	for (int i = 0; i < 17; i++) {
		rest = str_from(rest, at);
		at = str_find(rest, '\n') + 1;
		CHECK(at <= 80);
		CHECK(i == 0 || memcmp(rest.ptr, "              a-", 16) == 0);
	}
	rest = str_from(rest, at);
	CHECK(memcmp(rest.ptr, "              one-", 18) == 0);
	buf_release(&out);
	serverinfo_release(&info);
}

TEST(the_login_is_told_with_the_reasons_against_others)
{
	struct serverinfo info = somewhere("", "mx");
	info.has_caps = info.login.is_wanted = true;
	strvec_add(&info.login.tried, STR("SCRAM-SHA-256"));
	strvec_add(&info.login.tried, STR("PLAIN"));
	info.login.others = calloc(2, sizeof(*info.login.others));
	info.login.nothers = 2;
	info.login.others[0] = (struct serverinfo_other){
		str_dup(STR("CRAM-MD5")), PROSPECT_WANTS_NAMING
	};
	info.login.others[1] = (struct serverinfo_other){ str_dup(STR("\x1b")),
		PROSPECT_UNKNOWN };
	info.is_bdat = info.is_one_trip = true;
	SHOWS(&info,
	    SERVER "EHLO:         mx\n"
		   "TLS:          none\n"
		   "login:        by SCRAM-SHA-256, PLAIN (in this order)\n"
		   "  CRAM-MD5: used only if auth names it\n"
		   "  \\x1b: not known\n"
		   "message:      by BDAT, a short one in one round trip\n");
}

TEST(no_login_is_told_with_what_it_would_be)
{
	struct serverinfo info = somewhere("", "mx");
	info.has_caps = true;
	strvec_add(&info.login.tried, STR("PLAIN"));
	SHOWS(&info,
	    SERVER "EHLO:         mx\nTLS:          none\n"
		   "login:        none, no user is set; else by PLAIN\n"
		   "message:      by DATA\n");
	info = somewhere("", "mx");
	info.has_caps = info.login.is_off = true;
	SHOWS(&info,
	    SERVER "EHLO:         mx\nTLS:          none\n"
		   "login:        none, auth is off; else by nothing that is "
		   "offered\n"
		   "message:      by DATA\n");
}
