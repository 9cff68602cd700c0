// SPDX-License-Identifier: ISC
/* The certificates from the server's own up to where they lead. */
#ifndef NET_CHAIN_H
#define NET_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

enum { CHAIN_MAX = 16, CHAIN_NAME_SIZE = 256 };

/* What gnutls_x509_crt_t and gnutls_session_t point to. */
struct gnutls_session_int;
struct gnutls_x509_crt_int;

/* As the server shows them, each signed by the next; others are left out. */
struct chain {
	struct gnutls_x509_crt_int *shown[CHAIN_MAX]; /* owned */
	size_t nshown;
	struct gnutls_x509_crt_int *path[CHAIN_MAX]; /* [0] is the server's */
	size_t len;
};

/* With len 0 there is none that makes sense. */
void chain_init(struct chain *chain, struct gnutls_session_int *session);
void chain_release(struct chain *chain);

/* Says that it signed itself. */
bool chain_is_own_signer(struct gnutls_x509_crt_int *crt);

/* "CN=...", of whom it is for or who signed it; printable. */
void chain_subject(struct gnutls_x509_crt_int *crt, char name[CHAIN_NAME_SIZE]);
void chain_issuer(struct gnutls_x509_crt_int *crt, char name[CHAIN_NAME_SIZE]);

/*
 * Whether the last of the path tells where its signer's certificate can be
 * had: then it is one of those that the server should have shown.
 */
bool chain_is_cut(const struct chain *chain);

/* Which of the path is revoked by a list; 0 if none above the server's is. */
size_t chain_find_revoked(
    const struct chain *chain, struct gnutls_session_int *session);

#endif
