// SPDX-License-Identifier: ISC
/*
 * The password where the settings name none: credentials, netrc, the keyring,
 * the terminal.
 */
#ifndef CONFIG_LOGIN_H
#define CONFIG_LOGIN_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

struct err;
struct settings;

/* Where it is looked for; borrowed. */
struct login_places {
	const char *credentials; /* a directory (systemd.exec(5)); NULL: none */
	const char *home;        /* of .netrc; NULL: there is none */
	const char *sysconfdir;  /* of netrc */
};

struct login {
	char *netrc;      /* the file of the password; owned */
	struct buf tried; /* the places that had none, and why */
};

#define LOGIN_INIT ((struct login){ .netrc = NULL, .tried = BUF_INIT(1000) })

/*
 * If a login is wanted and no setting leads to a password: sets
 * password_file to CREDENTIALS/posthaste.ACCOUNT.password or
 * CREDENTIALS/posthaste.password, the first that is there; else password, and
 * user if that is unset, to what .netrc or else SYSCONFDIR/netrc says of the
 * host, if there is one.  account is NULL if there is none.  Release *login
 * after *s, whose origins point into it.
 *
 * EX_CONFIG if a netrc file is wrong or can be read by others.
 */
bool login_find(struct login *login, struct settings *s, const char *account,
    const struct login_places *places, struct err *e) MUST_CHECK;

/* The same with the places that the environment names. */
bool login_load(struct login *login, struct settings *s, const char *account,
    struct err *e) MUST_CHECK;

/*
 * The password, appended to *secret: by secret_get() if the settings lead to
 * it; else from the keyring, or from who sits at the terminal.  EX_CONFIG with
 * all the places if nobody has it; else as these say.
 */
bool login_get(struct login *login, const struct settings *s,
    struct buf *secret, struct err *e) MUST_CHECK;

void login_release(struct login *login);

#endif
