// SPDX-License-Identifier: ISC
/* Replies of the server (RFC 5321 4.2), taken from bytes as they come. */
#ifndef SMTP_REPLY_H
#define SMTP_REPLY_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

struct err;

/*
 * RFC 5321 4.5.3.1.5 allows 512 octets a line; servers send more, and RFC
 * 4954 4 has 12288 for a challenge.  A reply past these limits is refused, so
 * that one without end cannot hold us.
 */
enum { REPLY_LINE_MAX = 16384, REPLY_TEXT_MAX = 65536 };

struct reply {
	int code;        /* 200 to 599, once complete */
	char enh[12];    /* the first RFC 3463 status in its lines, or "" */
	struct buf text; /* all lines' text behind the code, "\n" between */
	bool has_lines;  /* has taken the first of several */
};

#define REPLY_INIT ((struct reply){ .text = BUF_INIT(REPLY_TEXT_MAX) })

enum reply_state { REPLY_MORE, REPLY_COMPLETE, REPLY_BAD };

/*
 * Takes what it can from the front of in.  MORE: the reply goes on in bytes
 * that are not there yet; call again.  COMPLETE: *r is it, and bytes behind
 * it are still in in.  BAD: no reply, EX_PROTOCOL in *e, some of it in e->said.
 */
enum reply_state
reply_take(struct reply *r, struct buf *in, struct err *e) MUST_CHECK;

/* Empty again, for the next one. */
void reply_reset(struct reply *r);

/*
 * Code and text on one printable line, for the user: "550 5.1.1 no such
 * user".  A status that each line repeats is said once.
 */
void reply_said(const struct reply *r, char *dst, size_t size);

void reply_release(struct reply *r);

#endif
