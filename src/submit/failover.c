// SPDX-License-Identifier: ISC
#include "submit/failover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "message/envelope.h"
#include "smtp/session.h"
#include "submit/attempt.h"
#include "submit/contact.h"
#include "submit/reach.h"
#include "submit/report.h"
#include "submit/serverinfo.h"

/* A session that is over, and whose it was. */
struct heard {
	struct smtp_session session;
	struct err err;
	size_t at;
	bool has_tls;
	char server[sizeof(((struct attempt *)NULL)->server)];
	bool is_there;
};

/* What a session failed by, in an error alone. */
static struct err
error_of(const struct attempt *a, const struct smtp_session *s)
{
	struct err e = s->err;
	size_t n = s->outcomes != NULL ? s->job.envelope->rcpts.len : 0;
	size_t first = n, nrefused = 0;
	for (size_t i = 0; i < n; i++) {
		bool is_refused = s->outcomes[i].verdict == SMTP_REFUSED;
		first = is_refused && first == n ? i : first;
		nrefused += is_refused;
	}
	if (e.exit == EX_OK && nrefused > 0) {
		const struct smtp_outcome *o = &s->outcomes[first];
		(void)err_set(&e, o->exit, "%s<%s>%s: refused",
		    o->stage > SMTP_RCPT ? "message for " : "RCPT TO:",
		    s->job.envelope->rcpts.items[first],
		    nrefused > 1 ? " and others" : "");
		e.code = o->code;
		(void)snprintf(e.said, sizeof(e.said), "%s", o->said);
		if (o->hint != NULL)
			(void)err_hint(&e, "%s", o->hint);
	}
	(void)err_wrap(&e, "%s", a->server);
	return e;
}

/* Who asks what a server is wants to hear it of the first there is. */
static bool
may_go_on(const struct failover *f, const struct smtp_session *session)
{
	const struct attempt *a = f->attempt;
	if (a->is_ours)
		return false;
	if (a->info != NULL)
		return a->info->server[0] == '\0';
	return session == NULL || smtp_may_go_elsewhere(session);
}

/*
 * How many steps it is to the next server, 0 if there is none.  Where one has
 * put off the message, there is none in those that were no good before: a run
 * would have to try them with each that is put off.
 */
static size_t
way_on(const struct failover *f, const struct smtp_session *session)
{
	const struct attempt *a = f->attempt;
	bool is_put_off = session != NULL && smtp_has_begun(session);
	if (!may_go_on(f, session))
		return 0;
	for (size_t n = 1; n < a->nleft; n++) {
		size_t at = (a->servers.at + n) % a->servers.len;
		if (!is_put_off || !a->contacts[at].is_unfit)
			return n;
	}
	return 0;
}

/* The try with the server at hand. */
static bool
try(const struct failover *f, struct smtp_session *session, struct err *e)
{
	struct attempt *a = f->attempt;
	bool has_session = attempt_begin(a, f->password, f->job, session, e);
	if (a->contacts != NULL && !a->is_ours)
		reach_contact(a)->is_unfit = !has_session ||
		    (!smtp_has_begun(session) && !session->is_final);
	return has_session;
}

/* Another one was told of the message: what this one said is one failure more.
 */
static void
supersede(struct attempt *a, struct heard *h)
{
	if (!h->is_there)
		return;
	failures_add(&a->failures, &h->err);
	smtp_release(&h->session);
	h->is_there = false;
}

/* What a server says that was told of the message counts, in case that others
 * are not even there. */
static void
put_aside(struct attempt *a, struct heard *h, struct smtp_session *session)
{
	struct err e = error_of(a, session);
	attempt_end(a, session);
	log_debug("%s%s%s", e.text, e.said[0] != '\0' ? ": " : "", e.said);
	if (!smtp_has_begun(session)) {
		failures_add(&a->failures, &e);
		smtp_release(session);
		return;
	}
	supersede(a, h);
	*h = (struct heard){
		.session = *session,
		.err = e,
		.at = a->servers.at,
		.has_tls = a->has_tls,
		.is_there = true,
	};
	memcpy(h->server, a->server, sizeof(h->server));
}

/* None of the others was told of the message. */
static void
take_back(struct attempt *a, struct heard *h, struct smtp_session *session)
{
	*session = h->session;
	a->servers.at = h->at;
	a->has_tls = h->has_tls;
	memcpy(a->server, h->server, sizeof(a->server));
}

static bool
has_soft_failure(const struct failures *f)
{
	for (size_t i = 0; i < f->len; i++)
		if (f->items[i].exit == EX_TEMPFAIL)
			return true;
	return false;
}

/*
 * The last one's word.  What others failed by is forgotten where it is a
 * verdict; else a later try may do better if it may with one of them.
 */
static void
conclude(struct attempt *a, struct smtp_session *session, struct err *e)
{
	struct err *last = session != NULL ? &session->err : e;
	bool is_begun = session != NULL && smtp_has_begun(session);
	bool is_verdict = is_begun
	    ? !smtp_may_go_elsewhere(session)
	    : last->exit == EX_OK || (session != NULL && session->is_final);
	if (is_verdict)
		failures_release(&a->failures);
	else if (!is_begun && !a->is_ours && has_soft_failure(&a->failures))
		last->exit = EX_TEMPFAIL;
	if (session == NULL)
		failures_forget(&a->failures, e);
}

/* Goes on behind the first one's try. */
static bool
go_round(const struct failover *f, bool has_session,
    struct smtp_session *session, struct err *e)
{
	struct attempt *a = f->attempt;
	struct heard heard = { .is_there = false };
	size_t n;
	while ((n = way_on(f, has_session ? session : NULL)) > 0) {
		if (has_session)
			put_aside(a, &heard, session);
		else {
			log_debug("%s", e->text);
			failures_add(&a->failures, e);
		}
		*e = ERR_INIT;
		attempt_turn(a, n);
		log_debug("the next server is %s", attempt_host(a));
		has_session = try(f, session, e);
	}
	if (has_session && smtp_has_begun(session))
		supersede(a, &heard);
	if (heard.is_there) {
		if (has_session)
			put_aside(a, &heard, session);
		else
			failures_add(&a->failures, e);
		*e = ERR_INIT;
		take_back(a, &heard, session);
		has_session = true;
	}
	conclude(a, has_session ? session : NULL, e);
	return has_session;
}

bool
failover_begin(
    const struct failover *f, struct smtp_session *session, struct err *e)
{
	struct attempt *a = f->attempt;
	failures_release(&a->failures);
	attempt_allow(a, 1);
	reach_find(a);
	bool has_session = try(f, session, e);
	return go_round(f, has_session, session, e);
}

bool
failover_go_on(
    const struct failover *f, struct smtp_session *session, struct err *e)
{
	struct attempt *a = f->attempt;
	failures_release(&a->failures);
	attempt_allow(a, a->servers.len);
	return go_round(f, true, session, e);
}

void
failover_report(const struct attempt *a, struct report *r)
{
	free(r->host);
	r->host = str_dup(str_of(attempt_host(a)));
	failures_copy(&r->failures, &a->failures);
}
