// SPDX-License-Identifier: ISC
/* A connection to the server, by whatever way the target names. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "base/str.h"

struct addrinfo;
struct buf;
struct err;

enum { DIAL_PORTS_MAX = 3, DIAL_DEFAULT_TIMEOUT = 30 };

struct dial_target {
	const char *host;               /* name, in any script, or address */
	unsigned ports[DIAL_PORTS_MAX]; /* in order of preference */
	size_t nports;
	int family;             /* AF_UNSPEC (0), or the only one to go by */
	unsigned timeout_msec;  /* for all of it, the name server included */
	const char *source_ip;  /* NULL, or our address to connect from */
	const char *proxy_host; /* NULL, or a SOCKS5 proxy to ask */
	unsigned proxy_port;
	const char *proxy_user; /* NULL, or who logs in there */
	struct str proxy_password;
	const char
	    *socket; /* NULL, or the path to go by in place of all this */
	const char *tunnel; /* NULL, or the command to go by */
	/* NULL, or where the addresses are kept, the caller's, who begins with
	   NULL: the next time nothing is looked up */
	struct addrinfo **known;
	/* NULL, or what is worth doing once while others are waited for, if
	   they let us wait; it should take milliseconds */
	void (*meanwhile)(void);
};

struct dial_result {
	int fd;        /* connected, non-blocking, TCP_NODELAY; the caller's */
	unsigned port; /* 0 for a socket */
	char remote[64]; /* its address, or the proxy's */
	char local[64];  /* ours, as an address literal: [192.0.2.1] */
	bool is_proxied;
	pid_t tunnel;  /* the command that runs; 0: none */
	int tunnel_fd; /* with it, the line again, to be heard to its end */
};

/*
 * Tries port by port, address by address, families in turn, the next one
 * 250 ms after the last or as soon as one fails (RFC 8305 4, 5); the first
 * that answers is it.  Where the addresses of a family are late, it begins with
 * the others.  EX_NOHOST if the name, or an address of it of that family, does
 * not exist, else EX_TEMPFAIL; EX_CONFIG for a name that cannot be one, for an
 * address of another family, or if there is none of source_ip's.  The time for
 * all of it ends at until_msec (clock_msec()).
 */
bool dial_host(const struct dial_target *target, int64_t until_msec,
    struct dial_result *result, struct err *e) MUST_CHECK;

#endif
