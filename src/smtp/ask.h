// SPDX-License-Identifier: ISC
/*
 * What is asked of the server besides delivery, by parameters of MAIL and
 * RCPT that it must have offered.
 */
#ifndef SMTP_ASK_H
#define SMTP_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct buf;
struct smtp_session;

enum smtp_ask_kind {
	SMTP_ASK_NOTIFY,     /* "NEVER", "FAILURE,DELAY" (RFC 3461 4.1) */
	SMTP_ASK_RET,        /* "FULL", "HDRS" (4.3) */
	SMTP_ASK_ENVID,      /* printable text (4.4) */
	SMTP_ASK_BY,         /* "120;R" (RFC 2852) */
	SMTP_ASK_HOLDFOR,    /* seconds (RFC 4865) */
	SMTP_ASK_HOLDUNTIL,  /* a date-time */
	SMTP_ASK_PRIORITY,   /* "-9" to "9" (RFC 6710) */
	SMTP_ASK_REQUIRETLS, /* "" (RFC 8689) */
	SMTP_ASK_AUTH,       /* an address or "<>" (RFC 4954 5) */
	SMTP_ASK_COUNT
};

/* Borrowed. */
struct smtp_ask {
	const char *value; /* not yet xtext; NULL: it is not asked for */
	const char *who;   /* asks for it, and where, for the user */
	const char *hint;  /* how to go on without */
	bool is_needed;    /* refused where not offered, and else left out */
	int64_t number;    /* seconds of BY, R and HOLDFOR; HOLDUNTIL's time */
};

/*
 * Whether the server can be asked for all that is needed.  EX_UNAVAILABLE
 * for what it does not offer or has a limit for.
 */
bool ask_check(struct smtp_session *s) MUST_CHECK;

/* Says in the trace what is left out. */
void ask_trace(struct smtp_session *s);

/* Appends " NAME=VALUE" for each that is asked for and offered. */
bool ask_mail(const struct smtp_session *s, struct buf *out) MUST_CHECK;

/* The same for the recipient of that index. */
bool ask_rcpt(
    const struct smtp_session *s, size_t index, struct buf *out) MUST_CHECK;

#endif
