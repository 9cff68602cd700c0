// SPDX-License-Identifier: ISC
/* What went wrong in TLS, in words, and what to do about it. */
#ifndef NET_FAULT_H
#define NET_FAULT_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct gnutls_session_int; /* what gnutls_session_t points to */

/* What is known of a handshake when it fails; zeroed at first. */
struct fault_scene {
	bool has_own;  /* certificate, which was shown */
	bool is_first; /* TLS is, not by STARTTLS */
	bool needs_13;
	bool has_priorities; /* of the user's own */
	char heard[160];     /* what came first, as it came */
	size_t nheard;
};

/* Keeps what came, for as long as there is room for it. */
void fault_hear(struct fault_scene *scene, const char *bytes, size_t n);

/*
 * Of a fatal error rc of GnuTLS, "while sending" or the like.  EX_TEMPFAIL if
 * the line is lost or the server has trouble of its own, EX_NOPERM if it wants
 * (another) certificate of ours, else EX_PROTOCOL.  Returns false.
 */
bool fault_explain(struct gnutls_session_int *session, int rc,
    const struct fault_scene *scene, const char *what, struct err *e);

/* The same of a handshake, by what was heard, and is there to be read of it
 * on the descriptor. */
bool fault_in_handshake(struct gnutls_session_int *session, int rc,
    struct fault_scene *scene, int fd, struct err *e);

#endif
