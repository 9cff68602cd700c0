// SPDX-License-Identifier: ISC
/*
 * SRV records of DNS (RFC 2782): which hosts have a service.  What a name
 * server says is nobody's word but its own: nothing of it is believed but
 * what is checked here.
 */
#ifndef NET_SRV_H
#define NET_SRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct err;

enum { SRV_RECORDS_MAX = 32, SRV_NAME_MAX = 253 };

struct srv_record {
	unsigned priority;
	unsigned weight;
	unsigned port;                 /* not 0 */
	char target[SRV_NAME_MAX + 1]; /* letters, digits, "-", "_" and dots
					  between; no dot at the end */
};

struct srv_answer {
	struct srv_record records[SRV_RECORDS_MAX];
	size_t n;
	bool is_denied; /* "." says that there is no such service */
	bool is_secure; /* by DNSSEC, so a name server says (AD); after
			   srv_lookup() one that is on this host */
};

/*
 * From a packet, the records of that name, or of the one that it is an alias
 * of: those that make no sense are left out, and so is what is too many.  False
 * if it is no answer, or one that is cut short.
 */
bool srv_parse(const unsigned char *packet, size_t len, const char *name,
    struct srv_answer *a);

/* A number up to most, each as likely as the others. */
typedef uint32_t srv_random_fn(void *arg, uint32_t most);

/* In the order in which they are to be tried (RFC 2782, "Weight"). */
void srv_order(struct srv_answer *a, srv_random_fn *random, void *arg);

/* Whom to ask in the place of the system's name servers. */
struct srv_nameserver {
	unsigned char address[4];
	unsigned port;
	int timeout_s; /* for each of two tries */
};

/*
 * Asks for the records of that name (ASCII, no dot at its end), and orders
 * them.  True with none
 * if there are none.  EX_TEMPFAIL if nobody can tell.  The name server is
 * NULL for the system's.
 */
bool srv_lookup(const char *name, const struct srv_nameserver *ns,
    struct srv_answer *a, struct err *e) MUST_CHECK;

#endif
