// SPDX-License-Identifier: ISC
#include "smtp/transaction.h"

#include <inttypes.h>

#include "message/envelope.h"
#include "message/recode.h"
#include "message/source.h"
#include "smtp/command.h"
#include "smtp/walk.h"

/* What the envelope and the message need, and this server has not. */
static bool
check_limits(struct smtp_session *s)
{
	uint64_t size = source_size(s->job.source);
	if (s->caps.size_limit > 0 && size > s->caps.size_limit)
		return err_set(&s->err, EX_DATAERR,
		    "the message has %" PRIu64 " octets and the server takes "
		    "%" PRIu64 " at most; it was not sent",
		    size, s->caps.size_limit);
	if (s->job.envelope->needs_utf8 && !s->caps.smtputf8)
		return err_set(&s->err, EX_DATAERR,
		    "%s is not ASCII and the server does not offer SMTPUTF8; "
		    "the message was not sent",
		    s->job.envelope->not_ascii != NULL
			? s->job.envelope->not_ascii
			: "an address");
	return true;
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
	if (!fit_message(s) || !check_limits(s))
		return false;
	const struct command_mail mail = {
		.sender = s->job.envelope->sender,
		.with_size = s->caps.size,
		.size = source_size(s->job.source),
		.is_8bit = s->caps.eightbitmime &&
		    source_is_8bit(s->job.source),
		.is_utf8 = s->job.envelope->needs_utf8,
	};
	return command_mail(out, &mail, &s->err);
}

void
transaction_hear_mail(struct smtp_session *s)
{
	if (!walk_is_positive(s)) {
		walk_refused(s);
		return;
	}
	walk_advance(s, &s->hearing);
}

bool
transaction_send_rcpt(struct smtp_session *s, struct buf *out)
{
	return command_line(out, &s->err, "RCPT TO:<%s>",
	    s->job.envelope->rcpts.items[s->sending.rcpt]);
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
keep_outcome(struct smtp_session *s)
{
	const struct reply *r = &s->reply;
	struct smtp_outcome *o = &s->outcomes[s->hearing.rcpt];
	*o = (struct smtp_outcome){ .code = r->code };
	memcpy(o->enh, r->enh, sizeof(o->enh));
	if (walk_is_positive(s)) {
		o->verdict = SMTP_ACCEPTED;
		s->naccepted++;
		return;
	}
	char said[sizeof(s->err.said)];
	walk_said(s, said, sizeof(said));
	o->verdict = SMTP_REFUSED;
	o->exit = exitcode_of_reply(SMTP_RCPT, r->code, r->enh);
	o->said = keep_text(s, said);
}

/* All recipients are heard: is there still somebody to send it to? */
static void
hear_last_rcpt(struct smtp_session *s)
{
	bool is_uncommitted = walk_is_caught_up(s) && !s->is_text_begun;
	if (!is_uncommitted || s->naccepted == walk_nrcpts(s))
		return;
	if (s->naccepted > 0 && s->job.partial_delivery)
		return;
	s->is_over = true; /* QUIT ends the transaction, too */
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
 * is a lone dot (RFC 2920 3.1).
 */
void
transaction_hear_data(struct smtp_session *s)
{
	if (s->reply.code == 354) {
		walk_go_to(s, SMTP_TEXT);
		body_init(&s->body, s->job.source, BODY_DOT);
	} else if (s->naccepted == 0 && s->reply.code >= 400)
		s->is_over = true;
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
	} else if (s->naccepted == 0) {
		s->is_over = true;
	} else if (walk_is_positive(s)) {
		s->is_accepted = true;
		walk_said(s, s->said, sizeof(s->said));
		s->is_over = true;
	} else
		walk_refused(s);
}
