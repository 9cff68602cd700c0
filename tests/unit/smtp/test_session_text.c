// SPDX-License-Identifier: ISC
/* The message itself: when it goes out, and what the server says to it. */
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define TEXT "C Subject: x\nC \nC hi\n"
#define ENVELOPE                              \
	"C MAIL FROM:<a@example>\nS 250 ok\n" \
	"C RCPT TO:<b@example>\nS 250 ok\n"
#define BY_DOT HELLO("") ENVELOPE "C DATA\nS 354 go\n" TEXT "C .\n"
#define BY_CHUNK HELLO("S 250-CHUNKING\n") ENVELOPE "C BDAT 18 LAST\n" TEXT
#define IN_ONE                                             \
	HELLO("S 250-CHUNKING\nS 250-PIPELINING\n")        \
	"C MAIL FROM:<a@example>\nC RCPT TO:<b@example>\n" \
	"C BDAT 18 LAST\n" TEXT

enum { LARGE = 300000, SMALL = 200000 };

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

/* A session up to the reply to EHLO, of which nothing is sent by itself. */
static struct play *
open_with(const struct scene *sc, const char *offers)
{
	struct play *p = play_open(sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	buf_truncate(&p->sent, 0);
	CHECK(buf_add_str(&p->in, str_of(offers)));
	return p;
}

static enum smtp_want
step(struct play *p)
{
	p->want = smtp_step(&p->session, &p->in, &p->out);
	return p->want;
}

static void
say(struct play *p, const char *text)
{
	CHECK(buf_add_str(&p->in, str_of(text)));
	(void)step(p);
}

static bool
has_sent(struct play *p, const char *text)
{
	return strstr(buf_cstr(&p->out), text) != NULL;
}

TEST(reports_what_the_server_says_to_the_text)
{
	static const struct {
		const char *reply;
		int code, exit;
		const char *enh;
	} rows[] = {
		{ "451 4.3.0 later", 451, EX_TEMPFAIL, "4.3.0" },
		{ "452 full", 452, EX_TEMPFAIL, "" },
		{ "550 no", 550, EX_UNAVAILABLE, "" },
		{ "550 5.7.1 spam", 550, EX_NOPERM, "5.7.1" },
		{ "552 too big", 552, EX_DATAERR, "" },
		{ "554 5.6.0 bad", 554, EX_DATAERR, "5.6.0" },
		{ "554-5.1.1 a\nS 554 5.1.1 b", 554, EX_UNAVAILABLE, "5.1.1" },
	};
	static const char *const texts[] = { BY_DOT, BY_CHUNK,
		IN_ONE "S 250 ok\nS 250 ok\n" };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
			struct buf script = BUF_INIT(10000);
			CHECK(buf_printf(&script, "%sS %s\nC QUIT\n", texts[k],
			    rows[i].reply));
			PLAY(.script = buf_cstr(&script), .exit = rows[i].exit,
			    .code = rows[i].code, .enh = rows[i].enh,
			    .text = "message: refused");
			buf_release(&script);
		}
}

TEST(only_a_2xx_means_accepted)
{
	PLAY(.script = BY_DOT "S 354 go on\n", .exit = EX_PROTOCOL, .code = 354,
	    .text = "message: unexpected reply");
	PLAY(.script = BY_CHUNK "S 354 go on\n", .exit = EX_PROTOCOL,
	    .code = 354, .text = "message: unexpected reply");
	PLAY(.script = BY_DOT "S 421 4.3.2 bye\n", .exit = EX_TEMPFAIL,
	    .code = 421, .enh = "4.3.2", .text = "message: refused");
	PLAY(.script = BY_DOT "S ok\n", .exit = EX_PROTOCOL,
	    .text = "message: not an SMTP reply");
	PLAY(.script = BY_DOT "S 250-ok\nX\n", .exit = EX_TEMPFAIL,
	    .text = "message: connection closed");
	PLAY(.script = BY_DOT "S 250-ok\nS 550 no\n", .exit = EX_PROTOCOL,
	    .text = "different codes");
}

TEST(quit_needs_no_reply)
{
	PLAY(.script = BY_DOT "S 250 ok\nC QUIT\nS 500 what\nX\n",
	    .is_accepted = true);
	PLAY(.script = BY_CHUNK "S 250 ok\nC QUIT\nX\n", .is_accepted = true);
	PLAY(.script = BY_DOT "S 250 ok\nS 421 bye\nC QUIT\n",
	    .is_accepted = true);
}

TEST(a_line_lost_behind_the_end_may_have_been_enough)
{
	static const char *const texts[] = { BY_DOT "X\n", BY_CHUNK "X\n",
		IN_ONE "X\n", IN_ONE "S 250 ok\nX\n",
		IN_ONE "S 250 ok\nS 250 ok\nX\n" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		PLAY(.script = texts[i], .exit = EX_TEMPFAIL,
		    .text = "connection closed",
		    .hint = "may have been delivered");
}

TEST(a_line_lost_before_the_end_was_not_enough)
{
	static const char *const scripts[] = { "X\n",
		HELLO("") ENVELOPE "C DATA\nX\n",
		HELLO(
		    "S 250-PIPELINING\n") "C MAIL FROM:<a@example>\nC RCPT TO:<b@example>\n"
					  "C DATA\nS 250 ok\nX\n" };
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		PLAY(.script = scripts[i], .exit = EX_TEMPFAIL,
		    .text = "connection closed", .hint = "");
	/* nobody was to have it */
	PLAY(.script = IN_ONE "S 250 ok\nS 550 no\nX\n", .exit = EX_TEMPFAIL,
	    .text = "connection closed", .hint = "");
}

TEST(puts_no_text_into_the_trace)
{
	static const struct {
		const char *offers, *want;
	} rows[] = {
		{ "250-PIPELINING\r\n250 CHUNKING\r\n",
		    "-> BDAT 18 LAST\n-> (message, 18 octets)\n" },
		{ "250 mx\r\n",
		    "-> DATA\n<- 354 go\n-> (message, 18 octets)\n" },
	};
	const struct scene sc = { .script = "" };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct play *p = open_with(&sc, rows[i].offers);
		play_step(p);
		play_give(p, STR("250 ok\r\n"));
		play_give(p, STR("250 ok\r\n"));
		play_give(p, STR("354 go\r\n"));
		CHECK(play_has_told(p, str_of(rows[i].want)));
		CHECK(!play_has_told(p, STR("Subject")));
		play_close(p);
	}
}

TEST(takes_no_acceptance_before_the_end_is_sent)
{
	char *text = lines(LARGE);
	const struct scene sc = { .message = text };
	static const struct {
		const char *offers, *go;
	} ways[] = {
		{ "250 mx\r\n", "250 ok\r\n" },
		{ "250-mx\r\n250 CHUNKING\r\n", "250 ok\r\n" },
	};
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct play *p = open_with(&sc, ways[i].offers);
		play_step(p);
		play_give(p, STR("250 ok\r\n"));
		say(p, "250 ok\r\n");
		if (i == 0)
			say(p, "354 go\r\n");
		CHECK_EQ(p->want, SMTP_WANT_ROOM);
		say(p, "250 thank you\r\n");
		CHECK_EQ(p->want, SMTP_DONE);
		CHECK(!p->session.is_accepted);
		CHECK_EQ(p->session.err.exit, EX_PROTOCOL);
		CHECK(!has_sent(p, "QUIT"));
		play_close(p);
	}
	free(text);
}

/* It is all in the buffer, but none of it has gone. */
TEST(takes_no_acceptance_before_the_end_has_left)
{
	const struct scene sc = { .script = "" };
	struct play *p = open_with(&sc, "250-mx\r\n250 CHUNKING\r\n");
	play_step(p);
	play_give(p, STR("250 ok\r\n"));
	say(p, "250 ok\r\n");
	CHECK(has_sent(p, "BDAT 18 LAST\r\nSubject: x\r\n\r\nhi\r\n"));
	say(p, "250 thank you\r\n");
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK(!p->session.is_accepted);
	CHECK_EQ(p->session.err.exit, EX_PROTOCOL);
	play_close(p);
}

TEST(stops_when_it_is_refused_in_the_middle)
{
	static const struct {
		const char *reply;
		int exit;
	} rows[] = { { "552 5.3.4 too big\r\n", EX_DATAERR },
		{ "451 4.3.1 full\r\n", EX_TEMPFAIL },
		{ "421 4.3.2 bye\r\n", EX_TEMPFAIL },
		{ "354 more\r\n", EX_PROTOCOL }, { "what\r\n", EX_PROTOCOL } };
	char *text = lines(LARGE);
	const struct scene sc = { .message = text };
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		bool is_dot = i % 2 == 0;
		struct play *p = open_with(
		    &sc, is_dot ? "250 mx\r\n" : "250-mx\r\n250 CHUNKING\r\n");
		play_step(p);
		play_give(p, STR("250 ok\r\n"));
		say(p, "250 ok\r\n");
		if (is_dot)
			say(p, "354 go\r\n");
		buf_consume(&p->out, 20000);
		CHECK_EQ(step(p), SMTP_WANT_ROOM);
		say(p, rows[i / 2].reply);
		CHECK_EQ(p->want, SMTP_DONE);
		CHECK_EQ(p->session.err.exit, rows[i / 2].exit);
		CHECK(!p->session.is_accepted);
		CHECK(p->session.is_broken);
		CHECK(!has_sent(p, "QUIT"));
		CHECK(!has_sent(p, "\r\n.\r\n"));
		play_close(p);
	}
	free(text);
}

/* Where half a reply stands already, the text goes on. */
TEST(goes_on_while_a_reply_is_incomplete)
{
	char *text = lines(LARGE);
	const struct scene sc = { .message = text };
	struct play *p = open_with(&sc, "250-mx\r\n250 CHUNKING\r\n");
	play_step(p);
	play_give(p, STR("250 ok\r\n"));
	say(p, "250 ok\r\n");
	buf_consume(&p->out, p->out.len);
	say(p, "552-too\r\n55");
	CHECK_EQ(p->want, SMTP_WANT_ROOM);
	CHECK(p->out.len > 0);
	buf_consume(&p->out, p->out.len);
	say(p, "2 big\r\n");
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK_STR(p->session.err.said, "552 too big");
	play_close(p);
	free(text);
}

TEST(a_large_message_waits_for_the_recipients)
{
	char *text = lines(LARGE);
	const struct scene sc = { .message = text, .rcpts = "b@c d@e" };
	for (int refused = 0; refused < 3; refused++) {
		struct play *p = open_with(
		    &sc, "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
		CHECK_EQ(step(p), SMTP_WANT_INPUT);
		CHECK_BUF(&p->out,
		    "MAIL FROM:<a@example>\r\nRCPT TO:<b@c>\r\n"
		    "RCPT TO:<d@e>\r\n");
		buf_truncate(&p->out, 0);
		say(p, "250 ok\r\n");
		say(p, refused > 0 ? "550 no\r\n" : "250 ok\r\n");
		CHECK_BUF(&p->out, "");
		say(p, refused > 1 ? "550 no\r\n" : "250 ok\r\n");
		if (refused > 1) {
			CHECK_BUF(&p->out, "QUIT\r\n");
			CHECK_EQ(p->want, SMTP_DONE);
		} else
			CHECK(has_sent(p, "BDAT 30"));
		play_close(p);
	}
	free(text);
}

TEST(a_smaller_one_goes_with_the_envelope)
{
	char *text = lines(SMALL);
	const struct scene sc = { .message = text };
	struct play *p = open_with(
	    &sc, "250-mx\r\n250-PIPELINING\r\n250 CHUNKING\r\n");
	CHECK_EQ(step(p), SMTP_WANT_ROOM);
	CHECK(has_sent(p, "\r\nBDAT 20"));
	buf_truncate(&p->out, 0);
	/* refused in the middle of its text */
	say(p, "250 ok\r\n550 no\r\n");
	CHECK_EQ(p->want, SMTP_WANT_ROOM);
	say(p, "503 no recipients\r\n");
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK(!p->session.is_accepted);
	CHECK_EQ(play_exit(p), EX_NOUSER);
	CHECK(!has_sent(p, "QUIT"));
	play_close(p);
	free(text);
}

/* All of a large message, as the server gets it. */
TEST(a_large_message_arrives_whole)
{
	static const char *const offers[] = { "250 mx\r\n",
		"250-mx\r\n250 CHUNKING\r\n" };
	char *text = lines(LARGE);
	const struct scene sc = { .message = text };
	for (size_t i = 0; i < 2; i++) {
		struct play *p = open_with(&sc, offers[i]);
		play_step(p);
		play_give(p, STR("250 ok\r\n"));
		buf_truncate(&p->sent, 0);
		if (i == 0) {
			play_give(p, STR("250 ok\r\n"));
			CHECK_BUF(&p->sent, "DATA\r\n");
			buf_truncate(&p->sent, 0);
			play_give(p, STR("354 go\r\n"));
		} else
			play_give(p, STR("250 ok\r\n"));
		uint64_t size = source_size(&p->source);
		size_t extra = i == 0 ? strlen(".\r\n")
				      : strlen("BDAT 300002 LAST\r\n");
		CHECK_EQ(p->sent.len, size + extra);
		CHECK(p->session.is_text_sent);
		play_give(p, STR("250 ok\r\n"));
		CHECK(p->session.is_accepted);
		play_close(p);
	}
	free(text);
}

/* The file gets shorter while it is being sent. */
static void
check_source_failure(const char *offers, off_t left)
{
	const struct scene sc = { .script = "" };
	char *text = lines(LARGE);
	struct err e = ERR_INIT;
	int fd = -1;
	CHECK(fd_temporary(&fd, &e));
	CHECK(fd_write_all(fd, text, strlen(text)));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_set_fd(p, fd);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, str_of(offers));
	CHECK(ftruncate(fd, left) == 0);
	play_give(p, STR("250 ok\r\n"));
	play_give(p, STR("250 ok\r\n"));
	if (strstr(offers, "CHUNKING") == NULL)
		play_give(p, STR("354 go\r\n"));
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK(!p->session.is_accepted);
	CHECK(!p->session.is_text_sent);
	CHECK_EQ(p->session.err.exit, EX_IOERR);
	CHECK(strstr(p->session.err.text, "message: ") != NULL);
	/* neither the end nor, as a part of the text, QUIT */
	const char *sent = buf_cstr(&p->sent);
	bool is_begun = strstr(sent, "DATA\r\n") != NULL ||
	    strstr(sent, "BDAT") != NULL;
	CHECK(strstr(sent, "\r\n.\r\n") == NULL);
	CHECK(!is_begun || strstr(sent, "QUIT") == NULL);
	play_close(p);
	fd_release(&fd);
	free(text);
}

TEST(never_sends_the_end_of_a_message_that_it_cannot_read)
{
	static const off_t left[] = { 0, 1, 1000, 100000, 200000, 270000 };
	for (size_t i = 0; i < ARRAY_LEN(left); i++) {
		check_source_failure("250 mx\r\n", left[i]);
		check_source_failure("250-mx\r\n250 CHUNKING\r\n", left[i]);
	}
}

/* Time */

TEST(allows_each_step_its_time)
{
	const struct scene sc = {
		.tls = SMTP_TLS_IF_OFFERED, .user = "u", .password = "secret"
	};
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	const struct smtp_session *s = &p->session;
	play_step(p);
	CHECK_EQ(smtp_timeout(s), 300); /* greeting */
	play_give(p, STR("220 mx\r\n"));
	CHECK_EQ(smtp_timeout(s), 300); /* EHLO */
	play_give(p, STR("250-mx\r\n250 STARTTLS\r\n"));
	CHECK_EQ(smtp_timeout(s), 120); /* STARTTLS */
	play_give(p, STR("220 go\r\n"));
	CHECK_EQ(smtp_timeout(s), 60); /* the handshake */
	play_tls(p);
	CHECK_EQ(smtp_timeout(s), 300); /* EHLO */
	play_give(p, STR("250-mx\r\n250 AUTH PLAIN\r\n"));
	CHECK_EQ(smtp_timeout(s), 300); /* AUTH */
	play_give(p, STR("235 ok\r\n"));
	CHECK_EQ(smtp_timeout(s), 300); /* MAIL */
	play_give(p, STR("250 ok\r\n"));
	CHECK_EQ(smtp_timeout(s), 300); /* RCPT */
	play_give(p, STR("250 ok\r\n"));
	CHECK_EQ(smtp_timeout(s), 120); /* DATA */
	play_give(p, STR("354 go\r\n"));
	CHECK_EQ(smtp_timeout(s), 600); /* the end */
	play_close(p);
}

TEST(allows_each_piece_of_the_text_its_time)
{
	char *text = lines(LARGE);
	const struct scene sc = { .message = text };
	struct play *p = open_with(&sc, "250 mx\r\n");
	play_step(p);
	play_give(p, STR("250 ok\r\n"));
	play_give(p, STR("250 ok\r\n"));
	say(p, "354 go\r\n");
	size_t npieces = 0;
	while (p->want == SMTP_WANT_ROOM && ++npieces < 100) {
		uint64_t progress = smtp_progress(&p->session);
		if (!p->session.is_text_sent)
			CHECK_EQ(smtp_timeout(&p->session), 180);
		(void)step(p); /* nothing was sent: nothing changes */
		CHECK(smtp_progress(&p->session) == progress);
		buf_consume(&p->out, 40000);
		bool was_sent = p->session.is_text_sent;
		(void)step(p);
		CHECK(was_sent || smtp_progress(&p->session) > progress);
	}
	CHECK_EQ(npieces, 6);
	CHECK_EQ(smtp_timeout(&p->session), 600);
	play_close(p);
	free(text);
}

TEST(only_a_whole_reply_is_progress)
{
	const struct scene sc = { .script = "" };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	uint64_t progress = smtp_progress(&p->session);
	play_step(p);
	play_give(p, STR("2"));
	play_give(p, STR("20-mx\r\n"));
	play_give(p, STR("220-mx\r\n22"));
	CHECK(smtp_progress(&p->session) == progress);
	play_give(p, STR("0 mx\r\n"));
	CHECK(smtp_progress(&p->session) > progress);
	play_close(p);
}

TEST(does_not_take_a_recipients_reply_for_the_verdict_on_the_message)
{
	struct play *p = open_with(
	    &(struct scene){ .rcpts = "b@example", .message = "hi\n" },
	    "250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n");
	CHECK(step(p) == SMTP_WANT_INPUT);
	buf_truncate(&p->out, 0); /* it is sent */
	/* one 250 too many, and then the message is refused */
	say(p, "250 ok\r\n250 oh\r\n250 ok\r\n554 no\r\n");
	CHECK_EQ(p->want, SMTP_DONE);
	CHECK(!p->session.is_accepted);
	CHECK_EQ(p->session.err.exit, EX_PROTOCOL);
	CHECK(strstr(p->session.err.hint, "may have been delivered") != NULL);
	CHECK(!has_sent(p, "QUIT"));
	play_close(p);
}
