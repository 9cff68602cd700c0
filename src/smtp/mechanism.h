// SPDX-License-Identifier: ISC
/*
 * The table of SASL mechanisms, which sasl.c plays and mechanism.c chooses
 * from.  Of no interest outside this room.
 */
#ifndef SMTP_MECHANISM_H
#define SMTP_MECHANISM_H

#include <stdbool.h>

#include "base/crypto.h"
#include "smtp/sasl.h"

/* Who makes the responses. */
enum sasl_kind {
	SASL_LIBRARY,  /* libgsasl (saslib.h) */
	SASL_SCRAM,    /* the same, but with a salted key of ours */
	SASL_KERBEROS, /* the same, by the library for GSSAPI */
	SASL_PLAIN,    /* from here on we do */
	SASL_LOGIN,
	SASL_EXTERNAL,
	SASL_ANONYMOUS,
	SASL_OAUTHBEARER,
	SASL_XOAUTH2,
};

/* When a mechanism may be used without having been named. */
enum sasl_use {
	SASL_USE_ALWAYS,
	SASL_USE_PRIVATE, /* over TLS */
	SASL_USE_NAMED,   /* never */
};

struct sasl_mechanism {
	const char *name;
	enum sasl_kind kind;
	enum sasl_use use;
	enum sasl_secret secret;
	bool is_client_first;
	unsigned shows_at; /* the step that shows the secret; 0: none does */
	bool binds_channel;
	bool proves_server;   /* that it knows the password, too */
	bool acts_for_user;   /* who logs in is known otherwise */
	bool begins_in_words; /* the first challenge says nothing, not in
				 base64 */
	enum crypto_hash hash;
};

#endif
