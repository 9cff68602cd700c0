// SPDX-License-Identifier: ISC
/* Servers that failed before others were tried: an error for each. */
#ifndef SUBMIT_FAILURES_H
#define SUBMIT_FAILURES_H

#include <stddef.h>

struct buf;
struct err;

struct failures {
	struct err *items; /* in the order of the tries; owned */
	size_t len;
	size_t cap;
};

#define FAILURES_INIT ((struct failures){ .items = NULL })

/* Unless it is there already, as that of a proxy they all go by. */
void failures_add(struct failures *f, const struct err *e);

/* It is told by itself. */
void failures_forget(struct failures *f, const struct err *e);

/* In place of what was there. */
void failures_copy(struct failures *f, const struct failures *from);

/* Appends all that they say, "; " behind each: an error is to follow. */
void failures_words(const struct failures *f, struct buf *words);

void failures_release(struct failures *f);

#endif
