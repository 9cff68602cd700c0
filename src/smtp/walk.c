// SPDX-License-Identifier: ISC
#include "smtp/walk.h"

#include <stdio.h>

#include "message/envelope.h"
#include "smtp/hint.h"

bool
walk_is_at(const struct smtp_session *s, enum smtp_stage stage)
{
	return s->hearing.stage == stage;
}

bool
walk_is_same(const struct smtp_cursor *a, const struct smtp_cursor *b)
{
	return a->stage == b->stage && a->rcpt == b->rcpt;
}

bool
walk_is_caught_up(const struct smtp_session *s)
{
	return walk_is_same(&s->hearing, &s->sending);
}

/*
 * Not with LMTP: where DATA has its own reply, it is clear what each of
 * those behind the message is to.
 */
bool
walk_has_chunks(const struct smtp_session *s)
{
	return s->caps.chunking && !s->job.is_lmtp;
}

/* Whether the message itself can go with the envelope by BDAT. */
static enum smtp_stage
message_stage(const struct smtp_session *s)
{
	return walk_has_chunks(s) ? SMTP_BDAT : SMTP_DATA;
}

size_t
walk_rcpt_index(const struct smtp_session *s, size_t place)
{
	return s->batch.queue[s->batch.start + place];
}

/* The step behind c in the transaction. */
void
walk_advance(const struct smtp_session *s, struct smtp_cursor *c)
{
	if (c->stage == SMTP_RSET)
		c->stage = SMTP_MAIL;
	else if (c->stage == SMTP_MAIL)
		c->stage = SMTP_RCPT;
	else if (c->stage == SMTP_RCPT && c->rcpt + 1 < s->batch.n)
		c->rcpt++;
	else if (c->stage == SMTP_RCPT)
		*c = (struct smtp_cursor){ .stage = message_stage(s) };
	else
		c->stage = c->stage == SMTP_DATA ? SMTP_TEXT : SMTP_QUIT;
}

/* Goes on at that stage; all before it is heard. */
void
walk_go_to(struct smtp_session *s, enum smtp_stage stage)
{
	s->sending = s->hearing = (struct smtp_cursor){ .stage = stage };
	s->must_hear = false;
}

/* What the session stands at, in words: "RCPT TO:<a@b>", "AUTH PLAIN". */
static void
step_text(const struct smtp_session *s, char *dst, size_t size)
{
	const char *name = s->rows[s->hearing.stage].name;
	if (walk_is_at(s, SMTP_RCPT))
		(void)snprintf(dst, size, "%s:<%s>", name,
		    s->job.envelope->rcpts
			.items[walk_rcpt_index(s, s->hearing.rcpt)]);
	else if (walk_is_at(s, SMTP_MAIL))
		(void)snprintf(
		    dst, size, "%s:<%s>", name, s->job.envelope->sender);
	else if (walk_is_at(s, SMTP_ETRN))
		(void)snprintf(dst, size, "%s %s", name, s->job.etrn);
	else if (walk_is_at(s, SMTP_AUTH) && s->mechanism != NULL)
		(void)snprintf(
		    dst, size, "%s %s", name, sasl_name(s->mechanism));
	else
		(void)snprintf(dst, size, "%s", name);
}

/* The session ends in failure; *s->err says why, and gets the step in front. */
void
walk_fail(struct smtp_session *s)
{
	char step[320];
	step_text(s, step, sizeof(step));
	(void)err_wrap(&s->err, "%s", step);
	s->is_over = true;
}

void
walk_fail_broken(struct smtp_session *s)
{
	walk_fail(s);
	s->is_broken = true;
}

void
walk_keep_response(struct smtp_session *s)
{
	if (s->response.len > 4) /* "AQ==" tells nothing */
		(void)!(buf_add_str(&s->told, buf_str(&s->response)) &&
		    buf_add(&s->told, " ", 1));
}

/* A digest, too, is something to guess passwords by. */
static bool
repeats_response(const struct smtp_session *s)
{
	struct str text = buf_str(&s->reply.text);
	struct str rest = buf_str(&s->told), word;
	while (str_word(&rest, " ", &word))
		if (str_search(text, word) < text.len)
			return true;
	return false;
}

/* Whether the reply repeats a secret. */
bool
walk_is_told(const struct smtp_session *s)
{
	return s->job.login.is_wanted &&
	    (repeats_response(s) ||
		sasl_is_told(&s->job.login, buf_str(&s->response),
		    buf_str(&s->reply.text)));
}

/* The reply's words, unless they repeat a secret. */
void
walk_said(struct smtp_session *s, char *dst, size_t size)
{
	reply_said(&s->reply, dst, size);
	if (walk_is_told(s))
		(void)snprintf(dst, size, "%d (its words repeat the password)",
		    s->reply.code);
}

const char *
walk_hint(const struct smtp_session *s)
{
	const struct sasl_login *login = &s->job.login;
	return hint_for_refusal(&(struct hint_case){
	    .stage = s->hearing.stage,
	    .code = s->reply.code,
	    .enh = s->reply.enh,
	    .words = buf_str(&s->reply.text),
	    .explanation = s->sasl != NULL ? str_of(sasl_explanation(s->sasl))
					   : STR_INIT,
	    .host = login->host,
	    .user = login->user,
	    .has_login = login->is_wanted,
	    .secret = s->mechanism != NULL ? sasl_secret(s->mechanism)
					   : SASL_SECRET_PASSWORD,
	    .is_private = s->job.channel.is_private,
	});
}

/* Whether the server has all of the message, for somebody. */
static bool
may_be_delivered(const struct smtp_session *s)
{
	bool has_heard_all = s->hearing.stage > SMTP_RCPT;
	return s->is_text_sent && (s->naccepted > 0 || !has_heard_all);
}

void
walk_doubt(struct smtp_session *s)
{
	s->is_uncertain = true;
	(void)err_hint(&s->err,
	    "all of the message was sent, so it may have been delivered all "
	    "the same");
}

bool
walk_hint_if_sent(struct smtp_session *s)
{
	if (!may_be_delivered(s))
		return false;
	walk_doubt(s);
	return true;
}

/*
 * Only between two transactions, and if the last one was accepted on this
 * connection: so there is an end to it.
 */
bool
walk_may_go_on_elsewhere(struct smtp_session *s)
{
	bool is_between = walk_is_at(s, SMTP_RSET) || walk_is_at(s, SMTP_MAIL);
	if (!is_between || !s->batch.has_moved)
		return false;
	s->batch.n = 0; /* none of these was asked for */
	s->is_over = s->is_broken = s->wants_again = true;
	return true;
}

/*
 * RFC 4954 6 has 530, 534, 535 and 538 for the login; 503, a bad sequence of
 * commands, is said by some who want one.
 */
bool
walk_is_final(int code)
{
	return code / 100 == 5 && code != 503 && code != 530 && code != 534 &&
	    code != 535 && code != 538;
}

/* Whether s->reply is a verdict on the message as a whole. */
static bool
is_about_message(const struct smtp_session *s)
{
	enum smtp_stage stage = s->hearing.stage;
	bool is_asked = stage == SMTP_MAIL || stage == SMTP_DATA ||
	    stage == SMTP_TEXT || stage == SMTP_BDAT;
	return is_asked && walk_is_final(s->reply.code);
}

void
walk_refused(struct smtp_session *s)
{
	const struct reply *r = &s->reply;
	const char *why = s->sasl != NULL ? sasl_explanation(s->sasl) : "";
	if (r->code < 400) {
		(void)err_set(&s->err, EX_PROTOCOL, "unexpected reply");
		(void)walk_hint_if_sent(s);
		s->is_broken = s->is_line_fault = true;
	} else
		(void)err_set(&s->err,
		    exitcode_of_reply(s->hearing.stage, r->code, r->enh),
		    "refused%s%s%s", why[0] != '\0' ? " (" : "", why,
		    why[0] != '\0' ? ")" : "");
	s->is_final = is_about_message(s);
	s->is_line_fault |= r->code == 421 || walk_is_at(s, SMTP_RSET);
	s->err.code = r->code;
	memcpy(s->err.enh, r->enh, sizeof(s->err.enh));
	walk_said(s, s->err.said, sizeof(s->err.said));
	const char *hint = walk_hint(s);
	if (hint != NULL)
		(void)err_hint(&s->err, "%s", hint);
	walk_fail(s);
}

bool
walk_is_positive(const struct smtp_session *s)
{
	return s->reply.code / 100 == 2;
}
