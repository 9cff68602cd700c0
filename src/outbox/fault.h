// SPDX-License-Identifier: ISC
/*
 * A fault in the rc files keeps a lane from being tried.  Each run looks for
 * it, but the same one is told as seldom as a server would be tried; by the
 * defaults, as it cannot be known what is set.
 */
#ifndef OUTBOX_FAULT_H
#define OUTBOX_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct err;
struct spool;

/*
 * Whether it is to be told now, as nothing like it was, or long ago; then that
 * is noted.  Else *next is when it will be.
 */
bool fault_is_news(struct spool *sp, const char *key, const struct err *why,
    int64_t now, int64_t *next) MUST_CHECK;

/* To be told in any case. */
void fault_note(
    struct spool *sp, const char *key, const struct err *why, int64_t now);

/* The lane has none. */
void fault_clear(struct spool *sp, const char *key);

/* Whether mail waits in the queue with that path, and a lane has it. */
bool fault_is_noted(const char *path, const struct err *why) MUST_CHECK;

#endif
