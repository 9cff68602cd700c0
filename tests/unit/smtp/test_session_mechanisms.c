// SPDX-License-Identifier: ISC
/* The mechanisms that have to be named, as dialogues. */
#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>

#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define PRIVATE .tls = SMTP_TLS_RUNNING, .channel = { .is_private = true }
/* Logged in; enough is seen. */
#define IS_IN "C MAIL FROM:<a@example>\nS 450 4.2.0 stop\nC QUIT\n"
#define WAS_IN .exit = EX_TEMPFAIL, .code = 450, .enh = "4.2.0"

/* user=me^Aauth=Bearer token-of-mine^A^A */
#define BY_XOAUTH2 \
	"C AUTH XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1taW5lAQE=\n"
/* n,a=me,^Ahost=mx.example^Aport=587^Aauth=Bearer token-of-mine^A^A */
#define BY_OAUTHBEARER                                                    \
	"C AUTH OAUTHBEARER bixhPW1lLAFob3N0PW14LmV4YW1wbGUBcG9ydD01ODcB" \
	"YXV0aD1CZWFyZXIgdG9rZW4tb2YtbWluZQEB\n"
#define WITH_TOKEN PRIVATE, .user = "me", .password = "token-of-mine"
/* {"status":"invalid_token","scope":"mail"} */
#define WHY "S 334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJtYWlsIn0=\n"

TEST(logs_in_with_a_token)
{
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH LOGIN PLAIN XOAUTH2\n") BY_XOAUTH2
	    "S 235 hello\n" IS_IN,
	    WAS_IN);
	PLAY(WITH_TOKEN, .port = 587, .mechanisms = "oauthbearer xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2 OAUTHBEARER\n") BY_OAUTHBEARER
	    "S 235 hello\n" IS_IN,
	    WAS_IN);
}

TEST(a_refused_token_is_explained)
{
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2\n") BY_XOAUTH2 WHY
	    "C \nS 535 5.7.8 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .enh = "5.7.8",
	    .text = "AUTH XOAUTH2: refused (status invalid_token, scope mail)",
	    .said = "535 5.7.8 no");
	PLAY(WITH_TOKEN, .port = 587, .mechanisms = "oauthbearer",
	    .script = HELLO("S 250-AUTH OAUTHBEARER\n") BY_OAUTHBEARER WHY
	    "C AQ==\nS 535 5.7.8 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .enh = "5.7.8",
	    .text = "AUTH OAUTHBEARER: refused (status invalid_token, scope "
		    "mail)");
}

TEST(a_refused_token_is_not_tried_by_another_name)
{
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2 plain",
	    .script = HELLO("S 250-AUTH PLAIN XOAUTH2\n") BY_XOAUTH2 WHY
	    "C \nS 535 5.7.8 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .enh = "5.7.8");
}

TEST(an_explanation_is_made_printable_and_tells_no_token)
{
	/* {"status":"\u001b[31m"} */
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2\n") BY_XOAUTH2
	    "S 334 eyJzdGF0dXMiOiJcdTAwMWJbMzFtIn0=\n"
	    "C \nS 535 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 535,
	    .text = "refused (status \\x1b[31m)");
	/* {"status":"token-of-mine"}, and in base64 again behind 535 */
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2\n") BY_XOAUTH2
	    "S 334 eyJzdGF0dXMiOiJ0b2tlbi1vZi1taW5lIn0=\n"
	    "C \nS 535 dXNlcj1tZQFhdXRoPUJlYXJlciB0b2tlbi1vZi1taW5lAQE=\n"
	    "C QUIT\n",
	    .exit = EX_NOPERM, .code = 535, .text = "AUTH XOAUTH2: refused",
	    .said = "535 (its words repeat the password)");
}

TEST(a_yes_to_a_token_that_was_refused_is_none)
{
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2\n") BY_XOAUTH2 WHY
	    "C \nS 235 yes\n",
	    .exit = EX_PROTOCOL, .text = "AUTH XOAUTH2: the server says yes");
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2\n") BY_XOAUTH2 WHY "C \n" WHY,
	    .exit = EX_PROTOCOL, .text = "more than there is to say");
	PLAY(WITH_TOKEN, .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2\n") BY_XOAUTH2 "S 334 {}\n",
	    .exit = EX_PROTOCOL, .text = "not base64");
}

TEST(tokens_of_any_length_go_behind_the_command)
{
	static const size_t lengths[] = { 4096, 16384 };
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct buf message = BUF_INIT(1 << 16);
		struct buf script = BUF_INIT(1 << 16);
		char *token = mem_zalloc(lengths[i] + 1), *response = NULL;
		memset(token, 't', lengths[i]);
		CHECK(
		    buf_printf(&message, "user=me\1auth=Bearer %s\1\1", token));
		CHECK(gsasl_base64_to(message.data, message.len, &response,
			  NULL) == GSASL_OK);
		CHECK(buf_printf(&script,
		    HELLO("S 250-AUTH XOAUTH2\n") "C AUTH XOAUTH2\nS 334 \n"
						  "C %s\nS 235 hello\n" IS_IN,
		    response));
		PLAY(PRIVATE, .user = "me", .password = token,
		    .mechanisms = "xoauth2", .script = buf_cstr(&script),
		    WAS_IN);
		gsasl_free(response);
		free(token);
		buf_release(&message);
		buf_release(&script);
	}
}

TEST(a_token_that_is_none_is_not_sent)
{
	PLAY(PRIVATE, .user = "me", .password = "no such token",
	    .mechanisms = "xoauth2",
	    .script = HELLO("S 250-AUTH XOAUTH2\n") "C QUIT\n",
	    .exit = EX_CONFIG, .text = "AUTH XOAUTH2: the access token");
}

TEST(an_empty_response_is_an_equals_sign)
{
	PLAY(PRIVATE, .without_user = true, .mechanisms = "external",
	    .script = HELLO(
		"S 250-AUTH EXTERNAL PLAIN\n") "C AUTH EXTERNAL =\n"
					       "S 235 hello\n" IS_IN,
	    WAS_IN);
	PLAY(PRIVATE, .user = "me", .mechanisms = "external",
	    .script = HELLO("S 250-AUTH EXTERNAL\n") "C AUTH EXTERNAL bWU=\n"
						     "S 235 hello\n" IS_IN,
	    WAS_IN);
	PLAY(.without_user = true, .mechanisms = "anonymous",
	    .script = HELLO(
		"S 250-AUTH ANONYMOUS\n") "C AUTH ANONYMOUS YW5vbnltb3Vz\n"
					  "S 235 hello\n" IS_IN,
	    WAS_IN);
}

TEST(logs_in_by_cram_md5_if_named)
{
	PLAY(.user = "tim", .password = "tanstaaftanstaaf",
	    .mechanisms = "cram-md5",
	    .script = HELLO(
		"S 250-AUTH CRAM-MD5 PLAIN\n") "C AUTH CRAM-MD5\n"
					       "S 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\n"
					       "C dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\n"
					       "S 235 hello\n" IS_IN,
	    WAS_IN);
	PLAY(.user = "tim", .password = "tanstaaftanstaaf",
	    .script = HELLO("S 250-AUTH CRAM-MD5 DIGEST-MD5\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE, .said = "CRAM-MD5 DIGEST-MD5");
}

TEST(the_next_one_named_is_tried_if_the_server_does_not_know_the_first)
{
	PLAY(WITH_TOKEN, .mechanisms = "ntlm xoauth2",
	    .script = HELLO(
		"S 250-AUTH XOAUTH2 NTLM\n") "C AUTH NTLM\n"
					     "S 504 5.5.4 no\n" BY_XOAUTH2
					     "S 235 hello\n" IS_IN,
	    WAS_IN);
}
