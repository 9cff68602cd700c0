// SPDX-License-Identifier: ISC
#include "smtp/sasl.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "smtp/caps.h"
#include "unit.h"

#define ALL                                                             \
	"LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS "       \
	"SCRAM-SHA-256-PLUS CRAM-MD5 DIGEST-MD5 NTLM GSSAPI ANONYMOUS " \
	"EXTERNAL"

static const struct sasl_channel clear,
    tls = { .is_private = true },
    bound = { .is_private = true, .tls_exporter = { "x", 1 } },
    old = { .is_private = true, .tls_unique = { "x", 1 } };

/* What would be tried, one behind the other. */
static void
check_choice(const char *offers, const char *named,
    const struct sasl_channel *channel, const char *want)
{
	struct caps caps = CAPS_INIT;
	struct buf text = BUF_INIT(1000), tried = BUF_INIT(1000);
	const struct sasl_login login = { .user = "u", .mechanisms = named };
	const struct sasl_mechanism *m = NULL;
	CHECK(buf_printf(&text, "mx\nAUTH %s", offers));
	caps_parse(&caps, buf_str(&text));
	while ((m = sasl_choose(&login, channel, &caps, m)) != NULL)
		CHECK(buf_printf(
		    &tried, "%s%s", tried.len > 0 ? " " : "", sasl_name(m)));
	CHECK_BUF(&tried, want);
	buf_release(&text);
	buf_release(&tried);
	caps_release(&caps);
}

TEST(what_shows_the_least_comes_first)
{
	check_choice(ALL, NULL, &tls, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN");
	check_choice(ALL, NULL, &bound,
	    "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 "
	    "PLAIN LOGIN");
	check_choice(ALL, NULL, &old,
	    "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 "
	    "PLAIN LOGIN");
}

TEST(nothing_shows_the_password_in_clear)
{
	check_choice(ALL, NULL, &clear, "SCRAM-SHA-256 SCRAM-SHA-1");
	check_choice("PLAIN LOGIN", NULL, &clear, "");
}

TEST(only_what_is_offered_is_tried)
{
	check_choice("", NULL, &tls, "");
	check_choice("plain", NULL, &tls, "PLAIN");
	check_choice("CRAM-MD5 NTLM", NULL, &tls, "");
}

TEST(only_what_is_named_is_tried)
{
	check_choice(ALL, "login", &tls, "LOGIN");
	check_choice(ALL, "login", &clear, "LOGIN");
	check_choice(ALL, "login, plain", &clear, "PLAIN LOGIN");
	check_choice(
	    ALL, "login plain scram-sha-1", &tls, "SCRAM-SHA-1 PLAIN LOGIN");
	check_choice(ALL, "scram-sha-1-plus", &tls, "");
	check_choice(ALL, "cram-md5", &tls, "");
	check_choice("PLAIN", "login", &tls, "");
}

static const struct sasl_mechanism *
mechanism(const char *name)
{
	struct caps caps = CAPS_INIT;
	const struct sasl_login login = { .user = "u", .mechanisms = name };
	caps_parse(&caps, STR("mx\nAUTH " ALL));
	const struct sasl_mechanism *m = sasl_choose(
	    &login, &bound, &caps, NULL);
	caps_release(&caps);
	return m;
}

static void
check_response(struct sasl *s, const char *challenge, const char *want)
{
	struct buf response = BUF_INIT(1000);
	struct err e = ERR_INIT;
	CHECK(sasl_step(s, str_of(challenge), &response, &e));
	CHECK_BUF(&response, want);
	buf_release(&response);
}

TEST(plain_says_all_at_once)
{
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaftanstaaf") };
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("plain"), &login, &tls, &e);
	CHECK(s != NULL);
	CHECK(sasl_is_client_first(s));
	CHECK(!sasl_is_complete(s));
	check_response(s, "", "AHRpbQB0YW5zdGFhZnRhbnN0YWFm"); /* RFC 4616 */
	CHECK(sasl_is_complete(s));
	sasl_free(s);
}

TEST(login_says_the_user_and_then_the_password)
{
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaf") };
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("login"), &login, &tls, &e);
	CHECK(s != NULL);
	CHECK(!sasl_is_client_first(s));
	check_response(s, "VXNlcm5hbWU6", "dGlt");
	CHECK(!sasl_is_complete(s));
	check_response(s, "UGFzc3dvcmQ6", "dGFuc3RhYWY=");
	CHECK(sasl_is_complete(s));
	sasl_free(s);
}

TEST(says_nothing_more_when_it_is_complete)
{
	static const char *const names[] = { "plain", "login" };
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaf") };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct buf response = BUF_INIT(1000);
		struct err e = ERR_INIT;
		struct sasl *s = sasl_start(
		    mechanism(names[i]), &login, &tls, &e);
		CHECK(sasl_step(s, STR_INIT, &response, &e));
		if (i == 1)
			CHECK(sasl_step(s, STR_INIT, &response, &e));
		buf_truncate(&response, 0);
		CHECK(!sasl_step(s, STR_INIT, &response, &e));
		CHECK_EQ(e.exit, EX_PROTOCOL);
		CHECK_BUF(&response, "");
		buf_release(&response);
		sasl_free(s);
	}
}

TEST(refuses_a_response_that_is_too_long)
{
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaf") };
	struct buf response = BUF_INIT(10);
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("plain"), &login, &tls, &e);
	CHECK(!sasl_step(s, STR_INIT, &response, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK_BUF(&response, "");
	buf_release(&response);
	sasl_free(s);
}

TEST(challenges_must_be_base64)
{
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaf") };
	struct buf response = BUF_INIT(1000);
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("login"), &login, &tls, &e);
	CHECK(!sasl_step(s, STR("Username:"), &response, &e));
	CHECK_EQ(e.exit, EX_PROTOCOL);
	CHECK_BUF(&response, "");
	buf_release(&response);
	sasl_free(s);
}

TEST(scram_begins_with_user_and_nonce)
{
	static const struct {
		const char *name, *begin;
		const struct sasl_channel *channel;
	} rows[] = {
		{ "scram-sha-256", "biws", &tls },          /* n,, */
		{ "scram-sha-256", "biws", &bound },        /* n,, */
		{ "scram-sha-1-plus", "cD10bHMt", &bound }, /* p=tls- */
		{ "scram-sha-1-plus", "cD10bHMt", &old },
	};
	const struct sasl_login login = { .user = "user",
		.password = STR("pencil") };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf once = BUF_INIT(1000), again = BUF_INIT(1000);
		struct err e = ERR_INIT;
		for (int k = 0; k < 2; k++) {
			struct sasl *s = sasl_start(mechanism(rows[i].name),
			    &login, rows[i].channel, &e);
			CHECK(sasl_is_client_first(s));
			CHECK(sasl_step(
			    s, STR_INIT, k == 0 ? &once : &again, &e));
			CHECK(!sasl_is_complete(s));
			sasl_free(s);
		}
		CHECK(str_starts_nocase(buf_str(&once), str_of(rows[i].begin)));
		CHECK(!str_eq(buf_str(&once), buf_str(&again)));
		buf_release(&once);
		buf_release(&again);
	}
}

TEST(sees_the_password_in_a_text)
{
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaf") };
	struct str response = STR("AHRpbQB0YW5zdGFhZg==");
	CHECK(sasl_is_told(&login, response, STR("tanstaaf")));
	CHECK(sasl_is_told(&login, response, STR("no: tanstaaf?\nno")));
	CHECK(sasl_is_told(&login, response, STR("dGFuc3RhYWY=")));
	CHECK(sasl_is_told(
	    &login, response, STR("bad line AHRpbQB0YW5zdGFhZg== there")));
	CHECK(!sasl_is_told(&login, response, STR("tanstaa")));
	CHECK(!sasl_is_told(&login, response, STR_INIT));
	CHECK(!sasl_is_told(&login, response, STR("no such user tim")));
	CHECK(!sasl_is_told(&login, STR_INIT, STR("no such user tim")));
}

TEST(an_empty_password_is_told_by_nothing)
{
	const struct sasl_login login = { .user = "tim", .password = STR_INIT };
	const struct sasl_login none = { .user = "tim" };
	CHECK(!sasl_is_told(&login, STR_INIT, STR("no")));
	CHECK(!sasl_is_told(&none, STR_INIT, STR("no")));
}

TEST(free_takes_null)
{
	sasl_free(NULL);
}
