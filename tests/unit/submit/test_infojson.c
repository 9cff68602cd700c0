// SPDX-License-Identifier: ISC
#include "submit/infojson.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/certinfo.h"
#include "submit/serverinfo.h"
#include "unit.h"

enum { DAY = 24 * 60 * 60, NOW = 1800000000 };

static void
set(char *dst, const char *text)
{
	memcpy(dst, text, strlen(text) + 1);
}

static void
shows(struct serverinfo *info, const struct err *e, const char *want, int line)
{
	struct buf out = BUF_INIT(INFOJSON_MAX);
	infojson_show(info, e, &out);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	buf_release(&out);
	serverinfo_release(info);
}

#define SHOWS(info, e, want) shows((info), (e), (want), __LINE__)

TEST(no_connection_is_an_object_with_the_error)
{
	struct serverinfo info = SERVERINFO_INIT;
	struct err e;
	(void)err_set(&e, EX_TEMPFAIL, "connect to \"x\"");
	SHOWS(&info, &e,
	    "{\"exit_status\":75,\"exit_name\":\"EX_TEMPFAIL\","
	    "\"error\":{\"text\":\"connect to \\\"x\\\"\"}}\n");
}

TEST(a_reply_that_refuses_is_in_the_error)
{
	struct serverinfo info = SERVERINFO_INIT;
	struct err e;
	(void)err_set(&e, EX_NOPERM, "refused");
	(void)err_hint(&e, "do this");
	e.code = 554;
	set(e.said, "554 no");
	set(info.server, "mx:25");
	set(info.address, "::1");
	SHOWS(&info, &e,
	    "{\"exit_status\":77,\"exit_name\":\"EX_NOPERM\","
	    "\"error\":{\"text\":\"refused\",\"code\":554,"
	    "\"said\":\"554 no\",\"hint\":\"do this\"},"
	    "\"server\":\"mx:25\",\"address\":\"::1\","
	    "\"tls\":{\"state\":\"none\",\"certificates\":[]},\"ehlo\":[]}\n");
}

TEST(what_is_offered_is_keyword_and_parameters)
{
	struct serverinfo info = SERVERINFO_INIT;
	set(info.server, "mx:25");
	CHECK(buf_add_str(&info.greeting, STR("mx\nhi \xff\x1b")));
	CHECK(buf_add_str(&info.offers,
	    STR("mx hello\nSIZE  9\n\nX\x80=\"\t\\\nAUTH=PLAIN")));
	SHOWS(&info, NULL,
	    "{\"exit_status\":0,\"exit_name\":\"EX_OK\","
	    "\"server\":\"mx:25\","
	    "\"greeting\":\"mx\\u000ahi \\ufffd\\u001b\","
	    "\"tls\":{\"state\":\"none\",\"certificates\":[]},"
	    "\"ehlo\":[{\"tls\":false,\"text\":\"mx hello\","
	    "\"capabilities\":["
	    "{\"keyword\":\"SIZE\",\"parameters\":[\"9\"]},"
	    "{\"keyword\":\"X\\ufffd=\\\"\",\"parameters\":[\"\\\\\"]},"
	    "{\"keyword\":\"AUTH=PLAIN\",\"parameters\":[]}]}]}\n");
}

TEST(tls_and_the_chain_are_told)
{
	struct serverinfo info = SERVERINFO_INIT;
	info.now = NOW;
	set(info.server, "mx:465");
	set(info.refusal, "it is expired");
	info.state = SERVERINFO_REFUSED;
	info.is_starttls = true;
	set(info.tls.version, "TLS1.2");
	set(info.tls.cipher, "AES-128-GCM");
	info.tls.is_resumed = true;
	info.tls.chain = calloc(1, sizeof(*info.tls.chain));
	info.tls.nchain = 1;
	info.tls.chain[0] = (struct certinfo){ .subject = str_dup(
						   STR("CN=\xff")),
		.has_dates = true,
		.from = 0,
		.until = NOW - 2 * DAY,
		.key = "RSA",
		.key_bits = 2048,
		.pin = "sha256//x=" };
	strvec_add(&info.tls.chain[0].names, STR("mx"));
	SHOWS(&info, NULL,
	    "{\"exit_status\":0,\"exit_name\":\"EX_OK\","
	    "\"server\":\"mx:465\","
	    "\"tls\":{\"state\":\"refused\",\"starttls\":true,"
	    "\"refusal\":\"it is expired\",\"version\":\"TLS1.2\","
	    "\"cipher\":\"AES-128-GCM\",\"resumed\":true,"
	    "\"ocsp_stapled\":false,\"certificates\":[{"
	    "\"subject\":\"CN=\\ufffd\",\"names\":[\"mx\"],"
	    "\"not_before\":\"1970-01-01T00:00:00Z\","
	    "\"not_after\":\"2027-01-13T08:00:00Z\",\"days_left\":-2,"
	    "\"key_type\":\"RSA\",\"key_bits\":2048,"
	    "\"pin\":\"sha256//x=\"}]},\"ehlo\":[]}\n");
}

TEST(login_limits_and_message_are_told)
{
	struct serverinfo info = SERVERINFO_INIT;
	set(info.server, "mx:465");
	info.state = SERVERINFO_VERIFIED;
	info.belief = SERVERINFO_BY_PIN;
	info.has_caps = info.login.is_wanted = info.is_bdat = true;
	info.size_limit = 18446744073709551615U;
	info.mail_limit = 5;
	strvec_add(&info.login.tried, STR("PLAIN"));
	info.login.others = calloc(1, sizeof(*info.login.others));
	info.login.nothers = 1;
	info.login.others[0] = (struct serverinfo_other){
		str_dup(STR("GSSAPI")), PROSPECT_WANTS_NAMING
	};
	SHOWS(&info, NULL,
	    "{\"exit_status\":0,\"exit_name\":\"EX_OK\","
	    "\"server\":\"mx:465\","
	    "\"tls\":{\"state\":\"verified\",\"starttls\":false,"
	    "\"trusted_by\":\"tls_pin\",\"certificates\":[]},\"ehlo\":[],"
	    "\"login\":{\"wanted\":true,\"mechanisms\":[\"PLAIN\"],"
	    "\"unused\":[{\"mechanism\":\"GSSAPI\","
	    "\"reason\":\"wants_naming\"}]},"
	    "\"limits\":{\"size\":18446744073709551615,\"messages\":5},"
	    "\"message\":{\"command\":\"BDAT\",\"one_round_trip\":false}}\n");
}
