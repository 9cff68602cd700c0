// SPDX-License-Identifier: ISC
/*
 * Passwords: from the rc file, a file of their own, a descriptor or a command.
 */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/table.h"

struct buf;
struct err;
struct settings;
struct stat;

/*
 * The password that the settings lead to, appended to *secret.  EX_CONFIG if
 * there is none or its file is wrong; EX_NOPERM if the file may not be read,
 * or if the command refuses; EX_TEMPFAIL if the command takes too long;
 * EX_OSERR if it cannot be started.  What the command or file holds is never
 * in the error.
 */
bool secret_get(
    const struct settings *s, struct buf *secret, struct err *e) MUST_CHECK;

/* The same for proxy_user; there is one, as the settings were checked. */
bool secret_get_proxy(
    const struct settings *s, struct buf *secret, struct err *e) MUST_CHECK;

/*
 * The same for tls_key_file; what ("passphrase of FILE") is for the question
 * at the terminal, if nothing else leads to it.
 */
bool secret_get_passphrase(const struct settings *s, const char *what,
    struct buf *secret, struct err *e) MUST_CHECK;

/* The setting that gives it; SETTING_COUNT if none does. */
enum setting_id
secret_source(const struct settings *s, enum setting_gives gives);

/*
 * Makes password_fd, if it is set, a descriptor that is not inherited by what
 * we run.  To be called before any of ours is opened, where it is known then.
 * EX_CONFIG if it is not open.
 */
bool
secret_claim_descriptor(const struct settings *s, struct err *e) MUST_CHECK;

/* Appends text that can be a password.  EX_CONFIG */
bool secret_keep(struct str text, struct buf *secret, struct err *e) MUST_CHECK;

/*
 * Whether its file, if it has one, would be accepted, or the proxy's
 * password's, or the passphrase's, or that of the key itself; nothing is run.
 */
bool secret_check(const struct settings *s, struct err *e) MUST_CHECK;
bool secret_check_proxy(const struct settings *s, struct err *e) MUST_CHECK;
bool
secret_check_passphrase(const struct settings *s, struct err *e) MUST_CHECK;
bool secret_check_key(const struct settings *s, struct err *e) MUST_CHECK;

/*
 * Reads a file that may hold secrets, a regular one or a pipe, to the end.
 * EX_NOPERM if it may not be read; else EX_CONFIG, with e->sys.
 */
bool secret_file_read(const char *path, struct buf *text, struct stat *st,
    struct err *e) MUST_CHECK;

/*
 * Whether nobody but its owner, who is root or the user, can read it; the
 * group may read a file of root's.
 */
bool secret_file_is_private(const struct stat *st);

/* Whether nobody but root and the user can change it. */
bool secret_file_is_guarded(const struct stat *st);

#endif
