// SPDX-License-Identifier: ISC
/* The certificate that we show a server that asks for one. */
#ifndef NET_OWNCERT_H
#define NET_OWNCERT_H

#include <stdbool.h>

#include "base/attr.h"

struct err;

/* What gnutls_certificate_credentials_t points to. */
struct gnutls_certificate_credentials_st;

/*
 * Loads it, and its key: files (PEM) or PKCS#11 URLs.  EX_CONFIG, also for a
 * key that wants a passphrase.
 */
bool owncert_load(struct gnutls_certificate_credentials_st *credentials,
    const char *cert, const char *key, struct err *e) MUST_CHECK;

#endif
