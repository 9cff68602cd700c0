// SPDX-License-Identifier: ISC
#include "config/account.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "config/msmtp.h"
#include "config/obsolete.h"
#include "config/places.h"
#include "config/rcfile.h"
#include "config/settings.h"

#define RCFILE_NAME "posthasterc"
#define SYSTEM_FILE SYSCONFDIR "/" RCFILE_NAME

struct search {
	const char *name; /* of the account */
	struct settings *s;
	struct rcfile *rc;
	bool is_found;
	bool has_read;    /* a file, whatever was in it */
	struct buf tried; /* the files, and why it is in none of them */
};

const char *
account_system_file(void)
{
	return SYSTEM_FILE;
}

static void
note(struct search *search, const char *what)
{
	(void)!buf_printf(
	    &search->tried, "%s%s", search->tried.len > 0 ? ", " : "", what);
}

static void
note_accounts(struct search *search, const struct rcfile *rc)
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
	note(search, buf_cstr(&text));
}

static bool
use(struct search *search, const struct account *a, struct err *e)
{
	settings_fill(search->s, &a->settings);
	obsolete_finish(search->s);
	if (search->rc->is_msmtp)
		msmtp_fill_defaults(search->s);
	search->is_found = true;
	if (settings_has_server(search->s))
		return true;
	return err_set(e, EX_CONFIG, "%s:%u: account \"%s\" has no host",
	    a->file, a->line, a->name);
}

/* Looks into the files of one class; false ends the search. */
static bool
look_into(struct search *search, const struct account_places *places,
    enum places_class class, struct err *e)
{
	AUTO(strvec_release) struct strvec missing = STRVEC_INIT;
	struct rcfile *rc = search->rc;
	bool ok = places_load(places, class, rc, &missing, NULL, e);
	for (size_t i = 0; i < missing.len; i++)
		note(search, missing.items[i]);
	if (!ok) {
		rcfile_release(rc);
		return false;
	}
	search->has_read |= rc->files.len > 0;
	const struct account *a = rcfile_find(rc, search->name);
	if (a != NULL)
		return use(search, a, e);
	if (rc->files.len > 0)
		note_accounts(search, rc);
	rcfile_release(rc);
	return true;
}

static bool
look_everywhere(
    struct search *search, const struct account_places *places, struct err *e)
{
	if (places->file != NULL)
		return look_into(search, places, PLACES_NAMED, e);
	return look_into(search, places, PLACES_USER, e) &&
	    (search->is_found || look_into(search, places, PLACES_SYSTEM, e));
}

bool
account_find(struct settings *s, const char *name,
    const struct account_places *places, struct rcfile *rc, struct err *e)
{
	*rc = RCFILE_INIT;
	if (places->file == NULL && name == NULL && settings_has_server(s))
		return true;
	struct search search = { .name = name != NULL ? name : "default",
		.s = s,
		.rc = rc,
		.tried = BUF_INIT(2000) };
	bool ok = look_everywhere(&search, places, e);
	if (ok && !search.is_found) {
		const char *tried = buf_cstr(&search.tried);
		ok = search.has_read
		    ? err_set(e, EX_CONFIG, "no account \"%s\": %s",
			  search.name, tried)
		    : err_set(e, EX_CONFIG, "no rc file: %s", tried) ||
			err_hint(
			    e, "write one, or use --host or POSTHASTE_HOST");
	}
	buf_release(&search.tried);
	return ok;
}

struct account_places
account_places_here(const char *file, struct buf *home)
{
	return (struct account_places){
		.file = file,
		.config_home = settings_variable("XDG_CONFIG_HOME"),
		.home = settings_home(home) ? buf_cstr(home) : NULL,
		.sysconfdir = SYSCONFDIR,
	};
}

bool
account_load(struct settings *s, const char *name, const char *file,
    struct rcfile *rc, struct err *e)
{
	AUTO(buf_release) struct buf home = BUF_INIT(SIZE_MAX);
	struct account_places places = account_places_here(file, &home);
	return account_find(s, name, &places, rc, e);
}
