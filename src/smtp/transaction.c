// SPDX-License-Identifier: ISC
#include "smtp/transaction.h"

#include <inttypes.h>

#include "message/envelope.h"
#include "message/recode.h"
#include "message/source.h"
#include "smtp/batch.h"
#include "smtp/command.h"
#include "smtp/walk.h"

enum { ASKS_MAX = 4096 };

/* Who wants all or none cannot have several transactions. */
static bool
refuse_to_split(struct smtp_session *s, size_t nrcpts, uint64_t most)
{
	(void)err_set(&s->err, EX_UNAVAILABLE,
	    "the server takes %" PRIu64 " of the %zu recipients at once, and "
	    "partial_delivery is off; the message was sent to none",
	    most, nrcpts);
	return err_hint(&s->err,
	    "with partial_delivery on they are split, or send to fewer");
}

/* What the envelope needs, and this server has not. */
static bool
check_needs(struct smtp_session *s)
{
	size_t nrcpts = s->job.envelope->rcpts.len;
	if (!s->job.partial_delivery && s->caps.rcpt_limit > 0 &&
	    nrcpts > s->caps.rcpt_limit)
		return refuse_to_split(s, nrcpts, s->caps.rcpt_limit);
	if (s->job.envelope->needs_utf8 && !s->caps.smtputf8)
		return err_set(&s->err, EX_DATAERR,
		    "%s is not ASCII and the server does not offer SMTPUTF8; "
		    "the message was not sent",
		    s->job.envelope->not_ascii != NULL
			? s->job.envelope->not_ascii
			: "an address");
	return ask_check(s);
}

/* As it goes out: encoding makes it larger. */
static bool
check_size(struct smtp_session *s)
{
	uint64_t size = source_size(s->job.source);
	return s->caps.size_limit == 0 || size <= s->caps.size_limit ||
	    err_set(&s->err, EX_DATAERR,
		"the message has %" PRIu64 " octets and the server takes "
		"%" PRIu64 " at most; it was not sent",
		size, s->caps.size_limit);
}

/*
 * A transaction is over, and nothing more of it is to be heard.  One that
 * did not end in an accepted message may still be open for the server.
 */
static void
end_transaction(struct smtp_session *s, bool is_open)
{
	s->is_open = is_open;
	if (!batch_end(s)) {
		s->is_over = true; /* QUIT ends what is open, too */
		return;
	}
	s->naccepted = 0;
	s->nverdicts = 0;
	s->is_text_begun = s->is_text_sent = false;
	if (s->caps.mail_limit > 0 &&
	    s->batch.nmails >= s->caps.mail_limit) /* RFC 9422 4.1 */
		s->is_over = s->wants_again = true;
	else
		walk_go_to(s, is_open ? SMTP_RSET : SMTP_MAIL);
}

bool
transaction_send_rset(struct smtp_session *s, struct buf *out)
{
	return command_line(out, &s->err, "RSET");
}

/*
 * Where it is refused and the next transaction was sent behind it, the
 * replies to that tell what becomes of it.
 */
void
transaction_hear_rset(struct smtp_session *s)
{
	bool is_alone = s->sending.stage == SMTP_MAIL;
	s->is_stuck = !walk_is_positive(s);
	if (s->is_stuck && (is_alone || s->reply.code < 400))
		walk_refused(s);
	else
		walk_advance(s, &s->hearing);
}

/* What is 8-bit is encoded for a server that does not take it (RFC 6152 3). */
static bool
fit_message(struct smtp_session *s)
{
	struct source *source = s->job.source;
	if (s->caps.eightbitmime || !source_is_8bit(source))
		return true;
	s->progress++; /* it may have taken a while */
	return recode_7bit(source, &s->err);
}

bool
transaction_send_mail(struct smtp_session *s, struct buf *out)
{
	if (!check_needs(s) || !fit_message(s) || !check_size(s))
		return false;
	AUTO(buf_release) struct buf more = BUF_INIT(ASKS_MAX);
	if (!ask_mail(s, &more))
		return err_set(
		    &s->err, EX_DATAERR, "the parameters are too long");
	if (!s->has_begun)
		ask_trace(s);
	const struct command_mail mail = {
		.sender = s->job.envelope->sender,
		.with_size = s->caps.size,
		.size = source_size(s->job.source),
		.is_8bit = s->caps.eightbitmime &&
		    source_is_8bit(s->job.source),
		.is_utf8 = s->job.envelope->needs_utf8,
		.more = buf_cstr(&more),
	};
	if (!command_mail(out, &mail, &s->err))
		return false;
	batch_begin(s);
	s->is_open = s->has_begun = true;
	return true;
}

void
transaction_hear_mail(struct smtp_session *s)
{
	if (walk_is_positive(s)) {
		walk_advance(s, &s->hearing);
		return;
	}
	walk_refused(s);
	if (s->is_stuck || batch_has_line_enough(s)) {
		s->is_final = false;
		s->is_line_fault = true;
	}
	if (s->is_stuck) /* what the server takes to be open may get it */
		(void)walk_hint_if_sent(s);
}

bool
transaction_send_rcpt(struct smtp_session *s, struct buf *out)
{
	AUTO(buf_release) struct buf more = BUF_INIT(ASKS_MAX);
	size_t index = walk_rcpt_index(s, s->sending.rcpt);
	if (!ask_rcpt(s, index, &more))
		return err_set(
		    &s->err, EX_DATAERR, "the parameters are too long");
	return command_line(out, &s->err, "RCPT TO:<%s>%s",
	    s->job.envelope->rcpts.items[index], buf_cstr(&more));
}

/* The text, kept once however many recipients in a row were told it. */
static const char *
keep_text(struct smtp_session *s, const char *text)
{
	struct strvec *v = &s->texts;
	if (v->len == 0 || strcmp(v->items[v->len - 1], text) != 0)
		strvec_add(v, str_of(text));
	return v->items[v->len - 1];
}

static void
keep_refusal(struct smtp_session *s, struct smtp_outcome *o)
{
	char said[sizeof(s->err.said)];
	walk_said(s, said, sizeof(said));
	o->verdict = SMTP_REFUSED;
	o->stage = s->hearing.stage;
	/* the message, too, was refused for its recipient (LMTP) */
	o->exit = exitcode_of_reply(SMTP_RCPT, s->reply.code, s->reply.enh);
	s->has_final_refusal |= walk_is_final(s->reply.code);
	o->said = keep_text(s, said);
	o->hint = walk_hint(s);
}

static void
keep_outcome(struct smtp_session *s)
{
	const struct reply *r = &s->reply;
	struct smtp_outcome *o = batch_outcome(s, s->hearing.rcpt);
	*o = (struct smtp_outcome){ .code = r->code };
	memcpy(o->enh, r->enh, sizeof(o->enh));
	if (walk_is_positive(s)) {
		o->verdict = SMTP_ACCEPTED;
		s->naccepted++;
	} else if (batch_is_full(s))
		batch_defer(s, s->hearing.rcpt);
	else
		keep_refusal(s, o);
}

/* All recipients are heard: is there still somebody to send it to? */
static void
hear_last_rcpt(struct smtp_session *s)
{
	bool is_uncommitted = walk_is_caught_up(s) && !s->is_text_begun;
	if (!is_uncommitted || s->naccepted == s->batch.n)
		return;
	if (s->naccepted > 0 && s->job.partial_delivery)
		return;
	if (s->batch.ndeferred > 0) {
		(void)refuse_to_split(
		    s, s->job.envelope->rcpts.len, s->naccepted);
		s->is_final = true;
		walk_fail(s);
	} else
		end_transaction(s, true);
}

void
transaction_hear_rcpt(struct smtp_session *s)
{
	if (s->reply.code / 100 == 3) {
		walk_refused(s);
		return;
	}
	keep_outcome(s);
	walk_advance(s, &s->hearing);
	if (!walk_is_at(s, SMTP_RCPT))
		hear_last_rcpt(s);
}

bool
transaction_send_data(struct smtp_session *s, struct buf *out)
{
	return command_line(out, &s->err, "DATA");
}

/*
 * A server may say 354 though it has refused all recipients; then the text
 * is a lone dot (RFC 2920 3.1), but not with LMTP, where nothing would be
 * said to it (RFC 2033 4.2).
 */
void
transaction_hear_data(struct smtp_session *s)
{
	bool has_text = s->naccepted > 0 || !s->job.is_lmtp;
	if (s->reply.code == 354 && has_text) {
		walk_go_to(s, SMTP_TEXT);
		body_init(&s->body, s->job.source, BODY_DOT);
	} else if (s->naccepted == 0 && s->reply.code >= 400)
		end_transaction(s, true);
	else
		walk_refused(s);
}

/* Another piece; the cursor moves on when it was the last. */
static bool
send_piece(struct smtp_session *s, struct buf *out)
{
	uint64_t before = s->body.nread;
	s->is_text_begun = true;
	if (!body_fill(&s->body, out, WALK_OUT_GOAL, &s->err))
		return false;
	s->progress += s->body.nread != before;
	s->is_text_sent = s->body.is_done;
	return true;
}

bool
transaction_send_text(struct smtp_session *s, struct buf *out)
{
	if (s->naccepted > 0)
		return send_piece(s, out);
	s->is_text_begun = s->is_text_sent = true;
	return command_line(out, &s->err, ".");
}

bool
transaction_send_bdat(struct smtp_session *s, struct buf *out)
{
	if (!s->is_text_begun) {
		body_init(&s->body, s->job.source, BODY_CHUNK);
		if (!command_line(out, &s->err, "BDAT %" PRIu64 " LAST",
			source_size(s->job.source)))
			return false;
	}
	return send_piece(s, out);
}

static void
take(struct smtp_session *s, struct smtp_outcome *o)
{
	o->verdict = SMTP_TAKEN;
	s->ntaken++;
	s->is_accepted = true;
}

/* From the place that nverdicts counts to. */
static bool
has_accepted_left(struct smtp_session *s)
{
	while (s->nverdicts < s->batch.n &&
	    batch_outcome(s, s->nverdicts)->verdict != SMTP_ACCEPTED)
		s->nverdicts++;
	return s->nverdicts < s->batch.n;
}

/* RFC 2033 4.2: a reply for each recipient accepted, in their order. */
static void
hear_verdict_for_one(struct smtp_session *s)
{
	if (s->reply.code / 100 == 3 || !has_accepted_left(s)) {
		walk_refused(s);
		return;
	}
	struct smtp_outcome *o = batch_outcome(s, s->nverdicts);
	o->code = s->reply.code;
	memcpy(o->enh, s->reply.enh, sizeof(o->enh));
	if (walk_is_positive(s)) {
		walk_said(s, s->said, sizeof(s->said));
		take(s, o);
	} else
		keep_refusal(s, o);
	s->has_verdict = !has_accepted_left(s);
}

void
transaction_hear_message(struct smtp_session *s)
{
	bool is_early = !s->is_text_sent || s->has_unsent;
	if (is_early)
		s->is_broken = true;
	if (walk_is_positive(s) && is_early) {
		(void)err_set(&s->err, EX_PROTOCOL,
		    "the server accepted it before its end was sent");
		walk_fail(s);
	} else if (s->naccepted == 0 && (!is_early || batch_is_last(s))) {
		end_transaction(s, true);
	} else if (s->job.is_lmtp && !is_early) {
		hear_verdict_for_one(s);
	} else if (walk_is_positive(s)) {
		s->has_verdict = true;
		walk_said(s, s->said, sizeof(s->said));
	} else
		walk_refused(s);
}

void
transaction_doubt(struct smtp_session *s)
{
	for (size_t i = 0; s->job.is_lmtp && i < s->batch.n; i++) {
		struct smtp_outcome *o = batch_outcome(s, i);
		if (o->verdict == SMTP_REFUSED && o->stage == SMTP_RCPT)
			continue;
		s->ntaken -= o->verdict == SMTP_TAKEN;
		*o = (struct smtp_outcome){ .verdict = SMTP_ACCEPTED };
	}
	s->is_accepted = s->ntaken > 0;
}

void
transaction_accepted(struct smtp_session *s)
{
	bool is_for_some = false;
	for (size_t i = 0; i < s->batch.n; i++) {
		struct smtp_outcome *o = batch_outcome(s, i);
		if (o->verdict == SMTP_ACCEPTED)
			take(s, o);
		is_for_some |= o->verdict == SMTP_TAKEN;
	}
	s->ntransactions += is_for_some;
	s->batch.has_moved = true;
	end_transaction(s, false);
	s->can_quit = true; /* nothing was sent behind the message */
}
