// SPDX-License-Identifier: ISC
/* Any text as the value of a parameter of MAIL or RCPT. */
#ifndef BASE_XTEXT_H
#define BASE_XTEXT_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;

/* RFC 3461 4: "+XX" for what is not printable ASCII, for "+" and "=". */
bool xtext_add(struct buf *out, struct str text) MUST_CHECK;

/*
 * RFC 6533 3, utf-8-addr-xtext: "\x{XX}" for those and for "\", XX being the
 * code point.  False also for what is not UTF-8.
 */
bool xtext_add_utf8(struct buf *out, struct str text) MUST_CHECK;

#endif
