// SPDX-License-Identifier: ISC
/* When to try again: soon at first, then more and more seldom. */
#ifndef QUEUE_RETRY_H
#define QUEUE_RETRY_H

#include <stdint.h>

/* As the settings have it; in seconds. */
struct retry_rules {
	unsigned first; /* behind the first try */
	unsigned most;  /* between two tries */
};

/*
 * Seconds until the next try, so many having failed: doubling, and up to a
 * quarter more or less by chance, so that what failed together does not come
 * back together.  chance is any number.
 */
unsigned
retry_delay(const struct retry_rules *rules, unsigned ntries, uint32_t chance);

#endif
