// SPDX-License-Identifier: ISC
/* A report in words, for a reader who may never have heard of SMTP. */
#ifndef MESSAGE_DSNTEXT_H
#define MESSAGE_DSNTEXT_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct dsn;
struct err;

/* Appends it, UTF-8 or ASCII.  EX_DATAERR if the buffer is full. */
bool dsn_text(const struct dsn *d, struct buf *out, struct err *e) MUST_CHECK;

#endif
