// SPDX-License-Identifier: ISC
/* Lines on standard error of what a run over the queue comes upon. */
#ifndef OUTBOX_TELL_H
#define OUTBOX_TELL_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct failures;
struct spool;
struct spooled;

enum { TELL_MOST = 1 << 16 }; /* octets of words, of all servers */

/* Appends all that an error has to say, for a note. */
void tell_words(const struct err *e, struct buf *words);

/* The same, with those that came before, if there are any; or NULL. */
void tell_all_words(
    const struct failures *before, const struct err *e, struct buf *words);

/* "posthaste: WHAT: ...", what being empty for none. */
void tell(const char *what, const struct err *e);

/* A line for each. */
void tell_failures(const char *what, const struct failures *f);

/*
 * A message, locked, that makes no sense is set aside; what cannot be read,
 * or is of a later version, stays.  Both is told.  True if it was set aside.
 */
bool
tell_broken(struct spool *sp, const struct spooled *m, const struct err *why);

#endif
