// SPDX-License-Identifier: ISC
#include "submit/report.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/envelope.h"
#include "smtp/session.h"

static bool
is_worse(int exit, int than)
{
	return than == EX_OK || (than == EX_TEMPFAIL && exit != EX_TEMPFAIL);
}

static void
add_line(struct report *r, struct str line, bool lasts)
{
	r->lasts = mem_grow(
	    r->lasts, &r->lasts_cap, r->refusals.len + 1, sizeof(*r->lasts));
	r->lasts[r->refusals.len] = lasts;
	strvec_add(&r->refusals, line);
}

void
report_add(struct report *r, struct str line)
{
	add_line(r, line, false);
}

static void
add_refusal(struct report *r, const char *server, const char *rcpt,
    const struct smtp_outcome *o, bool lasts)
{
	AUTO(buf_release) struct buf line = BUF_INIT(8192);
	bool is_new = o->hint != NULL && o->hint != r->hint;
	(void)!buf_printf(&line, "%s: %s<%s>: refused: %s%s%s", server,
	    o->stage > SMTP_RCPT ? "message for " : "RCPT TO:", rcpt, o->said,
	    is_new ? "; " : "", is_new ? o->hint : "");
	r->hint = o->hint;
	add_line(r, buf_str(&line), lasts);
}

/* Whom the session did not come to, where it did come to some. */
static void
add_unserved(struct report *r, const char *server, const char *rcpt, bool lasts)
{
	AUTO(buf_release) struct buf line = BUF_INIT(8192);
	(void)!buf_printf(
	    &line, "%s: message for <%s>: not accepted", server, rcpt);
	add_line(r, buf_str(&line), lasts);
}

static void
keep_words(struct report *r, const struct smtp_outcome *o)
{
	r->refused_code = o->code;
	(void)snprintf(r->refused_said, sizeof(r->refused_said), "%s", o->said);
}

/* Of all that is for good: a try later would end so, too. */
static void
settle(struct report *r, const struct smtp_session *s)
{
	size_t n = s->job.envelope->rcpts.len;
	free(r->is_settled);
	r->is_settled = mem_alloc((n > 0 ? n : 1) * sizeof(*r->is_settled));
	r->is_final = s->err.exit != EX_OK && s->is_final;
	r->final_exit = EX_OK;
	for (size_t i = 0; i < n; i++) {
		enum smtp_fate fate = smtp_fate(s, i);
		const struct smtp_outcome *o = &s->outcomes[i];
		r->is_settled[i] = fate != SMTP_FATE_LATER;
		if (fate == SMTP_FATE_REFUSED && o->verdict == SMTP_REFUSED &&
		    is_worse(o->exit, r->final_exit))
			r->final_exit = o->exit;
	}
	if (r->is_final && is_worse(s->err.exit, r->final_exit))
		r->final_exit = s->err.exit;
}

size_t
report_npending(const struct report *r, size_t nrcpts)
{
	size_t n = 0;
	for (size_t i = 0; i < nrcpts; i++)
		n += r->is_settled == NULL || !r->is_settled[i];
	return n;
}

bool
report_build(struct report *r, const struct smtp_session *s, const char *server,
    struct err *e)
{
	const struct strvec *rcpts = &s->job.envelope->rcpts;
	bool is_cut_short = s->err.exit != EX_OK && s->ntaken > 0;
	int worst = EX_OK;
	const struct smtp_outcome *worst_outcome = NULL;
	r->ntaken = s->ntaken;
	r->ntransactions = s->ntransactions;
	r->has_begun = smtp_has_begun(s);
	settle(r, s);
	if (s->is_accepted)
		(void)snprintf(r->said, sizeof(r->said), "%s", s->said);
	for (size_t i = 0; i < rcpts->len; i++) {
		const struct smtp_outcome *o = &s->outcomes[i];
		if (o->verdict != SMTP_REFUSED) {
			if (o->verdict != SMTP_TAKEN && is_cut_short)
				add_unserved(r, server, rcpts->items[i],
				    r->is_settled[i]);
			continue;
		}
		add_refusal(r, server, rcpts->items[i], o, r->is_settled[i]);
		if (is_worse(o->exit, worst)) {
			worst = o->exit;
			worst_outcome = o;
		}
	}
	if (s->err.exit != EX_OK) {
		*e = s->err;
		if (is_cut_short)
			(void)err_wrap(e,
			    "accepted for %zu of %zu recipients, then",
			    s->ntaken, rcpts->len);
		(void)err_wrap(e, "%s", server);
		if (worst != EX_OK && !is_worse(e->exit, worst))
			e->exit = worst;
		return false;
	}
	if (worst_outcome == NULL)
		return true;
	keep_words(r, worst_outcome);
	size_t nothers = rcpts->len - r->refusals.len;
	(void)err_set(e, worst, "%s", "");
	if (nothers == 0)
		return false;
	return s->is_accepted
	    ? err_set(e, worst,
		  "%s: accepted for the other %zu of %zu recipients", server,
		  nothers, rcpts->len)
	    : err_set(e, worst,
		  "%s: sent to none of the %zu recipients, since "
		  "partial_delivery is off",
		  server, rcpts->len);
}

void
report_release(struct report *r)
{
	free(r->host);
	failures_release(&r->failures);
	strvec_release(&r->refusals);
	free(r->lasts);
	free(r->is_settled);
	*r = REPORT_INIT;
}
