// SPDX-License-Identifier: ISC
/* --check-config: all that is wrong, not only what comes first. */
#ifndef CONFIG_INSPECT_H
#define CONFIG_INSPECT_H

#include <stdbool.h>

struct account_places;
struct err;
struct findings;
struct settings;

struct inspect_call {
	const struct account_places *places;
	const struct settings *flags;
	const char *account; /* -a; NULL if not given */
	/* what else must hold of an account; NULL behind the last */
	bool (*checks[5])(const struct settings *, struct err *);
};

/*
 * Looks into every rc file that may be read, at the environment and at each
 * account with both.  What eval names is run, as the file cannot be read
 * otherwise; passwordeval is not.
 */
void inspect_config(const struct inspect_call *call, struct findings *f);

#endif
