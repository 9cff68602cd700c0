// SPDX-License-Identifier: ISC
#include "smtp/session.h"

#include "message/envelope.h"
#include "smtp/walk.h"

bool
smtp_has_begun(const struct smtp_session *s)
{
	return s->has_begun;
}

/* Of a recipient. */
static bool
has_refusal(const struct smtp_session *s, int reply_class)
{
	size_t n = s->outcomes != NULL ? s->job.envelope->rcpts.len : 0;
	for (size_t i = 0; i < n; i++)
		if (s->outcomes[i].verdict == SMTP_REFUSED &&
		    s->outcomes[i].code / 100 == reply_class)
			return true;
	return false;
}

/* What files and settings of ours do to every server. */
static bool
is_ours(int exit)
{
	return exit == EX_CONFIG || exit == EX_CANTCREAT || exit == EX_IOERR ||
	    exit == EX_OSERR;
}

/*
 * Whether the server was no good from the start.  A 5xx to the login is not of
 * these, but a verdict on it; that no mechanism could be begun is.
 */
static bool
is_unfit(const struct smtp_session *s)
{
	if (is_ours(s->err.exit))
		return false;
	return s->hearing.stage < SMTP_AUTH ||
	    (s->hearing.stage == SMTP_AUTH && s->mechanism == NULL);
}

bool
smtp_may_go_elsewhere(const struct smtp_session *s)
{
	if (s->ntaken > 0 || s->is_uncertain || s->is_final ||
	    has_refusal(s, 5))
		return false;
	if (s->err.exit == EX_OK)
		return has_refusal(s, 4);
	return s->err.exit == EX_TEMPFAIL || is_unfit(s);
}

/* Where one refusal is enough for all. */
static bool
is_refused_for_another(const struct smtp_session *s)
{
	return !s->job.partial_delivery && s->has_final_refusal &&
	    s->err.exit == EX_OK && s->ntaken == 0;
}

enum smtp_fate
smtp_fate(const struct smtp_session *s, size_t rcpt)
{
	const struct smtp_outcome *o = &s->outcomes[rcpt];
	bool is_refused = o->verdict == SMTP_REFUSED
	    ? walk_is_final(o->code)
	    : s->is_final || is_refused_for_another(s);
	if (o->verdict == SMTP_TAKEN)
		return SMTP_FATE_TAKEN;
	return is_refused ? SMTP_FATE_REFUSED : SMTP_FATE_LATER;
}
