// SPDX-License-Identifier: ISC
/* Whom a recipient's name stands for: aliases, local names, qualification. */
#ifndef MESSAGE_RESOLVE_H
#define MESSAGE_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct aliases;
struct buf;
struct err;
struct resolve_mark;

/* Whether the domain is one of a kind. */
typedef bool resolve_domain_fn(void *arg, struct str domain);

/* What counts; borrowed. */
struct resolve_rules {
	const struct aliases *aliases; /* NULL: none */
	const char *qualify_domain;    /* NULL: none */
	resolve_domain_fn *is_local;   /* this host */
	resolve_domain_fn *is_by_name; /* for names that have an alias only */
	void *arg;
};

struct resolver {
	struct resolve_rules rules;
	struct resolve_mark *marks; /* one an alias; owned */
	size_t round;
};

#define RESOLVER_INIT ((struct resolver){ .round = 0 })

/* Gets each address in turn; false, with *e set, ends it. */
typedef bool resolve_fn(void *arg, struct str spec, struct err *e);

/*
 * Calls fn for each address that spec, with A-labels, stands for: those of the
 * alias of the whole address, or, of a name without domain or at this host,
 * of the name's (NAME+DETAIL as NAME), else of the catch-all; else the name
 * at the domain to qualify with; else spec itself.  The same address may
 * come more than once.
 *
 * EX_CONFIG, with file and line, for aliases that lead to what is no address,
 * or nowhere but to themselves, or too deep, or to too many.
 */
bool resolve(struct resolver *r, struct str spec, resolve_fn *fn, void *arg,
    struct err *e) MUST_CHECK;

/* Appends spec, qualified if it is a name without domain or at this host. */
bool resolve_qualify(const struct resolver *r, struct str spec, struct buf *out,
    struct err *e) MUST_CHECK;

void resolver_release(struct resolver *r);

#endif
