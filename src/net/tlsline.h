// SPDX-License-Identifier: ISC
/*
 * Below GnuTLS: what it sends and receives on a socket, in fewer system calls.
 *
 * GnuTLS asks for each record twice, for its five octets of head and for the
 * rest; here all that has come is read at once.  And it sends each record on
 * its own; here those of a handshake go together, when it is time to wait for
 * the peer.
 */
#ifndef NET_TLSLINE_H
#define NET_TLSLINE_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"

struct fault_scene;
struct gnutls_session_int; /* what gnutls_session_t points to */

enum { TLSLINE_AHEAD = 8192, TLSLINE_OUT_MAX = 1 << 20 };

struct tlsline {
	int fd;                    /* non-blocking; borrowed */
	struct fault_scene *scene; /* hears all; borrowed */
	char *ahead;               /* received, not yet asked for from at on */
	size_t at, len;
	bool is_dry; /* there was no more: ask again only behind a wait */
	struct buf out;
	bool is_held;    /* what is sent goes to out */
	bool is_blocked; /* not all of out went */
};

/* Takes over the session's transport; the struct has to stay where it is. */
void tlsline_init(struct tlsline *l, struct gnutls_session_int *session, int fd,
    struct fault_scene *scene);

/* Time has gone by, so that more may have come. */
void tlsline_awake(struct tlsline *l);

/* Whether received octets wait here, unseen by poll. */
bool tlsline_has_input(const struct tlsline *l);

/* What is sent from here on waits for the next flush, or for GnuTLS to want
 * more of the peer than is there. */
void tlsline_hold(struct tlsline *l);

/* What is sent from here on goes; what was held goes with it. */
void tlsline_let_go(struct tlsline *l);

/* Sends what is held; false with errno, EAGAIN if not all of it goes now. */
bool tlsline_flush(struct tlsline *l) MUST_CHECK;

void tlsline_release(struct tlsline *l);

#endif
