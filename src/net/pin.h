// SPDX-License-Identifier: ISC
/* Certificates and keys that are known by themselves, whoever signed them. */
#ifndef NET_PIN_H
#define NET_PIN_H

#include <stdbool.h>

#include "base/attr.h"

struct err;

/* What gnutls_x509_crt_t and gnutls_session_t point to. */
struct gnutls_session_int;
struct gnutls_x509_crt_int;

/* Whether it is one of those: SHA-256 in hexadecimal digits, by blanks or
 * commas; SHA-1 and MD5 by their length. */
bool pin_has_certificate(
    const char *fingerprints, struct gnutls_x509_crt_int *crt) MUST_CHECK;

/* Whether its key is one of those: "sha256//BASE64", by blanks, commas or
 * semicolons. */
bool pin_has_key(const char *pins, struct gnutls_x509_crt_int *crt) MUST_CHECK;

/*
 * Whether the peer's own certificate (no other of the chain) is one of those,
 * or its key one of these; nothing else of it matters.  One of both may be
 * NULL.  EX_UNAVAILABLE with what to write, if that is what it should be.
 */
bool pin_judge(struct gnutls_session_int *session, const char *fingerprints,
    const char *pins, struct err *e) MUST_CHECK;

#endif
