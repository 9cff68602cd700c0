// SPDX-License-Identifier: ISC
/*
 * Where the queues of those are who have no home, and the system's: a folder
 * for each user, by number, below one that is root's.
 */
#ifndef QUEUE_PLACE_H
#define QUEUE_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"

struct err;

/* "/var/spool/posthaste"; the functions below are given it. */
const char *place_top(void);

/* That user's folder in it; free() it. */
char *place_of(const char *top, uid_t uid) MUST_CHECK;

/*
 * Whether nobody but root can put another folder in the place of one in it.
 * EX_CONFIG, and what to do about it, also if it is missing.
 */
bool place_check(const char *top, struct err *e) MUST_CHECK;

/*
 * Whoever watches the place hears that something has arrived for a queue at
 * that path, if it is one of the place: a file in it that is root's, and that
 * all may write to, is opened and closed.  Nobody need be there to hear it.
 */
void place_ring(const char *top, const char *path);

struct place_owners {
	uid_t *items; /* sorted; owned */
	size_t len;
	size_t cap;
};

#define PLACE_OWNERS_INIT ((struct place_owners){ .items = NULL })

/*
 * Adds those who have a folder there that is theirs, for whoever runs all of
 * them; what else is there is left out.  None if it is missing; EX_IOERR.
 */
bool place_list(
    const char *top, struct place_owners *owners, struct err *e) MUST_CHECK;
void place_owners_release(struct place_owners *owners);

#endif
