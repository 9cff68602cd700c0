// SPDX-License-Identifier: ISC
/*
 * The bytes that go out: the message with its edits made and its line ends
 * CRLF, read piece by piece, as often as needed.  Dots are not stuffed here.
 */
#ifndef MESSAGE_SOURCE_H
#define MESSAGE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/str.h"
#include "message/message.h"
#include "message/wire.h"

struct edit;
struct err;

enum { SOURCE_WINDOW = 64 << 10 };

/* Not to be copied: it points into itself. */
struct source {
	const struct message *m;
	const struct edit *edit; /* or NULL */
	struct message recoded;  /* m points to it if that was needed */
	int spare_fd;            /* see recode_reserve(); or -1 */
	off_t at;                /* the next byte of the input to be taken */
	size_t nsplices;         /* so many are done */
	uint64_t given;          /* octets */
	struct wire wire;
	/* what goes out next, in this order */
	struct str text;
	uint64_t nblanks;
	struct str line_end;
	char window[SOURCE_WINDOW]; /* of the input, if that is a file */
};

/*
 * Borrows the message and the edit, which must outlive it; without an edit
 * the message goes out as it is.
 */
void
source_init(struct source *s, const struct message *m, const struct edit *ed);

/* Its whole size in octets, known from the start; for SIZE= and BDAT. */
uint64_t source_size(const struct source *s);

/*
 * Whether a byte above 127 is in it; for BODY=8BITMIME.  One in a field that
 * is left out counts.
 */
bool source_is_8bit(const struct source *s);

/*
 * Up to room bytes to dst, their number to *n; *n is 0 at the end only.
 * EX_IOERR if reading fails or the input has changed since it was scanned:
 * it never gives more than source_size() and reports it if it is less.  What
 * was added to the input's end since is not read.
 */
bool source_read(struct source *s, char *dst, size_t room, size_t *n,
    struct err *e) MUST_CHECK;

/* Back to the start. */
void source_rewind(struct source *s);

/* What it is of now on, edits included; takes the message over. */
void source_replace(struct source *s, struct message *m);

void source_release(struct source *s);

#endif
