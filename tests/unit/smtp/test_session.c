// SPDX-License-Identifier: ISC
/* The dialogue up to the envelope; see play.h for how scripts are read. */
#include "smtp/session.h"

#include "play.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define HELLO_AGAIN(offers) \
	"C EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define TEXT "C Subject: x\nC \nC hi\n"
#define ONE_BY_ONE                            \
	"C MAIL FROM:<a@example>\nS 250 ok\n" \
	"C RCPT TO:<b@example>\nS 250 ok\n"   \
	"C DATA\nS 354 go on\n" TEXT "C .\nS 250 ok\nC QUIT\n"

static const struct scene accepted = { .script = "" };

/* What the trace shows of a session that has this script. */
static void
check_trace(const char *script, const char *want)
{
	struct scene sc = accepted;
	sc.script = script;
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, str_of(script));
	CHECK_BUF(&p->trace, want);
	play_close(p);
}

TEST(sends_a_message_command_by_command)
{
	PLAY(.script = HELLO("") ONE_BY_ONE, .is_accepted = true);
}

TEST(sends_a_message_in_groups)
{
	PLAY(.script = HELLO(
		 "S 250-PIPELINING\n") "C MAIL FROM:<a@example>\nC RCPT TO:<b@example>\nC DATA\n"
				       "S 250 ok\nS 250 ok\nS 354 go on\n" TEXT
				       "C .\nS 250 ok\nC QUIT\n",
	    .is_accepted = true);
}

TEST(sends_a_message_by_bdat)
{
	PLAY(.script = HELLO(
		 "S 250-CHUNKING\n") "C MAIL FROM:<a@example>\nS 250 ok\n"
				     "C RCPT TO:<b@example>\nS 250 ok\n"
				     "C BDAT 18 LAST\n" TEXT
				     "S 250 ok\nC QUIT\n",
	    .is_accepted = true);
}

TEST(sends_all_in_one_group_by_bdat)
{
	PLAY(.script = HELLO(
		 "S 250-CHUNKING\nS 250-PIPELINING\n") "C MAIL FROM:<a@example>\nC RCPT TO:<b@example>\n"
						       "C BDAT 18 LAST\n" TEXT
						       "S 250 ok\nS 250 ok\nS 250 ok\nC QUIT\n",
	    .is_accepted = true);
}

TEST(sends_an_empty_message)
{
	PLAY(.message = "",
	    .script = HELLO(
		"S 250-CHUNKING\n") "C MAIL FROM:<a@example>\nS 250 ok\n"
				    "C RCPT TO:<b@example>\nS 250 ok\n"
				    "C BDAT 0 LAST\nS 250 ok\nC QUIT\n",
	    .is_accepted = true);
	PLAY(.message = "",
	    .script = HELLO("") "C MAIL FROM:<a@example>\nS 250 ok\n"
				"C RCPT TO:<b@example>\nS 250 ok\n"
				"C DATA\nS 354 go on\nC .\nS 250 ok\nC QUIT\n",
	    .is_accepted = true);
}

TEST(takes_a_greeting_of_several_lines)
{
	PLAY(.script = "S 220-mx\nS 220-be good\nS 220 now\n"
		       "C EHLO me.example\nS 250 mx\n" ONE_BY_ONE,
	    .is_accepted = true);
}

TEST(waits_for_the_greeting)
{
	PLAY(.script = "X\n", .exit = EX_TEMPFAIL,
	    .text = "greeting: connection closed");
}

TEST(reports_a_greeting_that_refuses)
{
	PLAY(.script = "S 554 5.3.2 go away\nC QUIT\n", .exit = EX_UNAVAILABLE,
	    .code = 554, .enh = "5.3.2", .text = "greeting: refused",
	    .said = "554 5.3.2 go away");
	PLAY(.script = "S 421 4.3.2 busy\n", .exit = EX_TEMPFAIL, .code = 421,
	    .enh = "4.3.2", .text = "greeting: refused");
	PLAY(.script = "S 250 hi\n", .exit = EX_PROTOCOL, .code = 250,
	    .text = "greeting: unexpected reply");
}

TEST(falls_back_to_helo_for_a_server_that_knows_no_ehlo)
{
	PLAY(.script = "S 220 mx\nC EHLO me.example\nS 502 what\n"
		       "C HELO me.example\nS 250 mx\n" ONE_BY_ONE,
	    .is_accepted = true);
	PLAY(.tls = SMTP_TLS_IF_OFFERED,
	    .script =
		"S 220 mx\nC EHLO me.example\nS 500 what\n"
		"C HELO me.example\nS 250-mx\nS 250 PIPELINING\n" ONE_BY_ONE,
	    .is_accepted = true);
	PLAY(.script = "S 220 mx\nC EHLO me.example\nS 500 what\n"
		       "C HELO me.example\nS 501 bad name\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 501, .text = "HELO: refused");
}

TEST(does_without_helo_where_it_would_not_do)
{
	PLAY(.tls = SMTP_TLS_REQUIRED,
	    .script = "S 220 mx\nC EHLO me.example\nS 500 what\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 500, .text = "EHLO: refused");
	PLAY(.user = "u", .password = "secret",
	    .script = "S 220 mx\nC EHLO me.example\nS 500 what\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 500, .text = "EHLO: refused");
}

TEST(reports_that_ehlo_was_refused)
{
	PLAY(.tls = SMTP_TLS_REQUIRED,
	    .script = "S 220 mx\nC EHLO me.example\n"
		      "S 550 5.7.1 bad host name\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 550, .enh = "5.7.1",
	    .text = "EHLO: refused", .said = "bad host name");
	PLAY(.script = "S 220 mx\nC EHLO me.example\nS 504 bad\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 504, .text = "EHLO: refused");
	PLAY(.script = "S 220 mx\nC EHLO me.example\nS 451 later\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 451, .text = "EHLO: refused");
	PLAY(.script = "S 220 mx\nC EHLO me.example\nS 354 go\n",
	    .exit = EX_PROTOCOL, .code = 354, .text = "unexpected reply");
}

/* STARTTLS */

TEST(starts_tls_when_offered)
{
	PLAY(.tls = SMTP_TLS_IF_OFFERED,
	    .script = HELLO(
		"S 250-STARTTLS\n") "C STARTTLS\nS 220 go\nT\n" HELLO_AGAIN("")
		ONE_BY_ONE,
	    .is_accepted = true);
	PLAY(.tls = SMTP_TLS_IF_OFFERED, .script = HELLO("") ONE_BY_ONE,
	    .is_accepted = true);
}

TEST(never_starts_tls_when_told_not_to)
{
	PLAY(.tls = SMTP_TLS_NEVER,
	    .script = HELLO("S 250-STARTTLS\n") ONE_BY_ONE,
	    .is_accepted = true);
}

TEST(starts_no_tls_when_it_is_running)
{
	PLAY(.tls = SMTP_TLS_RUNNING, .channel = { .is_private = true },
	    .script = HELLO("S 250-STARTTLS\n") ONE_BY_ONE,
	    .is_accepted = true);
}

TEST(sends_nothing_without_the_tls_it_must_have)
{
	PLAY(.tls = SMTP_TLS_REQUIRED,
	    .script = HELLO("S 250-AUTH PLAIN\n") "C QUIT\n", .user = "u",
	    .password = "secret", .exit = EX_PROTOCOL,
	    .text = "STARTTLS: the server does not offer it",
	    .hint = "tls_starttls");
	PLAY(.tls = SMTP_TLS_REQUIRED,
	    .script = HELLO(
		"S 250-STARTTLS\n") "C STARTTLS\nS 454 4.7.0 not now\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 454, .enh = "4.7.0",
	    .text = "STARTTLS: refused");
	PLAY(.tls = SMTP_TLS_REQUIRED,
	    .script = HELLO(
		"S 250-STARTTLS\n") "C STARTTLS\nS 501 no\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 501, .text = "STARTTLS: refused");
	PLAY(.tls = SMTP_TLS_REQUIRED,
	    .script = HELLO("S 250-STARTTLS\n") "C STARTTLS\nS 250 ok\n",
	    .exit = EX_PROTOCOL, .code = 250,
	    .text = "STARTTLS: unexpected reply");
}

TEST(goes_on_in_clear_when_tls_is_refused_and_not_needed)
{
	PLAY(.tls = SMTP_TLS_IF_OFFERED,
	    .script = HELLO(
		"S 250-STARTTLS\n") "C STARTTLS\nS 454 not now\n" ONE_BY_ONE,
	    .is_accepted = true);
	PLAY(.tls = SMTP_TLS_IF_OFFERED,
	    .script = HELLO("S 250-STARTTLS\n") "C STARTTLS\nS 421 bye\n",
	    .exit = EX_TEMPFAIL, .code = 421, .text = "STARTTLS: refused");
}

TEST(reports_a_handshake_that_fails)
{
	PLAY(.tls = SMTP_TLS_IF_OFFERED,
	    .script = HELLO("S 250-STARTTLS\n") "C STARTTLS\nS 220 go\nN\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "TLS handshake: certificate expired");
}

TEST(forgets_what_was_offered_before_tls)
{
	PLAY(.tls = SMTP_TLS_REQUIRED,
	    .script = HELLO(
		"S 250-STARTTLS\nS 250-PIPELINING\nS 250-CHUNKING\n"
		"S 250-SIZE 5\nS 250-8BITMIME\n") "C STARTTLS\nS 220 go\nT\n" HELLO_AGAIN("")
		ONE_BY_ONE,
	    .is_accepted = true);
	PLAY(.tls = SMTP_TLS_REQUIRED, .user = "u", .password = "secret",
	    .script =
		HELLO("S 250-STARTTLS\nS 250-AUTH PLAIN\n") "C STARTTLS\nS 220 go\nT\n" HELLO_AGAIN(
		    "") "C QUIT\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "AUTH: the server offers no authentication");
}

/* Whatever was put behind the reply, and however much of it. */
TEST(refuses_what_stands_behind_the_reply_to_starttls)
{
	static const char *const behind[] = { "2", "\r\n", "250 ok\r\n",
		"250-mx\r\n250 AUTH PLAIN\r\n", "421 bye\r\n", "\x16\x03\x03" };
	const struct scene sc = { .tls = SMTP_TLS_REQUIRED };
	for (size_t i = 0; i < ARRAY_LEN(behind); i++)
		for (size_t cut = 0; cut <= strlen(behind[i]); cut++) {
			struct play *p = play_open(
			    &sc, SPLIT_NOT, __FILE__, __LINE__);
			struct buf reply = BUF_INIT(1000);
			play_step(p);
			play_give(p, STR("220 mx\r\n"));
			play_give(p, STR("250-mx\r\n250 STARTTLS\r\n"));
			CHECK(buf_printf(
			    &reply, "220 go\r\n%.*s", (int)cut, behind[i]));
			play_give(p, buf_str(&reply));
			if (cut == 0) /* then it comes later */
				play_give(p, str_of(behind[i]));
			CHECK_EQ(p->want, SMTP_DONE);
			CHECK_EQ(p->session.err.exit, EX_PROTOCOL);
			CHECK_BUF(&p->sent, "EHLO me.example\r\nSTARTTLS\r\n");
			buf_release(&reply);
			play_close(p);
		}
}

/* What MAIL says */

TEST(tells_the_size_if_the_server_asks)
{
	PLAY(.script = HELLO(
		 "S 250-SIZE\n") "C MAIL FROM:<a@example> SIZE=18\nS 552 no\nC QUIT\n",
	    .exit = EX_DATAERR, .code = 552);
	PLAY(.script = HELLO(
		 "S 250-SIZE 18\n") "C MAIL FROM:<a@example> SIZE=18\nS 452 full\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 452);
	PLAY(.script = HELLO(
		 "S 250-SIZE 0\n") "C MAIL FROM:<a@example> SIZE=18\nS 452 full\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 452);
}

TEST(sends_no_message_that_is_too_large)
{
	PLAY(.script = HELLO("S 250-SIZE 17\n") "C QUIT\n", .exit = EX_DATAERR,
	    .text = "the message has 18 octets and the server takes 17");
	PLAY(.script = HELLO("S 250-SIZE 17\nS 250-PIPELINING\n"
			     "S 250-CHUNKING\n") "C QUIT\n",
	    .exit = EX_DATAERR, .text = "it was not sent");
}

TEST(says_that_the_body_has_8_bits)
{
	PLAY(.message = "\n\xc3\xa9\n",
	    .script = HELLO(
		"S 250-8BITMIME\n") "C MAIL FROM:<a@example> BODY=8BITMIME\nS 450 no\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
	PLAY(.message = "\n\xc3\xa9\n",
	    .script = HELLO("") "C MAIL FROM:<a@example>\nS 450 no\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
	PLAY(.message = "\ne\n",
	    .script = HELLO(
		"S 250-8BITMIME\n") "C MAIL FROM:<a@example>\nS 450 no\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
}

TEST(encodes_what_the_server_does_not_take)
{
	PLAY(.message = "\n\xc3\xa9 is one of few\n",
	    .script = HELLO(
		"S 250-SIZE 1000\n") "C MAIL FROM:<a@example> SIZE=88\n"
				     "S 250 ok\nC RCPT TO:<b@example>\n"
				     "S 250 ok\nC DATA\nS 354 go\n"
				     "C MIME-Version: 1.0\n"
				     "C Content-Transfer-Encoding: "
				     "quoted-printable\n"
				     "C \nC =C3=A9 is one of few\nC .\n"
				     "S 250 ok\nC QUIT\n",
	    .is_accepted = true);
	PLAY(.message = "Content-Transfer-Encoding: x-y\n\n\xc3\xa9\n",
	    .script = HELLO("") "C QUIT\n", .exit = EX_DATAERR,
	    .text = "line 1 of the body has 8-bit characters, the server does "
		    "not offer 8BITMIME");
}

/* The size is that of what goes out. */
TEST(refuses_what_is_too_large_when_encoded)
{
	PLAY(.message = "\n\xc3\xa9 is one of few\n",
	    .script = HELLO("S 250-SIZE 80\n") "C QUIT\n", .exit = EX_DATAERR,
	    .text = "the message has 88 octets and the server takes 80");
}

TEST(says_smtputf8_only_if_an_address_needs_it)
{
	PLAY(.script = HELLO(
		 "S 250-SMTPUTF8\n") "C MAIL FROM:<a@example>\nS 450 no\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
	PLAY(.rcpts = "jos\xc3\xa9@example", .needs_utf8 = true,
	    .script = HELLO(
		"S 250-SMTPUTF8\nS 250-8BITMIME\n") "C MAIL FROM:<a@example> SMTPUTF8\nS 250 ok\n"
						    "C RCPT TO:<jos\xc3\xa9@example>\nS 550 no\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
}

TEST(sends_nothing_where_smtputf8_is_missing)
{
	PLAY(.rcpts = "jos\xc3\xa9@example", .needs_utf8 = true,
	    .script = HELLO("S 250-PIPELINING\n") "C QUIT\n",
	    .exit = EX_DATAERR, .text = "does not offer SMTPUTF8");
}

TEST(sends_the_null_sender)
{
	PLAY(.sender = "",
	    .script = HELLO("") "C MAIL FROM:<>\nS 450 no\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450, .text = "MAIL FROM:<>: refused");
}

TEST(lets_no_command_be_put_into_an_address)
{
	PLAY(.sender = "a@b>\r\nRCPT TO:<x@y",
	    .script = HELLO("S 250-PIPELINING\n") "C QUIT\n",
	    .exit = EX_DATAERR, .text = "control character");
	PLAY(.rcpts = "b@c>\r\nDATA\r\n",
	    .script = HELLO("") "C MAIL FROM:<a@example>\nS 250 ok\nC QUIT\n",
	    .exit = EX_DATAERR, .text = "control character");
}

TEST(a_bad_address_in_a_group_stops_it)
{
	const struct scene sc = { .rcpts = "b@example c\1@example d@example" };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p,
	    STR("250-PIPELINING\r\n250-PIPELINING\r\n"
		"250 CHUNKING\r\n"));
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK_EQ(p->session.err.exit, EX_DATAERR);
	CHECK_BUF(&p->sent,
	    "EHLO me.example\r\nMAIL FROM:<a@example>\r\n"
	    "RCPT TO:<b@example>\r\n");
	play_close(p);
}

TEST(hints_at_a_login_that_the_server_wants)
{
	PLAY(.script = HELLO("") "C MAIL FROM:<a@example>\n"
				 "S 530 5.7.0 log in first\nC QUIT\n",
	    .exit = EX_NOPERM, .code = 530, .enh = "5.7.0",
	    .text = "MAIL FROM:<a@example>: refused",
	    .said = "530 5.7.0 log in first", .hint = "set user");
}

/* Out of step */

TEST(refuses_a_reply_to_nothing)
{
	const struct scene sc = { .script = "" };
	static const char *const behind[] = { "250 more\r\n", "x", "\r\n",
		"250-more" };
	for (size_t i = 0; i < ARRAY_LEN(behind); i++) {
		struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
		struct buf reply = BUF_INIT(1000);
		CHECK(buf_printf(&reply, "220 mx\r\n%s", behind[i]));
		play_step(p);
		play_give(p, buf_str(&reply));
		CHECK_EQ(p->want, SMTP_DONE);
		CHECK_EQ(p->session.err.exit, EX_PROTOCOL);
		CHECK(strstr(p->session.err.text, "out of turn") != NULL);
		CHECK_BUF(&p->sent, "");
		buf_release(&reply);
		play_close(p);
	}
}

/* It comes before MAIL goes out, or behind it. */
TEST(understands_a_good_bye_to_nothing)
{
	const struct scene sc = { .script = "" };
	for (enum split split = 0; split < SPLIT_COUNT; split++) {
		struct play *p = play_open(&sc, split, __FILE__, __LINE__);
		play_step(p);
		play_give(p, STR("220 mx\r\n"));
		play_give(p, STR("250 mx\r\n421 4.4.2 bye\r\n"));
		CHECK_EQ(p->want, SMTP_DONE);
		CHECK_EQ(p->session.err.exit, EX_TEMPFAIL);
		CHECK_EQ(p->session.err.code, 421);
		CHECK_STR(p->session.err.enh, "4.4.2");
		CHECK_STR(p->session.err.said, "421 4.4.2 bye");
		play_close(p);
	}
}

TEST(puts_the_dialogue_into_the_trace)
{
	check_trace("250-mx\r\n250-\r\n250 \x1b[m\r\n",
	    "<- 220 mx\n-> EHLO me.example\n"
	    "<- 250-mx\n<- 250-\n<- 250 \x1b[m\n"
	    "-> MAIL FROM:<a@example>\n");
}

TEST(does_nothing_more_when_it_is_over)
{
	const struct scene sc = { .script = "" };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("554 no\r\n"));
	CHECK_BUF(&p->sent, "QUIT\r\n");
	CHECK(buf_add(&p->in, "220 yes\r\n", 9));
	play_step(p);
	play_lose(p, EX_TEMPFAIL, "connection closed");
	CHECK_BUF(&p->sent, "QUIT\r\n");
	CHECK_EQ(p->session.err.exit, EX_UNAVAILABLE);
	play_close(p);
}
