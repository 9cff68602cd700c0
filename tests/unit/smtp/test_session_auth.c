// SPDX-License-Identifier: ISC
/*
 * Logging in.  For SCRAM the server is libgsasl's own; play_close() looks
 * for the password in all that would be shown.
 */
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>

#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define LOGIN_AS .user = "user", .password = "secret word"
#define PRIVATE .tls = SMTP_TLS_RUNNING, .channel = { .is_private = true }
#define PLAIN_RESPONSE "AHVzZXIAc2VjcmV0IHdvcmQ="
#define BY_PLAIN "C AUTH PLAIN " PLAIN_RESPONSE "\n"
#define BY_LOGIN                             \
	"C AUTH LOGIN\nS 334 VXNlcm5hbWU6\n" \
	"C dXNlcg==\nS 334 UGFzc3dvcmQ6\n"   \
	"C c2VjcmV0IHdvcmQ=\n"
/* Logged in; enough is seen. */
#define IS_IN "C MAIL FROM:<a@example>\nS 450 4.2.0 stop\nC QUIT\n"
#define WAS_IN .exit = EX_TEMPFAIL, .code = 450, .enh = "4.2.0"

TEST(logs_in_by_plain)
{
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 235 2.7.0 hello\n" IS_IN,
	    WAS_IN);
}

TEST(logs_in_by_login)
{
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN\n") BY_LOGIN
	    "S 235 hello\n" IS_IN,
	    WAS_IN);
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "login",
	    .script = HELLO("S 250-AUTH=PLAIN LOGIN\n") BY_LOGIN
	    "S 235-hello\nS 235 user\n" IS_IN,
	    WAS_IN);
}

TEST(logs_in_over_starttls)
{
	PLAY(.tls = SMTP_TLS_REQUIRED, LOGIN_AS,
	    .script = HELLO(
		"S 250-STARTTLS\nS 250-AUTH LOGIN\n") "C STARTTLS\nS 220 go\nT\n"
						      "C EHLO me.example\nS 250-mx\nS 250 AUTH PLAIN\n" BY_PLAIN
						      "S 235 hello\n" IS_IN,
	    WAS_IN);
}

TEST(shows_no_password_in_clear)
{
	PLAY(.tls = SMTP_TLS_NEVER, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "AUTH: the server offers none of the mechanisms",
	    .said = "LOGIN PLAIN");
	PLAY(.tls = SMTP_TLS_IF_OFFERED, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE);
}

TEST(shows_it_when_the_mechanism_was_named)
{
	PLAY(.tls = SMTP_TLS_NEVER, LOGIN_AS, .mechanisms = "plain",
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 235 hello\n" IS_IN,
	    WAS_IN);
}

TEST(goes_nowhere_without_the_login_that_was_asked_for)
{
	PLAY(PRIVATE, LOGIN_AS, .script = HELLO("") "C QUIT\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "AUTH: the server offers no authentication",
	    .hint = "\"auth off\"");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH GSSAPI\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE, .said = "GSSAPI");
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "scram-sha-1",
	    .script = HELLO("S 250-AUTH PLAIN\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE, .said = "PLAIN");
}

TEST(one_refusal_of_the_credentials_ends_it)
{
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 535 5.7.8 bad\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .enh = "5.7.8",
	    .text = "AUTH PLAIN: refused", .said = "535 5.7.8 bad",
	    .hint = "check user and password");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN\n") BY_LOGIN
	    "S 535 bad\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .text = "AUTH LOGIN: refused");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 500 what\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 500);
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 454 4.7.0 later\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 454, .enh = "4.7.0");
}

TEST(a_refusal_of_the_mechanism_leads_to_the_next)
{
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 504 5.5.4 not that\n" BY_LOGIN "S 235 ok\n" IS_IN,
	    WAS_IN);
	/* said to a password, too: it is not shown a second time */
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 534 5.7.9 application password\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 534, .enh = "5.7.9");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH PLAIN\n") BY_PLAIN
	    "S 504 not that\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 504);
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") BY_PLAIN
	    "S 504 not that\nC AUTH LOGIN\nS 504 nor that\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 504, .text = "AUTH LOGIN: refused");
}

#define CRAM                                                                     \
	"C AUTH CRAM-MD5\nS 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1" \
	"jaS5uZXQ+\nC dXNlciA0NmRkNTRkMTRhYmRmZDcyMTM0OTJhZGJiNjIxNTA1NQ==\n"

/* RFC 4954 6: "534 5.7.9 Authentication mechanism is too weak" */
TEST(a_password_that_was_shown_is_not_shown_by_another_mechanism)
{
	/* not shown by the first: any may follow */
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "cram-md5 plain",
	    .script = HELLO("S 250-AUTH PLAIN CRAM-MD5\n") CRAM
	    "S 534 5.7.9 too weak\n" BY_PLAIN "S 235 ok\n" IS_IN,
	    WAS_IN);
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "cram-md5 plain",
	    .script = HELLO("S 250-AUTH PLAIN CRAM-MD5\n") CRAM
	    "S 535 5.7.8 wrong\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .enh = "5.7.8");
	/* shown: what shows it is passed over */
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "plain login cram-md5",
	    .script = HELLO("S 250-AUTH LOGIN PLAIN CRAM-MD5\n") BY_PLAIN
	    "S 534 5.7.9 too weak\n" CRAM "S 235 ok\n" IS_IN,
	    WAS_IN);
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "cram-md5 login plain",
	    .script = HELLO("S 250-AUTH LOGIN PLAIN CRAM-MD5\n") CRAM
	    "S 534 5.7.9 too weak\n" BY_LOGIN
	    "S 534 5.7.9 application password\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 534, .enh = "5.7.9",
	    .text = "AUTH LOGIN: refused");
	/* refused before it was: it may be */
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "login plain",
	    .script = HELLO("S 250-AUTH LOGIN PLAIN\n") "C AUTH LOGIN\n"
							"S 534 no\n" BY_PLAIN
							"S 235 ok\n" IS_IN,
	    WAS_IN);
	PLAY(PRIVATE, LOGIN_AS, .mechanisms = "login plain",
	    .script = HELLO(
		"S 250-AUTH LOGIN PLAIN\n") "C AUTH LOGIN\n"
					    "S 334 VXNlcm5hbWU6\nC dXNlcg==\nS 534 no\n" BY_PLAIN
					    "S 235 ok\n" IS_IN,
	    WAS_IN);
	PLAY(PRIVATE, .user = "u", .password = "token-of-mine",
	    .mechanisms = "xoauth2 oauthbearer",
	    .script = HELLO(
		"S 250-AUTH XOAUTH2 OAUTHBEARER\n") "C AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIHRva2VuLW9mLW1pbmUBAQ==\n"
						    "S 334 e30=\nC \nS 534 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 534);
}

/* A password that makes the line longer than all servers take. */
static char *
long_password(char **response)
{
	struct buf plain = BUF_INIT(1000);
	char *password = mem_zalloc(601);
	memset(password, 'x', 600);
	CHECK(buf_add(&plain, "\0user\0", 6));
	CHECK(buf_add(&plain, password, 600));
	CHECK(
	    gsasl_base64_to(plain.data, plain.len, response, NULL) == GSASL_OK);
	buf_release(&plain);
	return password;
}

TEST(a_long_response_goes_behind_the_command)
{
	static const struct {
		const char *reply;
		int exit, code;
	} rows[] = {
		{ "S 235 ok\n" IS_IN, EX_TEMPFAIL, 450 },
		{ "S 535 bad\nC QUIT\n", EX_NOPERM, 535 },
		{ "S 334 \n", EX_PROTOCOL, 0 },
	};
	char *response = NULL, *password = long_password(&response);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf script = BUF_INIT(10000);
		CHECK(buf_printf(&script,
		    HELLO(
			"S 250-AUTH PLAIN\n") "C AUTH PLAIN\nS 334 \nC %s\n%s",
		    response, rows[i].reply));
		PLAY(PRIVATE, .user = "user", .password = password,
		    .script = buf_cstr(&script), .exit = rows[i].exit,
		    .code = rows[i].code,
		    .enh = rows[i].code == 450 ? "4.2.0" : "");
		buf_release(&script);
	}
	PLAY(PRIVATE, .user = "user", .password = password,
	    .script = HELLO(
		"S 250-AUTH PLAIN\n") "C AUTH PLAIN\nS 501 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 501);
	/* kept back, so not shown */
	PLAY(PRIVATE, .user = "user", .password = password,
	    .script = HELLO(
		"S 250-AUTH PLAIN LOGIN\n") "C AUTH PLAIN\n"
					    "S 534 no\nC AUTH LOGIN\nS 535 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535);
	free(password);
	gsasl_free(response);
}

/* The greatest length that still goes with the command, and one more. */
TEST(the_command_line_has_512_octets_at_most)
{
	for (size_t len = 300; len < 400; len++) {
		char password[401] = "";
		memset(password, 'x', len);
		const struct scene sc = { PRIVATE, .user = "user",
			.password = password };
		struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
		play_step(p);
		play_give(p, STR("220 mx\r\n"));
		buf_truncate(&p->sent, 0);
		play_give(p, STR("250-mx\r\n250 AUTH PLAIN\r\n"));
		CHECK(p->sent.len <= 512);
		CHECK((p->sent.len == strlen("AUTH PLAIN\r\n")) ==
		    (11 + (len + 8) / 3 * 4 > 510));
		play_close(p);
	}
}

TEST(takes_an_empty_password)
{
	PLAY(PRIVATE, .user = "user", .password = "",
	    .script = HELLO(
		"S 250-AUTH PLAIN\n") "C AUTH PLAIN AHVzZXIA\nS 535 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .said = "535 no");
}

TEST(a_challenge_too_many_ends_it)
{
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH PLAIN\n") BY_PLAIN "S 334 \n",
	    .exit = EX_PROTOCOL, .text = "AUTH PLAIN: ");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH PLAIN\n") BY_PLAIN "S 334 Zm9v\n",
	    .exit = EX_PROTOCOL, .text = "AUTH PLAIN: ");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN\n") BY_LOGIN
	    "S 334 UGFzc3dvcmQ6\n",
	    .exit = EX_PROTOCOL, .text = "AUTH LOGIN: ");
}

TEST(a_challenge_must_be_base64)
{
	static const char *const challenges[] = { "!", "Username:", "VXN",
		"VXNlcm5hbWU6=", "\x80" };
	for (size_t i = 0; i < ARRAY_LEN(challenges); i++) {
		struct buf script = BUF_INIT(1000);
		CHECK(buf_printf(&script,
		    HELLO("S 250-AUTH LOGIN\n") "C AUTH LOGIN\nS 334 %s\n",
		    challenges[i]));
		PLAY(PRIVATE, LOGIN_AS, .script = buf_cstr(&script),
		    .exit = EX_PROTOCOL, .text = "challenge is not base64");
		buf_release(&script);
	}
}

TEST(a_yes_in_the_middle_is_none)
{
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN\n") "C AUTH LOGIN\nS 235 ok\n",
	    .exit = EX_PROTOCOL);
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO(
		"S 250-AUTH LOGIN\n") "C AUTH LOGIN\nS 334 VXNlcm5hbWU6\nC dXNlcg==\nS 235 ok\n",
	    .exit = EX_PROTOCOL);
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH PLAIN\n") BY_PLAIN "S 250 ok\n",
	    .exit = EX_PROTOCOL, .code = 250,
	    .text = "AUTH PLAIN: unexpected reply");
}

TEST(hides_words_that_repeat_the_password)
{
	static const char *const words[] = { "secret word",
		"c2VjcmV0IHdvcmQ=", PLAIN_RESPONSE, "no 'secret word' here",
		"-\nS 535 secret word" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct buf script = BUF_INIT(1000);
		CHECK(buf_printf(&script,
		    HELLO("S 250-AUTH PLAIN\n") BY_PLAIN "S 535%s%s\nC QUIT\n",
		    words[i][0] == '-' ? "" : " ", words[i]));
		PLAY(PRIVATE, LOGIN_AS, .script = buf_cstr(&script),
		    .exit = EX_NOPERM, .code = 535,
		    .said = "535 (its words repeat the password)");
		buf_release(&script);
	}
}

/* A server that sends back what it gets, such as a modem. */
TEST(hides_the_password_in_what_is_no_reply)
{
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH PLAIN\n") BY_PLAIN
	    "S AUTH PLAIN " PLAIN_RESPONSE "\n",
	    .exit = EX_PROTOCOL, .text = "AUTH PLAIN: not an SMTP reply");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH PLAIN\n") BY_PLAIN
	    "S 235-no\nS 535 secret word\n",
	    .exit = EX_PROTOCOL, .text = "AUTH PLAIN: ");
	PLAY(PRIVATE, LOGIN_AS,
	    .script = HELLO("S 250-AUTH LOGIN\n") BY_LOGIN
	    "S c2VjcmV0IHdvcmQ=\n",
	    .exit = EX_PROTOCOL, .text = "AUTH LOGIN: ");
}

TEST(hides_the_password_in_what_comes_out_of_turn)
{
	static const char *const replies[] = {
		"334 UGFzc3dvcmQ6\r\n535 secret word\r\n",
		"334 UGFzc3dvcmQ6\r\nsecret word\r\n",
		"334 UGFzc3dvcmQ6\r\n421 secret word\r\n",
		"334 UGFzc3dvcmQ6\r\nsecret word",
		"235 ok\r\n250 secret word\r\n",
	};
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		const struct scene sc = { PRIVATE, LOGIN_AS };
		struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
		play_step(p);
		play_give(p, STR("220 mx\r\n"));
		play_give(p,
		    i == 4 ? STR("250-mx\r\n250 AUTH PLAIN\r\n")
			   : STR("250-mx\r\n250 AUTH LOGIN\r\n"));
		play_give(p, str_of(replies[i]));
		CHECK_EQ(p->want, SMTP_DONE);
		CHECK_EQ(
		    p->session.err.exit, i == 2 ? EX_TEMPFAIL : EX_PROTOCOL);
		play_close(p);
	}
}

/* SCRAM */

enum trick {
	HONEST,
	OTHER_PASSWORD,
	BAD_SIGNATURE,
	NO_SIGNATURE,     /* 235 in its place */
	NOTHING_BUT_YES,  /* 235 to the first message */
	NO_ITERATIONS,    /* i=0 */
	HUGE_ITERATIONS,  /* i=2000000000 */
	HUGER_ITERATIONS, /* more than fits a word */
	ODD_ITERATIONS,
	OTHER_NONCE,
	NO_SALT,
	NOT_BASE64,
	ENDLESS,
	OTHER_CHANNEL,
	TOO_MUCH_WORK_IN_WORDS,
	NEGATIVE_ITERATIONS,
	WIDE_ITERATIONS,   /* 2^32 */
	WIDER_ITERATIONS,  /* 2^63 */
	SALTED_GARBAGE,    /* a salt that is not base64 */
	SHORTENED_NONCE,   /* it ends before ours does */
	SERVER_ERROR,      /* "e=" in the place of the proof */
	SERVER_ERROR_TOLD, /* with the password in it */
	NO_VALUE,          /* "v" */
	EMPTY_VALUE,       /* "v=" */
	EMPTY_FINAL,
	FIRST_AGAIN, /* the first message for the last */
};

struct scram_server {
	const char *offers, *password;
	enum trick trick;
	bool has_greeted, is_in_exchange, is_last;
	char mechanism[40]; /* the one that was chosen */
	Gsasl *library;
	Gsasl_session *session;
	struct buf said; /* challenges and responses, separated by blanks */
	size_t nchallenges, nauth;
	struct sasl_channel channel;
};

static int
set_binding(Gsasl_session *s, Gsasl_property property, struct str value)
{
	char *encoded = NULL;
	if (value.len == 0)
		return GSASL_NO_CALLBACK;
	if (gsasl_base64_to(value.ptr, value.len, &encoded, NULL) != GSASL_OK)
		return GSASL_MALLOC_ERROR;
	int rc = gsasl_property_set(s, property, encoded);
	gsasl_free(encoded);
	return rc;
}

static int
callback(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	struct scram_server *srv = gsasl_callback_hook_get(library);
	switch ((int)property) {
	case GSASL_PASSWORD:
		return gsasl_property_set(session, property, srv->password);
	case GSASL_SCRAM_ITER:
		return gsasl_property_set(session, property, "4096");
	case GSASL_SCRAM_SALT:
		return gsasl_property_set(session, property, "c2FsdHlzYWx0");
	case GSASL_CB_TLS_EXPORTER:
		return set_binding(
		    session, property, srv->channel.tls_exporter);
	case GSASL_CB_TLS_UNIQUE:
		return set_binding(session, property, srv->channel.tls_unique);
	default: return GSASL_NO_CALLBACK;
	}
}

/* In clear, to be changed, and back. */
static bool
challenge(
    struct scram_server *srv, const char *text, size_t len, struct buf *reply)
{
	char *encoded = NULL;
	bool ok = gsasl_base64_to(text, len, &encoded, NULL) == GSASL_OK &&
	    buf_printf(&srv->said, "%s ", encoded) &&
	    buf_printf(reply, "334 %s\r\n", encoded);
	gsasl_free(encoded);
	srv->nchallenges++;
	return ok;
}

static const char *
tampered_iterations(enum trick trick)
{
	switch ((int)trick) {
	case NO_ITERATIONS: return "0";
	case HUGE_ITERATIONS: return "2000000000";
	case HUGER_ITERATIONS: return "18446744073709555712";
	case ODD_ITERATIONS: return "4096x";
	case TOO_MUCH_WORK_IN_WORDS: return "\x1b[31m4096";
	case NEGATIVE_ITERATIONS: return "-1";
	case WIDE_ITERATIONS: return "4294967296";
	case WIDER_ITERATIONS: return "9223372036854775808";
	default: return NULL;
	}
}

/* In the place of the proof; NULL: it stays. */
static const char *
tampered_final(enum trick trick)
{
	switch ((int)trick) {
	case SERVER_ERROR: return "e=invalid-proof";
	case SERVER_ERROR_TOLD: return "e=no pencil and paper here";
	case NO_VALUE: return "v";
	case EMPTY_VALUE: return "v=";
	case EMPTY_FINAL: return "";
	case FIRST_AGAIN: return "r=abc,s=c2FsdA==,i=4096";
	default: return NULL;
	}
}

/* Makes of the server's message what the trick wants. */
static void
tamper(const struct scram_server *srv, const char *text, struct buf *out)
{
	const char *iterations = tampered_iterations(srv->trick);
	const char *salt = strstr(text, ",s="), *i = strstr(text, ",i=");
	bool is_first = salt != NULL && i != NULL;
	if (is_first && iterations != NULL)
		CHECK(buf_printf(
		    out, "%.*s,i=%s", (int)(i - text), text, iterations));
	else if (is_first && srv->trick == OTHER_NONCE)
		CHECK(buf_printf(out, "r=other%s", salt));
	else if (is_first && srv->trick == NO_SALT)
		CHECK(
		    buf_printf(out, "%.*s,s=%s", (int)(salt - text), text, i));
	else if (is_first && srv->trick == SALTED_GARBAGE)
		CHECK(buf_printf(
		    out, "%.*s,s=*!*%s", (int)(salt - text), text, i));
	else if (is_first && srv->trick == SHORTENED_NONCE)
		CHECK(buf_printf(out, "%.8s%s", text, salt));
	else if (!is_first && tampered_final(srv->trick) != NULL)
		CHECK(buf_printf(out, "%s", tampered_final(srv->trick)));
	else
		CHECK(buf_printf(out, "%s", text));
	if (!is_first && srv->trick == BAD_SIGNATURE && out->len > 4)
		out->data[3] = out->data[3] == 'A' ? 'B' : 'A';
}

static bool
answer(struct scram_server *srv, int rc, const char *text, size_t len,
    struct buf *reply)
{
	struct buf out = BUF_INIT(4000);
	char *copy = str_dup((struct str){ len > 0 ? text : "", len });
	bool is_yes = rc == GSASL_OK;
	tamper(srv, copy, &out);
	free(copy);
	bool ok = true;
	srv->is_last = is_yes;
	if (srv->trick == NOTHING_BUT_YES ||
	    (is_yes && (len == 0 || srv->trick == NO_SIGNATURE)))
		ok = buf_printf(reply, "235 2.7.0 welcome\r\n");
	else if (srv->trick == NOT_BASE64)
		ok = buf_printf(reply, "334 %s\r\n", buf_cstr(&out));
	else if (is_yes || rc == GSASL_NEEDS_MORE)
		ok = challenge(srv, buf_cstr(&out), out.len, reply);
	else
		ok = buf_printf(reply, "535 5.7.8 wrong\r\n");
	srv->is_in_exchange = memcmp(reply->data, "334", 3) == 0;
	buf_release(&out);
	return ok;
}

static bool
hear_response(struct scram_server *srv, struct str response, struct buf *reply)
{
	char *text = NULL, *out = NULL;
	size_t len = 0, out_len = 0;
	CHECK(buf_add_str(&srv->said, response));
	CHECK(buf_add(&srv->said, " ", 1));
	if (srv->is_last) {
		CHECK_BYTES(response, STR_INIT);
		srv->is_in_exchange = srv->trick == ENDLESS;
		return srv->is_in_exchange
		    ? challenge(srv, "more", 4, reply)
		    : buf_printf(reply, "235 2.7.0 welcome\r\n");
	}
	CHECK(gsasl_base64_from(response.ptr, response.len, &text, &len) ==
	    GSASL_OK);
	int rc = gsasl_step(srv->session, text, len, &out, &out_len);
	bool ok = answer(srv, rc, out, out_len, reply);
	gsasl_free(text);
	gsasl_free(out);
	return ok;
}

static bool
hear_auth(struct scram_server *srv, struct str rest, struct buf *reply)
{
	struct str name, response;
	CHECK(str_word(&rest, " ", &name));
	CHECK(str_word(&rest, " ", &response));
	(void)snprintf(
	    srv->mechanism, sizeof(srv->mechanism), "%.*s", STR_FMT(name));
	srv->nauth++;
	if (gsasl_server_start(srv->library, srv->mechanism, &srv->session) !=
	    GSASL_OK)
		return buf_printf(reply, "504 5.5.4 unknown\r\n");
	return hear_response(srv, response, reply);
}

static bool
hear_line(struct scram_server *srv, struct str line, struct buf *reply)
{
	if (srv->is_in_exchange)
		return hear_response(srv, line, reply);
	if (str_starts_nocase(line, STR("EHLO")))
		return buf_printf(
		    reply, "250-mx\r\n250 AUTH %s\r\n", srv->offers);
	if (str_starts_nocase(line, STR("AUTH ")))
		return hear_auth(srv, str_from(line, 5), reply);
	return buf_printf(reply, "450 4.2.0 stop\r\n");
}

static bool
scram_serve(void *arg, struct buf *sent, struct buf *reply)
{
	struct scram_server *srv = arg;
	struct buf line = BUF_INIT(10000);
	bool ok = true;
	if (!srv->has_greeted) {
		srv->has_greeted = true;
		return buf_printf(reply, "220 mx\r\n");
	}
	while (ok && play_take_line(sent, &line))
		ok = hear_line(srv, buf_str(&line), reply);
	buf_release(&line);
	return ok;
}

/* No part of the exchange is shown. */
static void
check_exchange_is_hidden(struct play *p, struct scram_server *srv)
{
	struct str rest = buf_str(&srv->said), word;
	CHECK(srv->said.len > 20);
	while (str_word(&rest, " ", &word))
		if (word.len > 3)
			PLAY_CHECK(p, !play_has_told(p, word));
}

static struct play *
scram(struct scram_server *srv, const struct scene *sc, enum split split)
{
	const char *offers = srv->offers, *password = srv->password;
	*srv = (struct scram_server){
		.offers = offers,
		.password = srv->trick == OTHER_PASSWORD ? "something else"
							 : password,
		.trick = srv->trick,
		.channel = srv->channel,
		.said = BUF_INIT(100000),
	};
	CHECK(gsasl_init(&srv->library) == GSASL_OK);
	gsasl_callback_hook_set(srv->library, srv);
	gsasl_callback_set(srv->library, callback);
	struct play *p = play_open(sc, split, __FILE__, __LINE__);
	play_against(p, scram_serve, srv);
	check_exchange_is_hidden(p, srv);
	return p;
}

static void
scram_end(struct play *p, struct scram_server *srv)
{
	play_close(p);
	if (srv->session != NULL)
		gsasl_finish(srv->session);
	gsasl_done(srv->library);
	buf_release(&srv->said);
	srv->session = NULL;
}

/* Plays the exchange; which mechanism was used and what came of it. */
static void
check_scram(const struct scene *sc, struct scram_server *srv,
    const char *mechanism, int exit, int code, const char *text)
{
	for (enum split split = 0; split < SPLIT_COUNT; split++) {
		struct play *p = scram(srv, sc, split);
		CHECK_STR(srv->mechanism, mechanism);
		CHECK_EQ(srv->nauth, 1);
		unit_check(p->session.err.exit == exit, __FILE__, __LINE__,
		    "trick %u: exit %d", (unsigned)srv->trick,
		    p->session.err.exit);
		CHECK_EQ(p->session.err.code, code);
		unit_check(strstr(p->session.err.text, text) != NULL, __FILE__,
		    __LINE__, "trick %u: no \"%s\" in \"%s\"",
		    (unsigned)srv->trick, text, p->session.err.text);
		CHECK(str_is_ascii(str_of(p->session.err.text)));
		CHECK(!str_has_controls(str_of(p->session.err.text)));
		scram_end(p, srv);
	}
}

static const char password[] = "pencil and paper";

#define WITH_EXPORTER                    \
	.tls = SMTP_TLS_RUNNING,         \
	.channel = { .is_private = true, \
		.tls_exporter = { "0123456789abcdef", 16 } }
#define WITH_UNIQUE                      \
	.tls = SMTP_TLS_RUNNING,         \
	.channel = { .is_private = true, \
		.tls_unique = { "unique123456", 12 } }

#define ALL_OFFERS                                                          \
	"PLAIN LOGIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-" \
	"256-PLUS"

TEST(logs_in_by_scram)
{
	const struct scene clear = { .user = "user", .password = password };
	const struct scene tls = { PRIVATE, .user = "user",
		.password = password };
	struct scram_server srv = { .offers = "SCRAM-SHA-1 SCRAM-SHA-256 PLAIN",
		.password = password };
	check_scram(
	    &clear, &srv, "SCRAM-SHA-256", EX_TEMPFAIL, 450, "MAIL FROM");
	check_scram(&tls, &srv, "SCRAM-SHA-256", EX_TEMPFAIL, 450, "MAIL FROM");
	srv.offers = "PLAIN SCRAM-SHA-1";
	check_scram(&clear, &srv, "SCRAM-SHA-1", EX_TEMPFAIL, 450, "MAIL FROM");
}

TEST(binds_scram_to_the_channel)
{
	const struct scene exporter = { WITH_EXPORTER, .user = "user",
		.password = password };
	const struct scene unique = { WITH_UNIQUE, .user = "user",
		.password = password };
	struct scram_server srv = { .offers = ALL_OFFERS,
		.password = password };
	srv.channel = unique.channel;
	check_scram(
	    &unique, &srv, "SCRAM-SHA-256-PLUS", EX_TEMPFAIL, 450, "MAIL FROM");
	srv.channel = exporter.channel;
	check_scram(&exporter, &srv, "SCRAM-SHA-256-PLUS", EX_TEMPFAIL, 450,
	    "MAIL FROM");
	srv.offers = "SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN";
	check_scram(
	    &exporter, &srv, "SCRAM-SHA-1-PLUS", EX_TEMPFAIL, 450, "MAIL FROM");
}

TEST(uses_scram_without_plus_where_it_cannot_bind)
{
	const struct scene tls = { PRIVATE, .user = "user",
		.password = password };
	const struct scene exporter = { WITH_EXPORTER, .user = "user",
		.password = password };
	struct scram_server srv = { .offers = ALL_OFFERS,
		.password = password };
	check_scram(&tls, &srv, "SCRAM-SHA-256", EX_TEMPFAIL, 450, "MAIL FROM");
	srv.offers = "SCRAM-SHA-1 PLAIN";
	check_scram(
	    &exporter, &srv, "SCRAM-SHA-1", EX_TEMPFAIL, 450, "MAIL FROM");
}

TEST(a_channel_of_somebody_else_is_refused)
{
	const struct scene exporter = { WITH_EXPORTER, .user = "user",
		.password = password };
	struct scram_server srv = { .offers = ALL_OFFERS,
		.password = password,
		.trick = OTHER_CHANNEL };
	srv.channel.tls_exporter = STR("fedcba9876543210");
	check_scram(&exporter, &srv, "SCRAM-SHA-256-PLUS", EX_NOPERM, 535,
	    "AUTH SCRAM-SHA-256-PLUS: refused");
}

TEST(logs_in_with_passwords_of_many_kinds)
{
	static const char *const passwords[] = { "x", "pass,word=1",
		"p\xc3\xa4ssw\xc3\xb6rd", "I\xc2\xadX", "  two blanks ",
		"\xe2\x98\x83" };
	for (size_t i = 0; i < ARRAY_LEN(passwords); i++) {
		const struct scene sc = { .user = "us,er=\xc3\xa9",
			.password = passwords[i] };
		struct scram_server srv = { .offers = "SCRAM-SHA-256",
			.password = passwords[i] };
		struct play *p = scram(&srv, &sc, SPLIT_NOT);
		CHECK_EQ(p->session.err.code, 450);
		scram_end(p, &srv);
	}
}

TEST(no_trick_passes_for_the_server)
{
	static const struct {
		enum trick trick;
		int exit, code;
		const char *text;
	} rows[] = {
		{ OTHER_PASSWORD, EX_NOPERM, 535, ": refused" },
		{ BAD_SIGNATURE, EX_PROTOCOL, 0,
		    "the server does not prove that it knows the password" },
		{ NO_SIGNATURE, EX_PROTOCOL, 0, "without having proved" },
		{ NOTHING_BUT_YES, EX_PROTOCOL, 0, "without having proved" },
		{ NO_ITERATIONS, EX_PROTOCOL, 0, "" },
		{ HUGE_ITERATIONS, EX_PROTOCOL, 0, "2000000000 iterations" },
		{ HUGER_ITERATIONS, EX_PROTOCOL, 0, "" },
		{ ODD_ITERATIONS, EX_PROTOCOL, 0, "" },
		{ TOO_MUCH_WORK_IN_WORDS, EX_PROTOCOL, 0, "" },
		{ OTHER_NONCE, EX_PROTOCOL, 0, "" },
		{ NO_SALT, EX_PROTOCOL, 0, "" },
		{ NOT_BASE64, EX_PROTOCOL, 0, "not base64" },
		{ ENDLESS, EX_PROTOCOL, 0, "" },
		{ NEGATIVE_ITERATIONS, EX_PROTOCOL, 0, "" },
		{ WIDE_ITERATIONS, EX_PROTOCOL, 0, "4294967296 iterations" },
		{ WIDER_ITERATIONS, EX_PROTOCOL, 0, "" },
		{ SALTED_GARBAGE, EX_PROTOCOL, 0, "salt is not base64" },
		{ SHORTENED_NONCE, EX_PROTOCOL, 0, "" },
		{ SERVER_ERROR, EX_NOPERM, 0, "refused" },
		{ SERVER_ERROR_TOLD, EX_NOPERM, 0, "refused" },
		{ NO_VALUE, EX_PROTOCOL, 0, "" },
		{ EMPTY_VALUE, EX_PROTOCOL, 0, "" },
		{ EMPTY_FINAL, EX_PROTOCOL, 0, "" },
		{ FIRST_AGAIN, EX_PROTOCOL, 0, "" },
	};
	const struct scene sc = { PRIVATE, .user = "user",
		.password = password };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scram_server srv = { .trick = rows[i].trick,
			.password = password,
			.offers = "LOGIN PLAIN SCRAM-SHA-256" };
		check_scram(&sc, &srv, "SCRAM-SHA-256", rows[i].exit,
		    rows[i].code, rows[i].text);
		srv.offers = "LOGIN PLAIN SCRAM-SHA-1";
		check_scram(&sc, &srv, "SCRAM-SHA-1", rows[i].exit,
		    rows[i].code, rows[i].text);
	}
}
