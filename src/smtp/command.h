// SPDX-License-Identifier: ISC
/* Command lines, with the gate that no control character passes. */
#ifndef SMTP_COMMAND_H
#define SMTP_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/*
 * Appends one line, CRLF behind it.  EX_DATAERR if there is a CR, LF, NUL or
 * other control character in it: it would be more than one command.
 */
bool command_line(struct buf *out, struct err *e, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;

/* Parameters of MAIL, for what was offered and is needed. */
struct command_mail {
	const char *sender; /* "" is the null sender */
	bool with_size;     /* SIZE= (RFC 1870 6) */
	uint64_t size;
	bool is_8bit;     /* BODY=8BITMIME (RFC 6152 3) */
	bool is_utf8;     /* SMTPUTF8 (RFC 6531 3.4) */
	const char *more; /* " NAME=VALUE...", or NULL */
};

bool command_mail(
    struct buf *out, const struct command_mail *m, struct err *e) MUST_CHECK;

#endif
