// SPDX-License-Identifier: ISC
/*
 * What is worth knowing of a message that waits, beside it: how often it was
 * tried, when it is to be tried again, and what was said of it.  If a note is
 * lost, the message is only tried earlier.
 *
 *	tries 3
 *	next 1766393112
 *	said smtp.example.org:587: connection refused
 *	rcpt 0 450 4.2.0 greylisted
 */
#ifndef QUEUE_NOTE_H
#define QUEUE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;

struct note {
	unsigned ntries;
	int64_t next; /* seconds since 1970; 0: at once */
	char *said;   /* of the whole message, printable, or NULL; owned */
	char **rcpts; /* of each recipient, or NULL; owned */
	size_t nrcpts;
};

#define NOTE_INIT ((struct note){ .ntries = 0 })

enum { NOTE_MAX = 16 << 20 };

/* An empty note, for so many recipients. */
void note_init(struct note *n, size_t nrcpts);

/* Keeps what was said, in one line; empty text takes it back. */
void note_say(struct note *n, struct str said);
void note_say_rcpt(struct note *n, size_t rcpt, struct str said);

/* Appends its lines, as far as there is room. */
void note_write(const struct note *n, struct buf *out);

/* What makes no sense is left out. */
void note_parse(struct note *n, struct str text);

void note_release(struct note *n);

#endif
