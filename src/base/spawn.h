// SPDX-License-Identifier: ISC
/* Programs that are started beside this one. */
#ifndef BASE_SPAWN_H
#define BASE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"

struct err;

/* All of it borrowed. */
struct spawn_call {
	const char *path;
	char *const *argv;
	char *const *env;
	int in;           /* its standard input; -1: there is nothing to read */
	int out;          /* its standard output */
	bool has_session; /* of its own, so that it has no terminal */
};

/*
 * Starts it in a process group of its own, so that it can be ended together
 * with what it has started; with signals as a new program expects them, with
 * our standard error, and without core dumps, as it may have secrets.
 * EX_OSERR
 */
bool spawn(const struct spawn_call *call, pid_t *pid, struct err *e) MUST_CHECK;

#endif
