// SPDX-License-Identifier: ISC
/* A certificate in hand, for the other files on trust. */
#ifndef NET_CERT_H
#define NET_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/attr.h"
#include "base/str.h"

enum {
	CERT_HASH_SIZE = 32, /* SHA-256 */
	CERT_FINGERPRINT_SIZE = CERT_HASH_SIZE * 3,
	CERT_PIN_SIZE = 8 + 44 + 1, /* "sha256//", base64, NUL */
	CERT_DATE_SIZE = 32,        /* "2026-11-22 05:30 UTC" */
};

struct buf;

/* What gnutls_x509_crt_t and gnutls_session_t point to. */
struct gnutls_session_int;
struct gnutls_x509_crt_int;

/* For AUTO(): NULL is fine. */
void cert_release(struct gnutls_x509_crt_int **crt);

/* The first certificate of the peer, which is its own, for the caller to
 * release; NULL if there is none that makes sense. */
struct gnutls_x509_crt_int *cert_of_peer(struct gnutls_session_int *session);

/*
 * What GnuTLS says (GNUTLS_CERT_...) of the peer as the host (name as A-labels,
 * or address), by the session's credentials.  Its error, below 0, if nothing.
 */
int cert_verify_peer(struct gnutls_session_int *session, const char *host,
    unsigned *status) MUST_CHECK;

/*
 * What GnuTLS would say (GNUTLS_CERT_...) at that moment of a certificate's
 * dates and, if host is not NULL, of its names; 0 if nothing is amiss.
 */
unsigned cert_flaws(struct str der, const char *host, time_t now);

/* All of them, in the order in which the peer shows them, at most max; how
 * many there are.  One that makes no sense ends the list. */
size_t cert_list_of_peer(struct gnutls_session_int *session,
    struct gnutls_x509_crt_int **list, size_t max);

/* SHA-256 of all of it. */
bool cert_digest(struct gnutls_x509_crt_int *crt,
    unsigned char digest[CERT_HASH_SIZE]) MUST_CHECK;

/* That as "AB:CD:..."; "?" if it cannot be worked out. */
void cert_fingerprint(
    struct gnutls_x509_crt_int *crt, char text[CERT_FINGERPRINT_SIZE]);

/* Appends it as it was signed (DER), or its key (SubjectPublicKeyInfo). */
bool cert_der(struct gnutls_x509_crt_int *crt, struct buf *der) MUST_CHECK;
bool cert_key_der(struct gnutls_x509_crt_int *crt, struct buf *der) MUST_CHECK;

/* SHA-256 of the key alone (its SubjectPublicKeyInfo, RFC 7469 2.4), which a
 * renewed certificate can have in common with the one before. */
bool cert_key_digest(struct gnutls_x509_crt_int *crt,
    unsigned char digest[CERT_HASH_SIZE]) MUST_CHECK;

/* That as "sha256//BASE64", as tls_pin takes it; "?" likewise. */
void cert_pin(struct gnutls_x509_crt_int *crt, char text[CERT_PIN_SIZE]);

/* "?" for a time that is none. */
void cert_date(time_t when, char text[CERT_DATE_SIZE]);

#endif
