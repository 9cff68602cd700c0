// SPDX-License-Identifier: ISC
/*
 * Makes a message fit for what lies ahead: lines that are not too long, and
 * no 8-bit characters where the server does not take them.  What comes out
 * of a source is read twice, once to see what is there and once to write it
 * to a new place, which the source is of from then on: so its size is exact.
 */
#ifndef MESSAGE_RECODE_H
#define MESSAGE_RECODE_H

#include <stdbool.h>

#include "base/attr.h"
#include "message/scan.h"

struct err;
struct source;

/* Longer lines need not be taken by anybody (RFC 5322 2.1.1). */
enum { RECODE_LINE_MAX = SCAN_LINE_MAX };

enum recode_lines {
	RECODE_LINES_ENCODE,
	RECODE_LINES_PASS,
	RECODE_LINES_REFUSE,
};

/*
 * Sees to lines over RECODE_LINE_MAX, and to "binary" as the transfer
 * encoding, which is none without BINARYMIME.  EX_DATAERR for what is not to
 * be or cannot be changed, EX_IOERR.
 */
bool recode_lines(
    struct source *s, enum recode_lines policy, struct err *e) MUST_CHECK;

/*
 * For a server without 8BITMIME (RFC 6152 3): nothing is above 127 then.
 * Errors as above.
 */
bool recode_7bit(struct source *s, struct err *e) MUST_CHECK;

/*
 * Opens what recode_7bit() may need a file for, where that can no longer be
 * done later; nothing if the text is small or needs no change.  Without a
 * file it will say so itself.
 */
void recode_reserve(struct source *s);

#endif
