// SPDX-License-Identifier: ISC
/*
 * Work that waits for others as long as they please, such as a look-up by the
 * C library.  It cannot be interrupted, so it runs in a thread of its own;
 * whoever has no more time for it leaves the thread to itself, with the work,
 * which it owns.
 */
#ifndef BASE_ERRAND_H
#define BASE_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct err;
struct errand;

/*
 * Begins run(work) in a thread.  The work is the errand's from here on, which
 * gives it back with release(); so it does if this fails.  NULL with EX_OSERR.
 */
struct errand *errand_begin(void *work, void (*run)(void *work),
    void (*release)(void *work), struct err *e) MUST_CHECK;

/* Whether it is done by then (clock_msec()); until then the work is the
 * thread's, and nobody else's to look at. */
bool errand_wait(struct errand *t, int64_t until_msec) MUST_CHECK;

/* The same without waiting. */
bool errand_is_done(struct errand *t);

/* For AUTO: NULL is fine.  What is not done yet is left to itself. */
void errand_release(struct errand **owned);

#endif
