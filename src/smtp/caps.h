// SPDX-License-Identifier: ISC
/* What the server offers in its reply to EHLO (RFC 5321 4.1.1.1). */
#ifndef SMTP_CAPS_H
#define SMTP_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "smtp/reply.h"

struct caps {
	bool chunking;       /* RFC 3030 */
	bool eightbitmime;   /* RFC 6152 */
	bool etrn;           /* RFC 1985 */
	bool pipelining;     /* RFC 2920 */
	bool size;           /* RFC 1870 */
	bool smtputf8;       /* RFC 6531 */
	bool starttls;       /* RFC 3207 */
	bool auth;           /* RFC 4954 */
	bool dsn;            /* RFC 3461 */
	bool deliverby;      /* RFC 2852 */
	bool futurerelease;  /* RFC 4865 */
	bool priority;       /* RFC 6710; its profile is the server's affair */
	bool requiretls;     /* RFC 8689 */
	uint64_t size_limit; /* octets, 0: none told */
	uint64_t rcpt_limit; /* RFC 9422 RCPTMAX; 0: none told */
	uint64_t mail_limit; /* and MAILMAX */
	int64_t deliverby_min; /* seconds; 0: none told */
	int64_t hold_max;      /* seconds; 0: none told */
	int64_t hold_last;     /* a time; 0: none told */
	struct buf
	    mechanisms; /* SASL names, in the server's words, blank-separated */
};

#define CAPS_INIT ((struct caps){ .mechanisms = BUF_INIT(REPLY_TEXT_MAX) })

/* From a whole reply's text; the first line is the server's name. */
void caps_parse(struct caps *c, struct str text);

/* Whether the server offers the SASL mechanism of that name. */
bool caps_has_mechanism(const struct caps *c, const char *name);

/* Forgets all of it, as after STARTTLS (RFC 3207 4.2). */
void caps_release(struct caps *c);

#endif
