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

/* What belongs to a message alone. */

#define BOTH_WAYS "S 250-PIPELINING\nS 250-CHUNKING\n"
#define TO(params) "C MAIL FROM:<a@example>" params "\nC RCPT TO:<b@example>\n"
#define BODY "C BDAT 18 LAST\n" TEXT

TEST(the_envelope_is_that_of_each_message)
{
	const struct scene third = { .sender = "c@example",
		.rcpts = "d@example e@example" };
	const struct scene second = {
		.sender = "", .next = &third, .message = "Subject: y\n\nho\n.\n"
	};
	PLAY(.keeps_line = true, .next = &second,
	    .script = PIPE_BDAT GROUP OK OK OK
	    "V bg T\nM\nC MAIL FROM:<>\nC RCPT TO:<b@example>\n"
	    "C BDAT 21 LAST\nC Subject: y\nC \nC ho\nC .\n" OK OK OK
	    "V bg T\nM\nC MAIL FROM:<c@example>\nC RCPT TO:<d@example>\n"
	    "C RCPT TO:<e@example>\n" BODY OK "S 550 no\n" OK OK "V bg RT\n",
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550);
}

TEST(what_one_message_needs_the_others_do_not)
{
	const struct scene third = { .rcpts = "b@example" };
	const struct scene second = { .needs_utf8 = true, .next = &third };
	PLAY(.keeps_line = true, .next = &second,
	    .script = HELLO(BOTH_WAYS "S 250-SMTPUTF8\n") GROUP OK OK OK
	    "M\n" TO(" SMTPUTF8") BODY OK OK OK "M\n" GROUP OK OK OK,
	    .is_accepted = true);
	/* where it is not there, no command of that message is sent */
	PLAY(.keeps_line = true, .next = &second,
	    .script = PIPE_BDAT GROUP OK OK OK "V bg T\nM\nV fg R\n"
					       "M\n" GROUP OK OK OK "V bg T\n",
	    .is_accepted = true);
}

TEST(one_that_is_too_large_is_passed_over)
{
	const struct scene second = { .message = "Subject: x\n\nhi\n" };
	PLAY(.keeps_line = true, .next = &second,
	    .message = "Subject: xx\n\nhi\n",
	    .script = HELLO(BOTH_WAYS "S 250-SIZE 18\n") "V fg R\nM\n" TO(
		" SIZE=18") BODY OK OK OK "V bg T\n",
	    .is_accepted = true);
}

TEST(one_that_cannot_be_made_fit_is_passed_over)
{
	/* a signature would not stand it */
	const struct scene second = {
		.message = "MIME-Version: 1.0\n"
			   "Content-Type: multipart/signed; boundary=x\n\n"
			   "--x\n\n\xc3\xa9\n--x--\n"
	};
	const struct scene third = { .message = "Subject: x\n\nhi\n" };
	struct scene chain = second;
	chain.next = &third;
	PLAY(.keeps_line = true, .next = &chain,
	    .script = PIPE_BDAT GROUP OK OK OK "M\nV fg R\n"
					       "M\n" GROUP OK OK OK "V bg T\n",
	    .is_accepted = true);
}

TEST(eight_bits_are_encoded_or_told_for_each)
{
	const struct scene third = { .message = "Subject: x\n\nhi\n" };
	const struct scene second = { .message = "Subject: x\n\n\xc3\xa9\n",
		.next = &third };
	PLAY(.keeps_line = true, .next = &second,
	    .script = HELLO(BOTH_WAYS "S 250-8BITMIME\n") GROUP OK OK OK
	    "M\n" TO(" BODY=8BITMIME") "C BDAT 18 LAST\nC Subject: x\nC \n"
				       "C \xc3\xa9\n" OK OK OK
				       "M\n" GROUP OK OK OK,
	    .is_accepted = true);
#define ENCODED                                               \
	"C BDAT 86 LAST\nC Subject: x\nC MIME-Version: 1.0\n" \
	"C Content-Transfer-Encoding: quoted-printable\nC \nC =C3=A9\n"
	/* the one that is sent again has been encoded already */
	PLAY(.keeps_line = true, .message = "Subject: x\n\n\xc3\xa9\n",
	    .script = PIPE_BDAT TO("") ENCODED OK OK OK "M\n" TO("")
		ENCODED OK OK OK,
	    .is_accepted = true);
}

TEST(what_is_asked_for_is_that_of_each)
{
	const struct smtp_ask never[SMTP_ASK_COUNT] = {
		[SMTP_ASK_NOTIFY] = { .value = "NEVER", .who = "dsn_notify" },
	};
	const struct smtp_ask half[SMTP_ASK_COUNT] = {
		[SMTP_ASK_RET] = { .value = "HDRS", .who = "dsn_return" },
	};
	const struct scene third = { .rcpts = "b@example" };
	const struct scene second = { .asks = half, .next = &third };
	PLAY(.keeps_line = true, .asks = never, .next = &second,
	    .script = HELLO(BOTH_WAYS
		"S 250-DSN\n") "C MAIL FROM:<a@example>\n"
			       "C RCPT TO:<b@example> NOTIFY=NEVER"
			       " ORCPT=rfc822;b@example\n" BODY OK OK OK
			       "M\n" TO(" RET=HDRS") BODY OK OK OK
	    "M\n" GROUP OK OK OK,
	    .is_accepted = true);
}

/* The trace has all of it, and says of each what is left out. */
TEST(the_trace_tells_of_each_message)
{
	const struct smtp_ask half[SMTP_ASK_COUNT] = {
		[SMTP_ASK_RET] = { .value = "HDRS", .who = "dsn_return" },
	};
	const struct scene sc = { .keeps_line = true, .asks = half };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, STR("250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n"));
	play_give(p, STR("550 no\r\n503 a\r\n503 b\r\n"));
	CHECK(play_has_told(p,
	    STR("\n-- DSN is not offered: RET is left out\n"
		"-> MAIL FROM:<a@example>\n")));
	CHECK(play_has_told(p, STR("\n<- 550 no\n<- 503 a\n<- 503 b\n")));
	buf_truncate(&p->trace, 0);
	smtp_next(&p->session, &p->envelope, &p->source, half);
	play_step(p);
	play_give(p, STR("250 reset\r\n250 ok\r\n250 ok\r\n250 taken\r\n"));
	CHECK_BUF(&p->trace,
	    "-> RSET\n-- DSN is not offered: RET is left out\n"
	    "-> MAIL FROM:<a@example>\n-> RCPT TO:<b@example>\n"
	    "-> BDAT 18 LAST\n-> (message, 18 octets)\n"
	    "<- 250 reset\n<- 250 ok\n<- 250 ok\n<- 250 taken\n");
	buf_truncate(&p->trace, 0);
	smtp_quit(&p->session, &p->out);
	CHECK_BUF(&p->trace, "-> QUIT\n");
	play_close(p);
}

/* Round trips */

struct counter {
	bool is_refusing; /* every third recipient */
	bool is_greeted;
	size_t nturns, nmails, nquits, chunk_left;
};

static bool
answer(struct counter *c, struct str line, struct buf *reply)
{
	static const char hello[] = "250-mx\r\n250-PIPELINING\r\n"
				    "250 CHUNKING\r\n";
	bool is_refused = c->is_refusing && c->nmails % 3 == 0;
	struct str rest = str_from(line, strlen("BDAT ")), word;
	uint64_t n = 0;
	if (str_starts_nocase(line, STR("EHLO")))
		return buf_printf(reply, "%s", hello);
	if (str_starts_nocase(line, STR("MAIL")))
		c->nmails++;
	if (str_starts_nocase(line, STR("RCPT")) && is_refused)
		return buf_printf(reply, "550 no\r\n");
	if (!str_starts_nocase(line, STR("BDAT")))
		return buf_printf(reply, "250 ok\r\n");
	CHECK(str_word(&rest, " ", &word) && parse_uint(word, 1, 99, &n));
	c->chunk_left = (size_t)n;
	return buf_printf(reply, is_refused ? "503 no\r\n" : "250 ok\r\n");
}

static bool
count(void *arg, struct buf *sent, struct buf *reply)
{
	struct counter *c = arg;
	struct buf line = BUF_INIT(1000);
	bool ok = c->is_greeted || buf_printf(reply, "220 mx\r\n");
	c->is_greeted = true;
	c->nturns++;
	while (ok && play_take_line(sent, &line)) {
		ok = answer(c, buf_str(&line), reply);
		CHECK(sent->len >= c->chunk_left);
		buf_consume(sent, c->chunk_left);
		c->chunk_left = 0;
	}
	buf_release(&line);
	return ok;
}

static void
check_round_trips(bool is_refusing, size_t n)
{
	const struct scene sc = { .keeps_line = true };
	struct counter c = { .is_refusing = is_refusing };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	size_t ntaken = 0;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			smtp_next(&p->session, &p->envelope, &p->source,
			    p->session.job.asks);
		play_against(p, count, &c);
		CHECK(smtp_can_go_on(&p->session));
		CHECK_EQ(p->sent.len, 0);
		ntaken += p->session.ntaken;
	}
	CHECK_EQ(c.nmails, n);
	CHECK_EQ(ntaken, is_refusing ? n - n / 3 : n);
	CHECK_EQ(c.nturns, 2 + n); /* the greeting, and EHLO */
	play_close(p);
}

TEST(a_small_message_is_one_round_trip)
{
	check_round_trips(false, 1000);
}

TEST(one_behind_a_refusal_is_no_more)
{
	check_round_trips(true, 999);
}
