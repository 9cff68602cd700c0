// SPDX-License-Identifier: ISC
/*
 * The certificates that the smarthost shows: just those of the file, in their
 * order.  GnuTLS itself would sort them, and leave out what signed none of
 * them, which an attacker would not.
 */
#ifndef SMARTHOST_CHAIN_H
#define SMARTHOST_CHAIN_H

/* What gnutls_certificate_credentials_t points to. */
struct gnutls_certificate_credentials_st;

/* PEM files; ends the program if they are no good. */
void smarthost_load_chain(struct gnutls_certificate_credentials_st *credentials,
    const char *cert, const char *key);

#endif
