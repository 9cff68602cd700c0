// SPDX-License-Identifier: ISC
/* A message that fails, and the replies that its connection still owes. */
#include <stdlib.h>

#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define PIPE HELLO("S 250-PIPELINING\n")
#define PIPE_BDAT HELLO("S 250-PIPELINING\nS 250-CHUNKING\n")
#define TEXT "C Subject: x\nC \nC hi\n"
#define MAIL "C MAIL FROM:<a@example>\n"
#define RCPTS "C RCPT TO:<b@example>\nC RCPT TO:<c@example>\n"
#define BDAT "C BDAT 18 LAST\n" TEXT
#define OK "S 250 ok\n"
#define NO "S 503 no\n"
#define BOTH .rcpts = "b@example c@example", .keeps_line = true

/* The next message, with and without chunks. */
#define MORE_BDAT \
	"M\nC RSET\n" MAIL RCPTS BDAT OK OK OK OK OK "V bg TT\nQ\nC QUIT\n"
#define MORE_DATA                                                         \
	"M\nC RSET\n" MAIL RCPTS "C DATA\n" OK OK OK OK "S 354 go\n" TEXT \
	"C .\n" OK "V bg TT\nQ\nC QUIT\n"

TEST(a_sender_refused_for_good_leaves_the_line_for_the_next)
{
	PLAY(BOTH,
	    .script = PIPE_BDAT MAIL RCPTS BDAT "S 550 5.7.1 no\n" NO NO NO
						"V fbg RR\n" MORE_BDAT,
	    .is_accepted = true);
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\nS 550 5.7.1 no\n" NO NO NO
				      "V fbg RR\n" MORE_DATA,
	    .is_accepted = true);
}

TEST(a_sender_refused_for_now_does_too)
{
	PLAY(BOTH,
	    .script = PIPE_BDAT MAIL RCPTS BDAT "S 450 later\n" NO NO NO
						"V bg LL\n" MORE_BDAT,
	    .is_accepted = true);
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\nS 450 later\n" NO NO NO
				      "V bg LL\n" MORE_DATA,
	    .is_accepted = true);
}

TEST(the_words_are_those_of_the_first_refusal)
{
	PLAY(BOTH,
	    .script = PIPE_BDAT MAIL RCPTS BDAT "S 550 5.7.1 you\n" NO NO NO,
	    .exit = EX_NOPERM, .code = 550, .enh = "5.7.1",
	    .text = "MAIL FROM:<a@example>: refused", .said = "550 5.7.1 you",
	    .state = "fbg", .fates = "RR");
}

TEST(who_is_to_send_to_nobody_sends_a_lone_dot)
{
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\nS 550 no\n" NO NO
				      "S 354 go\nC .\nS 554 nobody\n"
				      "V fbg RR\n" MORE_DATA,
	    .is_accepted = true);
	/* the same where it was the recipients */
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\n" OK "S 550 no\nS 450 no\n"
				      "S 354 go\nC .\nS 554 nobody\n"
				      "V bg RL\n" MORE_DATA,
	    .is_accepted = true);
}

TEST(a_dot_that_would_make_an_empty_message_is_not_sent)
{
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\nS 550 no\n" NO OK "S 354 go\n",
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "fb", .fates = "RR");
	PLAY(BOTH, .is_lmtp = true,
	    .script = "S 220 mx\nC LHLO me.example\nS 250-mx\n"
		      "S 250 PIPELINING\n" MAIL RCPTS "C DATA\nS 550 no\n" NO NO
		      "S 354 go\n",
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "fb", .fates = "RR");
}

TEST(a_message_that_is_taken_after_all_is_uncertain)
{
	PLAY(BOTH, .script = PIPE_BDAT MAIL RCPTS BDAT "S 550 no\n" NO OK OK,
	    .exit = EX_PROTOCOL, .hint = "may have been delivered",
	    .state = "lub", .fates = "LL");
	/* for nobody it is nothing */
	PLAY(BOTH, .script = PIPE_BDAT MAIL RCPTS BDAT "S 550 no\n" NO NO OK,
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "fbg", .fates = "RR");
}

TEST(a_line_that_ends_in_the_rest_changes_nothing_but_that)
{
	static const char *const ends[] = { "X\n", NO "X\n", "S 421 bye\n",
		NO "S 421 bye\n", "S what\n", NO "S 354 what\n", "S 50\nX\n" };
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct buf script = BUF_INIT(10000);
		CHECK(buf_printf(&script, "%s%s",
		    PIPE_BDAT MAIL RCPTS BDAT "S 550 5.7.1 no\n", ends[i]));
		PLAY(BOTH, .script = buf_cstr(&script), .exit = EX_NOPERM,
		    .code = 550, .enh = "5.7.1", .said = "550 5.7.1 no",
		    .text = "MAIL FROM:<a@example>: refused", .state = "fb",
		    .fates = "RR");
		buf_release(&script);
	}
}

TEST(without_another_message_nothing_is_waited_for)
{
	PLAY(.rcpts = "b@example c@example",
	    .script = PIPE_BDAT MAIL RCPTS BDAT "S 550 no\n",
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "fb", .fates = "RR");
}

TEST(all_recipients_refused_leave_the_line)
{
	PLAY(BOTH,
	    .script = PIPE_BDAT MAIL RCPTS BDAT OK "S 550 no\nS 550 no\n" NO
						   "V bg RR\n" MORE_BDAT,
	    .is_accepted = true);
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\n" OK "S 550 no\nS 450 no\n" NO
				      "V bg RL\n" MORE_DATA,
	    .is_accepted = true);
}

TEST(data_refused_leaves_the_line)
{
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\n" OK OK OK "S 554 no\n"
				      "V fbg RR\n" MORE_DATA,
	    .is_accepted = true);
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\n" OK OK OK "S 451 later\n"
				      "V bg LL\n" MORE_DATA,
	    .is_accepted = true);
}

TEST(text_refused_leaves_the_line)
{
	PLAY(BOTH,
	    .script = PIPE MAIL RCPTS "C DATA\n" OK OK OK "S 354 go\n" TEXT
				      "C .\nS 554 spam\n"
				      "V fbg RR\n" MORE_DATA,
	    .is_accepted = true);
	PLAY(BOTH,
	    .script = PIPE_BDAT MAIL RCPTS BDAT OK OK OK "S 452 later\n"
							 "V bg LL\n" MORE_BDAT,
	    .is_accepted = true);
}

TEST(all_or_none_leaves_the_line)
{
	PLAY(BOTH, .all_or_none = true,
	    .script = PIPE MAIL RCPTS OK OK "S 550 no\nV bg RR\n"
					    "M\nC RSET\n" MAIL RCPTS OK OK OK OK
					    "C DATA\nS 354 go\n" TEXT "C .\n" OK
					    "V bg TT\n",
	    .is_accepted = true);
	PLAY(BOTH, .all_or_none = true,
	    .script = PIPE MAIL RCPTS OK OK "S 550 no\nV bg RR\n"
					    "M\nC RSET\n" MAIL RCPTS OK OK OK
					    "S 450 no\nV bg LL\n",
	    .exit = EX_TEMPFAIL, .code = 450);
	PLAY(BOTH, .all_or_none = true,
	    .script = PIPE MAIL RCPTS "S 550 no\n" NO NO "V fbg RR\n",
	    .exit = EX_UNAVAILABLE, .code = 550);
}

/* What is in the group before it has its replies to come. */
TEST(an_address_that_cannot_be_sent_leaves_the_line)
{
	const struct scene next = { .rcpts = "c@example" };
	PLAY(.rcpts = "b@example c\x01@example", .keeps_line = true,
	    .next = &next,
	    .script = PIPE_BDAT MAIL
	    "C RCPT TO:<b@example>\n" OK OK "V fbg RR\n"
	    "M\nC RSET\n" MAIL "C RCPT TO:<c@example>\n" BDAT OK OK OK OK
	    "V bg T\n",
	    .is_accepted = true);
}

/* A message of lines of 10 octets on the wire; free() it. */
static char *
lines(size_t octets)
{
	struct buf text = BUF_INIT(octets + 100);
	CHECK(buf_printf(&text, "\n"));
	while (text.len / 9 * 10 < octets)
		CHECK(buf_printf(&text, "01234567\n"));
	char *copy = str_dup(buf_str(&text));
	buf_release(&text);
	return copy;
}

/* Its sender is refused with a part of the text in out. */
static struct play *
open_large(const struct scene *sc)
{
	struct play *p = play_open(sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	CHECK(buf_add_str(
	    &p->in, STR("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n")));
	p->want = smtp_step(&p->session, &p->in, &p->out);
	CHECK_EQ(p->want, SMTP_WANT_ROOM);
	CHECK(!p->session.is_text_sent);
	CHECK(buf_add_str(&p->in, STR("550 no\r\n")));
	return p;
}

TEST(a_chunk_whose_length_was_said_is_sent_to_its_end)
{
	char *text = lines(200000);
	const struct scene sc = { .message = text, .keeps_line = true };
	struct play *p = open_large(&sc);
	CHECK(buf_add_str(&p->in, STR("503 no\r\n")));
	buf_truncate(&p->sent, 0);
	play_step(p);
	CHECK_EQ(p->want, SMTP_WANT_INPUT);
	CHECK(p->session.is_text_sent);
	CHECK(p->sent.len > 200000);
	play_give(p, STR("503 no\r\n"));
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK(smtp_can_go_on(&p->session));
	play_close(p);
	free(text);
}

TEST(a_verdict_in_the_middle_of_it_ends_the_line)
{
	char *text = lines(200000);
	const struct scene sc = { .message = text, .keeps_line = true };
	struct play *p = open_large(&sc);
	CHECK(buf_add_str(&p->in, STR("503 no\r\n503 no\r\n")));
	p->want = smtp_step(&p->session, &p->in, &p->out);
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK(!smtp_can_go_on(&p->session));
	CHECK(p->session.is_final);
	CHECK_EQ(p->session.err.code, 550);
	play_close(p);
	free(text);
}
