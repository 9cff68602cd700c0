// SPDX-License-Identifier: ISC
/* Several messages on one connection. */
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define PIPE_BDAT HELLO("S 250-PIPELINING\nS 250-CHUNKING\n")
#define TEXT "C Subject: x\nC \nC hi\n"
#define GROUP                                              \
	"C MAIL FROM:<a@example>\nC RCPT TO:<b@example>\n" \
	"C BDAT 18 LAST\n" TEXT
#define OK "S 250 ok\n"
#define BY_DATA                                                     \
	"C MAIL FROM:<a@example>\n" OK "C RCPT TO:<b@example>\n" OK \
	"C DATA\nS 354 go\n" TEXT "C .\n" OK

TEST(another_message_needs_no_new_greeting_and_one_round_trip)
{
	PLAY(.keeps_line = true,
	    .script = PIPE_BDAT GROUP OK OK OK
	    "M\n" GROUP OK OK OK "M\n" GROUP OK OK OK "Q\nC QUIT\n",
	    .is_accepted = true);
}

TEST(without_pipelining_it_is_the_same)
{
	PLAY(.keeps_line = true,
	    .script = HELLO("") BY_DATA "M\n" BY_DATA "Q\nC QUIT\n",
	    .is_accepted = true);
}

TEST(a_message_refused_for_all_leaves_the_line_for_the_next)
{
	PLAY(.keeps_line = true,
	    .script = PIPE_BDAT GROUP OK "S 550 no\n"
					 "S 503 nobody\n"
					 "M\nC RSET\n" GROUP OK OK OK OK
					 "Q\nC QUIT\n",
	    .is_accepted = true);
	PLAY(.keeps_line = true,
	    .script = HELLO("") "C MAIL FROM:<a@example>\n" OK
				"C RCPT TO:<b@example>\nS 550 no\n"
				"M\nC RSET\n" OK BY_DATA "Q\nC QUIT\n",
	    .is_accepted = true);
}

TEST(a_text_that_is_refused_leaves_it_too)
{
	PLAY(.keeps_line = true,
	    .script = PIPE_BDAT GROUP OK OK "S 554 spam\n"
					    "M\nC RSET\n" GROUP OK OK OK OK
					    "Q\nC QUIT\n",
	    .is_accepted = true);
}

TEST(a_sender_that_is_refused_leaves_it_where_nothing_ran_ahead)
{
	PLAY(.keeps_line = true,
	    .script = HELLO("") "C MAIL FROM:<a@example>\nS 550 no\n"
				"M\nC RSET\n" OK BY_DATA "Q\nC QUIT\n",
	    .is_accepted = true);
}

TEST(a_server_that_hangs_up_gets_no_other_message)
{
	PLAY(.keeps_line = true,
	    .script = PIPE_BDAT GROUP OK OK "S 421 closing\n"
					    "Q\n",
	    .exit = EX_TEMPFAIL, .code = 421);
}
