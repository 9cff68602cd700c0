// SPDX-License-Identifier: ISC
/* What this host is called, and so which domains are local. */
#ifndef SUBMIT_THISHOST_H
#define SUBMIT_THISHOST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "message/locals.h"

struct buf;

/* What is asked of the system; borrowed. */
struct thishost_facts {
	const char *name; /* gethostname(2), "" if there is none */
	/* appends the full name; false if there is none */
	bool (*find_full_name)(const char *name, struct buf *out);
	const char *mailname_file;
};

struct thishost {
	struct locals locals; /* as far as known: see thishost_is_local() */
	char *short_name;     /* whose full name is not known yet; NULL */
	char *never_local;    /* NULL: any may be */
	bool is_never_ours;   /* but it is one of this host's */
	char *mailname;       /* once it was asked for */
	bool (*find_full_name)(const char *name, struct buf *out);
	const char *mailname_file; /* borrowed */
};

#define THISHOST_INIT ((struct thishost){ .locals = LOCALS_INIT })

/*
 * As much of the host's name as a server may be greeted with: all of it, less
 * a dot at its end, if others could know it by that, else nothing.
 */
struct str thishost_full_name(struct str name);

/* Those of this system, with the host's name in the array given. */
struct thishost_facts thishost_here(char *name, size_t size);

/*
 * Takes the domains listed with blanks or commas between them (NULL: none):
 * "auto" is localhost, localhost.localdomain, the host's name, its short and
 * its full form.  The domain never_local is not among them, whatever the
 * list says; NULL: that is none.
 */
void thishost_init(struct thishost *h, const char *local_domains,
    const char *never_local, const struct thishost_facts *facts);

/*
 * Whether the domain is local.  A host whose name has no dot has its full
 * name looked up only for a domain that could be it, so that ordinary mail
 * costs no query; *locals knows it from then on.
 */
bool thishost_is_local(struct thishost *h, struct str domain);

/*
 * Whether the domain is this host's as far as a name has an alias: that of
 * the file mailname(5), and never_local if the list has it.  Others there
 * may be somebody elsewhere.
 */
bool thishost_is_by_name(struct thishost *h, struct str domain);

void thishost_release(struct thishost *h);

#endif
