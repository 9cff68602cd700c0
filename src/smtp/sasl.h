// SPDX-License-Identifier: ISC
/*
 * SASL (RFC 4422, 4954): which mechanism, and its exchange, by libgsasl
 * (saslib.h) or our own.
 */
#ifndef SMTP_SASL_H
#define SMTP_SASL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct caps;
struct err;

/* Who logs in; borrowed. */
struct sasl_login {
	bool is_wanted;      /* else nothing of the rest counts */
	const char *user;    /* NULL: none, where a mechanism needs none */
	struct str password; /* or access token */
	const char *host;    /* the server's name */
	unsigned port;       /* its port; 0: not known */
	const char *domain;  /* of NTLM; or NULL */
	/* names, tried in that order; NULL: the strongest that both have */
	const char *mechanisms;
};

/* What the connection is worth; borrowed.  Empty: not available. */
struct sasl_channel {
	bool is_private;         /* nobody listens in: TLS, or a local socket */
	struct str tls_exporter; /* RFC 9266, TLS 1.3 */
	struct str tls_unique;   /* RFC 5929, TLS 1.2 */
};

/* A row of the table of mechanisms. */
struct sasl_mechanism;

const char *sasl_name(const struct sasl_mechanism *m);

/* What a mechanism needs of the user. */
enum sasl_secret {
	SASL_SECRET_PASSWORD,
	SASL_SECRET_TOKEN,
	SASL_SECRET_NONE, /* it is a certificate, a ticket, or nothing */
};

enum sasl_secret sasl_secret(const struct sasl_mechanism *m);

/* Whether the server gets to see the password or token. */
bool sasl_shows_secret(const struct sasl_mechanism *m);

/*
 * The next mechanism behind "after" (NULL: the first) that the server offers
 * and the channel is fit for: of those that the user named, in his order, or
 * else of SCRAM and, on a private channel, those that show the password.
 * NULL if there is none.
 */
const struct sasl_mechanism *
sasl_choose(const struct sasl_login *login, const struct sasl_channel *channel,
    const struct caps *caps, const struct sasl_mechanism *after);

/*
 * Whether the mechanisms named, or those of our choice if NULL, include one
 * that libgsasl plays.  It is loaded when one begins.
 */
bool sasl_needs_library(const char *mechanisms);

/* Loads ahead what that needs, for a process that later cannot.  EX_OSERR,
 * EX_SOFTWARE. */
bool sasl_prepare(struct err *e) MUST_CHECK;

/*
 * The folder that libgsasl is going to be loaded from, where that is certain:
 * then it can be left open instead.
 */
bool sasl_library_folder(char *folder, size_t size) MUST_CHECK;

/* One exchange. */
struct sasl;

/*
 * Login and channel must outlive it.  NULL with *e set if it cannot start:
 * EX_UNAVAILABLE if the library does not know the mechanism, EX_OSERR if it is
 * not there.
 */
struct sasl *
sasl_start(const struct sasl_mechanism *m, const struct sasl_login *login,
    const struct sasl_channel *channel, struct err *e) MUST_CHECK;

/* Whether the client speaks first, so that AUTH can carry its response. */
bool sasl_is_client_first(const struct sasl *s);

/*
 * Appends the answer, in base64, to the server's base64 challenge ("" for
 * the initial response).  EX_PROTOCOL if the challenge makes no sense or the
 * server does not prove that it knows the password.
 */
bool sasl_step(struct sasl *s, struct str challenge, struct buf *response,
    struct err *e) MUST_CHECK;

/* Whether the password or token is in what the steps so far appended. */
bool sasl_has_shown(const struct sasl *s);

/*
 * Whether the exchange is complete on our side: a 235 before that comes from
 * a server that has not proved itself (RFC 5802 3).
 */
bool sasl_is_complete(const struct sasl *s);

/* Why the server refuses, printable, if it has said so, else "". */
const char *sasl_explanation(const struct sasl *s);

/*
 * Whether text repeats the password, in clear or base64, or the response: a
 * server's words that do must not be shown.
 */
bool sasl_is_told(
    const struct sasl_login *login, struct str response, struct str text);

/* Wipes what it can; NULL is fine. */
void sasl_free(struct sasl *s);

#endif
