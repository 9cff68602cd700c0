// SPDX-License-Identifier: ISC
/* Certificates in PEM text (RFC 7468), found without being decoded whole. */
#ifndef NET_PEM_H
#define NET_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

enum pem_found {
	PEM_CERTIFICATE,
	PEM_NOTHING,
	PEM_UNFINISHED, /* one begins, and the text ends in it */
	PEM_BROKEN,     /* one begins, and something else ends it */
};

struct pem_block {
	struct str all;    /* from BEGIN to END, these lines included */
	struct str base64; /* what is between them */
};

/*
 * The first certificate in the text, borrowed from it; whatever else is there
 * is passed over, also certificates with OpenSSL's remarks ("TRUSTED"), which
 * GnuTLS does not read either.  *used bytes need not be looked at again: those
 * up to the certificate's end, or to where one begins that is unfinished.
 */
enum pem_found pem_next(struct str text, struct pem_block *block, size_t *used);

/*
 * Cuts enough from *base64 for at least want octets at dst, *n of them; at most
 * two more than want, for which there must be room, and less at the end, where
 * one or two may be missing.  False if it is no base64.
 */
bool
pem_decode(struct str *base64, char *dst, size_t want, size_t *n) MUST_CHECK;

#endif
