// SPDX-License-Identifier: ISC
/*
 * The text of a part in another transfer encoding (RFC 2045 6), piece by
 * piece as it comes: lines of 76 at most.
 */
#ifndef MESSAGE_ENCODE_H
#define MESSAGE_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct buf;

enum encode_form {
	ENCODE_NOT, /* as it is */
	ENCODE_QP,
	ENCODE_BASE64,
	ENCODE_QP_AGAIN,     /* it is quoted-printable, but not fit to go */
	ENCODE_BASE64_AGAIN, /* likewise */
	ENCODE_ASIDE,        /* nobody's text: what does not fit is a "*" */
};

enum { ENCODE_BLANKS_MAX = 1000 };

struct encode {
	enum encode_form form;
	struct buf *out; /* borrowed; it must never get full */
	size_t column;
	bool is_soft;     /* the line began behind a soft line break */
	bool is_crlf_due; /* a line end of which base64 knows not yet ... */
	unsigned char held[3]; /* ... to be encoded with what follows */
	char token[3]; /* of quoted-printable: what comes next tells ... */
	size_t nheld;
	size_t ntoken; /* ... whether it still fits */
	/* of what was quoted-printable already */
	char escape[2]; /* "=", "=4" */
	size_t nescape;
	char blanks[ENCODE_BLANKS_MAX]; /* they count if something follows */
	size_t nblanks;
};

void encode_init(struct encode *x, enum encode_form form, struct buf *out);

/* A piece of a line without its end, which is_end says is there. */
void encode_text(struct encode *x, struct str text, bool is_end);

/*
 * The text ends here.  If a boundary follows, the last line end belongs to
 * that (RFC 2046 5.1.1).
 */
void encode_end(struct encode *x, bool is_boundary);

/* How many octets quoted-printable would have to escape. */
size_t encode_count(struct str text);

#endif
