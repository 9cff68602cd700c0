// SPDX-License-Identifier: ISC
/*
 * The certificate that we show a server that asks for one, and its key.
 *
 * They are loaded before there is a connection: a human may have to be asked,
 * and later nothing may be opened any more.  A key in a token stays there, and
 * its module may open what it likes whenever it is used.
 */
#ifndef NET_OWNCERT_H
#define NET_OWNCERT_H

#include <stdbool.h>

#include "base/attr.h"
#include "net/cert.h"

struct buf;
struct err;
struct tls_identity;

/* What gnutls_certificate_credentials_t points to. */
struct gnutls_certificate_credentials_st;

/* Who knows the passphrase or PIN. */
struct tls_passphrase {
	/* Appends it to *secret; what is "passphrase of FILE" or "PIN of
	 * TOKEN".  Called once at most. */
	bool (*get)(const void *context, const char *what, struct buf *secret,
	    struct err *e);
	const void *context;
};

/*
 * Loads both: files (PEM) or PKCS#11 URLs, which the caller keeps.  NULL and
 * EX_CONFIG if there is nothing of the kind, or they do not belong together;
 * EX_NOPERM if a file may not be read, or passphrase or PIN are wrong; what
 * passphrase->get() says if it fails.
 */
struct tls_identity *tls_identity_load(const char *cert, const char *key,
    const struct tls_passphrase *passphrase, struct err *e) MUST_CHECK;

/* Whether the key is in a token. */
bool tls_identity_is_token(const struct tls_identity *identity);

/* Which certificate it is: its SHA-256, as cert_fingerprint() has it. */
void tls_identity_fingerprint(
    const struct tls_identity *identity, char text[CERT_FINGERPRINT_SIZE]);

/* So that it is shown; the identity has to live on.  EX_CONFIG */
bool tls_identity_use(const struct tls_identity *identity,
    struct gnutls_certificate_credentials_st *credentials,
    struct err *e) MUST_CHECK;

/* For AUTO: wipes what it holds. */
void tls_identity_free(struct tls_identity **owned);

#endif
