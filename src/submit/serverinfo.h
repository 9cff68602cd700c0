// SPDX-License-Identifier: ISC
/* What a server says of itself, for --serverinfo. */
#ifndef SUBMIT_SERVERINFO_H
#define SUBMIT_SERVERINFO_H

#include <stdbool.h>

#include "base/buf.h"
#include "net/certinfo.h"

/* Filled as far as a connection came. */
struct serverinfo {
	char server[320];    /* "host:port", printable; "": no connection */
	char address[64];    /* its address */
	struct buf greeting; /* the server's words, lines ended by LF */
	struct buf offers;   /* likewise, the reply to EHLO */
	char tls[96];        /* version and cipher; "": no TLS */
	bool is_starttls;    /* it did not come first */
	bool is_verified;    /* the certificate is */
	struct certinfo certificate;
};

#define SERVERINFO_INIT                  \
	((struct serverinfo){            \
	    .greeting = BUF_INIT(65536), \
	    .offers = BUF_INIT(65536),   \
	})

/* Appends it as lines for the user, printable; nothing if nothing is known. */
void serverinfo_show(const struct serverinfo *info, struct buf *out);

void serverinfo_release(struct serverinfo *info);

#endif
