// SPDX-License-Identifier: ISC
/* Certificates that are known by themselves, whoever signed them. */
#ifndef NET_PIN_H
#define NET_PIN_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct gnutls_session_int; /* what gnutls_session_t points to */

/*
 * Whether the peer's certificate is one of those, SHA-256 in hexadecimal
 * digits with blanks or commas between them; nothing else of it matters.
 * EX_UNAVAILABLE with both.
 */
bool pin_compare_certificate(struct gnutls_session_int *session,
    const char *fingerprints, struct err *e) MUST_CHECK;

#endif
