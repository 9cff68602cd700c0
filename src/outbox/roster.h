// SPDX-License-Identifier: ISC
/*
 * What waits in the queue, as far as it has to be known of all messages to
 * say which are tried now, in which process, and in which order.
 */
#ifndef OUTBOX_ROSTER_H
#define OUTBOX_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "queue/entry.h"
#include "queue/spool.h"

struct err;
struct run_call;
struct strvec;

/* One message, as it was when it was looked at. */
struct waiting {
	char id[SPOOL_ID_SIZE];
	char key[ENTRY_KEY_SIZE]; /* of its lane */
	bool is_held;
	bool is_warned;
	bool is_chosen; /* is tried, due or not */
	int64_t arrived;
	unsigned ntries;
	int64_t next;    /* seconds since 1970, as arrived */
	uint64_t *pairs; /* of the pending (outbox/order.h); owned */
	size_t npairs;
};

struct roster {
	struct waiting *items; /* owned */
	size_t len;
	size_t cap;
};

#define ROSTER_INIT ((struct roster){ .items = NULL })

/*
 * Looks at one message.  The notes are the names of those there are; the
 * call's ids are sorted.  One that it does not choose is SPOOL_GONE.
 */
enum spool_taken
roster_look(const struct spool *sp, const char *id, const struct strvec *notes,
    const struct run_call *call, struct waiting *w, struct err *e) MUST_CHECK;

/*
 * Adds those of that lane whose ids are not among those seen, in order; and
 * *seen, sorted, is all that there are then, so that nobody is looked at twice.
 * What cannot be read is left to a whole run.  EX_IOERR
 */
bool roster_find(struct roster *r, const struct spool *sp, const char *key,
    struct strvec *seen, struct err *e) MUST_CHECK;

/* Takes it over. */
void roster_add(struct roster *r, const struct waiting *w);

/* By lane, and each lane in order of arrival. */
void roster_sort(struct roster *r);

/* How many of the same lane stand there from the first on. */
size_t roster_lane(const struct roster *r, size_t first);

/* The numbers of the sender with each recipient that is pending; free() it. */
uint64_t *roster_pairs(const struct entry *entry, size_t *n) MUST_CHECK;

void waiting_release(struct waiting *w);
void roster_release(struct roster *r);

#endif
