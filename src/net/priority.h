// SPDX-License-Identifier: ISC
/* Versions, ciphers and the like that we offer, as GnuTLS's priorities. */
#ifndef NET_PRIORITY_H
#define NET_PRIORITY_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct gnutls_session_int; /* what gnutls_session_t points to */

/*
 * The user's string, or NULL for ours: TLS 1.2 and 1.3, or 1.3 alone if that
 * is needed.  What is older is used only if the string itself names it, as
 * "+VERS-TLS1.1".  EX_CONFIG if GnuTLS does not understand it, or no version
 * is left.  *group gets GnuTLS's number of the group for exchanging keys that
 * comes first.
 */
bool priority_set(struct gnutls_session_int *session, const char *wanted,
    bool needs_13, int *group, struct err *e) MUST_CHECK;

/* The same for a string, without a session. */
bool
priority_check(const char *wanted, bool needs_13, struct err *e) MUST_CHECK;

#endif
