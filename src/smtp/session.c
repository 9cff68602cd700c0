// SPDX-License-Identifier: ISC
#include "smtp/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "message/envelope.h"
#include "message/source.h"
#include "smtp/batch.h"
#include "smtp/command.h"
#include "smtp/hear.h"
#include "smtp/opening.h"
#include "smtp/rest.h"
#include "smtp/trace.h"
#include "smtp/transaction.h"
#include "smtp/walk.h"

/*
 * The session is a walk over the rows of the table below, by two cursors.
 * The sending one stands at the step whose command goes out next, the
 * hearing one at the step that the next reply answers.  Between MAIL and the
 * end of the group the sending one runs ahead if the server offered
 * PIPELINING (RFC 2920); a step that must end a group stops it until the
 * hearing one has caught up.  So a reply that comes while the two are equal
 * answers nothing: it is out of turn, whatever the command, and what stands
 * behind the reply to STARTTLS is the same case.
 *
 *   GREETING EHLO [STARTTLS (TLS) EHLO] [AUTH...] MAIL RCPT... DATA TEXT QUIT
 *                                          | ETRN QUIT         | BDAT
 *
 * Where the server takes only some of the recipients at once, another
 * transaction follows: [RSET] MAIL RCPT... (batch.c).
 *
 * A step's reply decides in its hear function where the walk goes on.
 *
 * Another message on the same connection is the walk from [RSET] MAIL on.  It
 * does not begin before the verdict on the last one is heard, though that
 * would save round trips: a line that is lost would leave more than one
 * message uncertain, and messages of one sender must keep their order if the
 * first is refused for now.
 */

/*
 * A message up to this size goes out with the envelope in one group of BDAT;
 * for a larger one we first hear whether anybody may have it.
 */
enum { EAGER_MAX = 262144 };

/* RFC 5321 4.5.3.2, in seconds; while text goes out, for each piece of it. */
enum { TEXT_PIECE_TIMEOUT = 180 };

/* RFC 2033 4.1: there is no HELO to fall back to. */
static void
hear_lhlo(struct smtp_session *s)
{
	if (walk_is_positive(s))
		opening_hear_ehlo(s);
	else
		walk_refused(s);
}

#define ROWS(hello, hear_hello)                                               \
	{                                                                     \
		[SMTP_GREETING] = { "greeting", 300, true, NULL,              \
			opening_hear_greeting },                              \
		[SMTP_EHLO] = { hello, 300, true, opening_send_ehlo,          \
			hear_hello },                                         \
		[SMTP_HELO] = { "HELO", 300, true, opening_send_ehlo,         \
			opening_hear_ehlo },                                  \
		[SMTP_STARTTLS] = { "STARTTLS", 120, true,                    \
			opening_send_starttls, opening_hear_starttls },       \
		[SMTP_TLS] = { "TLS handshake", SMTP_TLS_TIMEOUT, true, NULL, \
			NULL },                                               \
		[SMTP_AUTH] = { "AUTH", 300, true, opening_send_auth,         \
			opening_hear_auth },                                  \
		[SMTP_ETRN] = { "ETRN", 300, true, opening_send_etrn,         \
			opening_hear_etrn },                                  \
		[SMTP_RSET] = { "RSET", 300, false, transaction_send_rset,    \
			transaction_hear_rset },                              \
		[SMTP_MAIL] = { "MAIL FROM", 300, false,                      \
			transaction_send_mail, transaction_hear_mail },       \
		[SMTP_RCPT] = { "RCPT TO", 300, false, transaction_send_rcpt, \
			transaction_hear_rcpt },                              \
		[SMTP_DATA] = { "DATA", 120, true, transaction_send_data,     \
			transaction_hear_data },                              \
		[SMTP_TEXT] = { "message", 600, true, transaction_send_text,  \
			transaction_hear_message },                           \
		[SMTP_BDAT] = { "message", 600, true, transaction_send_bdat,  \
			transaction_hear_message },                           \
		[SMTP_QUIT] = { "QUIT", 0, true, NULL, NULL },                \
	}

static const struct smtp_row smtp_rows[] = ROWS("EHLO", opening_hear_ehlo);
static const struct smtp_row lmtp_rows[] = ROWS("LHLO", hear_lhlo);

void
smtp_tls_started(struct smtp_session *s, const struct sasl_channel *channel)
{
	assert(s->wants_tls);
	s->wants_tls = false;
	s->job.tls = SMTP_TLS_RUNNING;
	s->job.channel = *channel;
	struct buf offers = s->offers;
	s->offers = s->first_offers;
	s->first_offers = offers;
	caps_release(&s->caps); /* RFC 3207 4.2 */
	walk_go_to(s, SMTP_EHLO);
}

/* Whether the message may not follow before the recipients are heard. */
static bool
must_hear_recipients(const struct smtp_session *s)
{
	if (walk_is_caught_up(s) || s->is_text_begun)
		return false;
	if (s->sending.stage == SMTP_BDAT)
		return !s->job.partial_delivery ||
		    source_size(s->job.source) > EAGER_MAX;
	return s->sending.stage == SMTP_DATA && !s->job.partial_delivery;
}

static bool
can_send(const struct smtp_session *s, const struct buf *out)
{
	return !s->is_over && !s->wants_tls && !s->must_hear &&
	    out->len < WALK_OUT_GOAL &&
	    s->rows[s->sending.stage].send != NULL && !must_hear_recipients(s);
}

/* Whether the sending cursor has to stay where it is. */
static bool
is_unfinished(const struct smtp_session *s, enum smtp_stage stage)
{
	return (stage == SMTP_TEXT || stage == SMTP_BDAT) && !s->is_text_sent;
}

/* Past a step, that the next reply may be to. */
static void
step_on(struct smtp_session *s)
{
	enum smtp_stage stage = s->sending.stage;
	if (stage < SMTP_RSET)
		s->sending.stage = SMTP_QUIT; /* the reply decides */
	else
		walk_advance(s, &s->sending);
	if (s->rows[stage].ends_group || !s->caps.pipelining)
		s->must_hear = true;
}

/*
 * What could not be sent: by what the server offers, or by what stands in it,
 * which stays so.  To read it is another matter, and fails otherwise.
 */
static bool
is_about_message(const struct smtp_session *s)
{
	return s->sending.stage >= SMTP_MAIL &&
	    (s->err.exit == EX_DATAERR || s->err.exit == EX_UNAVAILABLE);
}

/* Nothing of that step is in out; why, is in s->err, or the verdict stands. */
static void
fail_to_send(struct smtp_session *s, bool is_first, const struct err *verdict)
{
	struct smtp_cursor heard = s->hearing;
	if (rest_is_lost(s)) {
		s->err = *verdict;
		return;
	}
	/* behind DATA it would be a line of the message */
	bool is_outside = is_first && s->sending.stage != SMTP_TEXT;
	s->can_quit = walk_is_caught_up(s) && is_outside;
	s->hearing = s->sending;
	s->is_final = is_about_message(s);
	walk_fail(s);
	if (!is_outside)
		return;
	s->is_text_begun = false;
	rest_begin(s, heard);
}

static void
send_some(struct smtp_session *s, struct buf *out)
{
	const struct err verdict = s->err; /* if it is the rest that goes */
	while (can_send(s, out)) {
		enum smtp_stage stage = s->sending.stage;
		size_t before = out->len;
		bool is_first = !s->is_text_begun;
		bool has_text_left = !s->is_text_sent;
		if (!s->rows[stage].send(s, out)) {
			buf_truncate(out, before); /* and so never its end */
			fail_to_send(s, is_first, &verdict);
			return;
		}
		if (is_first)
			trace_command(s, stage, str_from(buf_str(out), before));
		if (has_text_left && s->is_text_sent)
			trace_text(s);
		if (!is_unfinished(s, stage))
			step_on(s);
	}
}

/* With the job's envelope and source. */
static void
begin_message(struct smtp_session *s)
{
	size_t nrcpts = s->job.envelope->rcpts.len;
	assert(nrcpts > 0);
	s->outcomes = mem_zalloc(nrcpts * sizeof(*s->outcomes));
	s->batch = (struct batch){ .queue = NULL };
	batch_init(s);
}

/* What is known of its recipients. */
static void
end_message(struct smtp_session *s)
{
	batch_release(s);
	strvec_release(&s->texts);
	free(s->outcomes);
	s->outcomes = NULL;
}

void
smtp_init(struct smtp_session *s, const struct smtp_job *job, struct buf *trace)
{
	*s = (struct smtp_session){
		.rows = job->is_lmtp ? lmtp_rows : smtp_rows,
		.job = *job,
		.sending = { .stage = SMTP_EHLO },
		.hearing = { .stage = SMTP_GREETING },
		.must_hear = true,
		.caps = CAPS_INIT,
		.greeting = BUF_INIT(REPLY_TEXT_MAX),
		.offers = BUF_INIT(REPLY_TEXT_MAX),
		.first_offers = BUF_INIT(REPLY_TEXT_MAX),
		.reply = REPLY_INIT,
		.response = BUF_INIT(SMTP_OUT_MAX / 2),
		.told = BUF_INIT(SMTP_OUT_MAX),
		.trace = trace,
	};
	if (s->job.goal != SMTP_GOAL_SEND)
		return;
	begin_message(s);
}

/* Behind the login, whether or not a message was begun. */
bool
smtp_can_go_on(const struct smtp_session *s)
{
	bool is_full = s->caps.mail_limit > 0 &&
	    s->batch.nmails >= s->caps.mail_limit;
	return s->is_over && !s->is_broken && s->can_quit && !is_full &&
	    !s->wants_again && !s->is_line_fault && !s->is_stuck &&
	    s->hearing.stage >= SMTP_RSET;
}

void
smtp_next(struct smtp_session *s, const struct envelope *envelope,
    struct source *source, const struct smtp_ask asks[SMTP_ASK_COUNT])
{
	assert(smtp_can_go_on(s));
	size_t nmails = s->batch.nmails;
	end_message(s);
	s->job.envelope = envelope;
	s->job.source = source;
	memmove(s->job.asks, asks, sizeof(s->job.asks)); /* may be its own */
	s->is_over = s->can_quit = s->has_verdict = s->is_draining = false;
	s->is_text_begun = s->is_text_sent = s->is_accepted = false;
	s->has_begun = s->is_final = s->is_line_fault = s->is_uncertain = false;
	s->has_final_refusal = false;
	s->naccepted = s->ntaken = s->ntransactions = s->nverdicts = 0;
	s->said[0] = '\0';
	s->err = ERR_INIT;
	begin_message(s);
	s->batch.nmails = nmails;
	walk_go_to(s, s->is_open ? SMTP_RSET : SMTP_MAIL);
}

void
smtp_quit(struct smtp_session *s, struct buf *out)
{
	if (!s->is_over || s->is_broken || !s->can_quit)
		return;
	s->can_quit = false; /* once is enough */
	size_t before = out->len;
	(void)!command_line(out, &s->err, "QUIT");
	trace_command(s, SMTP_QUIT, str_from(buf_str(out), before));
}

/*
 * What comes between two messages is an answer to nothing, or a good-bye: the
 * next one had better go elsewhere.  The last one's verdict stands.
 */
static enum smtp_want
finish(struct smtp_session *s, const struct buf *in, struct buf *out)
{
	if (s->job.keeps_line && in->len > 0)
		s->is_broken = true;
	if (!s->job.keeps_line || s->wants_again)
		smtp_quit(s, out);
	return SMTP_DONE;
}

enum smtp_want
smtp_step(struct smtp_session *s, struct buf *in, struct buf *out)
{
	if (s->is_over)
		return finish(s, in, out);
	s->has_unsent = out->len > 0;
	hear_all(s, in);
	send_some(s, out);
	if (s->is_over)
		return finish(s, in, out);
	if (s->wants_tls)
		return SMTP_WANT_TLS;
	return out->len >= WALK_OUT_GOAL ? SMTP_WANT_ROOM : SMTP_WANT_INPUT;
}

void
smtp_lost(struct smtp_session *s, const struct err *why)
{
	if (s->is_over || rest_is_lost(s)) {
		s->is_broken = true;
		return;
	}
	s->err = *why;
	s->is_line_fault = true;
	if (walk_hint_if_sent(s))
		s->err.exit = EX_TEMPFAIL;
	else if (walk_may_go_on_elsewhere(s)) {
		s->err = ERR_INIT;
		s->is_line_fault = false;
		return;
	}
	walk_fail_broken(s);
}

void
smtp_again(struct smtp_session *s, enum smtp_tls tls,
    const struct sasl_channel *channel)
{
	assert(s->wants_again);
	opening_release(s);
	caps_release(&s->caps);
	reply_reset(&s->reply);
	s->job.tls = tls;
	s->job.channel = *channel;
	s->sending = (struct smtp_cursor){ .stage = SMTP_EHLO };
	s->hearing = (struct smtp_cursor){ .stage = SMTP_GREETING };
	s->must_hear = true;
	s->is_over = s->is_broken = s->can_quit = s->wants_again = false;
	s->is_open = s->is_stuck = false;
	s->is_text_begun = s->is_text_sent = s->is_kept_back = false;
	s->mechanism = NULL;
	s->naccepted = 0;
	s->batch.nmails = 0;
	s->batch.has_moved = false;
}

void
smtp_give_up(struct smtp_session *s, const struct err *why)
{
	assert(s->wants_again);
	s->wants_again = false;
	s->is_line_fault = true;
	s->err = *why;
}

int
smtp_timeout(const struct smtp_session *s)
{
	if (s->is_text_begun && !s->is_text_sent)
		return TEXT_PIECE_TIMEOUT;
	return s->rows[s->hearing.stage].timeout_s;
}

uint64_t
smtp_progress(const struct smtp_session *s)
{
	return s->progress;
}

void
smtp_release(struct smtp_session *s)
{
	opening_release(s);
	buf_release(&s->greeting);
	buf_release(&s->offers);
	buf_release(&s->first_offers);
	caps_release(&s->caps);
	reply_release(&s->reply);
	end_message(s);
}
