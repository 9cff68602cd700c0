// SPDX-License-Identifier: ISC
/*
 * SOCKS5 (RFC 1928), with a login by password where the proxy wants one (RFC
 * 1929), from the side that asks: a computation over buffers, as the SMTP
 * session is.  The proxy looks the name up, so that no name server
 * of ours hears it.
 */
#ifndef NET_SOCKS_H
#define NET_SOCKS_H

#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

enum socks_stage { SOCKS_BEGIN, SOCKS_METHOD, SOCKS_LOGIN, SOCKS_REPLY };

struct socks {
	const char *host; /* name as A-labels, or address */
	unsigned port;
	const char *user; /* NULL: there is no login */
	struct str password;
	enum socks_stage stage;
	unsigned refusal; /* the proxy's code for why not; 0: none */
};

enum socks_want { SOCKS_WANT_INPUT, SOCKS_DONE, SOCKS_FAILED };

/* The longest reply: one with a name of 255 octets; and all that we say. */
enum { SOCKS_IN_MAX = 4 + 1 + 255 + 2, SOCKS_OUT_MAX = 1024 };

/*
 * Takes the proxy's words from in and puts ours behind out.  With WANT_INPUT,
 * *missing is how many octets may be read and no more: what follows is the
 * server's.  FAILED with EX_TEMPFAIL or EX_UNAVAILABLE for a refusal, EX_NOPERM
 * for that of the login or for want of one, EX_PROTOCOL for what is no SOCKS5,
 * EX_CONFIG for a host or login that does not fit.
 */
enum socks_want socks_step(struct socks *s, struct buf *in, struct buf *out,
    size_t *missing, struct err *e) MUST_CHECK;

#endif
