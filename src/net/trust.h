// SPDX-License-Identifier: ISC
/* Whether a certificate may be believed, and if not, why, in words. */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <stdbool.h>

#include "base/attr.h"

struct err;

/* What gnutls_certificate_credentials_t and gnutls_session_t point to. */
struct gnutls_certificate_credentials_st;
struct gnutls_session_int;

/*
 * Loads the CA certificates of the file, or the system's if it is NULL.
 * EX_CONFIG if the file is no good, EX_UNAVAILABLE if the system has none.
 */
bool trust_load(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e) MUST_CHECK;

/*
 * Loads a list of revoked certificates (PEM), behind the authorities that
 * sign it.  EX_CONFIG if it is no good.
 */
bool trust_load_crl(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e) MUST_CHECK;

/*
 * Loads the certificate that we show, and its key: files (PEM) or PKCS#11
 * URLs.  EX_CONFIG, also for a key that wants a passphrase.
 */
bool trust_load_own(struct gnutls_certificate_credentials_st *credentials,
    const char *cert, const char *key, struct err *e) MUST_CHECK;

/*
 * Whether the peer's certificate is one of those, SHA-256 in hexadecimal
 * digits with blanks or commas between them; nothing else of it matters.
 * EX_UNAVAILABLE with both.
 */
bool trust_compare(struct gnutls_session_int *session, const char *fingerprints,
    struct err *e) MUST_CHECK;

/*
 * Verifies the peer's chain and that it is for that host (name as A-labels,
 * or address).  EX_UNAVAILABLE with the reason: expired, not yet valid, for
 * other names, self-signed, signed by somebody unknown, revoked.
 */
bool trust_verify(struct gnutls_session_int *session, const char *host,
    struct err *e) MUST_CHECK;

#endif
