// SPDX-License-Identifier: ISC
/* LMTP (RFC 2033): each recipient has a verdict of its own. */
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC LHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define PIPE HELLO("S 250-PIPELINING\n")
#define TEXT "C Subject: x\nC \nC hi\n"
#define MAIL "C MAIL FROM:<a@example>\n"
#define RCPT(x) "C RCPT TO:<" x "@example>\n"
#define THREE "b@example c@example d@example"
#define OK "S 250 ok\n"
#define LPLAY(...) PLAY(.is_lmtp = true, __VA_ARGS__)

TEST(greets_with_lhlo_and_never_with_another)
{
	LPLAY(.script = PIPE MAIL RCPT("b") "C DATA\n" OK OK "S 354 go\n" TEXT
					    "C .\nS 250 ok\nC QUIT\n",
	    .is_accepted = true);
	LPLAY(.script = "S 220 mx\nC LHLO me.example\nS 500 what\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 500, .text = "LHLO: refused");
	LPLAY(.script = "S 220 mx\nC LHLO me.example\nS 502 what\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 502, .text = "LHLO: refused");
}

TEST(hears_a_verdict_for_each)
{
	LPLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPT("b") RCPT("c")
		RCPT("d") "C DATA\n" OK OK OK OK "S 354 go\n" TEXT
			  "C .\n" OK OK OK "C QUIT\n",
	    .is_accepted = true);
	LPLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPT("b") RCPT("c")
		RCPT("d") "C DATA\n" OK OK OK OK "S 354 go\n" TEXT "C .\n" OK
			  "S 552 5.2.2 c is full\n" OK "C QUIT\n",
	    .is_accepted = true, .exit = EX_DATAERR, .code = 552,
	    .enh = "5.2.2", .said = "552 5.2.2 c is full");
}

TEST(who_was_refused_before_has_no_verdict_behind)
{
	LPLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPT("b") RCPT("c")
		RCPT("d") "C DATA\n" OK "S 550 5.1.1 no b\n" OK OK
			  "S 354 go\n" TEXT "C .\n" OK OK "C QUIT\n",
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550,
	    .enh = "5.1.1");
}

TEST(all_refused_behind_the_message_is_no_acceptance)
{
	LPLAY(.rcpts = "b@example c@example",
	    .script = PIPE MAIL RCPT("b")
		RCPT("c") "C DATA\n" OK OK OK "S 354 go\n" TEXT
			  "C .\nS 450 later\nS 450 later\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 450);
}

TEST(whose_verdict_is_lost_is_not_taken_for_accepted)
{
	const struct scene sc = { .rcpts = THREE, .is_lmtp = true };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	const struct smtp_outcome *o = p->session.outcomes;
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, STR("250-mx\r\n250 PIPELINING\r\n"));
	play_give(p, STR("250 ok\r\n550 no\r\n250 ok\r\n250 ok\r\n354 go\r\n"));
	play_give(p, STR("250 2.0.0 kept\r\n"));
	CHECK_EQ(p->want, SMTP_WANT_INPUT);
	play_lose(p, EX_TEMPFAIL, "connection closed");
	CHECK_EQ(o[0].verdict, SMTP_REFUSED);
	CHECK_EQ(o[1].verdict, SMTP_TAKEN);
	CHECK_EQ(o[2].verdict, SMTP_ACCEPTED);
	CHECK_EQ(p->session.ntaken, 1);
	CHECK_EQ(p->session.err.exit, EX_TEMPFAIL);
	CHECK(p->session.err.hint[0] != '\0');
	CHECK_STR(p->session.said, "250 2.0.0 kept");
	play_close(p);
}

/* Up to the verdicts on two recipients, and those. */
static struct play *
play_verdicts(const struct scene *sc, const char *verdicts)
{
	struct play *p = play_open(sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, STR("250-mx\r\n250 PIPELINING\r\n"));
	play_give(p, STR("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"));
	play_give(p, str_of(verdicts));
	CHECK_EQ(p->want, SMTP_DONE);
	return p;
}

TEST(a_verdict_too_many_makes_none_of_them_sure)
{
	const struct scene sc = { .rcpts = "b@example c@example",
		.is_lmtp = true };
	struct play *p = play_verdicts(
	    &sc, "250 ok\r\n250 ok\r\n550 5.2.2 c is full\r\n");
	CHECK_EQ(p->session.err.exit, EX_PROTOCOL);
	CHECK(strstr(p->session.err.text, "not clear") != NULL);
	CHECK(p->session.err.hint[0] != '\0');
	CHECK(p->session.is_uncertain && !p->session.is_accepted);
	CHECK_EQ(p->session.ntaken, 0);
	CHECK_EQ(smtp_fate(&p->session, 0), SMTP_FATE_LATER);
	CHECK_EQ(smtp_fate(&p->session, 1), SMTP_FATE_LATER);
	play_close(p);
	p = play_verdicts(&sc, "250 ok\r\n250 ok\r\n421 bye\r\n");
	CHECK_EQ(p->session.err.exit, EX_OK);
	CHECK_EQ(p->session.ntaken, 2);
	play_close(p);
}

TEST(chunks_are_not_used)
{
	LPLAY(.script = HELLO("S 250-CHUNKING\nS 250-PIPELINING\n")
		  MAIL RCPT("b") "C DATA\n" OK OK "S 354 go\n" TEXT
				 "C .\nS 250 ok\nC QUIT\n",
	    .is_accepted = true);
}

TEST(go_ahead_to_nobody_makes_no_sense)
{
	LPLAY(.script = PIPE MAIL RCPT("b") "C DATA\n" OK
					    "S 550 no\nS 354 go\n",
	    .exit = EX_PROTOCOL, .code = 354, .text = "DATA: unexpected reply");
}

TEST(limits_split_here_too)
{
	LPLAY(.rcpts = THREE,
	    .script = HELLO("S 250-PIPELINING\nS 250-LIMITS RCPTMAX=2\n")
		MAIL RCPT("b") RCPT("c") "C DATA\n" OK OK OK "S 354 go\n" TEXT
					 "C .\nS 250 ok\nS 450 no\n" MAIL RCPT(
					     "d") "C DATA\n" OK OK
						  "S 354 go\n" TEXT "C .\n" OK
						  "C QUIT\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL, .code = 450);
	LPLAY(.rcpts = THREE,
	    .script = PIPE MAIL RCPT("b") RCPT("c") RCPT(
		"d") "C DATA\n" OK OK OK "S 452 4.5.3 too many\nS 354 go\n" TEXT
		     "C .\n" OK OK MAIL RCPT("d") "C DATA\n" OK OK
						  "S 354 go\n" TEXT "C .\n" OK
						  "C QUIT\n",
	    .is_accepted = true);
}
