// SPDX-License-Identifier: ISC
/* Base64 (RFC 4648 4), for what is short and on one line. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;

/*
 * Appends what the text stands for, or the text for the bytes; false, with
 * nothing appended, if it is no base64 or past the maximum.
 */
bool base64_decode(struct str text, struct buf *out) MUST_CHECK;
bool base64_encode(struct str bytes, struct buf *out) MUST_CHECK;

#endif
