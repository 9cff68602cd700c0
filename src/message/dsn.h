// SPDX-License-Identifier: ISC
/*
 * A report to the sender of a message on what became of it (a delivery status
 * notification, RFC 3464): text for a human, fields for programs, and what is
 * given back of the message, as multipart/report (RFC 6522).  Addresses that
 * are not ASCII are told as RFC 6533 has it.
 */
#ifndef MESSAGE_DSN_H
#define MESSAGE_DSN_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

enum dsn_kind {
	DSN_REFUSED, /* for good: by the server, or because of what it offers */
	DSN_EXPIRED, /* was tried for long enough */
	DSN_DELAYED, /* is still being tried */
};

/* Borrowed. */
struct dsn_rcpt {
	struct str address;
	struct str original; /* what it was before aliases, or "" */
	int code;            /* of the last reply, 0 if there was none */
	struct str enh;      /* its enhanced status code, or "" */
	struct str said;     /* its lines, the code in front or not; where
				there was no reply, what went wrong */
};

/* What the report is made of; borrowed.  Text that is not known is empty. */
struct dsn {
	enum dsn_kind kind;
	struct str host;       /* this one's name */
	struct str server;     /* the host that was asked to deliver it */
	struct str from;       /* whom the report is from: addr-spec */
	struct str to;         /* whom it is for: the message's sender */
	time_t now;            /* when the report is made */
	time_t arrived;        /* when we took the message */
	time_t tried;          /* the last time, 0: not known */
	time_t until;          /* DSN_DELAYED: it is tried, 0: not known */
	struct str id;         /* in the queue */
	struct str envid;      /* what its sender calls it; not xtext */
	struct str message_id; /* of the report, with the angle brackets */
	struct str unique;     /* random letters and digits, 40 at most */
	const struct dsn_rcpt *rcpts; /* one at least */
	size_t nrcpts;
	struct str original; /* the message, or its first part */
	bool is_whole;       /* give back all of that, not only its header */
};

enum {
	DSN_UNIQUE_MAX = 40,
	DSN_HEADER_MAX = 64 << 10, /* more of a header is not given back */
	DSN_SAID_MAX = 4096,       /* likewise of what was said */
};

/*
 * Appends the report, with CRLF.  It has lines over 998 octets or NUL nowhere,
 * and bytes above 127 where it says so.  EX_DATAERR if the buffer is full, or
 * an address cannot stand in its header.
 */
bool dsn_write(const struct dsn *d, struct buf *out, struct err *e) MUST_CHECK;

/* Whether its address takes SMTPUTF8 (RFC 6531) to send it to. */
bool dsn_needs_utf8(const struct dsn *d);

#endif
