// SPDX-License-Identifier: ISC
/* Recipients: who gets the message, and what becomes of the others. */
#include <stdlib.h>

#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define PIPE HELLO("S 250-PIPELINING\n")
#define PIPE_BDAT HELLO("S 250-PIPELINING\nS 250-CHUNKING\n")
#define BDAT HELLO("S 250-CHUNKING\n")
#define PLAIN HELLO("")
#define TEXT "C Subject: x\nC \nC hi\n"
#define MAIL "C MAIL FROM:<a@example>\n"
#define RCPT(x) "C RCPT TO:<" x "@example>\n"
#define THREE "b@example c@example d@example"
#define RCPTS RCPT("b") RCPT("c") RCPT("d")
#define BY_DOT "C DATA\nS 354 go\n" TEXT "C .\n"
#define BY_CHUNK "C BDAT 18 LAST\n" TEXT

TEST(takes_251_and_252_for_yes)
{
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS
	    "C DATA\nS 250 ok\nS 251 will forward\n"
	    "S 252 who knows\nS 250 ok\nS 354 go\n" TEXT
	    "C .\nS 250 ok\nC QUIT\n",
	    .is_accepted = true);
}

TEST(gives_the_others_the_message_when_one_is_refused)
{
	PLAY(.rcpts = THREE,
	    .script = PLAIN MAIL "S 250 ok\n" RCPT("b") "S 250 ok\n" RCPT(
		"c") "S 550 5.1.1 no c\n" RCPT("d") "S 250 ok\n" BY_DOT
						    "S 250 ok\nC QUIT\n",
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550, .enh = "5.1.1",
	    .said = "550 5.1.1 no c");
	PLAY(.rcpts = THREE,
	    .script = BDAT MAIL "S 250 ok\n" RCPT("b") "S 450 no b\n" RCPT(
		"c") "S 250 ok\n" RCPT("d") "S 250 ok\n" BY_CHUNK
					    "S 250 ok\nC QUIT\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL, .code = 450);
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS "C DATA\nS 250 ok\nS 250 ok\nS 250 ok\n"
				      "S 550 5.1.2 no d\nS 354 go\n" TEXT
				      "C .\nS 250 ok\nC QUIT\n",
	    .is_accepted = true, .exit = EX_NOHOST, .code = 550,
	    .enh = "5.1.2");
	PLAY(.rcpts = THREE,
	    .script = PIPE_BDAT MAIL RCPTS BY_CHUNK
	    "S 250 ok\nS 250 ok\nS 550 no c\nS 452 4.2.2 not d\nS 250 ok\n"
	    "C QUIT\n",
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550);
}

TEST(a_refusal_of_all_the_rest_is_worse_than_that_of_one)
{
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS "C DATA\nS 250 ok\nS 250 ok\nS 450 no\n"
				      "S 250 ok\nS 354 go\n" TEXT
				      "C .\nS 554 5.6.0 spam\nC QUIT\n",
	    .exit = EX_DATAERR, .code = 554, .enh = "5.6.0",
	    .text = "message: refused", .said = "spam");
}

TEST(sends_no_text_when_all_recipients_are_refused)
{
	PLAY(.script = PLAIN MAIL "S 250 ok\n" RCPT("b") "S 550 no\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
	PLAY(.script = BDAT MAIL "S 250 ok\n" RCPT("b") "S 450 no\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS "C DATA\nS 250 ok\nS 550 no\nS 450 no\n"
				      "S 550 no\nS 503 no recipients\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS "C DATA\nS 250 ok\nS 450 no\nS 450 no\n"
				      "S 450 no\nS 451 no recipients\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
}

TEST(sends_a_lone_dot_after_a_354_to_nobody)
{
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS
	    "C DATA\nS 250 ok\nS 550 no\nS 550 no\n"
	    "S 550 no\nS 354 go\nC .\nS 554 no recipients\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
	PLAY(.script = PIPE MAIL RCPT(
		 "b") "C DATA\nS 250 ok\nS 550 no\n"
		      "S 354 go\nC .\nS 250 thanks for nothing\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
	PLAY(.script = PIPE MAIL RCPT("b") "C DATA\nS 250 ok\nS 450 no\n"
					   "S 354 go\nC .\nX\n",
	    .exit = EX_TEMPFAIL, .text = "message: connection closed");
}

TEST(a_2xx_to_data_of_nobody_makes_no_sense)
{
	PLAY(.script = PIPE MAIL RCPT(
		 "b") "C DATA\nS 250 ok\nS 550 no\nS 250 ok\n",
	    .exit = EX_PROTOCOL, .code = 250, .text = "DATA: unexpected");
}

TEST(a_group_that_was_sent_to_nobody_is_not_accepted)
{
	PLAY(.rcpts = THREE,
	    .script = PIPE_BDAT MAIL RCPTS BY_CHUNK
	    "S 250 ok\nS 550 no\nS 550 no\nS 550 no\nS 503 no\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
	PLAY(.rcpts = THREE,
	    .script = PIPE_BDAT MAIL RCPTS BY_CHUNK
	    "S 250 ok\nS 550 no\nS 550 no\nS 550 no\nS 250 ok\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
}

TEST(all_or_none_sends_nothing_when_one_is_refused)
{
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = PLAIN MAIL "S 250 ok\n" RCPT("b") "S 250 ok\n" RCPT(
		"c") "S 550 no c\n" RCPT("d") "S 250 ok\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = PIPE MAIL RCPTS
	    "S 250 ok\nS 450 no b\nS 250 ok\nS 250 ok\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = PIPE_BDAT MAIL RCPTS
	    "S 250 ok\nS 250 ok\nS 250 ok\nS 551 no d\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 551);
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = BDAT MAIL "S 250 ok\n" RCPT("b") "S 250 ok\n" RCPT(
		"c") "S 250 ok\n" RCPT("d") "S 550 no\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
}

TEST(all_or_none_sends_when_all_are_taken)
{
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = PIPE MAIL RCPTS
	    "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\n" BY_DOT
	    "S 250 ok\nC QUIT\n",
	    .is_accepted = true);
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = PIPE_BDAT MAIL RCPTS
	    "S 250 ok\nS 250 ok\nS 250 ok\nS 250 ok\n" BY_CHUNK
	    "S 250 ok\nC QUIT\n",
	    .is_accepted = true);
}

TEST(a_good_bye_in_the_middle_ends_it)
{
	PLAY(.rcpts = THREE,
	    .script = PLAIN MAIL
	    "S 250 ok\n" RCPT("b") "S 250 ok\n" RCPT("c") "S 421 4.4.5 busy\n",
	    .exit = EX_TEMPFAIL, .code = 421, .enh = "4.4.5",
	    .text = "RCPT TO:<c@example>: refused", .said = "421 4.4.5 busy");
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS "C DATA\nS 250 ok\nS 250 ok\n"
				      "S 421 busy\nX\n",
	    .exit = EX_TEMPFAIL, .code = 421,
	    .text = "RCPT TO:<c@example>: refused");
}

TEST(a_3xx_to_rcpt_makes_no_sense)
{
	PLAY(.rcpts = THREE,
	    .script = PLAIN MAIL "S 250 ok\n" RCPT("b") "S 354 go\n",
	    .exit = EX_PROTOCOL, .code = 354,
	    .text = "RCPT TO:<b@example>: unexpected");
}

TEST(a_mail_that_is_refused_ends_the_group_without_quit)
{
	PLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPTS "C DATA\nS 550 5.7.1 no\nS 503 no\n"
				      "S 503 no\nS 503 no\nS 503 no\n",
	    .exit = EX_NOPERM, .code = 550, .enh = "5.7.1",
	    .text = "MAIL FROM:<a@example>: refused");
	PLAY(.rcpts = THREE,
	    .script = PIPE_BDAT MAIL RCPTS BY_CHUNK "S 451 no\nS 503 no\n",
	    .exit = EX_TEMPFAIL, .code = 451);
}

TEST(keeps_what_was_said_of_each)
{
	const struct scene sc = { .rcpts = THREE };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	const struct smtp_outcome *o = p->session.outcomes;
	play_step(p);
	CHECK_EQ(o[0].verdict, SMTP_NOT_ASKED);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, STR("250-mx\r\n250 PIPELINING\r\n"));
	play_give(p,
	    STR("250 ok\r\n550 no\r\n251-5.1.6\r\n"
		"251 2.1.5 ok\r\n550 no\r\n"));
	CHECK_EQ(o[0].verdict, SMTP_REFUSED);
	CHECK_EQ(o[0].exit, EX_NOUSER);
	CHECK_STR(o[0].said, "550 no");
	CHECK_EQ(o[1].verdict, SMTP_ACCEPTED);
	CHECK_EQ(o[1].code, 251);
	CHECK_EQ(o[1].exit, EX_OK);
	CHECK_EQ(o[2].verdict, SMTP_REFUSED);
	CHECK(o[2].said == o[0].said);
	CHECK_EQ(p->session.naccepted, 1);
	play_close(p);
}

/* Thousands */

struct crowd {
	size_t nrcpts, nheard;
	unsigned refuses; /* every so manyeth */
	bool is_text, has_data;
};

static bool
crowd_line(struct crowd *c, struct str line, struct buf *reply)
{
	if (c->is_text) {
		c->is_text = !str_eq(line, STR("."));
		return c->is_text || buf_printf(reply, "250 ok\r\n");
	}
	if (str_starts_nocase(line, STR("EHLO")))
		return buf_printf(reply, "250-mx\r\n250 PIPELINING\r\n");
	if (str_starts_nocase(line, STR("DATA"))) {
		c->is_text = c->has_data = true;
		return buf_printf(reply, "354 go\r\n");
	}
	if (!str_starts_nocase(line, STR("RCPT")))
		return buf_printf(reply, "250 ok\r\n");
	bool is_refused = c->nheard++ % c->refuses == 0;
	return buf_printf(
	    reply, is_refused ? "550 5.1.1 no such user\r\n" : "250 ok\r\n");
}

static bool
crowd_serve(void *arg, struct buf *sent, struct buf *reply)
{
	struct crowd *c = arg;
	struct buf line = BUF_INIT(1000);
	if (c->nrcpts == 0) { /* the greeting */
		c->nrcpts = 1;
		return buf_printf(reply, "220 mx\r\n");
	}
	bool ok = true;
	while (ok && play_take_line(sent, &line))
		ok = crowd_line(c, buf_str(&line), reply);
	buf_release(&line);
	return ok;
}

TEST(asks_for_20000_recipients_in_groups)
{
	enum { MANY = 20000 };
	struct buf rcpts = BUF_INIT(4 << 20);
	for (int i = 0; i < MANY; i++)
		CHECK(buf_printf(&rcpts, "user%d@domain.example ", i));
	const struct scene sc = { .rcpts = buf_cstr(&rcpts) };
	for (enum split split = 0; split < SPLIT_COUNT; split++) {
		struct crowd c = { .refuses = 3 };
		struct play *p = play_open(&sc, split, __FILE__, __LINE__);
		play_against(p, crowd_serve, &c);
		CHECK_EQ(c.nheard, MANY);
		CHECK(p->session.is_accepted);
		CHECK_EQ(p->session.ntaken, MANY - (MANY + 2) / 3);
		CHECK_EQ(p->session.ntransactions, MANY / 1000);
		CHECK_EQ(play_exit(p), EX_NOUSER);
		CHECK_EQ(p->session.texts.len, 1); /* said 6667 times */
		play_close(p);
	}
	buf_release(&rcpts);
}

TEST(never_has_more_to_send_than_the_buffer_holds)
{
	struct buf rcpts = BUF_INIT(4 << 20);
	for (int i = 0; i < 20000; i++)
		CHECK(buf_printf(&rcpts, "user%d@domain.example ", i));
	const struct scene sc = { .rcpts = buf_cstr(&rcpts) };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	size_t most = 0;
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	CHECK(buf_printf(&p->in,
	    "250-mx\r\n250-LIMITS RCPTMAX=20000\r\n250 PIPELINING\r\n"));
	while (smtp_step(&p->session, &p->in, &p->out) == SMTP_WANT_ROOM) {
		most = p->out.len > most ? p->out.len : most;
		buf_consume(&p->out, 1000);
	}
	CHECK(most < 70000);
	CHECK_EQ(p->session.sending.stage, SMTP_TEXT);
	play_close(p);
	buf_release(&rcpts);
}
