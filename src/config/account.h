// SPDX-License-Identifier: ISC
/* Finding the rc file and the account in it. */
#ifndef CONFIG_ACCOUNT_H
#define CONFIG_ACCOUNT_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct rcfile;
struct settings;

/* Where rc files are looked for; borrowed. */
struct account_places {
	const char *file;        /* this one alone (-C); NULL for the others */
	const char *config_home; /* NULL: .config in home */
	const char *home;        /* NULL: there is none */
	const char *sysconfdir;
};

/* The places that the environment names; the home goes to *home. */
struct account_places account_places_here(const char *file, struct buf *home);

/* SYSCONFDIR/posthasterc, as --version tells it. */
const char *account_system_file(void);

/*
 * Fills what is unset in *s from the account of that name (NULL: "default"):
 * of the file alone if there is one, else of the user's rc file, else of the
 * system's.  Without file and name, a host or socket that is set
 * already means that no rc file is wanted.
 *
 * The file read goes to *rc, which *s's origins point into: release it after
 * *s.  EX_CONFIG if there is no file or no such account, or the file is wrong;
 * EX_NOPERM if a file is there and may not be read.
 */
bool account_find(struct settings *s, const char *name,
    const struct account_places *places, struct rcfile *rc,
    struct err *e) MUST_CHECK;

/* The same with account_places_here(). */
bool account_load(struct settings *s, const char *name, const char *file,
    struct rcfile *rc, struct err *e) MUST_CHECK;

#endif
