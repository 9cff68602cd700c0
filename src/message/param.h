// SPDX-License-Identifier: ISC
/* The values of MIME fields: tokens and parameters (RFC 2045 5.1, 2231). */
#ifndef MESSAGE_PARAM_H
#define MESSAGE_PARAM_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;

/* Borrowed from the text. */
struct param {
	struct str name;  /* with what RFC 2231 adds: "filename*0*" */
	struct str value; /* as written, quotes included */
};

/* How long the quoted string or comment at the start is, escapes minded. */
size_t param_quoted(struct str s);
size_t param_comment(struct str s);

/*
 * Cuts the next token from *rest, and blanks and comments around it.  It ends
 * at a blank, a comment or any of stops, and may be empty.
 */
struct str param_token(struct str *rest, const char *stops);

/* Cuts the next parameter from ";a=b; c=d"; false behind the last. */
bool param_next(struct str *rest, struct param *p) MUST_CHECK;

/* Appends the value without quotes and escapes, as far as there is room. */
void param_unquote(struct str value, struct buf *out);

/*
 * Appends the value of the parameter with this name, put together if it comes
 * in pieces; nothing if there is none.
 */
void param_find(struct str params, struct str name, struct buf *out);

#endif
