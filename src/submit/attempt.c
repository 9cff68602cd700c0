// SPDX-License-Identifier: ISC
#include "submit/attempt.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/idn.h"
#include "base/log.h"
#include "config/settings.h"
#include "message/envelope.h"
#include "net/dial.h"
#include "net/owncert.h"
#include "net/stream.h"
#include "net/tls.h"
#include "net/way.h"
#include "smtp/sasl.h"
#include "smtp/session.h"
#include "submit/cache.h"
#include "submit/confine.h"
#include "submit/contact.h"
#include "submit/line.h"
#include "submit/reach.h"
#include "submit/serverinfo.h"
#include "submit/thishost.h"
#include "submit/transcript.h"

enum { TRACE_MAX = 1 << 20, PASSWORD_MAX = 1 << 16 };

void
attempt_release(struct attempt *a)
{
	tls_identity_free(&a->identity);
	buf_release(&a->in);
	buf_release(&a->out);
	buf_release(&a->trace);
	buf_release(&a->proxy_password);
	for (size_t i = 0; a->contacts != NULL && i < a->servers.len; i++)
		contact_release(&a->contacts[i]);
	free(a->contacts);
	failures_release(&a->failures);
	fd_release(&a->sessions);
	trustfile_release(&a->trust);
	servers_release(&a->servers);
}

const char *
attempt_host(const struct attempt *a)
{
	return reach_server(a)->host;
}

void
attempt_allow(struct attempt *a, size_t nservers)
{
	unsigned seconds = a->settings->timeout;
	if (seconds == 0)
		seconds = DIAL_DEFAULT_TIMEOUT;
	a->budget_msec = seconds > INT_MAX / 1000 ? INT_MAX
						  : (int)seconds * 1000;
	a->nleft = nservers;
}

void
attempt_turn(struct attempt *a, size_t n)
{
	a->servers.at = (a->servers.at + n) % a->servers.len;
	a->nleft -= n;
	a->may_resume = true;
}

/* RFC 6531 3.7.1: as A-labels; what is no domain name is the user's word. */
static const char *
name_as_set(struct attempt *a)
{
	AUTO(buf_release)
	struct buf ascii = BUF_INIT(sizeof(a->own_name) - 1);
	struct err ignored = ERR_INIT;
	struct str domain = str_of(a->settings->domain);
	if (str_is_ascii(domain) || !idn_to_ascii(domain, &ascii, &ignored))
		return a->settings->domain;
	(void)snprintf(
	    a->own_name, sizeof(a->own_name), "%s", buf_cstr(&ascii));
	return a->own_name;
}

/* RFC 5321 4.1.4: our full name, or our address as a literal. */
static void
choose_ehlo_name(struct attempt *a)
{
	if (a->settings->domain != NULL) {
		a->ehlo_name = name_as_set(a);
		return;
	}
	/* the array is full of NULs: the last stays */
	bool is_named = gethostname(a->own_name, sizeof(a->own_name) - 1) == 0;
	struct str name = thishost_full_name(str_of(a->own_name));
	a->own_name[name.len] = '\0';
	a->ehlo_name = is_named && name.len > 0 ? a->own_name : a->peer.local;
}

/*
 * Of a TLS that is not verified nothing is kept; and who asks what a server
 * is wants to see all of it.
 */
static void
open_sessions(struct attempt *a)
{
	const struct settings *s = a->settings;
	/* a command cannot be run again in the sandbox, if that fails */
	if (a->sessions == -1 && a->is_required && s->tls_certcheck &&
	    s->socket == NULL && s->tunnel == NULL && a->info == NULL)
		a->sessions = cache_open_sessions(s);
}

/* If that fails, there is another connection. */
static bool
can_resume(const struct attempt *a)
{
	return a->may_resume && a->sessions > 0;
}

/* It can be the saved session that failed; but then there is time left. */
static void
note_failure(struct attempt *a, bool resumes, const struct err *e)
{
	a->is_spoilt = resumes && clock_msec_left(a->stream.deadline_msec) > 0;
	if (a->is_spoilt)
		log_debug("with the saved TLS session: %s", e->text);
}

/* For whoever wants to know, be it refused or not. */
static void
note_tls(
    struct attempt *a, const struct tls_options *options, const struct err *why)
{
	transcript_tls(options, why);
	if (a->info != NULL)
		serverinfo_note_tls(a->info, options, why);
}

/* Settings and files that are no good are so for each server. */
static bool
is_of_files(int exit)
{
	return exit == EX_CONFIG || exit == EX_CANTCREAT || exit == EX_IOERR;
}

/*
 * Where there is a pin, or the key that was seen first, it alone decides.  Once
 * for all servers.
 */
static void
find_authorities(struct attempt *a)
{
	const struct settings *s = a->settings;
	if (a->has_trust)
		return;
	a->has_trust = line_tls(s) != TOGGLE_OFF && reach_needs_tls(a) &&
	    s->tls_certcheck && !settings_has_pin(s) &&
	    s->tls_trust != TLS_TRUST_FIRST_USE;
	if (a->has_trust)
		trustfile_find(&a->trust, s->tls_trust_file);
}

static bool
start_tls(struct attempt *a, bool is_verified, struct err *e)
{
	const struct settings *s = a->settings;
	bool resumes = false;
	AUTO(tlsinfo_release) struct tlsinfo seen = TLSINFO_INIT;
	struct tls_options options = {
		.port = s->socket != NULL ? 0 : a->peer.port,
		.is_verified = is_verified && s->tls_certcheck,
		.is_first = a->is_first,
		.timeout_s = s->timeout > 0 ? s->timeout : SMTP_TLS_TIMEOUT,
		.identity = a->identity,
		.sessions = can_resume(a) ? a->sessions : 0,
		.resumes = &resumes,
		.seen = log_is_debug() ? &seen : NULL,
	};
	find_authorities(a); /* before the sandbox, as a rule */
	options.trust = a->has_trust ? &a->trust : NULL;
	line_fill_tls(s, reach_server(a), &options);
	belief_fill(&reach_contact(a)->belief, &options);
	if (a->info != NULL)
		options.seen = &a->info->tls;
	log_debug("TLS begins");
	bool ok = tls_start(&a->stream, &options, e);
	a->is_ours = !ok && is_of_files(e->exit);
	note_tls(a, &options, ok ? NULL : e);
	if (!ok)
		note_failure(a, resumes, e);
	return ok;
}

/* "auth" without a mechanism leaves the choice to us. */
static const char *
named_mechanisms(const char *auth)
{
	if (auth == NULL || str_eq(str_of(auth), STR("auto")) ||
	    str_eq(str_of(auth), STR("on")))
		return NULL;
	return auth;
}

/* It is a fiftieth of what a resumed handshake costs, and for SCRAM alone. */
static bool
may_bind(const struct settings *s)
{
	const char *named = named_mechanisms(s->auth);
	struct str rest = named != NULL ? str_of(named) : STR_INIT, word;
	if (!settings_wants_auth(s) || named == NULL)
		return settings_wants_auth(s);
	while (str_word(&rest, " \t,", &word))
		if (str_starts_nocase(word, STR("scram")))
			return true;
	return false;
}

static struct sasl_channel
channel_of(const struct attempt *a)
{
	bool binds = a->info != NULL || may_bind(a->settings);
	return (struct sasl_channel){
		.is_private = true,
		.tls_exporter = binds ? tls_exporter(&a->stream) : STR_INIT,
		.tls_unique = binds ? tls_unique(&a->stream) : STR_INIT,
	};
}

static void
allow_time(struct attempt *a, const struct smtp_session *session)
{
	unsigned seconds = a->settings->timeout;
	if (seconds == 0)
		seconds = (unsigned)smtp_timeout(session);
	stream_allow(&a->stream, seconds);
}

static bool
step(struct attempt *a, struct smtp_session *session, enum smtp_want want,
    bool is_verified, struct err *e)
{
	if (want != SMTP_WANT_TLS)
		return stream_pump(&a->stream,
		    want == SMTP_WANT_ROOM ? STREAM_ROOM : STREAM_INPUT, &a->in,
		    &a->out, e);
	if (!start_tls(a, is_verified, e))
		return false;
	struct sasl_channel channel = channel_of(a);
	smtp_tls_started(session, &channel);
	allow_time(a, session);
	return true;
}

static void
show_trace(struct attempt *a)
{
	log_trace(buf_str(&a->trace));
	buf_truncate(&a->trace, 0);
}

/* Where TLS comes first, the server waits for us in silence. */
static void
hint_at_silence(
    const struct attempt *a, const struct smtp_session *session, struct err *e)
{
	bool is_late = clock_msec_left(a->stream.deadline_msec) == 0;
	if (is_late && smtp_progress(session) == 0 && a->stream.tls == NULL &&
	    line_tls(a->settings) != TOGGLE_OFF)
		(void)err_hint(
		    e, "does this port want TLS at once (tls_starttls off)?");
}

/* *known: of how many transactions it was told that they went well. */
static void
tell_taken(
    const struct attempt *a, const struct smtp_session *session, size_t *known)
{
	if (a->taken != NULL && session->ntransactions != *known)
		a->taken(a->whose, session);
	*known = session->ntransactions;
}

/* A command that is the line may have ended before anything was said. */
static void
explain_silence(
    const struct attempt *a, const struct smtp_session *session, struct err *e)
{
	if (smtp_progress(session) == 0 && a->stream.tls == NULL)
		net_explain(&a->peer, e);
}

/* Moves bytes for the session until it is over. */
static void
play(struct attempt *a, struct smtp_session *session, bool is_verified)
{
	uint64_t progress = smtp_progress(session);
	size_t ntransactions = session->ntransactions;
	struct err why = ERR_INIT;
	allow_time(a, session);
	for (;;) {
		enum smtp_want want = smtp_step(session, &a->in, &a->out);
		show_trace(a);
		tell_taken(a, session, &ntransactions);
		if (want == SMTP_DONE)
			return;
		if (smtp_progress(session) != progress)
			allow_time(a, session);
		progress = smtp_progress(session);
		a->ntrips += want == SMTP_WANT_INPUT && a->out.len > 0;
		if (step(a, session, want, is_verified, &why))
			continue;
		hint_at_silence(a, session, &why);
		explain_silence(a, session, &why);
		smtp_lost(session, &why);
	}
}

/* What the first connection had, later ones do not do without. */
static enum smtp_tls
tls_of(const struct attempt *a)
{
	if (a->is_first)
		return SMTP_TLS_RUNNING;
	if (a->is_required || reach_contact(a)->has_tls)
		return SMTP_TLS_REQUIRED;
	return line_tls(a->settings) == TOGGLE_OFF ? SMTP_TLS_NEVER
						   : SMTP_TLS_IF_OFFERED;
}

struct attempt
attempt_of(const struct settings *settings)
{
	struct attempt a = {
		.settings = settings,
		.sessions = -1,
		.may_resume = true,
		.has_login = settings_wants_auth(settings),
		.in = BUF_INIT(SMTP_IN_MAX),
		.out = BUF_INIT(SMTP_OUT_MAX),
		.trace = BUF_INIT(TRACE_MAX),
		.proxy_password = BUF_INIT(PASSWORD_MAX),
		.failures = FAILURES_INIT,
		.trust = TRUSTFILE_INIT,
	};
	servers_list(&a.servers, settings);
	return a;
}

static bool
shut_in(struct attempt *a, const struct smtp_job *job, struct err *e)
{
	const struct settings *s = a->settings;
	struct confine_need need = {
		.trust = a->has_trust ? &a->trust : NULL,
		.may_reconnect = can_resume(a) || job->keeps_line ||
		    (job->envelope != NULL && job->envelope->rcpts.len > 1),
		.text = job->source,
		.may_need_sasl = a->has_login &&
		    sasl_needs_library(named_mechanisms(s->auth)),
		.sessions = a->sessions,
		.folder = a->folder,
	};
	return reach_confined(a, &need, e);
}

static void
hang_up(struct attempt *a)
{
	stream_finish(&a->stream, &a->out);
	net_hang_up(&a->peer);
}

/* The connection, up to a TLS that comes first. */
static bool
open_line(struct attempt *a, const struct smtp_job *job, struct err *e)
{
	buf_truncate(&a->in, 0);
	buf_truncate(&a->out, 0);
	if (!reach(a, e))
		return false;
	choose_ehlo_name(a);
	a->is_first = line_is_tls_first(
	    a->settings, reach_server(a), a->peer.port);
	a->is_required = line_needs_tls(
	    a->settings, reach_server(a), a->peer.port);
	if (!a->is_confined) {
		open_sessions(a);
		find_authorities(a);
	}
	if (!belief_complete(&reach_contact(a)->belief, a->settings,
		reach_server(a), a->peer.port, e) ||
	    (!a->is_confined && !shut_in(a, job, e))) {
		hang_up(a);
		return err_wrap(e, "%s", a->server);
	}
	if (!a->is_first || start_tls(a, a->is_required, e))
		return true;
	if (e->exit == EX_TEMPFAIL) /* it was lost */
		net_explain(&a->peer, e);
	hang_up(a);
	return err_wrap(e, "%s: TLS handshake", a->server);
}

/*
 * The TLS session is kept if all went well with it; not if the login was
 * refused, as then the next one should begin from nothing.
 */
static void
keep_session(struct attempt *a, const struct smtp_session *session)
{
	if (a->stream.tls == NULL)
		return;
	if (session->err.exit == EX_OK)
		tls_keep(&a->stream);
	else if (session->err.exit == EX_NOPERM)
		tls_forget(&a->stream);
}

static void
close_line(struct attempt *a, const struct smtp_session *session)
{
	keep_session(a, session);
	if (session->is_broken) /* what stands there has no end */
		buf_truncate(&a->out, 0);
	log_debug("%u round trips of SMTP", a->ntrips);
	a->ntrips = 0;
	a->has_line = false;
	hang_up(a);
}

static void
close_unless_kept(struct attempt *a, struct smtp_session *session)
{
	a->has_tls = reach_contact(a)->has_tls = a->stream.tls != NULL;
	if (session->job.keeps_line && smtp_can_go_on(session))
		return;
	smtp_quit(session, &a->out);
	show_trace(a);
	close_line(a, session);
}

/* As it is before the session begins. */
static struct sasl_channel
first_channel(const struct attempt *a)
{
	if (a->is_first)
		return channel_of(a);
	return (struct sasl_channel){
		.is_private = line_is_private(a->settings),
	};
}

/* What does not depend on what the session is for. */
static void
complete_job(const struct attempt *a, struct str password, struct smtp_job *job)
{
	const struct settings *s = a->settings;
	job->ehlo_name = a->ehlo_name;
	job->is_lmtp = s->protocol == PROTOCOL_LMTP;
	job->tls = tls_of(a);
	job->channel = first_channel(a);
	job->login = (struct sasl_login){
		.is_wanted = a->has_login,
		.user = s->user,
		.password = password,
		.host = reach_server(a)->host,
		.port = a->peer.port,
		.domain = s->ntlmdomain,
		.mechanisms = named_mechanisms(s->auth),
	};
}

/* One connection with a session of its own; false if there was none. */
static bool
begin(struct attempt *a, struct str password, struct smtp_job *job,
    struct smtp_session *session, struct err *e)
{
	if (!open_line(a, job, e))
		return false;
	a->has_line = true;
	complete_job(a, password, job);
	smtp_init(session, job, log_is_debug() ? &a->trace : NULL);
	play(a, session, a->is_required);
	if (a->info != NULL)
		serverinfo_note_session(a->info, session);
	close_unless_kept(a, session);
	return true;
}

bool
attempt_begin(struct attempt *a, struct str password, struct smtp_job *job,
    struct smtp_session *session, struct err *e)
{
	if ((a->identity == NULL &&
		!line_load_identity(a->settings, &a->identity, e)) ||
	    (a->proxy_password.len == 0 &&
		!line_get_proxy_password(a->settings, &a->proxy_password, e))) {
		a->is_ours = true;
		return false;
	}
	bool has_session = begin(a, password, job, session, e);
	a->may_resume = false;
	if (!a->is_spoilt)
		return has_session;
	a->is_spoilt = false;
	log_debug("once more, with a full handshake");
	if (has_session)
		smtp_release(session);
	*e = ERR_INIT;
	return begin(a, password, job, session, e);
}

void
attempt_serve_rest(struct attempt *a, struct smtp_session *session)
{
	while (session->wants_again) {
		struct err why = ERR_INIT;
		attempt_allow(a, 1);
		log_debug("the server wants another connection for the rest");
		if (!open_line(a, &session->job, &why)) {
			smtp_give_up(session, &why);
			break;
		}
		a->has_line = true;
		struct sasl_channel channel = first_channel(a);
		session->job.login.port = a->peer.port;
		smtp_again(session, tls_of(a), &channel);
		play(a, session, a->is_required);
		close_unless_kept(a, session);
	}
}

void
attempt_look(struct attempt *a, struct smtp_session *session)
{
	struct err why = ERR_INIT;
	if (!stream_pump(&a->stream, STREAM_ROOM, &a->in, &a->out, &why))
		smtp_lost(session, &why);
	else if (a->in.len > 0)
		(void)smtp_step(session, &a->in, &a->out);
	show_trace(a);
	close_unless_kept(a, session);
}

void
attempt_go_on(struct attempt *a, struct smtp_session *session)
{
	play(a, session, a->is_required);
	close_unless_kept(a, session);
}

void
attempt_end(struct attempt *a, struct smtp_session *session)
{
	if (!a->has_line)
		return;
	smtp_quit(session, &a->out);
	show_trace(a);
	close_line(a, session);
}
