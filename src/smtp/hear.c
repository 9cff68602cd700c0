// SPDX-License-Identifier: ISC
#include "smtp/hear.h"

#include <stdio.h>

#include "smtp/rest.h"
#include "smtp/trace.h"
#include "smtp/transaction.h"
#include "smtp/walk.h"

/* A reply to nothing: the server is out of step, or says good-bye. */
static void
hear_stray(struct smtp_session *s, struct buf *in)
{
	if (rest_is_lost(s))
		return;
	char said[sizeof(s->err.said)];
	enum reply_state state = reply_take(&s->reply, in, &s->err);
	if (state == REPLY_COMPLETE && s->reply.code == 421) {
		trace_reply(s);
		if (!walk_may_go_on_elsewhere(s))
			walk_refused(s);
	} else {
		/* a part of a line may be a part of the password */
		bool is_shown = state == REPLY_COMPLETE
		    ? !walk_is_told(s)
		    : !s->job.login.is_wanted;
		str_printable_to(state == REPLY_COMPLETE
			? buf_str(&s->reply.text)
			: buf_str(in),
		    said, sizeof(said));
		(void)err_set(
		    &s->err, EX_PROTOCOL, "the server spoke out of turn");
		s->is_line_fault = true;
		if (is_shown)
			memcpy(s->err.said, said, sizeof(said));
		walk_fail(s);
	}
	s->is_broken = true;
}

/* Whether a reply may come now. */
static bool
is_awaiting(const struct smtp_session *s)
{
	return !walk_is_caught_up(s) || s->is_text_begun;
}

static void
hear_good_bye(struct smtp_session *s)
{
	if (rest_is_lost(s))
		return;
	if (!walk_may_go_on_elsewhere(s))
		walk_refused(s);
	s->is_broken = true;
}

/* The message is over with the reply to that step; more may be unheard. */
static void
end_behind(struct smtp_session *s, struct smtp_cursor heard)
{
	if (heard.stage < SMTP_RSET) { /* none runs ahead */
		s->can_quit = true;
		return;
	}
	walk_advance(s, &heard);
	s->can_quit = walk_is_same(&heard, &s->sending);
	rest_begin(s, heard);
}

static void
hear_reply(struct smtp_session *s)
{
	struct smtp_cursor heard = s->hearing;
	bool is_rest = s->is_draining;
	s->progress++;
	trace_reply(s);
	if (s->reply.code == 421)
		hear_good_bye(s);
	else if (is_rest)
		rest_hear(s);
	else
		s->rows[s->hearing.stage].hear(s);
	reply_reset(&s->reply);
	if (walk_is_caught_up(s))
		s->must_hear = false;
	if (s->is_over && !is_rest)
		end_behind(s, heard);
}

/* s->err says why it is no reply, and shows some of it. */
static void
hear_nonsense(struct smtp_session *s, const struct err *why)
{
	if (rest_is_lost(s))
		return;
	s->err = *why;
	(void)walk_hint_if_sent(s);
	s->is_line_fault = true;
	if (s->mechanism != NULL) /* a part of it may be of the password */
		(void)snprintf(s->err.said, sizeof(s->err.said),
		    "it may repeat the password and is not shown");
	walk_fail_broken(s);
}

/*
 * Where the message goes in one group with the envelope, a reply too many
 * before makes us take the last recipient's for the verdict on the message,
 * and with LMTP one too many gives a recipient the verdict on another.
 * Then the last verdict itself stands behind it.  Only what is here already is
 * seen: to wait for more would cost each message a round trip.  Elsewhere it
 * cannot be, and what a server says after all is done is its own affair.
 */
static void
hear_behind_verdict(struct smtp_session *s, struct buf *in)
{
	bool is_one_group = s->caps.pipelining && walk_has_chunks(s);
	bool is_shifted = in->len > 0 && (is_one_group || s->job.is_lmtp);
	bool is_farewell = is_shifted &&
	    reply_take(&s->reply, in, &s->err) == REPLY_COMPLETE &&
	    (s->reply.code == 421 || s->reply.code == 221);
	s->has_verdict = false;
	if (!is_shifted || is_farewell)
		transaction_accepted(s);
	else {
		transaction_doubt(s);
		(void)err_set(&s->err, EX_PROTOCOL,
		    "the server says more than it was asked, so its verdict "
		    "is not clear");
		s->is_line_fault = true;
		(void)walk_hint_if_sent(s);
		walk_fail_broken(s);
	}
	if (is_farewell && !s->is_over)
		(void)walk_may_go_on_elsewhere(s); /* it was accepted */
	s->is_broken |= is_farewell && s->job.keeps_line;
	reply_reset(&s->reply);
}

void
hear_all(struct smtp_session *s, struct buf *in)
{
	while (!s->is_over && !s->wants_tls && in->len > 0) {
		if (!is_awaiting(s)) {
			hear_stray(s, in);
			return;
		}
		struct err why = ERR_INIT;
		switch (reply_take(&s->reply, in, &why)) {
		case REPLY_MORE: return;
		case REPLY_BAD: hear_nonsense(s, &why); return;
		case REPLY_COMPLETE: hear_reply(s); break;
		}
		if (s->has_verdict)
			hear_behind_verdict(s, in);
	}
	if (!s->wants_tls || in->len == 0)
		return;
	s->wants_tls = false;
	(void)err_set(&s->err, EX_PROTOCOL,
	    "something stands behind the server's reply to STARTTLS: somebody "
	    "on the way may have put it there; nothing was sent in the "
	    "clear");
	walk_fail_broken(s);
}
