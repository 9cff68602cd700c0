// SPDX-License-Identifier: ISC
/* What the authority says of a certificate now, as the server sends it along
 * (a stapled OCSP response, RFC 6066 8 and RFC 6960). */
#ifndef NET_STAPLE_H
#define NET_STAPLE_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct gnutls_session_int; /* what gnutls_session_t points to */

/*
 * EX_UNAVAILABLE if there is something about one of the peer's certificates
 * and it is not "good": revoked, unknown, out of date, from the future, about
 * another certificate or nothing that can be read.  Who signed it is for
 * GnuTLS to verify: is_signed tells of that.
 */
bool staple_check(struct gnutls_session_int *session, bool is_signed,
    struct err *e) MUST_CHECK;

#endif
