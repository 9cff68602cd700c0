// SPDX-License-Identifier: ISC
/* What became of a message, from what the session heard. */
#ifndef SUBMIT_REPORT_H
#define SUBMIT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/strvec.h"
#include "submit/failures.h"

struct err;
struct smtp_session;

struct report {
	char *host; /* of the server that all else is about; owned, or NULL */
	struct failures failures; /* of the others, unless it has decided */
	struct strvec refusals;   /* a printable line for each */
	/* Whether that refusal is for good; owned, as long as refusals */
	bool *lasts;
	size_t lasts_cap;
	/* For each recipient: taken, or refused for good; NULL: none, or the
	 * session was not begun; owned */
	bool *is_settled;
	/* The exit code of what was refused for good; EX_OK if nothing was */
	int final_exit;
	bool has_begun;   /* the server was told of the message */
	bool is_final;    /* the error besides those lines is for good, too */
	const char *hint; /* of the last line, or NULL; said once */
	size_t ntaken;    /* recipients that the server has it for */
	size_t ntransactions; /* in which it took it */
	bool has_tls;         /* it went, or was to go, over TLS */
	uint64_t size;        /* octets, as they went out last */
	char said[512];       /* to the last of them, printable, or "" */
	/* Where a refusal of recipients is all that failed: the worst */
	int refused_code;
	char refused_said[512];
};

#define REPORT_INIT ((struct report){ .host = NULL })

/*
 * How many recipients of so many could be served by another try, as long as
 * report_build() did not return true.
 */
size_t report_npending(const struct report *r, size_t nrcpts);

/* Adds a line to the refusals, of what went wrong besides; not for good. */
void report_add(struct report *r, struct str line);

/*
 * The recipients' outcomes and the session's error as one: true if the
 * server has the message for every recipient.  Else *e has the exit code of
 * the worst refusal (a final one is worse than "later"; of two the first
 * counts), and its text is empty if the refusals say it all.  Where the
 * session failed after some had been served, each of the others has a line.
 */
bool report_build(struct report *r, const struct smtp_session *s,
    const char *server, struct err *e) MUST_CHECK;

void report_release(struct report *r);

#endif
