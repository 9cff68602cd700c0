// SPDX-License-Identifier: ISC
/*
 * The rc file: a superset of msmtp's syntax.
 *
 * A line is "NAME VALUE".  Blanks around both do not count, nor do double
 * quotes that are the value's first and last character; there are no escapes
 * inside.  "NAME=VALUE" and "NAME = VALUE" mean the same.  Empty lines and
 * those that begin with # are skipped.
 *
 * "account NAME" begins an account, and "account NAME : A, B" one that
 * inherits what the accounts A and B say themselves, B's word before A's.
 * "defaults" begins settings for the accounts that follow.  What stands
 * before all of these belongs to the account "default".
 */
#ifndef CONFIG_RCFILE_H
#define CONFIG_RCFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/settings.h"

struct err;

struct account {
	char *name;
	unsigned line;   /* where it begins */
	bool is_implied; /* by settings that stand before any account */
	struct settings settings;
	struct settings defaults; /* as they stood there; while parsing */
};

struct rcfile {
	char *path; /* as in errors and origins */
	struct account *accounts;
	size_t naccounts;
	size_t cap;
	unsigned password_line; /* the first one with a password; 0: none */
};

#define RCFILE_INIT ((struct rcfile){ .path = NULL })

/*
 * Parses text into an rcfile that is empty yet.  EX_CONFIG "PATH:LINE: ...";
 * what was parsed so far is then to be released as well.
 */
bool rcfile_parse(struct rcfile *rc, const char *path, struct str text,
    struct err *e) MUST_CHECK;

/*
 * Reads and parses a file.  EX_CONFIG if it is missing (e->sys is ENOENT or
 * ENOTDIR then), wrong, or holds a password that others can read; EX_NOPERM
 * if it may not be read.
 */
bool rcfile_load(struct rcfile *rc, const char *path, struct err *e) MUST_CHECK;

/* The account of that name; NULL if there is none. */
const struct account *rcfile_find(const struct rcfile *rc, const char *name);

/* Wipes secrets.  Origins of settings taken from it dangle from now on. */
void rcfile_release(struct rcfile *rc);

#endif
