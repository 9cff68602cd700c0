// SPDX-License-Identifier: ISC
/* The message's text as DATA or BDAT carries it. */
#ifndef SMTP_BODY_H
#define SMTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct buf;
struct err;
struct source;

enum body_form {
	BODY_DOT,   /* dots stuffed, ended by a dot (RFC 5321 4.5.2) */
	BODY_CHUNK, /* as it is (RFC 3030 2) */
};

struct body {
	struct source *source; /* borrowed */
	enum body_form form;
	bool is_inside_line; /* the last octet was no line end */
	bool is_done;
	uint64_t nread; /* octets taken from the source */
};

void body_init(struct body *b, struct source *source, enum body_form form);

/*
 * Appends text until out holds about goal octets or the text, with its end,
 * is complete (is_done).  False if the source fails: then the end was not
 * written, and the connection must be dropped so that the server discards
 * what it has.
 */
bool body_fill(
    struct body *b, struct buf *out, size_t goal, struct err *e) MUST_CHECK;

#endif
