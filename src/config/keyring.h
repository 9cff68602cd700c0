// SPDX-License-Identifier: ISC
/*
 * The desktop's keyring, asked through libsecret's own program, secret-tool:
 * nobody else's start-up has to pay for the library.  What is kept there under
 *
 *	secret-tool store --label=LABEL host HOST service smtp user USER
 *
 * is found, as by msmtp(1).
 */
#ifndef CONFIG_KEYRING_H
#define CONFIG_KEYRING_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct settings;

/* Where it is looked for; borrowed. */
struct keyring_places {
	const char *bus;         /* DBUS_SESSION_BUS_ADDRESS, or NULL */
	const char *runtime_dir; /* XDG_RUNTIME_DIR, likewise */
	const char *path;        /* PATH, likewise */
};

struct keyring_places keyring_places_here(void);

/*
 * Appends the password for host and user to *secret, or nothing where there
 * is none: *why says why then, in static words.  Its owner may be asked to
 * unlock it, for as long as passwordeval_timeout.  EX_TEMPFAIL if that was
 * not enough; EX_OSERR if the program cannot be started.
 */
bool keyring_find(const struct settings *s, const struct keyring_places *places,
    struct buf *secret, const char **why, struct err *e) MUST_CHECK;

#endif
