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
 *
 * "include FILE" stands for the lines of a file, or of all that match, and
 * "eval COMMAND" for the first line that a command prints.
 *
 * An rc file may be followed by others, its drop-ins, that are read as if
 * they stood behind it, but begin without an account; and an account that was
 * there before is gone on with, the later word counting.
 */
#ifndef CONFIG_RCFILE_H
#define CONFIG_RCFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "base/strvec.h"
#include "config/settings.h"

struct err;
struct findings;
struct rcdisk;

struct account {
	char *name;
	const char *file; /* where it begins; owned by struct rcfile */
	unsigned line;
	size_t part;     /* 1 for the rc file, 2 for its first drop-in ... */
	bool is_implied; /* by settings that stand before any account */
	bool is_parent;  /* others inherit from it */
	struct settings settings;
	struct settings defaults; /* as they stood there; while parsing */
};

struct rcfile {
	struct strvec files; /* all that were read, as in errors and origins */
	struct account *accounts;
	size_t naccounts;
	size_t cap;
	bool is_msmtp; /* written for msmtp, see config/places.h */
	bool is_open;  /* a password in it may be read by others */
};

#define RCFILE_INIT ((struct rcfile){ .naccounts = 0 })

/*
 * Parses text into an rcfile that is empty yet; nothing is included or run.
 * EX_CONFIG "PATH:LINE: ..."; what was parsed so far is then to be released
 * as well.
 */
bool rcfile_parse(struct rcfile *rc, const char *path, struct str text,
    struct err *e) MUST_CHECK;

/*
 * Reads and parses a file and its drop-ins.  EX_CONFIG if one is missing,
 * wrong, or holds a password that others can read or a command that they can
 * change; EX_NOPERM if it may not be read; EX_TEMPFAIL if a command takes too
 * long.  With findings, all that is wrong goes there instead, and false means
 * that there is too much of it.
 */
bool rcfile_read(struct rcfile *rc, const struct strvec *paths,
    const struct rcdisk *disk, struct findings *findings,
    struct err *e) MUST_CHECK;

/* One file alone. */
bool rcfile_load(struct rcfile *rc, const char *path, struct err *e) MUST_CHECK;

/* The account of that name; NULL if there is none. */
const struct account *rcfile_find(const struct rcfile *rc, const char *name);

/* Wipes secrets.  Origins of settings taken from it dangle from now on. */
void rcfile_release(struct rcfile *rc);

#endif
