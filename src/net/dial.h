// SPDX-License-Identifier: ISC
/* A connection to the first of a host's addresses that answers. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct err;

enum { DIAL_PORTS_MAX = 3, DIAL_DEFAULT_TIMEOUT = 30 };

struct dial_target {
	const char *host;               /* name, in any script, or address */
	unsigned ports[DIAL_PORTS_MAX]; /* in order of preference */
	size_t nports;
	unsigned timeout_s; /* for all of it, the name server included */
};

struct dial_result {
	int fd; /* connected, non-blocking, TCP_NODELAY; the caller's */
	unsigned port;
	char remote[64]; /* its address */
	char local[64];  /* ours, as an address literal: [192.0.2.1] */
};

/*
 * Tries port by port, address by address, families in turn, the next one
 * 250 ms after the last or as soon as one fails (RFC 8305 4, 5); the first
 * that answers is it.  EX_NOHOST if the name does not exist, else
 * EX_TEMPFAIL; EX_CONFIG for a name that cannot be one.
 */
bool net_dial(const struct dial_target *target, struct dial_result *result,
    struct err *e) MUST_CHECK;

#endif
