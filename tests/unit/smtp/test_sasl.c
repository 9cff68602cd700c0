// SPDX-License-Identifier: ISC
#include "smtp/sasl.h"

#include <gsasl.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "smtp/caps.h"
#include "unit.h"

#define ALL                                                                      \
	"LOGIN PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS "                \
	"SCRAM-SHA-256-PLUS CRAM-MD5 DIGEST-MD5 NTLM GSSAPI GS2-KRB5 ANONYMOUS " \
	"EXTERNAL OAUTHBEARER XOAUTH2"

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
	check_choice("CRAM-MD5 NTLM", "plain", &tls, "");
}

TEST(only_what_is_named_is_tried)
{
	check_choice(ALL, "login", &tls, "LOGIN");
	check_choice(ALL, "login", &clear, "LOGIN");
	check_choice(ALL, "scram-sha-1-plus", &tls, "");
	check_choice(ALL, "unheard-of", &tls, "");
	check_choice("PLAIN", "login", &tls, "");
}

TEST(what_is_named_is_tried_in_that_order)
{
	check_choice(ALL, "login, plain", &clear, "LOGIN PLAIN");
	check_choice(
	    ALL, "login plain scram-sha-1", &tls, "LOGIN PLAIN SCRAM-SHA-1");
	check_choice(ALL, "plain login plain login", &tls, "PLAIN LOGIN");
}

TEST(what_is_weak_or_special_is_used_only_if_named)
{
	static const char *const names[] = { "CRAM-MD5", "DIGEST-MD5",
		"EXTERNAL", "GSSAPI", "GS2-KRB5", "NTLM", "OAUTHBEARER",
		"XOAUTH2", "ANONYMOUS" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		check_choice(names[i], NULL, &clear, "");
		check_choice(names[i], NULL, &bound, "");
		check_choice(names[i], names[i], &clear, names[i]);
		check_choice(names[i], names[i], &tls, names[i]);
	}
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

/* RFC 2195 2 */
TEST(cram_md5_answers_with_a_digest)
{
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaftanstaaf") };
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("cram-md5"), &login, &clear, &e);
	CHECK(s != NULL);
	CHECK(!sasl_is_client_first(s));
	check_response(s,
	    "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
	    "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
	CHECK(sasl_is_complete(s));
	sasl_free(s);
}

TEST(external_and_anonymous_need_no_user)
{
	static const struct {
		const char *mechanism, *user, *want;
	} rows[] = {
		{ "external", NULL, "" },
		{ "external", "me", "bWU=" },
		{ "anonymous", NULL, "YW5vbnltb3Vz" },
		{ "anonymous", "me", "bWU=" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct sasl_login login = { .user = rows[i].user };
		struct err e = ERR_INIT;
		struct sasl *s = sasl_start(
		    mechanism(rows[i].mechanism), &login, &tls, &e);
		CHECK(s != NULL);
		CHECK(sasl_is_client_first(s));
		check_response(s, "", rows[i].want);
		CHECK(sasl_is_complete(s));
		sasl_free(s);
	}
}

static int
serve_property(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	(void)library;
	if (property == GSASL_PASSWORD)
		return gsasl_property_set(session, property, "tanstaaf");
	return GSASL_NO_CALLBACK;
}

/* The library's server: true if both sides are content. */
static bool
digest_md5(const char *password, bool is_forged)
{
	const struct sasl_login login = { .user = "tim",
		.password = str_of(password),
		.host = "mx.example" };
	struct buf response = BUF_INIT(4000);
	struct err e = ERR_INIT;
	Gsasl *library = NULL;
	Gsasl_session *server = NULL;
	char *challenge = NULL;
	CHECK(gsasl_init(&library) == GSASL_OK);
	gsasl_callback_set(library, serve_property);
	CHECK(gsasl_server_start(library, "DIGEST-MD5", &server) == GSASL_OK);
	CHECK(gsasl_step64(server, "", &challenge) == GSASL_NEEDS_MORE);
	struct sasl *s = sasl_start(mechanism("digest-md5"), &login, &tls, &e);
	CHECK(sasl_step(s, str_of(challenge), &response, &e));
	CHECK(!sasl_is_complete(s));
	gsasl_free(challenge);
	challenge = NULL;
	bool ok = gsasl_step64(server, buf_cstr(&response), &challenge) !=
	    GSASL_AUTHENTICATION_ERROR;
	buf_truncate(&response, 0);
	const char *proof = is_forged
	    ? "cnNwYXV0aD0wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA=="
	    : challenge;
	ok = ok && sasl_step(s, str_of(proof), &response, &e) &&
	    sasl_is_complete(s) && response.len == 0;
	if (is_forged)
		CHECK_EQ(e.exit, EX_PROTOCOL);
	gsasl_free(challenge);
	sasl_free(s);
	gsasl_finish(server);
	gsasl_done(library);
	buf_release(&response);
	return ok;
}

TEST(digest_md5_proves_both_sides)
{
	CHECK(digest_md5("tanstaaf", false));
	CHECK(!digest_md5("tanstaaff", false));
	CHECK(!digest_md5("tanstaaf", true));
}

TEST(ntlm_takes_a_greeting_in_words)
{
	const struct sasl_login login = {
		.user = "tim", .password = STR("tanstaaf"), .domain = "CORP"
	};
	struct buf response = BUF_INIT(4000);
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("ntlm"), &login, &tls, &e);
	CHECK(s != NULL);
	CHECK(!sasl_is_client_first(s));
	CHECK(sasl_step(s, STR("NTLM supported"), &response, &e));
	/* "NTLMSSP", NUL, message 1 */
	CHECK(str_starts_nocase(buf_str(&response), STR("TlRMTVNTUAAB")));
	CHECK(!sasl_is_complete(s));
	buf_truncate(&response, 0);
	CHECK(sasl_step(s,
	    STR("TlRMTVNTUAACAAAAAAAAADAAAAAGAoEAASNFZ4mrze8AAAAAAAAAAAAAAAAw"
		"AAAA"),
	    &response, &e));
	CHECK(str_starts_nocase(buf_str(&response), STR("TlRMTVNTUAAD")));
	CHECK(sasl_is_complete(s));
	sasl_free(s);
	s = sasl_start(mechanism("ntlm"), &login, &tls, &e);
	CHECK(sasl_step(s, STR_INIT, &response, &e));
	CHECK(!sasl_step(s, STR("in words"), &response, &e));
	CHECK_EQ(e.exit, EX_PROTOCOL);
	buf_release(&response);
	sasl_free(s);
}

/*
 * To the challenge 0123456789abcdef, of the password SecREt01, worked out with
 * MD4 and DES of another library.
 */
TEST(ntlm_answers_as_is_known)
{
	static const unsigned char lm[] = { 0xc3, 0x37, 0xcd, 0x5c, 0xbd, 0x44,
		0xfc, 0x97, 0x82, 0xa6, 0x67, 0xaf, 0x6d, 0x42, 0x7c, 0x6d,
		0xe6, 0x7c, 0x20, 0xc2, 0xd3, 0xe7, 0x7c, 0x56 };
	static const unsigned char nt[] = { 0x25, 0xa9, 0x8c, 0x1c, 0x31, 0xe8,
		0x18, 0x47, 0x46, 0x6b, 0x29, 0xb2, 0xdf, 0x46, 0x80, 0xf3,
		0x99, 0x58, 0xfb, 0x8c, 0x21, 0x3a, 0x9c, 0xc6 };
	const struct sasl_login login = {
		.user = "user", .password = STR("SecREt01"), .domain = "DOMAIN"
	};
	struct buf response = BUF_INIT(4000);
	struct err e = ERR_INIT;
	char *message = NULL;
	size_t len = 0;
	struct sasl *s = sasl_start(mechanism("ntlm"), &login, &tls, &e);
	CHECK(sasl_step(s, STR_INIT, &response, &e));
	buf_truncate(&response, 0);
	CHECK(sasl_step(s,
	    STR("TlRMTVNTUAACAAAAAAAAADAAAAAGAoEAASNFZ4mrze8AAAAAAAAAAAAAAAAw"
		"AAAA"),
	    &response, &e));
	CHECK(gsasl_base64_from(response.data, response.len, &message, &len) ==
	    GSASL_OK);
	struct str text = { message, len };
	CHECK(str_search(text, (struct str){ (const char *)lm, sizeof(lm) }) <
	    len);
	CHECK(str_search(text, (struct str){ (const char *)nt, sizeof(nt) }) <
	    len);
	gsasl_free(message);
	buf_release(&response);
	sasl_free(s);
}

TEST(a_token_goes_out_in_one_message)
{
	const struct sasl_login login = { .user = "someuser@example.com",
		.password = STR(
		    "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"),
		.host = "mx.example",
		.port = 587 };
	struct err e = ERR_INIT;
	/* as Google documents it */
	struct sasl *s = sasl_start(mechanism("xoauth2"), &login, &tls, &e);
	CHECK(s != NULL);
	CHECK(sasl_is_client_first(s));
	check_response(s, "",
	    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRm"
	    "dDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==");
	CHECK(sasl_is_complete(s));
	/* the explanation of a refusal is answered by nothing */
	check_response(s,
	    "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoi"
	    "aHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0K",
	    "");
	CHECK(!sasl_is_complete(s));
	CHECK_STR(sasl_explanation(s),
	    "status 401, schemes bearer mac, scope https://mail.google.com/");
	struct buf response = BUF_INIT(1000);
	CHECK(!sasl_step(s, STR_INIT, &response, &e));
	CHECK_EQ(e.exit, EX_PROTOCOL);
	buf_release(&response);
	sasl_free(s);
}

TEST(oauthbearer_ends_a_refusal_with_a_lone_separator)
{
	const struct sasl_login login = { .user = "u",
		.password = STR("token-of-some-length") };
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("oauthbearer"), &login, &tls, &e);
	/* n,a=u,^Aauth=Bearer token-of-some-length^A^A */
	check_response(
	    s, "", "bixhPXUsAWF1dGg9QmVhcmVyIHRva2VuLW9mLXNvbWUtbGVuZ3RoAQE=");
	/* {"status":"token-of-some-length"}: not to be shown */
	check_response(
	    s, "eyJzdGF0dXMiOiJ0b2tlbi1vZi1zb21lLWxlbmd0aCJ9", "AQ==");
	CHECK_STR(sasl_explanation(s), "");
	CHECK(!sasl_is_complete(s));
	sasl_free(s);
}

/* {"status":"\u0074oken-of-some-length"} */
TEST(a_token_told_by_escapes_is_seen)
{
	const struct sasl_login login = { .user = "u",
		.password = STR("token-of-some-length") };
	struct buf response = BUF_INIT(1000);
	struct err e = ERR_INIT;
	struct sasl *s = sasl_start(mechanism("xoauth2"), &login, &tls, &e);
	CHECK(sasl_step(s, STR_INIT, &response, &e));
	CHECK(sasl_step(s,
	    STR("eyJzdGF0dXMiOiJcdTAwNzRva2VuLW9mLXNvbWUtbGVuZ3RoIn0="),
	    &response, &e));
	CHECK_STR(sasl_explanation(s), "");
	buf_release(&response);
	sasl_free(s);
}

TEST(a_token_that_is_none_is_not_sent)
{
	static const char *const tokens[] = { "", "two words", "a	b",
		"Ã¤" };
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		const struct sasl_login login = { .user = "u",
			.password = str_of(tokens[i]) };
		struct buf response = BUF_INIT(1000);
		struct err e = ERR_INIT;
		struct sasl *s = sasl_start(
		    mechanism("xoauth2"), &login, &tls, &e);
		CHECK(!sasl_step(s, STR_INIT, &response, &e));
		CHECK_EQ(e.exit, EX_CONFIG);
		CHECK(
		    tokens[i][0] == '\0' || strstr(e.text, tokens[i]) == NULL);
		CHECK_BUF(&response, "");
		buf_release(&response);
		sasl_free(s);
	}
}

TEST(sees_the_password_within_something_encoded)
{
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaf-tanstaaf") };
	/* "xtanstaaf-tanstaafx" and so on, in base64 */
	static const char *const texts[] = { "dGFuc3RhYWYtdGFuc3RhYWY=",
		"eHRhbnN0YWFmLXRhbnN0YWFmeA==", "eHh0YW5zdGFhZi10YW5zdGFhZg==",
		"eHh4dGFuc3RhYWYtdGFuc3RhYWY=" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		CHECK(sasl_is_told(&login, STR_INIT, str_of(texts[i])));
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

TEST(tells_when_the_secret_is_in_what_was_said)
{
	static const struct {
		const char *name;
		size_t shown_at; /* step; 0: never */
		enum sasl_secret secret;
	} rows[] = {
		{ "plain", 1, SASL_SECRET_PASSWORD },
		{ "login", 2, SASL_SECRET_PASSWORD },
		{ "xoauth2", 1, SASL_SECRET_TOKEN },
		{ "oauthbearer", 1, SASL_SECRET_TOKEN },
		{ "scram-sha-256", 0, SASL_SECRET_PASSWORD },
		{ "external", 0, SASL_SECRET_NONE },
	};
	const struct sasl_login login = { .user = "tim",
		.password = STR("tanstaaf") };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf response = BUF_INIT(1000);
		struct err e = ERR_INIT;
		const struct sasl_mechanism *m = mechanism(rows[i].name);
		struct sasl *s = sasl_start(m, &login, &tls, &e);
		CHECK_EQ(sasl_shows_secret(m), rows[i].shown_at > 0);
		CHECK_EQ(sasl_secret(m), rows[i].secret);
		CHECK(!sasl_has_shown(s));
		CHECK(sasl_step(s, STR_INIT, &response, &e));
		CHECK_EQ(sasl_has_shown(s), rows[i].shown_at == 1);
		(void)!sasl_step(s, STR_INIT, &response, &e);
		CHECK_EQ(sasl_has_shown(s), rows[i].shown_at > 0);
		buf_release(&response);
		sasl_free(s);
	}
}

TEST(free_takes_null)
{
	sasl_free(NULL);
}
