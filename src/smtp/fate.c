// SPDX-License-Identifier: ISC
#include "smtp/session.h"
#include "smtp/walk.h"

bool
smtp_has_begun(const struct smtp_session *s)
{
	return s->has_begun;
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
