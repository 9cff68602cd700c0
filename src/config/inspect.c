// SPDX-License-Identifier: ISC
#include "config/inspect.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/strvec.h"
#include "config/account.h"
#include "config/check.h"
#include "config/findings.h"
#include "config/login.h"
#include "config/msmtp.h"
#include "config/obsolete.h"
#include "config/pattern.h"
#include "config/places.h"
#include "config/rcfile.h"
#include "config/secret.h"
#include "config/settings.h"
#include "config/value.h"

struct inspection {
	const struct inspect_call *call;
	struct findings *findings;
	struct settings given; /* by flags and environment */
	struct rcfile users, systems;
	bool has_read;   /* a file */
	bool has_wanted; /* the account */
};

static void
take_environment(struct inspection *i)
{
	AUTO(settings_release) struct settings environment = SETTINGS_INIT;
	struct err e = ERR_INIT;
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (!settings_take_variable(&environment, id, &e))
			findings_fault(i->findings, &e);
	settings_fill(&i->given, &environment);
}

static void
inspect_file(struct inspection *i, const struct settings *s, enum setting_id id,
    const char *path)
{
	struct err e = ERR_INIT;
	char where[SETTINGS_WHERE_SIZE];
	if (path == NULL || *path == '\0' || /* nobody is trusted */
	    value_is_url(str_of(path)) || access(path, R_OK) == 0)
		return;
	settings_where(s, id, where, sizeof(where));
	(void)err_sys(&e, EX_CONFIG, "%s: %s: open %s", where,
	    setting_table[id].name, path);
	findings_fault(i->findings, &e);
}

/* That there is nobody to ask cannot be seen from here. */
static void
tell_of_asking(struct inspection *i, const struct settings *s)
{
	char where[SETTINGS_WHERE_SIZE];
	if (s->user == NULL || !settings_needs_password(s) ||
	    secret_source(s, GIVES_PASSWORD) != SETTING_COUNT)
		return;
	settings_where(s, SETTING_USER, where, sizeof(where));
	findings_note(i->findings,
	    "%s: user is set, but none of password, passwordeval, "
	    "password_file and password_fd: %s asked",
	    where,
	    s->keyring ? "the keyring, then the terminal, is"
		       : "the terminal is");
}

static void
inspect_key(struct inspection *i, const struct settings *s)
{
	struct err e = ERR_INIT;
	inspect_file(i, s, SETTING_TLS_KEY_FILE, s->tls_key_file);
	if (!secret_check_passphrase(s, &e))
		findings_fault(i->findings, &e);
	if (secret_check_key(s, &e))
		return;
	/* msmtp does not look */
	if (s->origin[SETTING_TLS_KEY_FILE].is_msmtp)
		findings_note(i->findings, "%s; %s", e.text, e.hint);
	else
		findings_fault(i->findings, &e);
}

/* Files that will be read when it comes to it. */
static void
inspect_files(struct inspection *i, const struct settings *s)
{
	struct err e = ERR_INIT;
	if (settings_wants_auth(s) && !secret_check(s, &e))
		findings_fault(i->findings, &e);
	if (settings_has_proxy(s) && !secret_check_proxy(s, &e))
		findings_fault(i->findings, &e);
	tell_of_asking(i, s);
	if (s->tls == TOGGLE_OFF)
		return;
	inspect_key(i, s);
	inspect_file(i, s, SETTING_TLS_CERT_FILE, s->tls_cert_file);
	if (settings_goes_by_key(s) || !s->tls_certcheck)
		return; /* then whoever signed does not matter */
	inspect_file(i, s, SETTING_TLS_TRUST_FILE, s->tls_trust_file);
	inspect_file(i, s, SETTING_TLS_CRL_FILE, s->tls_crl_file);
}

static void
inspect_patterns(struct inspection *i, const struct settings *s)
{
	struct err e = ERR_INIT;
	char where[SETTINGS_WHERE_SIZE];
	if (s->from != NULL && !pattern_check(str_of(s->from), &e)) {
		settings_where(s, SETTING_FROM, where, sizeof(where));
		(void)err_wrap(&e, "%s: from", where);
		findings_fault(i->findings, &e);
	}
	if (s->domain != NULL && !pattern_check_host(str_of(s->domain), &e)) {
		settings_where(s, SETTING_DOMAIN, where, sizeof(where));
		(void)err_wrap(&e, "%s: domain", where);
		findings_fault(i->findings, &e);
	}
}

/* Releases the settings. */
static void
inspect_settings(struct inspection *i, struct settings *s, const char *account)
{
	struct login login = LOGIN_INIT;
	struct err e = ERR_INIT;
	obsolete_finish(s);
	if (!settings_fill_defaults(s, &e) ||
	    !login_load(&login, s, account, &e))
		findings_fault(i->findings, &e);
	check_all(s, i->findings);
	inspect_patterns(i, s);
	for (size_t k = 0; i->call->checks[k] != NULL; k++)
		if (!i->call->checks[k](s, &e))
			findings_fault(i->findings, &e);
	inspect_files(i, s);
	settings_release(s); /* before login, which its origins point into */
	login_release(&login);
}

static void
inspect_account(
    struct inspection *i, const struct rcfile *rc, const struct account *a)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	settings_fill(&s, &i->given);
	settings_fill(&s, &a->settings);
	obsolete_finish(&s);
	if (rc->is_msmtp) {
		msmtp_fill_defaults(&s);
		msmtp_settle(&s, i->findings);
	}
	if (!settings_has_way(&s)) {
		/* it may be there for others to inherit from */
		(void)err_set(&e, EX_CONFIG,
		    "%s:%u: account \"%s\" has no host", a->file, a->line,
		    a->name);
		if (!a->is_parent)
			findings_fault(i->findings, &e);
		return;
	}
	inspect_settings(i, &s, a->name);
}

/* Those of the system's that the user's replace are never used. */
static void
inspect_accounts(struct inspection *i, const struct rcfile *rc)
{
	const char *wanted = i->call->account != NULL ? i->call->account
						      : "default";
	for (size_t k = 0; k < rc->naccounts; k++) {
		const struct account *a = &rc->accounts[k];
		if (rc == &i->systems &&
		    rcfile_find(&i->users, a->name) != NULL)
			continue;
		i->has_wanted |= strcmp(a->name, wanted) == 0;
		inspect_account(i, rc, a);
	}
}

static void
inspect_class(struct inspection *i, enum places_class class, struct rcfile *rc)
{
	AUTO(strvec_release) struct strvec missing = STRVEC_INIT;
	struct err e = ERR_INIT;
	if (!places_load(i->call->places, class, rc, &missing, i->findings, &e))
		findings_fault(i->findings, &e);
	i->has_read |= rc->files.len > 0;
	inspect_accounts(i, rc);
}

/* In the words of the search that would be in vain. */
static void
tell_of_search(struct inspection *i)
{
	AUTO(account_files_release)
	struct account_files files = ACCOUNT_FILES_INIT;
	const struct account_wish wish = { .name = i->call->account };
	struct account_choice choice;
	struct err e = ERR_INIT;
	if (!account_read(&files, i->call->account, i->call->places, &e) ||
	    !account_choose(&files, &wish, &choice, &e))
		findings_fault(i->findings, &e);
}

static void
inspect_rcfiles(struct inspection *i)
{
	if (i->call->places->file != NULL) {
		inspect_class(i, PLACES_NAMED, &i->users);
	} else {
		inspect_class(i, PLACES_USER, &i->users);
		inspect_class(i, PLACES_SYSTEM, &i->systems);
	}
	if (i->has_wanted)
		return;
	bool is_empty = i->users.naccounts + i->systems.naccounts == 0;
	if (i->call->account != NULL || !i->has_read ||
	    (is_empty && i->findings->nfaults == 0))
		tell_of_search(i);
	else if (i->findings->nfaults == 0)
		findings_note(
		    i->findings, "no account \"default\": -a has to name one");
}

void
inspect_config(const struct inspect_call *call, struct findings *f)
{
	struct inspection i = { .call = call, .findings = f };
	settings_fill(&i.given, call->flags);
	take_environment(&i);
	/* as origin_read(): no rc file is wanted then */
	if (call->places->file == NULL && call->account == NULL &&
	    settings_has_server(&i.given))
		inspect_settings(&i, &i.given, NULL);
	else
		inspect_rcfiles(&i);
	settings_release(&i.given);
	rcfile_release(&i.users);
	rcfile_release(&i.systems);
}
