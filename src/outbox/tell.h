// SPDX-License-Identifier: ISC
/* Lines on standard error of what a run over the queue comes upon. */
#ifndef OUTBOX_TELL_H
#define OUTBOX_TELL_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct spool;
struct spooled;

/* Appends all that an error has to say, for a note. */
void tell_words(const struct err *e, struct buf *words);

/* "posthaste: WHAT: ...", what being empty for none. */
void tell(const char *what, const struct err *e);

/*
 * A message, locked, that makes no sense is set aside; what cannot be read,
 * or is of a later version, stays.  Both is told.  True if it was set aside.
 */
bool
tell_broken(struct spool *sp, const struct spooled *m, const struct err *why);

#endif
