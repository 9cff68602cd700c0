// SPDX-License-Identifier: ISC
/* More recipients than the server takes at once. */
#include <stdlib.h>

#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define PIPE HELLO("S 250-PIPELINING\n")
#define PIPE_BDAT HELLO("S 250-PIPELINING\nS 250-CHUNKING\n")
#define PLAIN HELLO("")
#define LIMIT_2 HELLO("S 250-PIPELINING\nS 250-LIMITS RCPTMAX=2\n")
#define TEXT "C Subject: x\nC \nC hi\n"
#define MAIL "C MAIL FROM:<a@example>\n"
#define RCPT(x) "C RCPT TO:<" x "@example>\n"
#define THREE "b@example c@example d@example"
#define BY_CHUNK "C BDAT 18 LAST\n" TEXT
#define OK "S 250 ok\n"
#define FULL "S 452 4.5.3 too many\n"

TEST(a_limit_that_is_announced_is_kept)
{
	PLAY(.rcpts = THREE,
	    .script = LIMIT_2 MAIL RCPT("b")
		RCPT("c") "C DATA\n" OK OK OK "S 354 go\n" TEXT
			  "C .\n" OK MAIL RCPT("d") "C DATA\n" OK OK
						    "S 354 go\n" TEXT "C .\n" OK
						    "C QUIT\n",
	    .is_accepted = true);
}

TEST(who_is_one_too_many_is_in_the_next_transaction)
{
	PLAY(.rcpts = THREE,
	    .script = PIPE_BDAT MAIL RCPT("b") RCPT("c") RCPT("d")
		BY_CHUNK OK OK FULL FULL OK
		    /* one was taken, so the next ones have one each */
		    MAIL RCPT("c") BY_CHUNK OK OK OK MAIL RCPT("d")
			BY_CHUNK OK OK OK "C QUIT\n",
	    .is_accepted = true);
}

TEST(nobody_else_is_asked_for_once_it_is_full)
{
	PLAY(.rcpts = THREE,
	    .script = PLAIN MAIL OK RCPT("b") OK RCPT("c") FULL
	    "C DATA\nS 354 go\n" TEXT "C .\n" OK MAIL OK RCPT("c") OK
	    "C DATA\nS 354 go\n" TEXT "C .\n" OK MAIL OK RCPT("d") OK
	    "C DATA\nS 354 go\n" TEXT "C .\n" OK "C QUIT\n",
	    .is_accepted = true);
}

TEST(every_word_for_too_many_is_understood)
{
	static const char *const words[] = { "452 4.5.3 no", "451 4.5.3 no",
		"550 5.5.3 no", "552 5.5.3 no", "452 Too many recipients",
		"552 too many recipients", "451 sorry, TOO MANY", "452 no",
		"452 4.3.1 no" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		char script[1000];
		(void)snprintf(script, sizeof(script),
		    PIPE_BDAT MAIL RCPT("b") RCPT("c") BY_CHUNK OK OK
		    "S %s\n" OK MAIL RCPT("c") BY_CHUNK OK OK OK "C QUIT\n",
		    words[i]);
		PLAY(.rcpts = "b@example c@example", .script = script,
		    .is_accepted = true);
	}
}

TEST(another_reason_is_a_refusal)
{
	static const struct {
		const char *words;
		int exit;
	} rows[] = {
		{ "452 4.2.2 mailbox full", EX_TEMPFAIL },
		{ "452 4.7.1 greylisted", EX_TEMPFAIL },
		{ "450 too busy", EX_TEMPFAIL },
		{ "552 mailbox full", EX_DATAERR },
		{ "552 5.2.2 mailbox full", EX_DATAERR },
		{ "550 too many of you", EX_NOUSER },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char script[1000], enh[12] = "";
		(void)snprintf(script, sizeof(script),
		    PIPE_BDAT MAIL RCPT("b") RCPT("c") BY_CHUNK OK OK
		    "S %s\n" OK "C QUIT\n",
		    rows[i].words);
		if (rows[i].words[5] == '.')
			(void)snprintf(
			    enh, sizeof(enh), "%.5s", rows[i].words + 4);
		PLAY(.rcpts = "b@example c@example", .script = script,
		    .is_accepted = true, .exit = rows[i].exit,
		    .code = (int)strtol(rows[i].words, NULL, 10), .enh = enh);
	}
}

TEST(who_is_too_many_alone_is_refused)
{
	PLAY(.script = PIPE_BDAT MAIL RCPT("b") BY_CHUNK OK FULL
	    "S 503 no\nC QUIT\n",
	    .exit = EX_TEMPFAIL, .code = 452, .enh = "4.5.3");
	PLAY(.rcpts = THREE,
	    .script = PIPE_BDAT MAIL RCPT("b") RCPT("c") RCPT("d")
		BY_CHUNK OK OK "S 452 no\n" OK OK MAIL RCPT("c") BY_CHUNK OK
	    "S 452 no\nS 503 no\nC QUIT\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL, .code = 452);
}

TEST(a_transaction_of_nobody_is_ended_before_the_next)
{
	PLAY(.rcpts = THREE,
	    .script = LIMIT_2 MAIL RCPT("b")
		RCPT("c") "C DATA\n" OK "S 550 no\nS 550 no\nS 503 nobody\n"
			  "C RSET\n" MAIL RCPT("d") "C DATA\n" OK OK OK
						    "S 354 go\n" TEXT "C .\n" OK
						    "C QUIT\n",
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550);
	PLAY(.rcpts = THREE,
	    .script = HELLO("S 250-LIMITS RCPTMAX=2\n") MAIL OK RCPT(
		"b") "S 550 no\n" RCPT("c") "S 550 no\nC RSET\n" OK MAIL OK
		RCPT("d") "S 550 no\nC QUIT\n",
	    .exit = EX_NOUSER, .code = 550);
}

TEST(a_dot_to_nobody_ends_the_transaction_too)
{
	PLAY(.rcpts = THREE,
	    .script = LIMIT_2 MAIL RCPT("b")
		RCPT("c") "C DATA\n" OK
			  "S 550 no\nS 550 no\nS 354 go\nC .\nS 554 nobody\n"
			  "C RSET\n" MAIL RCPT("d") "C DATA\n" OK OK OK
						    "S 354 go\n" TEXT "C .\n" OK
						    "C QUIT\n",
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550);
}

TEST(all_or_none_is_not_split)
{
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = HELLO(
		"S 250-PIPELINING\nS 250-LIMITS RCPTMAX=2\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE, .text = "takes 2 of the 3 recipients",
	    .hint = "partial_delivery on");
	PLAY(.rcpts = THREE, .all_or_none = true,
	    .script = PIPE MAIL RCPT("b") RCPT("c") RCPT("d") OK OK FULL FULL
	    "C QUIT\n",
	    .exit = EX_UNAVAILABLE, .text = "takes 1 of the 3 recipients");
	PLAY(.rcpts = "b@example c@example", .all_or_none = true,
	    .script = LIMIT_2 MAIL RCPT("b") RCPT("c") OK OK OK
	    "C DATA\nS 354 go\n" TEXT "C .\n" OK "C QUIT\n",
	    .is_accepted = true);
}

TEST(a_later_failure_leaves_the_first_ones_their_mail)
{
	PLAY(.rcpts = THREE,
	    .script = LIMIT_2 MAIL RCPT("b")
		RCPT("c") "C DATA\n" OK OK OK "S 354 go\n" TEXT
			  "C .\n" OK MAIL RCPT(
			      "d") "C DATA\n" OK OK "S 354 go\n" TEXT
				   "C .\nS 554 5.7.1 enough\nC QUIT\n",
	    .is_accepted = true, .exit = EX_NOPERM, .code = 554, .enh = "5.7.1",
	    .text = "message: refused");
}

TEST(who_got_it_and_who_did_not_is_known_at_the_end)
{
	const struct scene sc = { .rcpts = THREE };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	const struct smtp_outcome *o = p->session.outcomes;
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p,
	    STR("250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n"
		"250 LIMITS RCPTMAX=1 MAILMAX=9\r\n"));
	play_give(p, STR("250 ok\r\n250 ok\r\n250 2.0.0 id 1\r\n"));
	CHECK_EQ(o[0].verdict, SMTP_TAKEN);
	CHECK_EQ(o[1].verdict, SMTP_NOT_ASKED);
	play_give(p, STR("250 ok\r\n250 ok\r\n250 2.0.0 id\t2\r\n"));
	CHECK_STR(p->session.said, "250 2.0.0 id\\x092");
	play_give(p, STR("250 ok\r\n550 no\r\n503 nobody\r\n"));
	CHECK_EQ(o[1].verdict, SMTP_TAKEN);
	CHECK_EQ(o[2].verdict, SMTP_REFUSED);
	CHECK_EQ(p->session.ntaken, 2);
	CHECK_EQ(p->session.ntransactions, 2);
	CHECK_EQ(p->want, SMTP_DONE);
	play_close(p);
}

#define LIMIT_1 HELLO("S 250-CHUNKING\nS 250-LIMITS RCPTMAX=1\n")
#define FOR(x)          \
	MAIL OK RCPT(x) \
	OK BY_CHUNK OK

TEST(a_good_bye_between_two_transactions_asks_for_another_connection)
{
	PLAY(.rcpts = "b@example c@example",
	    .script = LIMIT_1 FOR("b") MAIL
	    "S 421 4.3.2 that was enough\nG\n" LIMIT_1 FOR("c") "C QUIT\n",
	    .is_accepted = true);
	PLAY(.rcpts = "b@example c@example",
	    .script = LIMIT_1 FOR("b") MAIL
	    "X\nG\n" LIMIT_1 FOR("c") "C QUIT\n",
	    .is_accepted = true);
}

TEST(a_good_bye_that_comes_with_the_verdict_does_too)
{
	const struct scene sc = { .rcpts = "b@example c@example" };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p,
	    STR("250-mx\r\n250-PIPELINING\r\n250-CHUNKING\r\n"
		"250 LIMITS RCPTMAX=1\r\n"));
	play_give(p, STR("250 ok\r\n250 ok\r\n250 taken\r\n421 bye\r\n"));
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK(p->session.wants_again);
	CHECK_EQ(p->session.err.exit, EX_OK);
	CHECK_EQ(p->session.ntaken, 1);
	play_again(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, STR("250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n"));
	play_give(p, STR("250 ok\r\n250 ok\r\n250 taken\r\n"));
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK_EQ(play_exit(p), EX_OK);
	CHECK_EQ(p->session.ntaken, 2);
	play_close(p);
}

TEST(a_connection_without_progress_is_the_last)
{
	PLAY(.rcpts = "b@example c@example",
	    .script = LIMIT_1 FOR("b") MAIL "S 421 bye\nG\n" LIMIT_1 MAIL
					    "S 421 bye\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL, .code = 421,
	    .text = "MAIL FROM:<a@example>: refused");
	PLAY(.rcpts = "b@example c@example",
	    .script = LIMIT_1 FOR("b") MAIL "S 421 bye\nG\nX\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL,
	    .text = "greeting: connection closed");
	PLAY(.rcpts = "b@example c@example",
	    .script = LIMIT_1 FOR("b") MAIL "S 421 bye\nF\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL,
	    .text = "connection refused");
}

TEST(a_loss_after_the_text_was_sent_is_not_tried_again)
{
	PLAY(.rcpts = "b@example c@example",
	    .script = HELLO("S 250-CHUNKING\nS 250-PIPELINING\n"
			    "S 250-LIMITS RCPTMAX=1\n") MAIL RCPT("b")
		BY_CHUNK OK OK OK MAIL RCPT("c") BY_CHUNK "X\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL, .hint = "may have been");
	PLAY(.rcpts = "b@example c@example",
	    .script = LIMIT_1 FOR("b") MAIL OK RCPT("c") "S 421 bye\n",
	    .is_accepted = true, .exit = EX_TEMPFAIL, .code = 421,
	    .text = "RCPT TO:<c@example>: refused");
}

TEST(as_many_transactions_as_a_connection_may_have)
{
	const char *hello = HELLO("S 250-CHUNKING\n"
				  "S 250-LIMITS MAILMAX=2 RCPTMAX=1\n");
	char script[2000];
	(void)snprintf(script, sizeof(script), "%s%sC QUIT\nG\n%s%s", hello,
	    FOR("b") FOR("c"), hello, FOR("d") "C QUIT\n");
	PLAY(.rcpts = THREE, .script = script, .is_accepted = true);
	(void)snprintf(script, sizeof(script),
	    "%s" MAIL OK RCPT("b") "S 550 no\nC RSET\n" OK FOR(
		"c") "C QUIT\nG\n%s" FOR("d") "C QUIT\n",
	    hello, hello);
	PLAY(.rcpts = THREE, .script = script, .is_accepted = true,
	    .exit = EX_NOUSER, .code = 550);
}

TEST(a_reset_that_is_refused_ends_it)
{
	PLAY(.rcpts = THREE,
	    .script = HELLO("S 250-LIMITS RCPTMAX=1\n")
		MAIL OK RCPT("b") "S 550 no\nC RSET\nS 500 what\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 500, .text = "RSET: refused");
}

/* A server with a limit that it does not announce. */
struct limited {
	size_t most;       /* recipients in a transaction */
	size_t most_mails; /* transactions on a connection; 0: no limit */
	bool is_announced;
	bool all_or_none;      /* what the client wants */
	size_t nmails, nrcpts; /* of this connection, this transaction */
	size_t nasked, nconnections, ntransactions, naccepted, ntaken;
	bool is_text, has_greeted;
};

static bool
limited_line(struct limited *l, struct str line, struct buf *reply)
{
	if (l->is_text) {
		l->is_text = !str_eq(line, STR("."));
		if (l->is_text)
			return true;
		l->ntransactions++;
		l->ntaken += l->nrcpts;
		l->nrcpts = 0;
		return buf_printf(reply, "250 ok\r\n");
	}
	if (str_starts_nocase(line, STR("EHLO")))
		return buf_printf(reply, "250-mx\r\n") &&
		    (!l->is_announced ||
			buf_printf(
			    reply, "250-LIMITS RCPTMAX=%zu\r\n", l->most)) &&
		    buf_printf(reply, "250 PIPELINING\r\n");
	if (str_starts_nocase(line, STR("MAIL")) && l->most_mails > 0 &&
	    l->nmails++ == l->most_mails) {
		(void)!buf_printf(reply, "421 enough\r\n");
		return false;
	}
	if (str_starts_nocase(line, STR("DATA"))) {
		l->is_text = true;
		return buf_printf(reply, "354 go\r\n");
	}
	if (!str_starts_nocase(line, STR("RCPT")))
		return buf_printf(reply, "250 ok\r\n");
	l->nasked++;
	if (l->nrcpts == l->most)
		return buf_printf(reply, "452 too many\r\n");
	l->nrcpts++;
	return buf_printf(reply, "250 ok\r\n");
}

static bool
limited_serve(void *arg, struct buf *sent, struct buf *reply)
{
	struct limited *l = arg;
	struct buf line = BUF_INIT(1000);
	if (!l->has_greeted) {
		l->has_greeted = true;
		l->nconnections++;
		return buf_printf(reply, "220 mx\r\n");
	}
	bool ok = true;
	while (ok && play_take_line(sent, &line))
		ok = limited_line(l, buf_str(&line), reply);
	buf_release(&line);
	if (!ok)
		buf_truncate(sent, 0);
	return ok;
}

static void
play_limited(struct limited *l, size_t nrcpts)
{
	struct buf rcpts = BUF_INIT(4 << 20);
	for (size_t i = 0; i < nrcpts; i++)
		CHECK(buf_printf(&rcpts, "user%zu@domain.example ", i));
	const struct scene sc = { .rcpts = buf_cstr(&rcpts),
		.all_or_none = l->all_or_none };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_against(p, limited_serve, l);
	while (p->session.wants_again) {
		*l = (struct limited){ .most = l->most,
			.most_mails = l->most_mails,
			.is_announced = l->is_announced,
			.nasked = l->nasked,
			.nconnections = l->nconnections,
			.ntransactions = l->ntransactions,
			.ntaken = l->ntaken };
		buf_truncate(&p->sent, 0);
		play_again(p);
		play_against(p, limited_serve, l);
	}
	CHECK_EQ(play_exit(p), EX_OK);
	CHECK_EQ(l->ntaken, nrcpts);
	CHECK_EQ(p->session.ntaken, nrcpts);
	CHECK_EQ(p->session.ntransactions, l->ntransactions);
	CHECK_EQ(p->session.texts.len, 0);
	play_close(p);
	buf_release(&rcpts);
}

enum { MANY = 20000 };

TEST(a_limit_of_a_hundred_splits_20000_recipients)
{
	struct limited l = { .most = 100, .is_announced = true };
	play_limited(&l, MANY);
	CHECK_EQ(l.ntransactions, MANY / 100);
	CHECK_EQ(l.nasked, MANY);
	CHECK_EQ(l.nconnections, 1);
}

TEST(a_limit_that_is_found_out_costs_one_transaction_of_refusals)
{
	struct limited l = { .most = 100 };
	play_limited(&l, MANY);
	CHECK_EQ(l.ntransactions, MANY / 100);
	CHECK_EQ(l.nasked, MANY + 900); /* 1000 were asked for at first */
}

TEST(a_server_that_takes_1000_gets_1000_at_once)
{
	struct limited l = { .most = 1000 };
	play_limited(&l, MANY);
	CHECK_EQ(l.ntransactions, MANY / 1000);
	CHECK_EQ(l.nasked, MANY);
}

TEST(a_server_that_says_it_takes_all_gets_all_at_once)
{
	struct limited l = { .most = MANY, .is_announced = true };
	play_limited(&l, MANY);
	CHECK_EQ(l.ntransactions, 1);
}

TEST(all_or_none_is_one_transaction_however_many_they_are)
{
	struct limited l = { .most = MANY, .all_or_none = true };
	play_limited(&l, MANY);
	CHECK_EQ(l.ntransactions, 1);
}

TEST(connections_that_end_early_follow_each_other)
{
	struct limited l = { .most = 100, .most_mails = 7 };
	play_limited(&l, MANY);
	CHECK_EQ(l.ntransactions, MANY / 100);
	CHECK_EQ(l.nconnections, (MANY / 100 + 6) / 7);
	CHECK(l.nasked < (size_t)2 * MANY);
}

TEST(one_recipient_at_a_time_is_still_linear)
{
	struct limited l = { .most = 1 };
	play_limited(&l, 3000);
	CHECK_EQ(l.ntransactions, 3000);
	CHECK_EQ(l.nasked, 3000 + 999);
}
