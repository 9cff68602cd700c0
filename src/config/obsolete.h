// SPDX-License-Identifier: ISC
/*
 * Words of old versions of msmtp, in its files and as its flags.  Each sets
 * what says the same today, so that nothing else need know of them.
 */
#ifndef CONFIG_OBSOLETE_H
#define CONFIG_OBSOLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/settings.h"

struct buf;
struct err;

enum obsolete_kind {
	OBSOLETE_NAME,       /* the value is the modern setting's */
	OBSOLETE_SWITCH,     /* on or off, or nothing for on */
	OBSOLETE_AUTO_FROM,  /* likewise */
	OBSOLETE_MAILDOMAIN, /* the domain for it */
	OBSOLETE_NUMBER,     /* or nothing, without effect */
};

struct obsolete {
	const char *name;
	const char *modern;   /* a setting's name; NULL: no effect */
	const char *on, *off; /* what a switch sets it to */
	enum obsolete_kind kind;
};

extern const struct obsolete obsolete_table[];
extern const size_t obsolete_count;

/* The row of that name (_ and - alike), NULL if there is none. */
const struct obsolete *obsolete_find(struct str name);

/* Whether the word alone, without a value, means something. */
bool obsolete_is_optional(const struct obsolete *row);

/* As settings_set(). */
bool obsolete_set(struct settings *s, const struct obsolete *row,
    struct str text, struct settings_origin origin, struct err *e) MUST_CHECK;

/* What to write in its place. */
void
obsolete_advise(const struct obsolete *row, struct str text, struct buf *out);

/*
 * Makes from of auto_from and maildomain, once all that may say them is
 * filled in.  As in msmtp it goes before a from of the rc file.
 */
void obsolete_finish(struct settings *s);

#endif
