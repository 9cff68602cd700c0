// SPDX-License-Identifier: ISC
#include "submit/serverinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "net/certinfo.h"
#include "net/tls.h"
#include "smtp/session.h"

static enum serverinfo_belief
belief_of(const struct serverinfo *info, const struct tls_options *o)
{
	struct str pins = o->pins != NULL ? str_of(o->pins) : STR_INIT;
	const char *pin = info->tls.nchain > 0 ? info->tls.chain[0].pin : "?";
	if (str_search(pins, str_of(pin)) < pins.len)
		return SERVERINFO_BY_PIN;
	if (o->fingerprints != NULL)
		return SERVERINFO_BY_FINGERPRINT;
	switch (o->belief) {
	case TLS_BY_AUTHORITIES: break;
	case TLS_BY_FIRST_USE: return SERVERINFO_BY_FIRST_USE;
	case TLS_BY_DANE: return SERVERINFO_BY_DANE;
	}
	return o->trust_file != NULL ? SERVERINFO_BY_TRUST_FILE
				     : SERVERINFO_BY_AUTHORITIES;
}

void
serverinfo_note_tls(
    struct serverinfo *info, const struct tls_options *o, const struct err *why)
{
	info->now = time(NULL);
	info->is_starttls = !o->is_first;
	if (why != NULL) {
		info->state = info->tls.version[0] != '\0' ? SERVERINFO_REFUSED
							   : SERVERINFO_FAILED;
		(void)snprintf(
		    info->refusal, sizeof(info->refusal), "%s", why->text);
		return;
	}
	info->state = o->is_verified ? SERVERINFO_VERIFIED
				     : SERVERINFO_UNVERIFIED;
	info->belief = belief_of(info, o);
}

/* Names of mechanisms are equal in either case; some are offered twice. */
static bool
has_name(const struct strvec *names, struct str name)
{
	for (size_t i = 0; i < names->len; i++)
		if (str_eq_nocase(str_of(names->items[i]), name))
			return true;
	return false;
}

static void
note_login(struct serverinfo_login *login, const struct smtp_session *session)
{
	const struct smtp_job *job = &session->job;
	const struct caps *caps = &session->caps;
	const struct sasl_mechanism *m = NULL;
	AUTO(strvec_release) struct strvec seen = STRVEC_INIT;
	struct str rest = buf_str(&caps->mechanisms), name;
	size_t cap = 0;
	login->is_wanted = job->login.is_wanted;
	while ((m = sasl_choose(&job->login, &job->channel, caps, m)) != NULL)
		strvec_add(&login->tried, str_of(sasl_name(m)));
	while (str_word(&rest, " ", &name)) {
		enum prospect why = prospect_of(
		    name, &job->login, &job->channel, caps);
		if (why == PROSPECT_TRIED || has_name(&seen, name))
			continue;
		strvec_add(&seen, name);
		login->others = mem_grow(login->others, &cap,
		    login->nothers + 1, sizeof(*login->others));
		login->others[login->nothers++] = (struct serverinfo_other){
			.name = str_dup(name),
			.why = why,
		};
	}
}

void
serverinfo_note_session(
    struct serverinfo *info, const struct smtp_session *session)
{
	const struct caps *caps = &session->caps;
	(void)!(buf_add_str(&info->greeting, buf_str(&session->greeting)) &&
	    buf_add_str(&info->first_offers, buf_str(&session->first_offers)) &&
	    buf_add_str(&info->offers, buf_str(&session->offers)));
	info->has_caps = session->err.exit == EX_OK && session->offers.len > 0;
	if (!info->has_caps)
		return;
	note_login(&info->login, session);
	info->size_limit = caps->size_limit;
	info->rcpt_limit = caps->rcpt_limit;
	info->mail_limit = caps->mail_limit;
	info->is_bdat = caps->chunking && !session->job.is_lmtp;
	info->is_one_trip = info->is_bdat && caps->pipelining &&
	    session->job.partial_delivery;
}

bool
serverinfo_has_tls(const struct serverinfo *info)
{
	return info->state == SERVERINFO_VERIFIED ||
	    info->state == SERVERINFO_UNVERIFIED;
}

void
serverinfo_release(struct serverinfo *info)
{
	for (size_t i = 0; i < info->login.nothers; i++)
		free(info->login.others[i].name);
	free(info->login.others);
	strvec_release(&info->login.tried);
	tlsinfo_release(&info->tls);
	buf_release(&info->greeting);
	buf_release(&info->first_offers);
	buf_release(&info->offers);
	*info = SERVERINFO_INIT;
}
