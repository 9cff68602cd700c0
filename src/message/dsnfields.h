// SPDX-License-Identifier: ISC
/* The fields for programs of a report (RFC 3464 2). */
#ifndef MESSAGE_DSNFIELDS_H
#define MESSAGE_DSNFIELDS_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct dsn;
struct dsn_rcpt;
struct err;

/*
 * Appends them; they are ASCII but for addresses that are not (RFC 6533 4.3).
 * EX_DATAERR if the buffer is full.
 */
bool dsn_fields(const struct dsn *d, struct buf *out, struct err *e) MUST_CHECK;

/* Appends what was said, code first, and no more than DSN_SAID_MAX of it. */
bool dsn_said(const struct dsn_rcpt *rcpt, struct buf *out) MUST_CHECK;

#endif
