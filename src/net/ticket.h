// SPDX-License-Identifier: ISC
/*
 * TLS sessions that wait in a private folder to be resumed, each for one use
 * (RFC 8446 C.4).
 *
 * To resume is to skip all checks of the certificate.  So the name of a
 * session's file is a digest of all that the checks depended on, down to the
 * state of the files with the authorities: who wants anything else finds no
 * session.  And none lives for more than a day, however often it is renewed:
 * what changes in silence, such as a revocation, counts from then on.
 *
 * Nothing here is an error to the user: without a session there is a full
 * handshake.  What went wrong is told with --debug.
 */
#ifndef NET_TICKET_H
#define NET_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct tls_options;

enum {
	TICKET_KEY_SIZE = 32, /* SHA-256 */
	TICKET_NAME_SIZE = 2 * TICKET_KEY_SIZE + 1,
	TICKET_FILE_MAX = 65536,
	TICKET_LIFETIME_S = 24 * 60 * 60,
	TICKET_FILES_MAX = 64, /* in the folder */
};

/* Of one connection. */
struct ticket {
	int dir; /* the folder, borrowed; 0: nothing is taken or kept */
	unsigned char key[TICKET_KEY_SIZE];
	char name[TICKET_NAME_SIZE]; /* of the file */
	int64_t since; /* time(2) of the handshake with all checks */
	bool is_old;   /* there was one, so that the folder has not grown */
	bool is_first_group; /* the server took the first one that we offer */
};

/*
 * For a connection by these options, where they allow it, to the host, as the
 * certificate is to name it.
 */
void
ticket_init(struct ticket *t, const struct tls_options *o, const char *host);

/*
 * Takes the session from the folder: of several who try at once, one gets it.
 * Appends GnuTLS's data, and sets since and is_first_group.  False if there is
 * none that is good.
 */
bool ticket_take(struct ticket *t, int64_t now, struct buf *data) MUST_CHECK;

/* Puts it there for the next one. */
void ticket_keep(const struct ticket *t, int64_t now, struct str data);

/* Removes what another may have put there meanwhile. */
void ticket_forget(const struct ticket *t);

/* A file's content; false if the data are too long for one. */
bool ticket_pack(const unsigned char key[TICKET_KEY_SIZE], int64_t since,
    struct str data, struct buf *file) MUST_CHECK;

/*
 * Its data, borrowed from it; false if there is anything amiss with it, such
 * as another key or its age.
 */
bool ticket_unpack(const unsigned char key[TICKET_KEY_SIZE], int64_t now,
    struct str file, int64_t *since, struct str *data) MUST_CHECK;

#endif
