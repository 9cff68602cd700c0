// SPDX-License-Identifier: ISC
/* TLS (1.2 and 1.3) by GnuTLS, as a stream's transport. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct dane;
struct err;
struct trustfile;
struct stream;
struct tls_identity;
struct tlsinfo;

/* By whom the certificate is believed, where no pin decides alone. */
enum tls_belief {
	TLS_BY_AUTHORITIES,
	TLS_BY_FIRST_USE, /* the key that was seen first */
	TLS_BY_DANE,      /* TLSA records (RFC 6698), where there are any */
};

struct tls_options {
	const char *host;        /* for SNI and the certificate's name */
	const char *target;      /* what DNS, forged or not, names for it, and
				    has to show a certificate for it; or NULL */
	unsigned port;           /* 0: it is a local socket */
	const char *trust_file;  /* NULL: the system's */
	struct trustfile *trust; /* where that is, if authorities are asked */
	const char *crl_file;    /* NULL, or what is revoked */
	/* NULL, or SHA-256s by blanks or commas: one of them, and nothing
	 * else is looked at */
	const char *fingerprints;
	/* NULL, or "sha256//BASE64" of public keys, by blanks, commas or
	 * semicolons: likewise */
	const char *pins;
	enum tls_belief belief;
	const char *known_hosts; /* the file for TLS_BY_FIRST_USE */
	const char *known_as;    /* what it calls the server */
	const struct dane *dane; /* answered, for TLS_BY_DANE; or NULL */
	int sessions; /* the folder for net/ticket.h, borrowed; 0: none */
	/* who will log in, and by which proxy; or NULL.  They part sessions */
	const char *user;
	const char *proxy;
	const struct tls_identity *identity; /* our own; or NULL */
	const char *priorities; /* NULL, or GnuTLS's string in place of ours */
	bool needs_13;          /* TLS 1.3, not 1.2 */
	bool is_verified;       /* false: whoever it is, as without TLS */
	bool is_first;          /* not by STARTTLS; only for the hint */
	unsigned timeout_s;     /* for the handshake */
	/* gets what the handshake led to, be the certificate refused or not;
	 * or NULL */
	struct tlsinfo *seen;
	/* gets whether a saved session was offered, and not declined: then a
	 * failure may be that of resuming, and another try on a new connection
	 * does without it; or NULL */
	bool *resumes;
};

/*
 * Handshakes and verifies; from then on the stream is encrypted.
 * EX_UNAVAILABLE if the certificate is refused, EX_NOPERM if ours is,
 * EX_TEMPFAIL if the line is lost, EX_PROTOCOL if what came is no TLS that we
 * speak, EX_CONFIG if an option is no good.
 */
bool tls_start(
    struct stream *st, const struct tls_options *o, struct err *e) MUST_CHECK;

/*
 * With all that was to be said and heard behind us: the session is saved when
 * the stream is finished, if it can be resumed and the options allow it.
 */
void tls_keep(struct stream *st);

/* It is not to be resumed, as after a login that was refused. */
void tls_forget(const struct stream *st);

/* Whether the string means something to GnuTLS and leaves a version to speak.
 * EX_CONFIG */
bool tls_check_priorities(
    const char *priorities, bool needs_13, struct err *e) MUST_CHECK;

/* Channel binding data, borrowed from the stream's TLS; empty if there is
 * none: RFC 9266 for TLS 1.3, RFC 5929's tls-unique for 1.2. */
struct str tls_exporter(const struct stream *st);
struct str tls_unique(const struct stream *st);

#endif
