// SPDX-License-Identifier: ISC
/* Times, sizes and what others said, for a person to read. */
#ifndef OUTBOX_WORDS_H
#define OUTBOX_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf;

/* "1023 KiB", "in 59 min", with NUL; room for any number. */
enum { WORDS_SIZE = 32, WORDS_WIDTH = 79 };

/* "42 s", "12 min", "3 h", "2 d": so long it is at least. */
void words_age(int64_t seconds, char dst[WORDS_SIZE]);

/* "now", or "in 4 min": then it is so far at most. */
void words_until(int64_t seconds, char dst[WORDS_SIZE]);

/* "512 B", "12 KiB", "1.2 MiB" */
void words_size(uint64_t octets, char dst[WORDS_SIZE]);

/*
 * Appends the text, made printable, behind what stands on the line already,
 * and a line end; what does not fit goes on new lines behind so many blanks.
 * Very long text ends in "...".
 */
void words_wrap(struct str text, size_t indent, struct buf *out);

#endif
