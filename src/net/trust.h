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
 * Verifies the peer's chain and that it is for that host (name as A-labels,
 * or address).  EX_UNAVAILABLE with the reason: expired, not yet valid, for
 * other names, self-signed, signed by somebody unknown, revoked.
 */
bool trust_verify(struct gnutls_session_int *session, const char *host,
    struct err *e) MUST_CHECK;

#endif
