// SPDX-License-Identifier: ISC
/*
 * What a process gives up for good, and what it keeps: files, TCP ports
 * (Landlock), rights to be gained (no_new_privs), and if that is wanted system
 * calls (seccomp).
 */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/landlock.h"

struct err;

enum sandbox_use {
	SANDBOX_READ,  /* a file, or a folder and all below it */
	SANDBOX_WRITE, /* a file that is there */
	SANDBOX_KEEP,  /* a folder's files: made, read, put in place, removed */
	SANDBOX_TREE,  /* the same, and moved between the folders below it */
};

/* All that can be opened from then on, as it is now: links are followed. */
struct sandbox_rules {
	struct landlock landlock;
	int sys; /* why there is none */
	unsigned npaths;
	unsigned nports;
	unsigned kept; /* what seccomp leaves, see seccomp.h */
};

/* Nothing is allowed.  To be released. */
void sandbox_begin(struct sandbox_rules *r);

/* The same for who has to end what it has started before. */
void sandbox_begin_as_parent(struct sandbox_rules *r);

/* Whether rules on files and ports mean anything here. */
bool sandbox_has_landlock(const struct sandbox_rules *r);

/* A path that is not there is left out, and stays out of reach. */
void
sandbox_allow(struct sandbox_rules *r, const char *path, enum sandbox_use use);

/* The same of what is open there, which the caller closes. */
void sandbox_allow_open(struct sandbox_rules *r, int fd, enum sandbox_use use);

/* TCP, where the kernel looks at that, and UDP. */
void sandbox_allow_connect(struct sandbox_rules *r, unsigned port);

/* From an address of ours, too. */
void sandbox_allow_source(struct sandbox_rules *r);

/* To sockets by their paths, at which Landlock does not look. */
void sandbox_allow_unix(struct sandbox_rules *r);

/* Libraries that are yet to be loaded. */
void sandbox_allow_code(struct sandbox_rules *r);

/*
 * There is no way back.  is_strict: with seccomp; EX_UNAVAILABLE if the
 * kernel does not do all of it.  Else what it cannot do is left out.  It is
 * told with --debug.
 */
bool sandbox_enter(
    const struct sandbox_rules *r, bool is_strict, struct err *e) MUST_CHECK;

void sandbox_release(struct sandbox_rules *r);

#endif
