// SPDX-License-Identifier: ISC
/* What a connection does to the second message on it, and to the last. */
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define PIPE HELLO("S 250-PIPELINING\n")
#define PIPE_BDAT HELLO("S 250-PIPELINING\nS 250-CHUNKING\n")
#define TEXT "C Subject: x\nC \nC hi\n"
#define MAIL "C MAIL FROM:<a@example>\n"
#define RCPT(name) "C RCPT TO:<" name "@example>\n"
#define BDAT "C BDAT 18 LAST\n" TEXT
#define OK "S 250 ok\n"
#define GROUP MAIL RCPT("b") BDAT
#define TAKEN GROUP OK OK OK
#define BY_DATA MAIL OK RCPT("b") OK "C DATA\nS 354 go\n" TEXT "C .\n" OK
#define BYE "S 421 4.3.2 bye\n"

/* The second message on the line ends so. */
static void
end_second(const char *offers, const char *end, const struct scene *want)
{
	struct buf script = BUF_INIT(10000);
	CHECK(buf_printf(&script, "%sM\n%s", offers, end));
	struct scene sc = *want;
	sc.keeps_line = true;
	sc.script = buf_cstr(&script);
	scene_play(&sc, __FILE__, __LINE__);
	buf_release(&script);
}

TEST(a_421_at_any_point_ends_the_line_and_not_the_message)
{
	const struct scene want = { .exit = EX_TEMPFAIL,
		.code = 421,
		.enh = "4.3.2",
		.hint = "",
		.state = "lb",
		.fates = "L" };
	static const char *const groups[] = { GROUP BYE, GROUP OK BYE,
		GROUP OK OK BYE };
	static const char *const steps[] = { MAIL BYE, MAIL OK RCPT("b") BYE,
		MAIL OK RCPT("b") OK "C DATA\n" BYE,
		MAIL OK RCPT("b") OK "C DATA\nS 354 go\n" TEXT "C .\n" BYE };
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		end_second(PIPE_BDAT TAKEN, groups[i], &want);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		end_second(HELLO("") BY_DATA, steps[i], &want);
	/* to RSET */
	const struct scene early = { .exit = EX_TEMPFAIL,
		.code = 421,
		.enh = "4.3.2",
		.state = "l",
		.fates = "L" };
	end_second(HELLO("") MAIL "S 550 no\n", "C RSET\n" BYE, &early);
	end_second(
	    PIPE_BDAT GROUP OK OK "S 550 no\n", "C RSET\n" GROUP BYE, &want);
}

TEST(a_line_lost_at_any_point_is_the_lines_fault)
{
	struct scene want = { .exit = EX_TEMPFAIL,
		.hint = "",
		.state = "lb",
		.fates = "L",
		.text = "connection closed" };
	static const char *const steps[] = { MAIL "X\n",
		MAIL OK RCPT("b") "X\n", MAIL OK RCPT("b") OK "C DATA\nX\n" };
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		end_second(HELLO("") BY_DATA, steps[i], &want);
	want.state = "lub";
	want.hint = "may have been delivered";
	static const char *const groups[] = { GROUP "X\n", GROUP OK "X\n",
		GROUP OK OK "X\n", GROUP OK OK "S 250-ok\nX\n" };
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		end_second(PIPE_BDAT TAKEN, groups[i], &want);
	want.state = "l";
	want.hint = "";
	end_second(HELLO("") MAIL "S 550 no\n", "C RSET\nX\n", &want);
}

TEST(a_line_that_ends_between_two_messages_ends_no_message)
{
	static const char *const ends[] = { "X\n", BYE, "S 250 more\n",
		"S what\n", "S 4\n" };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct buf script = BUF_INIT(10000);
		CHECK(buf_printf(
		    &script, "%s%sQ\n", HELLO("") BY_DATA "V bg T\n", ends[i]));
		PLAY(.keeps_line = true, .script = buf_cstr(&script),
		    .is_accepted = true, .state = "b", .fates = "T");
		buf_release(&script);
	}
}

/* Who has not looked before the next one began. */
TEST(what_came_between_is_not_taken_for_a_reply)
{
	const struct scene sc = { .keeps_line = true, .script = "" };
	static const struct {
		const char *stray;
		int exit;
	} rows[] = { { "421 bye\r\n", EX_TEMPFAIL },
		{ "250 more\r\n", EX_PROTOCOL } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
		play_step(p);
		play_give(p, STR("220 mx\r\n"));
		play_give(
		    p, STR("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"));
		play_give(p, STR("250 ok\r\n250 ok\r\n250 ok\r\n"));
		CHECK(p->session.is_accepted);
		smtp_next(
		    &p->session, &p->envelope, &p->source, p->session.job.asks);
		buf_truncate(&p->sent, 0);
		CHECK(buf_add_str(&p->in, str_of(rows[i].stray)));
		play_step(p);
		CHECK_EQ(p->want, SMTP_DONE);
		CHECK_EQ(p->session.err.exit, rows[i].exit);
		CHECK(p->session.is_line_fault && !p->session.is_uncertain);
		CHECK(!smtp_has_begun(&p->session));
		CHECK_BUF(&p->sent, "");
		play_close(p);
	}
}

TEST(a_good_bye_behind_the_verdict_leaves_it_as_it_is)
{
	PLAY(.keeps_line = true, .script = PIPE_BDAT TAKEN BYE,
	    .is_accepted = true, .state = "b", .fates = "T");
	PLAY(.keeps_line = true, .script = HELLO("") BY_DATA BYE,
	    .is_accepted = true, .state = "b", .fates = "T");
}

/* What is here already is seen, else it ends the line. */
TEST(a_reply_too_many_gives_no_other_message_away)
{
	for (int is_apart = 0; is_apart < 2; is_apart++) {
		const struct scene sc = { .keeps_line = true, .script = "" };
		struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
		play_step(p);
		play_give(p, STR("220 mx\r\n"));
		play_give(
		    p, STR("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"));
		play_give(p, STR("250 ok\r\n250 ok\r\n"));
		play_give(p,
		    is_apart == 1 ? STR("250 ok\r\n")
				  : STR("250 ok\r\n554 spam\r\n"));
		if (is_apart == 1)
			play_give(p, STR("554 spam\r\n"));
		CHECK_EQ(p->want, SMTP_DONE);
		CHECK(p->session.is_accepted == (is_apart == 1));
		CHECK(p->session.is_uncertain == (is_apart == 0));
		CHECK(!smtp_can_go_on(&p->session));
		play_close(p);
	}
}

TEST(a_refused_rset_ends_the_line)
{
	PLAY(.keeps_line = true,
	    .script = HELLO("") MAIL
	    "S 550 no\nM\nC RSET\nS 500 what\nV l L\nQ\n"
	    "C QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 500, .text = "RSET: refused",
	    .state = "l", .fates = "L");
	/* what was sent behind it is heard all the same */
	PLAY(.keeps_line = true,
	    .script = PIPE_BDAT GROUP OK OK "S 550 no\nM\nC RSET\n" GROUP
					    "S 500 what\n" OK OK OK
					    "V b T\nQ\nC QUIT\n",
	    .is_accepted = true, .state = "b", .fates = "T");
	PLAY(.keeps_line = true,
	    .script = PIPE_BDAT GROUP OK OK "S 550 no\nM\nC RSET\n" GROUP
					    "S 500 what\nS 503 nested\n",
	    .exit = EX_UNAVAILABLE, .code = 503, .state = "lub", .fates = "L");
	PLAY(.keeps_line = true,
	    .script = PIPE MAIL RCPT("b") "C DATA\n" OK OK
					  "S 554 no\nM\nC RSET\n" MAIL RCPT(
					      "b") "C DATA\n"
						   "S 500 what\nS 550 nested\n",
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "lb", .fates = "L");
}

TEST(a_rset_refused_within_a_message_does_not_hide_what_became_of_it)
{
	PLAY(.rcpts = "b@example c@example",
	    .script = HELLO("S 250-PIPELINING\nS 250-CHUNKING\n"
			    "S 250-LIMITS RCPTMAX=1\n") GROUP OK OK
	    "S 550 no\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 550);
	PLAY(.rcpts = "b@example c@example",
	    .script = HELLO("S 250-PIPELINING\nS 250-CHUNKING\n"
			    "S 250-LIMITS RCPTMAX=1\n") GROUP OK
	    "S 550 no\nS 503 no\n"
	    "C RSET\n" MAIL RCPT("c") BDAT "S 502 no\n" OK OK OK "C QUIT\n",
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550, .fates = "RT");
}

TEST(too_many_messages_is_about_the_line)
{
	PLAY(.keeps_line = true,
	    .script = HELLO("") BY_DATA
	    "M\n" MAIL
	    "S 452 4.3.0 Too many messages sent\nV lb L\nQ\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 452, .enh = "4.3.0", .state = "lb",
	    .fates = "L");
	PLAY(.keeps_line = true,
	    .script = PIPE_BDAT TAKEN
	    "M\n" GROUP "S 550 too many messages in this session\n",
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "lb", .fates = "L");
	/* the first can't be */
	PLAY(.keeps_line = true,
	    .script = HELLO("") MAIL "S 550 too many messages\n",
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "fbg", .fates = "R");
}

TEST(mailmax_counts_transactions_of_all_messages)
{
#define LIMITS(n) \
	HELLO("S 250-PIPELINING\nS 250-CHUNKING\nS 250-LIMITS " n "\n")
	PLAY(.keeps_line = true,
	    .script = LIMITS("MAILMAX=2") TAKEN "V bg T\nM\n" TAKEN
						"V b T\nQ\nC QUIT\n",
	    .is_accepted = true);
	/* two for the first, one and one more for the second */
#define OFFER LIMITS("MAILMAX=3 RCPTMAX=1")
#define FOR(name)       \
	MAIL RCPT(name) \
	BDAT OK OK OK
	PLAY(.keeps_line = true, .rcpts = "b@example c@example",
	    .script = OFFER FOR("b") FOR("c") "V bg TT\nM\n" FOR(
		"b") "C QUIT\nG\n" OFFER FOR("c") "V bg TT\nM\n" FOR("b")
		FOR("c") "V b TT\nQ\nC QUIT\n",
	    .is_accepted = true);
}

TEST(recipients_over_several_transactions_are_followed_by_a_message)
{
	const struct scene next = { .rcpts = "e@example" };
	PLAY(.keeps_line = true, .rcpts = "b@example c@example d@example",
	    .next = &next,
	    .script = PIPE_BDAT MAIL RCPT("b") RCPT("c") RCPT("d") BDAT OK OK
	    "S 452 4.5.3 too many\nS 452 4.5.3 too many\n" OK FOR("c")
		FOR("d") "V bg TTT\nM\n" FOR("e") "V bg T\n",
	    .is_accepted = true);
	/* not if it is to be one */
	PLAY(.keeps_line = true, .all_or_none = true,
	    .rcpts = "b@example c@example", .next = &next,
	    .script = PIPE_BDAT MAIL RCPT("b") RCPT("c") OK OK
	    "S 452 4.5.3 too many\n"
	    "V fbg RR\nM\nC RSET\n" MAIL RCPT("e") OK OK OK BDAT OK "V bg T\n",
	    .is_accepted = true);
}

TEST(a_line_lost_between_two_transactions_is_made_anew_for_both_messages)
{
	static const char *const ends[] = { "X\n", BYE };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct buf script = BUF_INIT(10000);
		CHECK(buf_printf(&script, "%s%s%s",
		    HELLO("S 250-LIMITS RCPTMAX=1\n") BY_DATA MAIL, ends[i],
		    "G\n" HELLO("") MAIL OK RCPT("c") OK
		    "C DATA\nS 354 go\n" TEXT "C .\n" OK
		    "V bg TT\nM\n" MAIL OK RCPT("b") OK RCPT("c") OK
		    "C DATA\nS 354 go\n" TEXT "C .\n" OK "V bg TT\n"));
		PLAY(.keeps_line = true, .rcpts = "b@example c@example",
		    .script = buf_cstr(&script), .is_accepted = true);
		buf_release(&script);
	}
	/* but not where this message has had none yet */
	PLAY(.keeps_line = true, .rcpts = "b@example",
	    .script = HELLO("") BY_DATA "M\n" MAIL "X\n", .exit = EX_TEMPFAIL,
	    .state = "lb", .fates = "L");
}

TEST(there_is_no_other_line)
{
	PLAY(.keeps_line = true, .rcpts = "b@example c@example",
	    .script = LIMITS("MAILMAX=1 RCPTMAX=1") FOR("b") "C QUIT\nF\n"
							     "V lb TL\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL,
	    .text = "connection refused");
}

#define LHLO "S 220 mx\nC LHLO me.example\nS 250-mx\nS 250 PIPELINING\n"
#define LGROUP MAIL RCPT("b") RCPT("c") "C DATA\n"
#define LTEXT OK OK OK "S 354 go\n" TEXT "C .\n"

TEST(lmtp_has_several_messages_too)
{
	PLAY(.is_lmtp = true, .keeps_line = true,
	    .rcpts = "b@example c@example",
	    .script = LHLO LGROUP LTEXT OK
	    "S 552 5.2.2 full\nV bg TR\nM\n" LGROUP LTEXT
	    "S 452 4.2.2 full\nS 552 5.2.2 full\nV bg LR\nM\n" LGROUP LTEXT OK
		OK "V bg TT\nM\n" LGROUP OK "S 550 no\nS 550 no\nS 503 no\n"
	    "V bg RR\nM\nC RSET\n" LGROUP OK LTEXT OK OK "V bg TT\n"
	    "Q\nC QUIT\n",
	    .is_accepted = true);
}

TEST(an_lmtp_verdict_lost_is_uncertain_for_who_waits_for_it)
{
	PLAY(.is_lmtp = true, .keeps_line = true,
	    .rcpts = "b@example c@example",
	    .script = LHLO LGROUP LTEXT OK OK "M\n" LGROUP LTEXT OK "X\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL, .state = "lub",
	    .fates = "TL");
	PLAY(.is_lmtp = true, .keeps_line = true,
	    .rcpts = "b@example c@example",
	    .script = LHLO LGROUP LTEXT OK OK "M\n" LGROUP LTEXT OK BYE,
	    .is_accepted = true, .exit = EX_TEMPFAIL, .code = 421,
	    .enh = "4.3.2", .state = "lb", .fates = "TL");
}
