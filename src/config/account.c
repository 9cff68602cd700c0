// SPDX-License-Identifier: ISC
#include "config/account.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "config/pattern.h"
#include "config/places.h"

#define RCFILE_NAME "posthasterc"
#define SYSTEM_FILE SYSCONFDIR "/" RCFILE_NAME

const char *
account_system_file(void)
{
	return SYSTEM_FILE;
}

static void
note(struct account_files *f, const char *what)
{
	(void)!buf_printf(
	    &f->tried, "%s%s", f->tried.len > 0 ? ", " : "", what);
}

static void
note_accounts(struct account_files *f, const struct rcfile *rc)
{
	AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
	AUTO(buf_release) struct buf names = BUF_INIT(300);
	for (size_t i = 0; i < rc->naccounts; i++) {
		(void)!buf_printf(&names, "%s", i > 0 ? ", " : "");
		str_printable(str_of(rc->accounts[i].name), &names);
		if (names.len < 200)
			continue;
		(void)!buf_printf(&names, ", ...");
		break;
	}
	(void)!buf_printf(&text, "%s (%s%s)", rc->files.items[0],
	    rc->naccounts > 0 ? "has " : "is empty", buf_cstr(&names));
	note(f, buf_cstr(&text));
}

/* Of all accounts: which one is chosen may depend on the message. */
static bool
check_patterns(const struct rcfile *rc, struct err *e)
{
	for (size_t i = 0; i < rc->naccounts; i++) {
		const struct settings *s = &rc->accounts[i].settings;
		char where[SETTINGS_WHERE_SIZE];
		if (s->from == NULL || pattern_check(str_of(s->from), e))
			continue;
		settings_where(s, SETTING_FROM, where, sizeof(where));
		return err_wrap(e, "%s: from", where);
	}
	return true;
}

/* Looks into the files of one class; false ends the search. */
static bool
look_into(struct account_files *f, struct rcfile *rc,
    const struct account_places *places, enum places_class class, struct err *e)
{
	AUTO(strvec_release) struct strvec missing = STRVEC_INIT;
	bool ok = places_load(places, class, rc, &missing, NULL, e) &&
	    check_patterns(rc, e);
	for (size_t i = 0; i < missing.len; i++)
		note(f, missing.items[i]);
	if (!ok) {
		rcfile_release(rc);
		return false;
	}
	f->has_read |= rc->files.len > 0;
	if (rc->files.len > 0)
		note_accounts(f, rc);
	return true;
}

/*
 * What is wrong with the system's file does not hurt whoever has all he wants
 * in his own.
 */
static void
read_system_file(struct account_files *f, const struct account_places *places)
{
	if (look_into(f, &f->shared, places, PLACES_SYSTEM, &f->fault))
		f->fault = ERR_INIT;
}

static bool
read_files(struct account_files *f, const char *name,
    const struct account_places *places, struct err *e)
{
	if (places->file != NULL)
		return look_into(f, &f->own, places, PLACES_NAMED, e);
	if (!look_into(f, &f->own, places, PLACES_USER, e))
		return false;
	if (name == NULL || rcfile_find(&f->own, name) == NULL)
		read_system_file(f, places);
	return true;
}

static bool
take_variable(struct settings *s, enum setting_id id, const char *name,
    const char *value, struct err *e)
{
	struct settings_origin origin = { .source = SETTINGS_ENVIRONMENT,
		.file = name };
	return settings_set(s, id, str_of(value), origin, e) ||
	    err_wrap(e, "%s", name);
}

bool
account_read(struct account_files *f, const char *name,
    const struct account_places *places, struct err *e)
{
	const char *server = places->smtpserver, *email = places->email;
	*f = ACCOUNT_FILES_INIT;
	if (!read_files(f, name, places, e))
		return false;
	if (server == NULL || *server == '\0')
		return true;
	if (email == NULL || *email == '\0') {
		(void)!buf_printf(
		    &f->tried, ", SMTPSERVER (but EMAIL is not set)");
		return true;
	}
	return take_variable(
		   &f->environment, SETTING_HOST, "SMTPSERVER", server, e) &&
	    take_variable(&f->environment, SETTING_FROM, "EMAIL", email, e);
}

struct account_places
account_places_here(const char *file, struct buf *home)
{
	return (struct account_places){
		.file = file,
		.config_home = settings_variable("XDG_CONFIG_HOME"),
		.home = settings_home(home) ? buf_cstr(home) : NULL,
		.sysconfdir = SYSCONFDIR,
		.smtpserver = settings_variable("SMTPSERVER"),
		.email = settings_variable("EMAIL"),
	};
}

bool
account_load(
    struct account_files *f, const char *name, const char *file, struct err *e)
{
	AUTO(buf_release) struct buf home = BUF_INIT(SIZE_MAX);
	struct account_places places = account_places_here(file, &home);
	return account_read(f, name, &places, e);
}

void
account_files_release(struct account_files *f)
{
	rcfile_release(&f->own);
	rcfile_release(&f->shared);
	settings_release(&f->environment);
	buf_release(&f->tried);
	*f = ACCOUNT_FILES_INIT;
}
