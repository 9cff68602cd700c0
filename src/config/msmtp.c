// SPDX-License-Identifier: ISC
#include "config/msmtp.h"

#include <assert.h>

#include "base/attr.h"
#include "base/err.h"
#include "config/findings.h"
#include "config/settings.h"
#include "config/value.h"

static void
fill(struct settings *s, enum setting_id id, struct str text)
{
	const struct settings_origin origin = { .source = SETTINGS_DEFAULT,
		.is_msmtp = true };
	struct err e = ERR_INIT;
	if (settings_is_set(s, id))
		return;
	bool ok = settings_set(s, id, text, origin, &e);
	assert(ok);
	(void)ok;
}

/* Only what was said for msmtp is to be read as msmtp reads it. */
static bool
is_said(const struct settings *s, enum setting_id id)
{
	return settings_is_set(s, id) && s->origin[id].is_msmtp;
}

/* Unsets what the winner, which "is how", makes void. */
static void
overrule(struct settings *s, enum setting_id id, enum setting_id winner,
    const char *how, struct findings *f)
{
	char where[SETTINGS_WHERE_SIZE], other[SETTINGS_WHERE_SIZE];
	if (!is_said(s, id) || !is_said(s, winner))
		return;
	settings_where(s, id, where, sizeof(where));
	settings_where(s, winner, other, sizeof(other));
	if (f != NULL)
		findings_note(f, "%s: %s has no effect, as %s is %s at %s",
		    where, setting_table[id].name, setting_table[winner].name,
		    how, other);
	settings_unset(s, id);
}

static void
overrule_trust(struct settings *s, enum setting_id winner, struct findings *f)
{
	/* "" is nobody's authority, and agrees */
	if (s->tls_trust_file != NULL && s->tls_trust_file[0] != '\0')
		overrule(s, SETTING_TLS_TRUST_FILE, winner, "off", f);
	if (s->tls_crl_file != NULL)
		overrule(s, SETTING_TLS_CRL_FILE, winner, "off", f);
}

static void
settle_no_tls(struct settings *s, struct findings *f)
{
	overrule_trust(s, SETTING_TLS, f);
	if (s->tls_fingerprint != NULL)
		overrule(s, SETTING_TLS_FINGERPRINT, SETTING_TLS, "off", f);
	if (s->tls_key_file != NULL)
		overrule(s, SETTING_TLS_KEY_FILE, SETTING_TLS, "off", f);
	if (s->tls_cert_file != NULL)
		overrule(s, SETTING_TLS_CERT_FILE, SETTING_TLS, "off", f);
	if (s->tls_starttls == TOGGLE_ON)
		overrule(s, SETTING_TLS_STARTTLS, SETTING_TLS, "off", f);
}

static void
tell_of_fingerprint(const struct settings *s, struct findings *f)
{
	char where[SETTINGS_WHERE_SIZE];
	struct err e = ERR_INIT;
	if (f == NULL || s->tls_fingerprint == NULL ||
	    value_is_fingerprint(str_of(s->tls_fingerprint), &e))
		return;
	settings_where(s, SETTING_TLS_FINGERPRINT, where, sizeof(where));
	findings_note(f, "%s: tls_fingerprint %s; %s", where, e.text, e.hint);
}

void
msmtp_settle(struct settings *s, struct findings *f)
{
	if (s->tls == TOGGLE_OFF)
		settle_no_tls(s, f);
	/* who pins a certificate wants no other one, and has what it takes */
	else if (settings_has_pin(s) && !s->tls_certcheck)
		overrule(s, SETTING_TLS_CERTCHECK,
		    s->tls_fingerprint != NULL ? SETTING_TLS_FINGERPRINT
					       : SETTING_TLS_PIN,
		    "set", f);
	else if (!s->tls_certcheck)
		overrule_trust(s, SETTING_TLS_CERTCHECK, f);
	if (s->password != NULL && s->passwordeval != NULL)
		overrule(s, SETTING_PASSWORDEVAL, SETTING_PASSWORD, "set", f);
	tell_of_fingerprint(s, f);
}

/* Of TLS, in a flag or variable: where tls is needed to mean anything. */
static bool
has_tls_details(const struct settings *s)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (setting_table[id].is_tls_detail && settings_is_set(s, id) &&
		    !s->origin[id].is_msmtp)
			return true;
	return false;
}

void
msmtp_fill_defaults(struct settings *s)
{
	fill(s, SETTING_AUTH, STR("off"));
	if (!has_tls_details(s))
		fill(s, SETTING_TLS, STR("off"));
	bool is_tls_first = s->tls_starttls == TOGGLE_OFF &&
	    !(settings_is_set(s, SETTING_TLS) && s->tls == TOGGLE_OFF);
	fill(s, SETTING_PORT, is_tls_first ? STR("465") : STR("25"));
}
