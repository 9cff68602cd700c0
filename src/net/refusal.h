// SPDX-License-Identifier: ISC
/* Whether a verified certificate will do; if not, why, and what mends it. */
#ifndef NET_REFUSAL_H
#define NET_REFUSAL_H

#include <stdbool.h>
#include <time.h>

#include "base/attr.h"

struct err;
struct gnutls_session_int; /* what gnutls_session_t points to */

/*
 * By GnuTLS's status of the verification for that host, and by what GnuTLS
 * leaves to us: RFC 9525's names, and what is stapled.  Otherwise
 * EX_UNAVAILABLE with the reason and what would mend it.  The target is what
 * DNS named for that host, or NULL; it is only told.
 */
bool refusal_judge(struct gnutls_session_int *session, unsigned status,
    const char *host, const char *target, struct err *e) MUST_CHECK;

/*
 * Whether our clock is wrong rather than a certificate that is valid from one
 * time until another: it is earlier than this program, or nobody makes
 * certificates that long before they are valid.
 */
bool refusal_doubts_clock(time_t now, time_t from);

#endif
