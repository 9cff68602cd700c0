// SPDX-License-Identifier: ISC
/* The authorities that certificates are verified with. */
#ifndef NET_STORE_H
#define NET_STORE_H

#include <stdbool.h>

#include "base/attr.h"

struct err;

/* What gnutls_certificate_credentials_t points to. */
struct gnutls_certificate_credentials_st;

/*
 * Loads the CA certificates of the file, or the system's if it is NULL.
 * EX_CONFIG if the file is no good, EX_UNAVAILABLE if the system has none.
 */
bool store_load(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e) MUST_CHECK;

/*
 * Loads a list of revoked certificates (PEM), behind the authorities that
 * sign it.  EX_CONFIG if it is no good.
 */
bool store_load_crl(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e) MUST_CHECK;

#endif
