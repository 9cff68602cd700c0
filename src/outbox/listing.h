// SPDX-License-Identifier: ISC
/* What is known of the messages of a queue, for those who list them. */
#ifndef OUTBOX_LISTING_H
#define OUTBOX_LISTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/strvec.h"
#include "outbox/busy.h"
#include "queue/note.h"
#include "queue/spool.h"

struct err;

enum listed_state {
	LISTED_WAITING,
	LISTED_TRYING, /* somebody is at it now */
	LISTED_HELD,
	LISTED_FAILED, /* it lies in failed/ */
};

struct listed {
	struct spooled message;
	struct note note; /* empty if there is none */
	enum listed_state state;
	unsigned ntries; /* of it, or of its server */
	int64_t next;    /* of its next try, seconds since 1970; 0: now */
	bool is_behind;  /* an earlier one, which has to wait */
	/* why the message as a whole waits; borrowed from here or the listing;
	 * NULL: nobody has said anything */
	const char *said;
};

#define LISTED_INIT                  \
	((struct listed){            \
	    .message = SPOOLED_INIT, \
	    .note = NOTE_INIT,       \
	})

/* What all messages have in common that go by the same settings. */
struct listing_lane;

struct listing {
	struct spool spool;
	int64_t now;         /* seconds since 1970 */
	struct strvec notes; /* the names of those that are there */
	struct busy busy;
	struct listing_lane *lanes; /* owned */
	size_t nlanes;
	size_t cap;
	size_t last; /* the lane that was wanted last */
};

#define LISTING_INIT              \
	((struct listing){        \
	    .spool = SPOOL_INIT,  \
	    .notes = STRVEC_INIT, \
	    .busy = BUSY_INIT,    \
	})

/* EX_NOINPUT if there is no such queue; else as spool_open(). */
bool
listing_open(struct listing *l, const char *path, struct err *e) MUST_CHECK;

/*
 * As spool_look(), and more is found out; is_behind if all before it in the
 * same place were looked at, in their order.
 */
enum spool_taken listing_look(struct listing *l, enum spool_place place,
    const char *id, struct listed *found, struct err *e);

void listed_release(struct listed *m);
void listing_release(struct listing *l);

#endif
