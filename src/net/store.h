// SPDX-License-Identifier: ISC
/*
 * The authorities that certificates are verified with.  Of a large store only
 * those are loaded that may have to do with the peer's certificates: parsing
 * all 150 takes longer than the rest of a message.
 */
#ifndef NET_STORE_H
#define NET_STORE_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct trustfile;

/* What gnutls_certificate_credentials_t and gnutls_session_t point to. */
struct gnutls_certificate_credentials_st;
struct gnutls_session_int;

/*
 * A look at what was named before there is a peer: whether it can be read and
 * holds a certificate.  The system's store is not looked at.  EX_CONFIG.
 */
bool store_check(struct trustfile *t, struct err *e) MUST_CHECK;

/*
 * Loads those of the authorities that are called as the peer's certificates or
 * their issuers are, which are all that GnuTLS may have a use for; *is_all
 * tells that it is sure of that, or loaded all.  EX_CONFIG if what was named is
 * no good, EX_UNAVAILABLE if the system has no authorities, or they cannot be
 * read.
 */
bool store_load(struct gnutls_certificate_credentials_st *credentials,
    struct gnutls_session_int *session, struct trustfile *t, bool *is_all,
    struct err *e) MUST_CHECK;

/* Loads all of them.  Errors likewise. */
bool store_load_all(struct gnutls_certificate_credentials_st *credentials,
    struct trustfile *t, struct err *e) MUST_CHECK;

/* Loads lists of revoked certificates (PEM).  EX_CONFIG if it is no good. */
bool store_load_crl(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e) MUST_CHECK;

#endif
