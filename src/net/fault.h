// SPDX-License-Identifier: ISC
/* What went wrong in TLS, in words, and what to do about it. */
#ifndef NET_FAULT_H
#define NET_FAULT_H

#include <stdbool.h>

struct err;
struct gnutls_session_int; /* what gnutls_session_t points to */

/*
 * Of a fatal error rc of GnuTLS, "while sending" or the like; has_own tells
 * whether a certificate of ours was shown.  EX_TEMPFAIL if the line is lost,
 * EX_NOPERM if the server wants (another) certificate of ours, else
 * EX_PROTOCOL.  Returns false.
 */
bool fault_explain(struct gnutls_session_int *session, int rc, bool has_own,
    const char *what, struct err *e);

/* The same of a handshake; is_first: not by STARTTLS. */
bool fault_in_handshake(struct gnutls_session_int *session, int rc,
    bool has_own, bool is_first, struct err *e);

#endif
