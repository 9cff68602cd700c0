// SPDX-License-Identifier: ISC
#include "config/places.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "config/account.h"
#include "config/rcdisk.h"
#include "config/rcfile.h"

#define RCFILE_NAME "posthasterc"
#define DROP_IN_DIR "posthasterc.d"
#define MSMTP_NAME "msmtprc"

/* What is read of a class, and why it is not more. */
struct search {
	struct strvec paths;
	struct strvec *missing;
	bool is_msmtp;
};

static void
add_path(struct strvec *paths, const char *dir, const char *rest)
{
	AUTO(buf_release) struct buf path = BUF_INIT(SIZE_MAX);
	(void)!buf_printf(&path, "%s/%s", dir, rest);
	strvec_add(paths, buf_str(&path));
}

/* The folder of programs' settings; false if there is none. */
static bool
find_config_home(const struct account_places *places, struct strvec *dir)
{
	/* the XDG specification has relative paths ignored */
	if (places->config_home != NULL && places->config_home[0] == '/')
		strvec_add(dir, str_of(places->config_home));
	else if (places->home != NULL)
		add_path(dir, places->home, ".config");
	return dir->len > 0;
}

/*
 * A file that cannot be looked at for other reasons is there: reading it will
 * tell.  In somebody else's folder the user has no file of his own.
 */
static const char *
why_missing(const char *path)
{
	struct stat st;
	if (stat(path, &st) == 0)
		return NULL;
	if (errno == EACCES)
		return "may not be searched";
	return errno == ENOENT || errno == ENOTDIR ? "missing" : NULL;
}

/* The first of the candidates that is there; missing may be NULL. */
static bool
take_first(struct strvec *paths, const struct strvec *candidates,
    struct strvec *missing)
{
	for (size_t i = 0; i < candidates->len; i++) {
		AUTO(buf_release) struct buf note = BUF_INIT(SIZE_MAX);
		const char *path = candidates->items[i];
		const char *why = why_missing(path);
		if (why == NULL) {
			strvec_add(paths, str_of(path));
			return true;
		}
		(void)!buf_printf(&note, "%s (%s)", path, why);
		if (missing != NULL)
			strvec_add(missing, buf_str(&note));
	}
	return false;
}

/* What there is of ours, the drop-ins being in dir, else of msmtp's. */
static bool
choose(struct search *search, const struct strvec *ours, const char *dir,
    const struct strvec *msmtps, struct err *e)
{
	(void)take_first(&search->paths, ours, search->missing);
	if (dir != NULL) {
		AUTO(strvec_release) struct strvec drop_ins = STRVEC_INIT;
		add_path(&drop_ins, dir, DROP_IN_DIR);
		add_path(&drop_ins, dir, DROP_IN_DIR "/");
		if (why_missing(drop_ins.items[0]) == NULL &&
		    !rcdisk_real.list(
			drop_ins.items[1], STR("*.conf"), &search->paths, e))
			return false;
	}
	/* nobody who looks for what is wrong wants to hear of msmtp */
	search->is_msmtp = search->paths.len == 0 &&
	    take_first(&search->paths, msmtps, NULL);
	return true;
}

static bool
choose_users(
    const struct account_places *places, struct search *search, struct err *e)
{
	AUTO(strvec_release) struct strvec config = STRVEC_INIT;
	AUTO(strvec_release) struct strvec ours = STRVEC_INIT;
	AUTO(strvec_release) struct strvec msmtps = STRVEC_INIT;
	AUTO(strvec_release) struct strvec dir = STRVEC_INIT;
	bool has_config = find_config_home(places, &config);
	if (has_config) {
		add_path(&dir, config.items[0], "posthaste");
		add_path(&ours, dir.items[0], RCFILE_NAME);
	}
	if (places->home != NULL) {
		add_path(&ours, places->home, "." RCFILE_NAME);
		add_path(&msmtps, places->home, "." MSMTP_NAME);
	}
	if (has_config)
		add_path(&msmtps, config.items[0], "msmtp/config");
	return choose(
	    search, &ours, has_config ? dir.items[0] : NULL, &msmtps, e);
}

static bool
choose_systems(
    const struct account_places *places, struct search *search, struct err *e)
{
	AUTO(strvec_release) struct strvec ours = STRVEC_INIT;
	AUTO(strvec_release) struct strvec msmtps = STRVEC_INIT;
	add_path(&ours, places->sysconfdir, RCFILE_NAME);
	add_path(&msmtps, places->sysconfdir, MSMTP_NAME);
	return choose(search, &ours, places->sysconfdir, &msmtps, e);
}

static bool
choose_by_class(const struct account_places *places, enum places_class class,
    struct search *search, struct err *e)
{
	switch (class) {
	case PLACES_NAMED:
		strvec_add(&search->paths, str_of(places->file));
		search->is_msmtp = places_is_msmtp(places->file);
		return true;
	case PLACES_USER: return choose_users(places, search, e);
	case PLACES_SYSTEM: return choose_systems(places, search, e);
	}
	return true;
}

bool
places_load(const struct account_places *places, enum places_class class,
    struct rcfile *rc, struct strvec *missing, struct findings *findings,
    struct err *e)
{
	struct search search = { .missing = missing };
	bool ok = choose_by_class(places, class, &search, e);
	rc->is_msmtp = search.is_msmtp;
	/* msmtp asks for privacy of the user's file only, and everybody has to
	 * read the system's who sends by it */
	rc->is_open = search.is_msmtp && class == PLACES_SYSTEM;
	ok = ok && rcfile_read(rc, &search.paths, &rcdisk_real, findings, e);
	strvec_release(&search.paths);
	return ok;
}

static bool
ends_with(const char *path, const char *name)
{
	size_t len = strlen(path), end = strlen(name);
	return len >= end && strcmp(path + len - end, name) == 0 &&
	    (len == end || path[len - end - 1] == '/');
}

bool
places_is_msmtp(const char *path)
{
	return ends_with(path, MSMTP_NAME) || ends_with(path, "." MSMTP_NAME) ||
	    ends_with(path, "msmtp/config");
}
