// SPDX-License-Identifier: ISC
/*
 * What messages that wait have in common if they go by the same account and
 * the same flags: their settings, and so a server, a login and a connection.
 * In the queue they are the lines of the entry; the rc files are read anew.
 */
#ifndef OUTBOX_LANE_H
#define OUTBOX_LANE_H

#include <stdbool.h>

#include "base/attr.h"
#include "config/settings.h"
#include "submit/origin.h"

struct entry;
struct err;

/* "host-" and so many hexadecimal digits, with NUL. */
enum { LANE_HOST_SIZE = sizeof("host-0123456789abcdef") };

struct lane {
	struct origin origin;
	struct settings settings;
	/* where the server's note is kept: lanes with one server and login
	 * share it */
	char host[LANE_HOST_SIZE];
};

#define LANE_INIT                      \
	((struct lane){                \
	    .origin = ORIGIN_INIT,     \
	    .settings = SETTINGS_INIT, \
	})

/*
 * What the entry has to say of its lane: the account, the rc file of -C and
 * what flags and environment set, as far as it matters once the message is
 * composed.  No secret is in it.  EX_CONFIG if there is no current folder to
 * which the rc file is relative.
 */
bool lane_describe(const struct origin *origin, const struct settings *s,
    struct entry *entry, struct err *e) MUST_CHECK;

/*
 * The settings as they are now.  EX_CONFIG, EX_NOPERM and the like for what is
 * wrong with the rc files: a reason to wait.
 */
bool lane_load(
    struct lane *lane, const struct entry *entry, struct err *e) MUST_CHECK;

/* The name of the note on the settings' server. */
void lane_name_host(const struct settings *s, char name[LANE_HOST_SIZE]);

void lane_release(struct lane *lane);

#endif
