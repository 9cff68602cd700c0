// SPDX-License-Identifier: ISC
/*
 * The values of fields that we write.  Each appends to a buffer that holds
 * the field so far, so that lines are folded where they get long; false
 * with EX_DATAERR, also if the buffer is full.
 */
#ifndef MESSAGE_STAMP_H
#define MESSAGE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/* The local time with its offset (RFC 5322 3.3): English in any locale. */
bool stamp_date(struct buf *out, time_t when, struct err *e) MUST_CHECK;

/*
 * An identifier that is unique by 160 random bits and tells nothing about
 * user, host or time.  The domain may be one with U-labels or a literal.
 */
bool
stamp_message_id(struct buf *out, struct str domain, struct err *e) MUST_CHECK;

/*
 * "Name <spec>", the spec alone if the name is empty.  The name is quoted
 * if it needs that and put in encoded words (RFC 2047) if it is not ASCII.
 */
bool stamp_mailbox(struct buf *out, struct str name, struct str spec,
    struct err *e) MUST_CHECK;

/* Lines are wished not to get longer than this (RFC 5322 2.1.1). */
enum { STAMP_LINE_MAX = 78 };

/* How long the last line in the buffer is. */
size_t stamp_column(const struct buf *out);

/*
 * The text, folded before its blanks where lines get long; a blank that a
 * backslash quotes is none.  False if the buffer is full.
 */
bool stamp_folded(struct buf *out, struct str text) MUST_CHECK;

/* Encoded words (RFC 2047) that stand for the text, folded between them. */
bool stamp_encoded(struct buf *out, struct str text) MUST_CHECK;

#endif
