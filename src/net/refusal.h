// SPDX-License-Identifier: ISC
/* Why a certificate is refused, in words, and what to do about it. */
#ifndef NET_REFUSAL_H
#define NET_REFUSAL_H

#include <stdbool.h>

struct err;

/* What gnutls_x509_crt_t and gnutls_session_t point to. */
struct gnutls_session_int;
struct gnutls_x509_crt_int;

/*
 * EX_UNAVAILABLE with the reason: expired, not yet valid, for other names,
 * self-signed, signed by somebody unknown, revoked.  The status is GnuTLS's of
 * the verification for that host, and not 0.  Returns false.
 */
bool refusal_explain(struct gnutls_session_int *session,
    struct gnutls_x509_crt_int *crt, unsigned status, const char *host,
    struct err *e);

#endif
