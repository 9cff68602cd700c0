// SPDX-License-Identifier: ISC
/* Sessions that send no message. */
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define LOGIN_AS .user = "user", .password = "secret word"
#define PRIVATE .tls = SMTP_TLS_RUNNING, .channel = { .is_private = true }
#define BY_PLAIN "C AUTH PLAIN AHVzZXIAc2VjcmV0IHdvcmQ=\nS 235 hello\n"
#define ETRN .goal = SMTP_GOAL_ETRN, .etrn = "example.org"

TEST(info_ends_behind_ehlo)
{
	PLAY(.goal = SMTP_GOAL_INFO,
	    .script = HELLO("S 250-SIZE\n") "C QUIT\n");
	PLAY(.goal = SMTP_GOAL_INFO, .tls = SMTP_TLS_REQUIRED,
	    .script = HELLO(
		"S 250-STARTTLS\n") "C STARTTLS\nS 220 go\nT\n"
				    "C EHLO me.example\nS 250 mx\nC QUIT\n");
}

TEST(info_does_not_log_in)
{
	PLAY(PRIVATE, LOGIN_AS, .goal = SMTP_GOAL_INFO,
	    .script = HELLO("S 250-AUTH PLAIN\n") "C QUIT\n");
	PLAY(PRIVATE, LOGIN_AS, .goal = SMTP_GOAL_INFO,
	    .script = HELLO("") "C QUIT\n");
}

TEST(info_fails_where_a_message_would)
{
	PLAY(.goal = SMTP_GOAL_INFO, .tls = SMTP_TLS_REQUIRED,
	    .script = HELLO("S 250-SIZE\n") "C QUIT\n", .exit = EX_PROTOCOL,
	    .text = "STARTTLS: the server does not offer it");
	PLAY(.goal = SMTP_GOAL_INFO, .script = "S 421 4.3.2 busy\n",
	    .exit = EX_TEMPFAIL, .code = 421, .enh = "4.3.2");
	PLAY(.goal = SMTP_GOAL_INFO, .script = "S 554 5.7.1 no\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 554, .enh = "5.7.1");
}

TEST(info_keeps_the_offers_before_and_after_tls)
{
	const struct scene sc = { .goal = SMTP_GOAL_INFO,
		.tls = SMTP_TLS_REQUIRED };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220-mx\r\n220 hello\r\n"));
	play_give(p, STR("250-mx\r\n250-SIZE 1\r\n250 STARTTLS\r\n"));
	CHECK_BUF(&p->session.offers, "mx\nSIZE 1\nSTARTTLS");
	play_give(p, STR("220 go\r\n"));
	play_tls(p);
	play_give(p, STR("250-mx\r\n250 SIZE 2\r\n"));
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK_BUF(&p->session.greeting, "mx\nhello");
	CHECK_BUF(&p->session.offers, "mx\nSIZE 2");
	CHECK_BUF(&p->session.first_offers, "mx\nSIZE 1\nSTARTTLS");
	play_close(p);
}

TEST(etrn_takes_each_of_its_replies)
{
	static const char *const replies[] = { "250 OK", "251 none waiting",
		"252 some started", "253 3 started" };
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		struct buf script = BUF_INIT(1000);
		CHECK(buf_printf(&script,
		    HELLO("S 250-ETRN\n") "C ETRN example.org\nS %s\nC QUIT\n",
		    replies[i]));
		PLAY(ETRN, .script = buf_cstr(&script));
		buf_release(&script);
	}
}

TEST(etrn_comes_behind_the_login)
{
	PLAY(PRIVATE, LOGIN_AS, ETRN,
	    .script = HELLO("S 250-ETRN\nS 250-AUTH PLAIN\n") BY_PLAIN
	    "C ETRN example.org\nS 250 ok\nC QUIT\n");
	PLAY(PRIVATE, LOGIN_AS, ETRN,
	    .script = HELLO("S 250-ETRN\n") "C QUIT\n", .exit = EX_UNAVAILABLE,
	    .text = "AUTH: the server offers no authentication");
}

TEST(etrn_must_be_offered)
{
	PLAY(ETRN, .script = HELLO("S 250-SIZE\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "ETRN example.org: the server does not offer it");
}

TEST(etrn_is_refused_as_other_commands_are)
{
	static const struct {
		const char *reply;
		int exit, code;
	} rows[] = {
		{ "458 unable", EX_TEMPFAIL, 458 },
		{ "459 not allowed", EX_TEMPFAIL, 459 },
		{ "500 what", EX_UNAVAILABLE, 500 },
		{ "501 what", EX_UNAVAILABLE, 501 },
		{ "530 log in", EX_NOPERM, 530 },
		{ "254 odd", EX_PROTOCOL, 254 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf script = BUF_INIT(1000);
		CHECK(buf_printf(&script,
		    HELLO("S 250-ETRN\n") "C ETRN example.org\nS %s\n%s",
		    rows[i].reply, rows[i].code < 300 ? "" : "C QUIT\n"));
		PLAY(ETRN, .script = buf_cstr(&script), .exit = rows[i].exit,
		    .code = rows[i].code, .text = "ETRN example.org: ");
		buf_release(&script);
	}
}

TEST(etrn_has_no_room_for_a_second_command)
{
	PLAY(.goal = SMTP_GOAL_ETRN, .etrn = "a\r\nMAIL",
	    .script = HELLO("S 250-ETRN\n") "C QUIT\n", .exit = EX_DATAERR);
}
