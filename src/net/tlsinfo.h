// SPDX-License-Identifier: ISC
/* What was agreed on with a TLS peer, and what it showed, for the user. */
#ifndef NET_TLSINFO_H
#define NET_TLSINFO_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct certinfo;
struct gnutls_session_int; /* what gnutls_session_t points to */

/* Names are GnuTLS's, "" where there is none. */
struct tlsinfo {
	char version[16];       /* "TLS1.3"; "": there was no handshake */
	char cipher[32];        /* "AES-256-GCM" */
	char suite[64];         /* "TLS_AES_256_GCM_SHA384" */
	char group[32];         /* of the key exchange, "SECP256R1" */
	char signature[32];     /* the server's, "ECDSA-SECP256R1-SHA256" */
	bool is_resumed;        /* the chain is that of the first time */
	bool is_stapled;        /* an OCSP response came with it */
	struct certinfo *chain; /* owned, as sent, the server's own first */
	size_t nchain;
};

#define TLSINFO_INIT ((struct tlsinfo){ .chain = NULL })

/* Behind the handshake, whatever the certificate is worth. */
void tlsinfo_read(struct gnutls_session_int *session, struct tlsinfo *info);

/* Appends it in one line for the transcript. */
void tlsinfo_describe(const struct tlsinfo *info, struct buf *out);

void tlsinfo_release(struct tlsinfo *info);

#endif
