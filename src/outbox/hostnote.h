// SPDX-License-Identifier: ISC
/*
 * What is known of a server: while it fails, all that goes there waits, and
 * is not tried, or noted, one by one.
 */
#ifndef OUTBOX_HOSTNOTE_H
#define OUTBOX_HOSTNOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "queue/note.h"

struct err;
struct failures;
struct retry_rules;
struct spool;

struct hostnote {
	const char *name; /* "host-HEX" or the like; borrowed */
	struct note note;
	bool is_there;
};

#define HOSTNOTE_INIT ((struct hostnote){ .note = NOTE_INIT })

void
hostnote_read(struct hostnote *h, const struct spool *sp, const char *name);

/*
 * It has failed, behind others of the same "host" (NULL: none); somebody may
 * have noted that meanwhile, which counts once.
 */
void hostnote_fail(struct hostnote *h, const struct spool *sp,
    const struct retry_rules *rules, const struct failures *before,
    const struct err *why, int64_t now);

/* It serves us. */
void hostnote_clear(struct hostnote *h, const struct spool *sp);

void hostnote_release(struct hostnote *h);

#endif
