// SPDX-License-Identifier: ISC
#include "config/account.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
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
note(struct search *search, const char *path, const char *what)
{
	(void)!buf_printf(&search->tried, "%s%s (%s)",
	    search->tried.len > 0 ? ", " : "", path, what);
}

static void
note_accounts(struct search *search, const char *path, const struct rcfile *rc)
{
	AUTO(buf_release) struct buf names = BUF_INIT(300);
	(void)!buf_printf(&names, rc->naccounts > 0 ? "has " : "is empty");
	for (size_t i = 0; i < rc->naccounts; i++) {
		(void)!buf_printf(&names, "%s", i > 0 ? ", " : "");
		str_printable(str_of(rc->accounts[i].name), &names);
		if (names.len < 200)
			continue;
		(void)!buf_printf(&names, ", ...");
		break;
	}
	note(search, path, buf_cstr(&names));
}

static bool
use(struct search *search, const struct account *a, struct err *e)
{
	settings_fill(search->s, &a->settings);
	search->is_found = true;
	if (settings_is_set(search->s, SETTING_HOST))
		return true;
	return err_set(e, EX_CONFIG, "%s:%u: account \"%s\" has no host",
	    a->file, a->line, a->name);
}

/* The file is not there, as far as we can see. */
static bool
is_missing(const char *path, const struct err *e)
{
	struct stat st;
	if (e->sys == ENOENT || e->sys == ENOTDIR)
		return true;
	/* somebody else's directory: the user has no file of his own there */
	return e->exit == EX_NOPERM && stat(path, &st) == -1;
}

/* Looks into one file; false ends the search. */
static bool
look_into(
    struct search *search, const char *path, bool must_exist, struct err *e)
{
	struct rcfile *rc = search->rc;
	if (!rcfile_load(rc, path, e)) {
		rcfile_release(rc);
		if (must_exist || !is_missing(path, e))
			return false;
		note(search, path,
		    e->exit == EX_NOPERM ? "may not be searched" : "missing");
		return true;
	}
	search->has_read = true;
	const struct account *a = rcfile_find(rc, search->name);
	if (a != NULL)
		return use(search, a, e);
	note_accounts(search, path, rc);
	rcfile_release(rc);
	return true;
}

static void
add_path(struct strvec *paths, const char *dir, const char *rest)
{
	AUTO(buf_release) struct buf path = BUF_INIT(SIZE_MAX);
	(void)!buf_printf(&path, "%s/%s", dir, rest);
	strvec_add(paths, buf_str(&path));
}

/* The user's own, of which the first that is there counts. */
static void
list_user_files(const struct account_places *places, struct strvec *paths)
{
	/* the XDG specification has relative paths ignored */
	if (places->config_home != NULL && places->config_home[0] == '/')
		add_path(paths, places->config_home, "posthaste/" RCFILE_NAME);
	else if (places->home != NULL)
		add_path(paths, places->home, ".config/posthaste/" RCFILE_NAME);
	if (places->home != NULL)
		add_path(paths, places->home, "." RCFILE_NAME);
}

static bool
look_everywhere(
    struct search *search, const struct account_places *places, struct err *e)
{
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	if (places->file != NULL)
		return look_into(search, places->file, true, e);
	list_user_files(places, &paths);
	for (size_t i = 0; i < paths.len && !search->has_read; i++)
		if (!look_into(search, paths.items[i], false, e))
			return false;
	if (search->is_found)
		return true;
	add_path(&paths, places->sysconfdir, RCFILE_NAME);
	return look_into(search, paths.items[paths.len - 1], false, e);
}

bool
account_find(struct settings *s, const char *name,
    const struct account_places *places, struct rcfile *rc, struct err *e)
{
	*rc = RCFILE_INIT;
	if (places->file == NULL && name == NULL &&
	    settings_is_set(s, SETTING_HOST))
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
			err_hint(e, "write one, or use --host");
	}
	buf_release(&search.tried);
	return ok;
}

bool
account_load(struct settings *s, const char *name, const char *file,
    struct rcfile *rc, struct err *e)
{
	AUTO(buf_release) struct buf home = BUF_INIT(SIZE_MAX);
	struct account_places places = {
		.file = file,
		.config_home = settings_variable("XDG_CONFIG_HOME"),
		.home = settings_home(&home) ? buf_cstr(&home) : NULL,
		.sysconfdir = SYSCONFDIR,
	};
	return account_find(s, name, &places, rc, e);
}
