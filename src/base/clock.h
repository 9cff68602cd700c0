// SPDX-License-Identifier: ISC
/* Monotonic time, for deadlines. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some fixed moment; never goes back. */
int64_t clock_msec(void);

/*
 * Milliseconds from now until the given moment as poll(2) wants them: 0 if
 * it is past, never negative.
 */
int clock_msec_left(int64_t until_msec);

/* Milliseconds as seconds, to tenths, for "%g" in an error. */
double clock_seconds(unsigned msec);

#endif
