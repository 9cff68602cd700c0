// SPDX-License-Identifier: ISC
/*
 * What DNS says of a server's certificate (DANE: RFC 6698, 7671, 7672).
 *
 * Secure records that we can use decide; "none" is taken only from a name
 * server that says so, as whoever could make us believe it otherwise would.
 * The records alone are asked for, not whether the host's addresses are secure
 * (RFC 7672 2.2.2): the name is the user's, and whoever leads us to a wrong
 * address does not have the key.
 */
#ifndef NET_DANE_H
#define NET_DANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct err;

/* What gnutls_certificate_credentials_t and gnutls_session_t point to. */
struct gnutls_certificate_credentials_st;
struct gnutls_session_int;

struct dane;

/* Begins to ask for the records of the host (a name in any script) at that
 * port, in a thread.  NULL with EX_CONFIG for what cannot be one, EX_OSERR. */
struct dane *
dane_begin(const char *host, unsigned port, struct err *e) MUST_CHECK;

/* Waits for the answer.  EX_TEMPFAIL if nobody can tell by then. */
bool dane_await(struct dane *d, int64_t until_msec, struct err *e) MUST_CHECK;

/* For AUTO: NULL is fine. */
void dane_release(struct dane **owned);

/* Whether there is anything to go by; NULL: no. */
bool dane_decides(const struct dane *d);

/* Whether some records (usages 0 and 1) want the authorities' word as well. */
bool dane_needs_authorities(const struct dane *d);

/* Who is to be judged. */
struct dane_peer {
	struct gnutls_session_int *session;
	struct gnutls_certificate_credentials_st *credentials;
	const char *host;     /* an A-label */
	const char *crl_file; /* NULL, or what is revoked: it was loaded once */
};

/*
 * Whether a record vouches for the peer, alone (usages 3 and 2); with 2 it is
 * verified for the host.  EX_UNAVAILABLE with what is wrong.
 */
bool dane_vouches(const struct dane *d, const struct dane_peer *peer,
    struct err *e) MUST_CHECK;

/*
 * Whether a record (usages 1 and 0) allows the peer, whom the authorities of
 * the credentials were found to vouch for.  EX_UNAVAILABLE.
 */
bool dane_allows(const struct dane *d, const struct dane_peer *peer,
    struct err *e) MUST_CHECK;

#endif
