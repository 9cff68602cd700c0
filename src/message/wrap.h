// SPDX-License-Identifier: ISC
/*
 * Foreign text put into lines of ours, which it can neither end nor forge:
 * what is not printable becomes \xNN.
 */
#ifndef MESSAGE_WRAP_H
#define MESSAGE_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;

/* As long as lines get, in characters, where their words let them. */
enum { WRAP_COLUMNS = 76 };

/*
 * Appends the words of the text behind what stands in the last line, going on
 * in new ones that begin with so many blanks, as does the last line if it is
 * empty.  A line end of the text begins a new line, too.  The last line is
 * left open.  No line gets over 998 octets (RFC 5322 2.1.1).  False if the
 * buffer is full.
 */
bool wrap_text(struct buf *out, size_t indent, struct str text) MUST_CHECK;

/* The same for text whose blanks are its own: it stays in one piece. */
bool wrap_word(struct buf *out, size_t indent, struct str word) MUST_CHECK;

#endif
