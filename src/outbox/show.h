// SPDX-License-Identifier: ISC
/* One message of the queue, to be read by a person or a program. */
#ifndef OUTBOX_SHOW_H
#define OUTBOX_SHOW_H

#include <stdbool.h>

#include "base/attr.h"
#include "queue/spool.h"

struct buf;
struct err;
struct listing;

struct show_call {
	enum spool_place place;
	const char *id;
	int fd;         /* where it is shown */
	bool is_screen; /* which control characters must not reach */
};

/*
 * Writes lines on the message, an empty one, and the message with its line
 * ends LF; or the file as it is, if it makes no sense.  EX_NOINPUT if it is
 * gone; EX_IOERR.
 */
bool show_message(
    struct listing *l, const struct show_call *call, struct err *e) MUST_CHECK;

/*
 * Appends the text with LF for CRLF, and for a screen made printable, and drops
 * it from *in.  Unless this is the end, what could go on in the next piece is
 * left there: a CR, and part of a character.
 */
void show_text(struct buf *in, bool is_end, bool is_screen, struct buf *out);

/*
 * Writes the text out and empties it.  EX_IOERR; with an empty text if nobody
 * reads on, as of "mailq | head".
 */
bool show_write(int fd, struct buf *text, struct err *e) MUST_CHECK;

#endif
