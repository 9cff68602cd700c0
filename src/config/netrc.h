// SPDX-License-Identifier: ISC
/*
 * The netrc file, as ftp(1), curl(1) and msmtp(1) read it: words that stand
 * in pairs, with blanks and line ends between them.
 *
 *	machine NAME  or  default	begins an entry
 *	login NAME, user NAME		who logs in there
 *	password TEXT			and with what
 *	account, port, protocol TEXT	nothing to us
 *	macdef NAME			ftp's words up to an empty line
 *
 * A word may be in double quotes, and a backslash takes its meaning from any
 * character.  # in the place of a pair begins a comment.
 */
#ifndef CONFIG_NETRC_H
#define CONFIG_NETRC_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct err;

/* Borrowed. */
struct netrc_wish {
	const char *host; /* in any case */
	const char *user; /* NULL: whoever is found first */
};

struct netrc_login {
	char *user;     /* owned; NULL if the file does not say */
	char *password; /* owned; NULL: there is none for the wish */
	unsigned line;  /* where the password stands */
	bool has_host;  /* there is an entry for the host, whosever */
};

#define NETRC_LOGIN_INIT ((struct netrc_login){ .user = NULL })

/*
 * The first entry that has a password and is for host and user (or for any
 * user); "default" stands for the hosts that have none.  EX_CONFIG
 * "PATH:LINE: ..." for a quote that is not closed or a pair that is not
 * complete, never with the words themselves.
 */
bool netrc_find(struct netrc_login *login, struct str text, const char *path,
    const struct netrc_wish *wish, struct err *e) MUST_CHECK;

/*
 * The same in a file.  EX_CONFIG, with e->sys, if it cannot be read, or if it
 * has the password and others can read it; EX_NOPERM if it may not be read.
 */
bool netrc_load(struct netrc_login *login, const char *path,
    const struct netrc_wish *wish, struct err *e) MUST_CHECK;

/* Wipes what it holds. */
void netrc_login_release(struct netrc_login *login);

#endif
