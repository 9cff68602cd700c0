// SPDX-License-Identifier: ISC
/* What a server says of itself, for --serverinfo: how it is gathered. */
#ifndef SUBMIT_SERVERINFO_H
#define SUBMIT_SERVERINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strvec.h"
#include "net/tlsinfo.h"
#include "smtp/prospect.h"

struct err;
struct smtp_session;
struct tls_options;

enum serverinfo_tls {
	SERVERINFO_CLEAR,      /* no TLS */
	SERVERINFO_FAILED,     /* no handshake came about */
	SERVERINFO_REFUSED,    /* its certificate was */
	SERVERINFO_UNVERIFIED, /* it was not looked at */
	SERVERINFO_VERIFIED,
};

/* Why a certificate is believed. */
enum serverinfo_belief {
	SERVERINFO_BY_AUTHORITIES, /* the system's */
	SERVERINFO_BY_TRUST_FILE,
	SERVERINFO_BY_FINGERPRINT,
	SERVERINFO_BY_PIN,
	SERVERINFO_BY_FIRST_USE,
	SERVERINFO_BY_DANE, /* or authorities, if there are no records */
};

/* A mechanism that would not be tried. */
struct serverinfo_other {
	char *name; /* owned */
	enum prospect why;
};

/* With the present settings, or if there were a user in them. */
struct serverinfo_login {
	bool is_wanted;
	bool is_off;                     /* by auth; else there is no user */
	struct strvec tried;             /* in that order */
	struct serverinfo_other *others; /* owned; offered, but not tried */
	size_t nothers;
};

/* Filled as far as a connection came; text is the server's own, as it came. */
struct serverinfo {
	int64_t now;             /* time_t, for what is left of certificates */
	char server[320];        /* "host:port"; "": no connection */
	char address[64];        /* its address */
	struct buf greeting;     /* the server's words, lines ended by LF */
	struct buf first_offers; /* likewise, the reply to EHLO before TLS */
	struct buf offers;       /* and the last one */
	enum serverinfo_tls state;
	enum serverinfo_belief belief; /* if it is verified */
	bool is_starttls;              /* TLS did not come first */
	char refusal[512];             /* why, printable */
	struct tlsinfo tls;
	bool has_caps; /* what follows is known, from the last EHLO */
	struct serverinfo_login login;
	uint64_t size_limit; /* octets, 0: none told */
	uint64_t rcpt_limit; /* in a transaction; likewise */
	uint64_t mail_limit; /* transactions on a connection */
	bool is_bdat;        /* a message goes by BDAT */
	bool is_one_trip;    /* and a short one in a round trip */
};

#define SERVERINFO_INIT                      \
	((struct serverinfo){                \
	    .greeting = BUF_INIT(65536),     \
	    .first_offers = BUF_INIT(65536), \
	    .offers = BUF_INIT(65536),       \
	    .tls = TLSINFO_INIT,             \
	})

/* How TLS went, info->tls being filled; why is NULL if it stands. */
void serverinfo_note_tls(struct serverinfo *info, const struct tls_options *o,
    const struct err *why);

/* What was heard, at the end of the session and before that of its line. */
void serverinfo_note_session(
    struct serverinfo *info, const struct smtp_session *session);

/* Whether what was heard last was heard over TLS. */
bool serverinfo_has_tls(const struct serverinfo *info);

void serverinfo_release(struct serverinfo *info);

#endif
