// SPDX-License-Identifier: ISC
#include "submit/serverinfo.h"

#include <stdio.h>

#include "unit.h"

static void
shows(struct serverinfo *info, const char *greeting, const char *offers,
    const char *want)
{
	struct buf out = BUF_INIT(10000);
	(void)snprintf(info->server, sizeof(info->server), "mx.example:25");
	(void)snprintf(info->address, sizeof(info->address), "192.0.2.1");
	info->greeting = BUF_INIT(1000);
	info->offers = BUF_INIT(1000);
	CHECK(buf_add_str(&info->greeting, str_of(greeting)));
	CHECK(buf_add_str(&info->offers, str_of(offers)));
	serverinfo_show(info, &out);
	CHECK_BUF(&out, want);
	buf_release(&out);
	serverinfo_release(info);
}

TEST(nothing_is_shown_of_no_connection)
{
	struct serverinfo info = SERVERINFO_INIT;
	struct buf out = BUF_INIT(1000);
	serverinfo_show(&info, &out);
	CHECK_BUF(&out, "");
	buf_release(&out);
	serverinfo_release(&info);
}

TEST(what_is_offered_is_put_in_words)
{
	struct serverinfo info = { .is_verified = false };
	shows(&info, "mx ESMTP",
	    "mx hello\nSIZE 1000\nPIPELINING\nAUTH PLAIN LOGIN\nXFOO bar",
	    "server:       mx.example:25 [192.0.2.1]\n"
	    "greeting:     mx ESMTP\n"
	    "TLS:          none\n"
	    "EHLO:         mx hello\n"
	    "offers:\n"
	    "  SIZE: takes messages of up to 1000 octets\n"
	    "  PIPELINING: takes commands in groups\n"
	    "  AUTH: logs in by PLAIN LOGIN\n"
	    "  XFOO bar\n");
}

TEST(odd_offers_are_shown_all_the_same)
{
	struct serverinfo info = { .is_verified = false };
	shows(&info, "mx\nsecond line",
	    "mx\nSIZE\nsize 0\nSIZE x\nAUTH=LOGIN\n\nauth",
	    "server:       mx.example:25 [192.0.2.1]\n"
	    "greeting:     mx second line\n"
	    "TLS:          none\n"
	    "EHLO:         mx\n"
	    "offers:\n"
	    "  SIZE: is told how large a message is\n"
	    "  size: is told how large a message is\n"
	    "  SIZE: is told how large a message is\n"
	    "  AUTH: logs in by LOGIN\n"
	    "  auth: logs in by \n");
}

TEST(what_the_server_says_is_made_printable)
{
	struct serverinfo info = { .is_verified = false };
	shows(&info, "\x1b[31m", "mx\x07\nX\x1b]0;\nAUTH \x80",
	    "server:       mx.example:25 [192.0.2.1]\n"
	    "greeting:     \\x1b[31m\n"
	    "TLS:          none\n"
	    "EHLO:         mx\\x07\n"
	    "offers:\n"
	    "  X\\x1b]0;\n"
	    "  AUTH: logs in by \\x80\n");
}

TEST(tls_and_certificate_are_shown)
{
	struct serverinfo info = {
		.tls = "TLS1.3 AES-256-GCM",
		.is_starttls = true,
		.is_verified = true,
		.certificate = { .is_known = true,
		    .subject = "CN=mx",
		    .names = "mx.example, 192.0.2.1",
		    .issuer = "CN=ca",
		    .from = "2026-01-01 00:00 UTC",
		    .until = "2027-01-01 00:00 UTC",
		    .sha256 = { 0x01, 0xab } },
	};
	shows(&info, "", "",
	    "server:       mx.example:25 [192.0.2.1]\n"
	    "TLS:          TLS1.3 AES-256-GCM, by STARTTLS, certificate "
	    "verified\n"
	    "certificate:\n"
	    "  subject:    CN=mx\n"
	    "  names:      mx.example, 192.0.2.1\n"
	    "  issuer:     CN=ca\n"
	    "  valid:      2026-01-01 00:00 UTC to 2027-01-01 00:00 UTC\n"
	    "  SHA-256:    01:AB:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
	    "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\n");
}

TEST(a_refused_certificate_is_shown)
{
	struct serverinfo info = { .certificate = { .is_known = true } };
	shows(&info, "", "",
	    "server:       mx.example:25 [192.0.2.1]\n"
	    "TLS:          refused\n"
	    "certificate:\n"
	    "  subject:    \n"
	    "  names:      \n"
	    "  issuer:     \n"
	    "  valid:       to \n"
	    "  SHA-256:    00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
	    "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\n");
}
