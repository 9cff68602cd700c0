// SPDX-License-Identifier: ISC
#include "smtp/rest.h"

#include "smtp/walk.h"

/*
 * Nothing new is sent but what has to follow: the end of a chunk whose length
 * was said, and the lone dot where DATA is answered with 354 though nobody
 * is to have the message (RFC 2920 3.1).  The deadline is that of each reply.
 */

void
rest_begin(struct smtp_session *s, struct smtp_cursor heard)
{
	bool can_keep = s->job.keeps_line && !s->is_broken &&
	    !s->is_line_fault && !s->is_stuck && !s->wants_again;
	if (!s->is_over || s->can_quit || !can_keep)
		return;
	s->is_over = false;
	s->is_draining = true;
	s->hearing = heard;
	s->naccepted = 0;
	s->must_hear = !s->is_text_begun || s->is_text_sent;
}

static void
drop(struct smtp_session *s)
{
	s->is_over = s->is_broken = true;
}

bool
rest_is_lost(struct smtp_session *s)
{
	if (s->is_draining)
		drop(s);
	return s->is_draining;
}

/* With a dot it would get an empty message. */
static void
hear_go_ahead(struct smtp_session *s)
{
	if (s->naccepted > 0 || s->job.is_lmtp)
		drop(s);
	else
		walk_go_to(s, SMTP_TEXT);
}

/* It took what it had refused; who is told of the refusal may have it. */
static void
hear_late_yes(struct smtp_session *s)
{
	s->err = ERR_INIT;
	(void)err_set(&s->err, EX_PROTOCOL,
	    "the server refused the message, and then took it");
	s->is_final = false;
	s->is_line_fault = true;
	walk_doubt(s);
	drop(s);
}

void
rest_hear(struct smtp_session *s)
{
	bool is_yes = walk_is_positive(s);
	bool is_verdict = walk_is_at(s, SMTP_TEXT) || walk_is_at(s, SMTP_BDAT);
	if (walk_is_at(s, SMTP_DATA) && s->reply.code == 354) {
		hear_go_ahead(s);
		return;
	}
	if (is_verdict && is_yes && s->naccepted > 0) {
		hear_late_yes(s);
		return;
	}
	if (!is_yes && (s->reply.code < 400 || walk_is_at(s, SMTP_RSET))) {
		drop(s);
		return;
	}
	s->naccepted += walk_is_at(s, SMTP_RCPT) && is_yes;
	if (is_verdict && (!s->is_text_sent || s->has_unsent)) {
		drop(s); /* before the end of it was sent */
		return;
	}
	walk_advance(s, &s->hearing);
	s->is_over = s->can_quit = walk_is_caught_up(s) &&
	    s->is_text_begun == s->is_text_sent;
}
