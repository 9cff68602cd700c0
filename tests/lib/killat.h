// SPDX-License-Identifier: ISC
/*
 * What becomes of a program that is killed at its Nth system call, before or
 * behind it, or whose Nth system call fails: to try this for each N.  By
 * ptrace, so that the program need not know; with a filter, so that only
 * calls that count cost time.
 *
 * What was written but not synced is kept by the system when a program is
 * killed, so this is a crash of the program, not of the machine.
 */
#ifndef KILLAT_H
#define KILLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum killat_how {
	KILLAT_COUNT, /* nothing is done to it */
	KILLAT_BEFORE,
	KILLAT_BEHIND,
	KILLAT_FAIL, /* the call is not made */
};

struct killat {
	enum killat_how how;
	unsigned n;       /* which of those that count, from 1 on */
	int error;        /* KILLAT_FAIL: its errno */
	const bool *only; /* by number, those that count; NULL: all */
	const char *from; /* count from the first on that names a file with
			     this in its path; NULL: from the start */
	bool follows;     /* children count, too, and are killed with it */
};

enum { KILLAT_CALLS = 1024 };

struct killat_end {
	bool is_hit;     /* there was an Nth call */
	unsigned ncalls; /* that counted */
	long call;       /* the number of the one that was hit */
	int status;      /* as of waitpid(2), of the first process */
};

/* In the child: from now on the parent watches it.  False: it cannot. */
bool killat_begin(const struct killat *k);

/*
 * In the parent, which has no other children: until the child and those that
 * are followed have ended.  False if it cannot be watched.
 */
bool killat_watch(const struct killat *k, pid_t child, struct killat_end *end);

/*
 * Adds the calls of that name to the set (of KILLAT_CALLS); "files" stands for
 * all those that change files or make it sure that they are changed.  False:
 * the name is not known.
 */
bool killat_add(bool *only, const char *name);

/* "fsync", or "call 42" in a buffer that is used again. */
const char *killat_name(long call);

#endif
