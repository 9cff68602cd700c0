// SPDX-License-Identifier: ISC
/*
 * A message in the queue: one file that holds lines on who it is from and
 * for, an empty line, and the message as it goes out.
 *
 *	posthaste-queue 1
 *	state --
 *	arrived 1766393112.123456
 *	size 1234
 *	sender me@example.org
 *	about 20261222-080000-123456-89abcdef
 *	account work
 *	rcfile /home/me/rc
 *	set host smtp.example.org
 *	rcpt - you@example.org
 *	original you
 *
 * What changes while it waits has a fixed length, so it is changed where it
 * stands: a byte for each recipient, and two for the message.  Nothing else
 * is ever written to the file again.
 */
#ifndef QUEUE_ENTRY_H
#define QUEUE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/str.h"
#include "base/strvec.h"

struct buf;
struct err;

/* What became of a recipient, as the byte in the file. */
enum entry_fate {
	ENTRY_PENDING = '-',
	ENTRY_TAKEN = '+',    /* the server has the message for it */
	ENTRY_REFUSED = 'x',  /* for good; the sender is to be told */
	ENTRY_REPORTED = 'r', /* for good, and the sender was told */
};

struct entry_rcpt {
	char *address;  /* addr-spec; owned */
	char *original; /* what it was before aliases, or NULL; owned */
	enum entry_fate fate;
	off_t at; /* of its byte in the file */
};

/* Strings are owned. */
struct entry {
	bool is_held;             /* not to be tried until somebody says so */
	bool is_warned;           /* the sender knows that it waits */
	int64_t arrived_usec;     /* since 1970 */
	uint64_t size;            /* of the message, in octets */
	char *sender;             /* addr-spec, "" for the null sender */
	char *about;              /* a report: on which message, or NULL */
	char *account;            /* NULL: whichever the sender leads to */
	char *rcfile;             /* of -C, absolute; NULL: the usual ones */
	char *not_ascii;          /* needs SMTPUTF8, and what for; or NULL */
	struct strvec settings;   /* "name value", of flags and variables */
	struct entry_rcpt *rcpts; /* owned */
	size_t nrcpts;
	size_t cap;
	off_t state; /* of those two bytes in the file */
	off_t text;  /* where the message begins in it */
};

#define ENTRY_INIT ((struct entry){ .is_held = false })

enum { ENTRY_LINES_MAX = 64 << 20 };

/* Adds a recipient that is pending; original may be empty. */
void
entry_add_rcpt(struct entry *entry, struct str address, struct str original);

/*
 * Appends the lines, and the empty one behind them; sets at, state and text.
 * EX_DATAERR if something of it holds a line end, is too long, or is an address
 * that could say more to a server than who it is.
 */
bool
entry_write(struct entry *entry, struct buf *lines, struct err *e) MUST_CHECK;

/*
 * Of what the file begins with, up to and with the empty line.  EX_DATAERR
 * with the line if it makes no sense, EX_CONFIG if a later version wrote it.
 */
bool
entry_parse(struct entry *entry, struct str lines, struct err *e) MUST_CHECK;

/* How long these are at the start of text; 0 if their end is not there. */
size_t entry_lines_length(struct str text);

/* "89abcdef01234567" and a NUL. */
enum { ENTRY_KEY_SIZE = 17 };

/*
 * The same for all that go with the same settings, and so by one line to the
 * server: of the account, the rc file and what is set.  EX_SOFTWARE.
 */
bool entry_key(const struct entry *entry, char key[ENTRY_KEY_SIZE],
    struct err *e) MUST_CHECK;

/* Nobody waits for it, and nobody is to be told anything. */
bool entry_is_done(const struct entry *entry);

/* How many recipients have that fate. */
size_t entry_count(const struct entry *entry, enum entry_fate fate);

void entry_release(struct entry *entry);

#endif
