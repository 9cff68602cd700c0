// SPDX-License-Identifier: ISC
/*
 * One line on what became of a message, for the log file and syslog: with
 * the fields of msmtp's line, so that what reads its logs reads ours, or as
 * a JSON object.
 */
#ifndef SUBMIT_JOURNAL_H
#define SUBMIT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/settings.h"

struct buf;
struct envelope;
struct err;
struct report;

/* What is told; all of it borrowed. */
struct journal_entry {
	time_t when;
	const char *account;             /* NULL: none was used */
	const struct settings *settings; /* host, tls, user... */
	const struct envelope *envelope; /* sender NULL: there is none yet */
	const struct report *report;
	uint64_t size;         /* octets on the wire; 0: not known */
	const struct err *err; /* NULL: accepted for every recipient */
	const char *queue_id;  /* ours, if it is or was in the queue; or NULL */
	int logfile;           /* open, by journal_prepare(); or -1 */
};

/*
 * Makes the log file, if the settings name one, and opens it to *fd, before
 * others are closed to us; *fd is -1 if that fails, of which journal_write()
 * tells.
 */
void journal_prepare(const struct settings *s, int *fd);

/* Appends the line, its "\n" included.  No secret is in it. */
void journal_format(struct buf *out, const struct journal_entry *entry,
    enum log_format format, const char *time_format);

/*
 * Writes it where the settings say; tag is syslog's name for us.  False, with
 * EX_IOERR, if a log file cannot be written: a reason for a warning, the
 * mail is gone.
 */
bool journal_write(const struct journal_entry *entry, const char *tag,
    struct err *e) MUST_CHECK;

/*
 * The server's name for the message, in the words with which it took it
 * ("250 2.0.0 Ok: queued as 4F2A"); empty if it tells none.
 */
struct str journal_queue_id(struct str said);

#endif
