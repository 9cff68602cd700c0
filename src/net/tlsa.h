// SPDX-License-Identifier: ISC
/*
 * TLSA records of DNS (RFC 6698): what certificates or keys a server may show,
 * as its domain says.  Whether that may be believed is for the name server to
 * say, which must be on this host, as nothing protects its word on the way.
 */
#ifndef NET_TLSA_H
#define NET_TLSA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

struct err;
struct srv_nameserver;

enum { TLSA_RECORDS_MAX = 32, TLSA_PACKET_MAX = 65535 };

enum tlsa_usage { /* RFC 7218 2.1 */
	TLSA_PKIX_TA,
	TLSA_PKIX_EE,
	TLSA_DANE_TA,
	TLSA_DANE_EE,
};

enum tlsa_selector { TLSA_CERT, TLSA_SPKI };                /* 2.2 */
enum tlsa_matching { TLSA_FULL, TLSA_SHA256, TLSA_SHA512 }; /* 2.3 */

struct tlsa_record {
	unsigned usage;
	unsigned selector;
	unsigned matching;
	const unsigned char *data; /* borrowed from the packet */
	size_t len;
};

struct tlsa_answer {
	struct tlsa_record records[TLSA_RECORDS_MAX];
	size_t n;
	bool is_secure; /* so the name server says (AD) */
};

/*
 * The records that the packet has of that name, or of the one that it is an
 * alias of; what is too many is left out.  False if it is no answer, or one
 * that is cut short.
 */
bool tlsa_parse(const unsigned char *packet, size_t len, const char *name,
    struct tlsa_answer *a) MUST_CHECK;

/*
 * Leaves those that mean something (RFC 7671 4), and of digests of the same
 * thing the strongest only (RFC 7671 9).
 */
void tlsa_keep_usable(struct tlsa_answer *a);

/* Records, and the packet that they lie in. */
struct tlsa_lookup {
	unsigned char packet[TLSA_PACKET_MAX];
	struct tlsa_answer answer;
	bool is_local; /* the name server; else it was not even asked */
};

/*
 * Asks for the records of that name.  True with none if there are none.
 * EX_TEMPFAIL if nobody can tell, which is also what a name server says whose
 * validation fails.  It is NULL for the system's.
 */
bool tlsa_look_up(const char *name, const struct srv_nameserver *ns,
    struct tlsa_lookup *l, struct err *e) MUST_CHECK;

#endif
