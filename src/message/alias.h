// SPDX-License-Identifier: ISC
/*
 * The names of aliases(5) and whom they stand for:
 *
 *	# a comment, also behind a blank
 *	name: target, Name <target@example.org>,
 *		target of the same alias
 *	name@example.org: target
 *	default: target
 *
 * Names are the same in either case.  "default" or "*" is the catch-all.  A
 * target is a name, whose own alias counts then; an address; or \name, which
 * has no alias.  Commands, files and lists elsewhere are read, but mail cannot
 * go to them.
 */
#ifndef MESSAGE_ALIAS_H
#define MESSAGE_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct err;

enum alias_kind {
	ALIAS_ADDRESS, /* or a name */
	ALIAS_FINAL,   /* \name */
	ALIAS_COMMAND, /* |command */
	ALIAS_FILE,    /* /file */
	ALIAS_INCLUDE, /* :include:/file */
};

struct alias_target {
	char *spec; /* addr-spec, A-labels; or local part; or as written */
	unsigned line;
	enum alias_kind kind;
};

struct alias {
	char *name;    /* addr-spec, A-labels; or local part; "*" */
	unsigned line; /* where it begins */
	struct alias_target *targets; /* one at least */
	size_t ntargets;
	size_t cap;
};

struct aliases {
	char *path; /* as in errors */
	struct alias *items;
	size_t len;
	size_t cap;
	size_t catch_all; /* index + 1 in items; 0: there is none */
	size_t *slots;    /* by hash, index + 1 in items; 0 is free */
	size_t nslots;
};

#define ALIASES_INIT ((struct aliases){ .path = NULL })

/*
 * Parses text into aliases that are empty yet.  EX_CONFIG "PATH:LINE: ..." for
 * what cannot be read and for names that come twice; what was parsed so far
 * is then to be released as well.
 */
bool aliases_parse(struct aliases *a, const char *path, struct str text,
    struct err *e) MUST_CHECK;

/* Reads and parses a file.  EX_NOPERM if it may not be read, EX_CONFIG. */
bool
aliases_load(struct aliases *a, const char *path, struct err *e) MUST_CHECK;

/* By its name, the catch-all's not being one; NULL if there is none. */
const struct alias *aliases_find(const struct aliases *a, struct str name);

/* NULL if there is none. */
const struct alias *aliases_catch_all(const struct aliases *a);

void aliases_release(struct aliases *a);

#endif
