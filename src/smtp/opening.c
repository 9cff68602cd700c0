// SPDX-License-Identifier: ISC
#include "smtp/opening.h"

#include "smtp/command.h"
#include "smtp/hint.h"
#include "smtp/walk.h"

/* RFC 4954 4: a longer line with the initial response is not for all. */
enum { AUTH_LINE_MAX = 510 };

/* For who wants to know about the server. */
static void
keep_words(struct smtp_session *s, struct buf *words)
{
	if (s->job.goal != SMTP_GOAL_INFO)
		return;
	buf_truncate(words, 0);
	(void)!buf_add_str(words, buf_str(&s->reply.text));
}

void
opening_hear_greeting(struct smtp_session *s)
{
	keep_words(s, &s->greeting);
	if (s->reply.code == 220)
		walk_go_to(s, SMTP_EHLO);
	else
		walk_refused(s);
}

bool
opening_send_ehlo(struct smtp_session *s, struct buf *out)
{
	return command_line(out, &s->err, "%s %s",
	    s->rows[s->sending.stage].name, s->job.ehlo_name);
}

/* Only a server that knows no EHLO gets HELO, and only if that will do. */
static bool
can_do_with_helo(const struct smtp_session *s)
{
	bool has_plain_tls = s->job.tls == SMTP_TLS_NEVER ||
	    s->job.tls == SMTP_TLS_IF_OFFERED;
	bool is_unknown = s->reply.code == 500 || s->reply.code == 502;
	return walk_is_at(s, SMTP_EHLO) && is_unknown && has_plain_tls &&
	    !s->job.login.is_wanted;
}

/* Logged in, or with no need to be. */
static void
end_opening(struct smtp_session *s)
{
	bool is_etrn = s->job.goal == SMTP_GOAL_ETRN;
	walk_go_to(s, is_etrn ? SMTP_ETRN : SMTP_MAIL);
	if (!is_etrn || s->caps.etrn)
		return;
	(void)err_set(&s->err, EX_UNAVAILABLE, "the server does not offer it");
	walk_fail(s);
}

/* Behind the one that the session is at. */
static const struct sasl_mechanism *
next_mechanism(const struct smtp_session *s)
{
	const struct sasl_mechanism *m = s->mechanism;
	do
		m = sasl_choose(&s->job.login, &s->job.channel, &s->caps, m);
	while (m != NULL && s->has_shown && sasl_shows_secret(m));
	return m;
}

/* With all that the server could have told us about itself. */
static void
begin_login(struct smtp_session *s)
{
	if (s->job.goal == SMTP_GOAL_INFO) {
		s->is_over = true;
		return;
	}
	if (!s->job.login.is_wanted) {
		end_opening(s);
		return;
	}
	walk_go_to(s, SMTP_AUTH);
	s->mechanism = next_mechanism(s);
	if (s->mechanism != NULL)
		return;
	if (s->caps.mechanisms.len == 0) {
		(void)err_set(&s->err, EX_UNAVAILABLE,
		    "the server offers no authentication");
		(void)err_hint(&s->err, "%s",
		    s->job.channel.is_private
			? "\"auth off\" if it needs none"
			: "it may want TLS first: see tls");
	} else {
		(void)err_set(&s->err, EX_UNAVAILABLE,
		    "the server offers none of the mechanisms that may be "
		    "used, but");
		str_printable_to(str_trim(buf_str(&s->caps.mechanisms)),
		    s->err.said, sizeof(s->err.said));
		(void)err_hint(&s->err, "%s",
		    hint_for_offers(&s->caps, &s->job.login, &s->job.channel));
	}
	walk_fail(s);
}

static void
begin_tls(struct smtp_session *s)
{
	if (s->caps.starttls) {
		walk_go_to(s, SMTP_STARTTLS);
		return;
	}
	if (s->job.tls == SMTP_TLS_IF_OFFERED) {
		begin_login(s);
		return;
	}
	walk_go_to(s, SMTP_STARTTLS);
	(void)err_set(&s->err, EX_PROTOCOL,
	    "the server does not offer it and TLS is required; nothing was "
	    "sent in the clear");
	(void)err_hint(&s->err,
	    "port 465 may have TLS at once (tls_starttls off); if this port "
	    "should offer it, somebody on the way takes that away");
	walk_fail(s);
}

void
opening_hear_ehlo(struct smtp_session *s)
{
	if (can_do_with_helo(s)) {
		walk_go_to(s, SMTP_HELO);
		return;
	}
	if (!walk_is_positive(s)) {
		walk_refused(s);
		return;
	}
	keep_words(s, &s->offers);
	if (walk_is_at(s, SMTP_EHLO))
		caps_parse(&s->caps, buf_str(&s->reply.text));
	if (s->job.tls == SMTP_TLS_IF_OFFERED ||
	    s->job.tls == SMTP_TLS_REQUIRED)
		begin_tls(s);
	else
		begin_login(s);
}

bool
opening_send_starttls(struct smtp_session *s, struct buf *out)
{
	return command_line(out, &s->err, "STARTTLS");
}

void
opening_hear_starttls(struct smtp_session *s)
{
	if (s->reply.code == 220) {
		s->wants_tls = true;
		walk_go_to(s, SMTP_TLS);
	} else if (s->job.tls == SMTP_TLS_IF_OFFERED && s->reply.code >= 400) {
		s->job.tls = SMTP_TLS_NEVER;
		begin_login(s);
	} else
		walk_refused(s);
}

/* Begins the exchange: "AUTH MECHANISM", with the response if it fits. */
static bool
send_auth_begin(struct smtp_session *s, struct buf *out)
{
	const char *name = sasl_name(s->mechanism);
	s->sasl = sasl_start(
	    s->mechanism, &s->job.login, &s->job.channel, &s->err);
	if (s->sasl == NULL)
		return false;
	buf_truncate(&s->response, 0);
	if (sasl_is_client_first(s->sasl) &&
	    !sasl_step(s->sasl, STR_INIT, &s->response, &s->err))
		return false;
	size_t len = s->response.len;
	s->is_kept_back = sizeof("AUTH  ") - 1 + strlen(name) + len >
	    AUTH_LINE_MAX;
	if (!sasl_is_client_first(s->sasl) || s->is_kept_back)
		return command_line(out, &s->err, "AUTH %s", name);
	/* RFC 4954 4: "=" is an empty response, as of EXTERNAL */
	return command_line(out, &s->err, "AUTH %s %s", name,
	    len > 0 ? buf_cstr(&s->response) : "=");
}

/*
 * The response that goes with the AUTH command is kept until the next reply:
 * the server's words are held against it.
 */
bool
opening_send_auth(struct smtp_session *s, struct buf *out)
{
	if (s->sasl == NULL)
		return send_auth_begin(s, out);
	return command_line(out, &s->err, "%s", buf_cstr(&s->response));
}

/* The response stays: later words of the server are held against it. */
static void
end_exchange(struct smtp_session *s)
{
	sasl_free(s->sasl);
	s->sasl = NULL;
}

void
opening_release(struct smtp_session *s)
{
	end_exchange(s);
	buf_release(&s->response);
	buf_release(&s->told);
}

static void
hear_challenge(struct smtp_session *s)
{
	if (!s->is_kept_back) {
		walk_keep_response(s);
		buf_truncate(&s->response, 0);
		if (!sasl_step(s->sasl, str_trim(buf_str(&s->reply.text)),
			&s->response, &s->err)) {
			/* no "*": the line is dropped, which says the same */
			walk_fail_broken(s);
			return;
		}
	}
	s->is_kept_back = false;
	walk_go_to(s, SMTP_AUTH);
}

/*
 * One refusal of the credentials ends it, lest an account be locked for what
 * looks like guessing.  A refusal of the mechanism lets us try the next: 504
 * says that the server does not know it.  534 (RFC 4954 6) does, too, but it
 * is also said to a password that was right and may not be used so; then
 * showing it again, by whatever mechanism, would be a second try.
 */
static bool
can_try_next(struct smtp_session *s)
{
	if (s->reply.code == 534 && sasl_has_shown(s->sasl) && !s->is_kept_back)
		s->has_shown = true;
	return (s->reply.code == 504 || s->reply.code == 534) &&
	    next_mechanism(s) != NULL;
}

void
opening_hear_auth(struct smtp_session *s)
{
	int code = s->reply.code;
	if (code == 334) {
		hear_challenge(s);
	} else if (code == 235 && !sasl_is_complete(s->sasl)) {
		(void)err_set(&s->err, EX_PROTOCOL,
		    "the server says yes without having proved that it knows "
		    "the password");
		walk_fail_broken(s);
	} else if (code == 235) {
		end_exchange(s);
		end_opening(s);
	} else if (can_try_next(s)) {
		end_exchange(s);
		begin_login(s);
	} else
		walk_refused(s);
}

bool
opening_send_etrn(struct smtp_session *s, struct buf *out)
{
	return command_line(out, &s->err, "ETRN %s", s->job.etrn);
}

/* RFC 1985 5.3: 251 to 253 tell how much waits there. */
void
opening_hear_etrn(struct smtp_session *s)
{
	if (s->reply.code >= 250 && s->reply.code <= 253)
		s->is_over = true;
	else
		walk_refused(s);
}
