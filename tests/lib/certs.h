// SPDX-License-Identifier: ISC
/* The certificates of the tests: what the files that make them share. */
#ifndef CERTS_H
#define CERTS_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

enum { DAY = 24 * 60 * 60 };

enum purpose { FOR_ALL, FOR_SERVERS, FOR_CLIENTS };

enum oddity {
	ODD_COMMON_NAME = 1, /* is all the name it has */
	ODD_SHA1 = 2,
	ODD_SHORT_KEY = 4,
	ODD_MUST_STAPLE = 8,   /* RFC 7633 */
	ODD_NO_SIGNATURE = 16, /* the key is not for signing */
	ODD_NARROW = 32,       /* an authority for names in .example only */
	ODD_ALONE = 64,        /* is shown without its signer */
	ODD_SAYS_WHERE = 128,  /* its signer's certificate can be had (AIA) */
};

struct signer {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

/* A name as it stands there, NULs included. */
struct odd_name {
	const char *text; /* NULL: the list's end */
	unsigned len;
};

struct wanted {
	const char *name;
	const char *host; /* NULL: an authority */
	bool addresses;
	int from_day;
	int to_day;
	const struct signer *by; /* NULL: itself */
	enum purpose purpose;    /* FOR_ALL: none is named */
	unsigned odd;
	const struct odd_name *names; /* in place of host; or NULL */
};

/* certs.c */

/* Ends the program if a call of GnuTLS came to nothing. */
void check(int code, const char *what);
/* A new file NAME.SUFFIX, and its end. */
int create(int dir, const char *name, const char *suffix, mode_t mode);
void write_text(int fd, gnutls_datum_t *text);
void close_made(int fd, const char *name);
/* Makes and writes one; *made is to be given back. */
void make(int dir, const struct wanted *w, time_t now, struct signer *made);
void signer_release(struct signer *s);
/* That the authority takes back that certificate. */
void write_crl(int dir, const struct signer *ca, gnutls_x509_crt_t revoked,
    time_t from, time_t to, const char *name);

/* certs_odd.c: chains and leaves that are bad in rarer ways. */
void make_odd(
    int dir, const struct signer *ca, const struct signer *other, time_t now);

/* certs_ocsp.c: answers of an authority on a certificate, good and bad. */
void write_answers(int dir, const struct signer *ca, const struct signer *other,
    gnutls_x509_crt_t about, const char *name, time_t now);

#endif
