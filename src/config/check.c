// SPDX-License-Identifier: ISC
#include "config/check.h"

#include <string.h>

#include "base/err.h"
#include "config/findings.h"
#include "config/settings.h"

/* "WHERE: NAME why", of one setting. */
static bool
refuse(const struct settings *s, enum setting_id id, const char *why,
    struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	settings_where(s, id, where, sizeof(where));
	return err_set(
	    e, EX_CONFIG, "%s: %s %s", where, setting_table[id].name, why);
}

/* "WHERE: A contradicts B (WHERE)". */
static bool
refuse_both(const struct settings *s, enum setting_id a, enum setting_id b,
    struct err *e)
{
	char where[SETTINGS_WHERE_SIZE], other[SETTINGS_WHERE_SIZE];
	settings_where(s, a, where, sizeof(where));
	settings_where(s, b, other, sizeof(other));
	return err_set(e, EX_CONFIG, "%s: %s contradicts %s at %s", where,
	    setting_table[a].name, setting_table[b].name, other);
}

static bool
check_host(const struct settings *s, struct err *e)
{
	return s->host != NULL ||
	    err_set(e, EX_CONFIG,
		"no host: neither --host nor POSTHASTE_HOST nor an rc "
		"file names one");
}

static bool
check_starttls(const struct settings *s, struct err *e)
{
	if (s->tls != TOGGLE_OFF || s->tls_starttls != TOGGLE_ON)
		return true;
	return refuse_both(s, SETTING_TLS, SETTING_TLS_STARTTLS, e) ||
	    err_hint(e, "one says off, the other on");
}

static bool
check_trust(const struct settings *s, struct err *e)
{
	if (s->tls != TOGGLE_OFF || s->tls_trust_file == NULL)
		return true;
	return refuse_both(s, SETTING_TLS, SETTING_TLS_TRUST_FILE, e) ||
	    err_hint(e, "without TLS nobody is to be trusted");
}

/* One source of the password; its id, or SETTING_COUNT if there is none. */
static bool
check_password_sources(
    const struct settings *s, enum setting_id *found, struct err *e)
{
	*found = SETTING_COUNT;
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		if (!setting_table[id].gives_password ||
		    !settings_has_text(s, id))
			continue;
		if (*found != SETTING_COUNT)
			return refuse_both(s, id, *found, e) ||
			    err_hint(e, "the password has one source");
		*found = id;
	}
	return true;
}

static bool
check_auth(const struct settings *s, struct err *e)
{
	enum setting_id source;
	if (!check_password_sources(s, &source, e))
		return false;
	if (s->auth != NULL && strcmp(s->auth, "off") == 0)
		return true;
	if (settings_wants_auth(s) && s->user == NULL)
		return refuse(s, SETTING_AUTH, "is on, but user is not set", e);
	if (s->user == NULL && source != SETTING_COUNT)
		return refuse(s, source, "is of no use, as user is not set", e);
	if (s->user != NULL && source == SETTING_COUNT)
		return refuse(s, SETTING_USER,
		    "is set, but none of password, passwordeval and "
		    "password_file",
		    e);
	return true;
}

static bool (*const checks[])(const struct settings *, struct err *) = {
	check_host,
	check_starttls,
	check_trust,
	check_auth,
};

bool
check_settings(const struct settings *s, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (!checks[i](s, e))
			return false;
	return true;
}

void
check_all(const struct settings *s, struct findings *f)
{
	struct err e = ERR_INIT;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (!checks[i](s, &e))
			findings_fault(f, &e);
}
