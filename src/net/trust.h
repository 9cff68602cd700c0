// SPDX-License-Identifier: ISC
/* Whether a server may be believed to be who it should be. */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct tls_options;

/* What gnutls_certificate_credentials_t and gnutls_session_t point to. */
struct gnutls_certificate_credentials_st;
struct gnutls_session_int;

/*
 * Before the handshake: looks whether what will be needed is there, and loads
 * what is the same for each peer.  EX_CONFIG if a file is no good.
 */
bool trust_prepare(struct gnutls_certificate_credentials_st *credentials,
    const struct tls_options *o, struct err *e) MUST_CHECK;

/*
 * Behind the handshake: whether the peer is the host (name as A-labels, or
 * address), by what the options say.  EX_UNAVAILABLE with the reason, or
 * if the system has no authorities; EX_CONFIG if a file of them is no good.
 */
bool trust_judge(struct gnutls_session_int *session,
    struct gnutls_certificate_credentials_st *credentials,
    const struct tls_options *o, const char *host, struct err *e) MUST_CHECK;

/*
 * The same behind the handshake of a session that is resumed, which passed
 * trust_judge() with the same options less than a day ago: pins, or name and
 * dates, and these of all that the peer showed.  Nothing needs to be prepared.
 */
bool trust_judge_again(struct gnutls_session_int *session,
    struct gnutls_certificate_credentials_st *credentials,
    const struct tls_options *o, const char *host, struct err *e) MUST_CHECK;

#endif
