// SPDX-License-Identifier: ISC
/*
 * Writing JSON (RFC 8259) on one line.  Each value is given with its key, or
 * NULL in a list and at the top.  What the buffer has no room for is lost: it
 * must be large enough for all that can be said.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct buf;

struct json {
	struct buf *out;
	bool has_sibling; /* a comma belongs before the next value */
};

#define JSON_INIT(to) ((struct json){ .out = (to) })

enum json_kind { JSON_OBJECT, JSON_LIST };

void json_open(struct json *j, const char *key, enum json_kind kind);
void json_close(struct json *j, enum json_kind kind);

/*
 * A string.  It is ASCII or well-formed UTF-8 whatever the text is: a byte
 * that belongs to neither becomes U+FFFD.  Controls, and what is invisible or
 * turns the direction of writing, go as \uNNNN, so that it can be shown on a
 * terminal as well.
 */
void json_text(struct json *j, const char *key, struct str text);

void json_uint(struct json *j, const char *key, uint64_t n);
void json_int(struct json *j, const char *key, int64_t n);
void json_bool(struct json *j, const char *key, bool on);

#endif
