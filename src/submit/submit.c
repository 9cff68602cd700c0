// SPDX-License-Identifier: ISC
#include "submit/submit.h"

#include <string.h>

#include "base/err.h"
#include "base/fd.h"
#include "config/settings.h"
#include "message/envelope.h"
#include "smtp/session.h"
#include "submit/attempt.h"
#include "submit/failover.h"
#include "submit/report.h"
#include "submit/serverinfo.h"
#include "submit/wishes.h"

/* The session to its end; false if there was no connection for one. */
static bool
converse(struct attempt *a, struct str password, struct smtp_job *job,
    struct smtp_session *session, struct err *e)
{
	const struct failover f = {
		.attempt = a,
		.password = password,
		.job = job,
	};
	if (!failover_begin(&f, session, e))
		return false;
	attempt_serve_rest(a, session);
	return true;
}

/* The session's error, where it is all there is to tell. */
static bool
verdict(
    const struct attempt *a, const struct smtp_session *session, struct err *e)
{
	if (session->err.exit == EX_OK)
		return true;
	*e = session->err;
	return err_wrap(e, "%s", a->server);
}

bool
submit_run(const struct submit_call *call, const struct envelope *envelope,
    struct source *source, struct report *r, struct err *e)
{
	const struct settings *settings = call->settings;
	AUTO(attempt_release) struct attempt a = attempt_of(settings);
	struct smtp_session session;
	struct smtp_job job = {
		.goal = SMTP_GOAL_SEND,
		.envelope = envelope,
		.source = source,
		.partial_delivery = settings->partial_delivery,
	};
	struct wishes wishes;
	wishes_init(&wishes, settings);
	memcpy(job.asks, wishes.asks, sizeof(job.asks));
	a.folder = call->folder;
	bool has_session = converse(&a, call->password, &job, &session, e);
	failover_report(&a, r);
	if (!has_session)
		return false;
	r->has_tls = a.has_tls;
	bool ok = report_build(r, &session, a.server, e);
	smtp_release(&session);
	return ok;
}

bool
submit_info(const struct settings *settings, struct serverinfo *info,
    struct failures *failures, struct err *e)
{
	AUTO(attempt_release) struct attempt a = attempt_of(settings);
	struct smtp_session session;
	struct smtp_job job = {
		.goal = SMTP_GOAL_INFO,
		.partial_delivery = settings->partial_delivery,
	};
	a.info = info;
	info->login.is_off = settings->auth != NULL &&
	    str_eq(str_of(settings->auth), STR("off"));
	bool has_session = converse(&a, STR_INIT, &job, &session, e);
	failures_copy(failures, &a.failures);
	if (!has_session)
		return false;
	bool ok = verdict(&a, &session, e);
	smtp_release(&session);
	return ok;
}

bool
submit_etrn(const struct settings *settings, struct str password,
    const char *name, struct failures *failures, struct err *e)
{
	AUTO(attempt_release) struct attempt a = attempt_of(settings);
	struct smtp_session session;
	struct smtp_job job = { .goal = SMTP_GOAL_ETRN, .etrn = name };
	bool has_session = converse(&a, password, &job, &session, e);
	failures_copy(failures, &a.failures);
	if (!has_session)
		return false;
	bool ok = verdict(&a, &session, e);
	smtp_release(&session);
	return ok;
}
