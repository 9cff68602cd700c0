// SPDX-License-Identifier: ISC
/*
 * The owner of one of the system's queues, for root: this program anew, in a
 * process that has become theirs before it opens anything, with nothing of
 * root's in its memory; and what that process says.
 */
#ifndef OUTBOX_OWNER_H
#define OUTBOX_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/buf.h"

struct err;

/* What the process says on one of its streams. */
struct owner_stream {
	int fd;          /* owned; -1 once there is no more of it */
	size_t left;     /* so many bytes more are taken */
	struct buf text; /* what was not passed on yet */
};

struct owner {
	uid_t uid;
	char name[256];
	pid_t pid;        /* and its session; 0 if there is none */
	int64_t deadline; /* clock_msec() */
	struct owner_stream shown;
	struct owner_stream told;
};

/* Has no process yet. */
struct owner owner_of(uid_t uid);

/*
 * Calls this program in the owner's name with those words: argv[0] first, NULL
 * behind the last.  EX_OSERR
 */
bool owner_begin(
    struct owner *o, const char *const words[], struct err *e) MUST_CHECK;

/*
 * Takes what there is of the stream, which is to be read: what is shown is
 * kept, what is told is told, with whose it is.  Of too much the rest is left.
 */
void owner_hear(struct owner *o, struct owner_stream *from);

/* Ends it if it is late. */
void owner_watch(struct owner *o, int64_t now);

/*
 * Whether the process is over; then *is_well says how.  What is left of what
 * it said is taken; what it has left behind is not waited for.
 */
bool owner_is_over(struct owner *o, bool *is_well) MUST_CHECK;

void owner_release(struct owner *o);

#endif
