// SPDX-License-Identifier: ISC
/* A header field that is not fit to go out, said in other words. */
#ifndef MESSAGE_REWORD_H
#define MESSAGE_REWORD_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/*
 * Appends the field, which is whole lines with CRLF, in ASCII: text as
 * encoded words (RFC 2047), parameters as RFC 2231 has them.  EX_DATAERR
 * where the grammar has no way to say it: in an address, say.
 */
bool reword_ascii(struct buf *out, struct str field, struct err *e) MUST_CHECK;

/*
 * Appends the field with its lines over 998 octets (RFC 5322 2.1.1) folded at
 * blanks, in lists of addresses also behind commas.  EX_DATAERR if there are
 * none in the right places.
 */
bool reword_fold(struct buf *out, struct str field, struct err *e) MUST_CHECK;

#endif
