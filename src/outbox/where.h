// SPDX-License-Identifier: ISC
/* Where this user's messages wait, by the settings. */
#ifndef OUTBOX_WHERE_H
#define OUTBOX_WHERE_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct settings;

/* Whether queue_dir means one place, wherever it is read.  EX_CONFIG */
bool where_check(const struct settings *s, struct err *e) MUST_CHECK;

/*
 * Whether the settings name a place of its own, which is not among those of
 * all users.
 */
bool where_is_elsewhere(const struct settings *s);

/*
 * Appends the path of a file from the root on, which means the same from any
 * folder.  EX_CONFIG if there is no current one.
 */
bool
where_absolute(const char *path, struct buf *out, struct err *e) MUST_CHECK;

/*
 * Appends the folder's path: see queue_dir in posthasterc(5).  EX_CONFIG if
 * it may be another one for others, or if it is the system's, and that is not
 * as it has to be.
 */
bool where_is_queue(
    const struct settings *s, struct buf *path, struct err *e) MUST_CHECK;

#endif
