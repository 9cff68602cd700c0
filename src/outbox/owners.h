// SPDX-License-Identifier: ISC
/*
 * Root's run over the system's queues: for each owner a process that has
 * become theirs before it opens a file of theirs, and that is this program
 * anew, so that nothing of root's is in its memory.
 */
#ifndef OUTBOX_OWNERS_H
#define OUTBOX_OWNERS_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;

/*
 * Calls this program with those words (argv[0] first, NULL behind the last)
 * for each who has a folder under the system's place, several at once, but
 * for root.  What one says on standard output is appended to *out, behind a
 * heading unless is_bare; what it says on standard error is told, with whose
 * it is.  True if all of them ended with 0, or if there are none.  Else
 * EX_TEMPFAIL with an empty text, as it was told, or EX_CONFIG if the place
 * is not root's, EX_OSERR.
 */
bool owners_call(const char *const words[], bool is_bare, struct buf *out,
    struct err *e) MUST_CHECK;

#endif
