// SPDX-License-Identifier: ISC
/*
 * What to do about a refusal, from what the server says and who it is.
 * Nothing of the server's words is in a hint, so none can repeat a secret.
 */
#ifndef SMTP_HINT_H
#define SMTP_HINT_H

#include <stdbool.h>

#include "base/str.h"
#include "smtp/exitcode.h"
#include "smtp/sasl.h"

struct caps;

/* A refusal; borrowed. */
struct hint_case {
	enum smtp_stage stage;
	int code;               /* of the reply */
	const char *enh;        /* its enhanced status or "" */
	struct str words;       /* all of its text */
	struct str explanation; /* what was said in a challenge, or empty */
	const char *host;       /* the server's name, or NULL */
	const char *user;       /* or NULL */
	bool has_login;         /* wanted or done, with that secret */
	enum sasl_secret secret;
	bool is_private; /* as in struct sasl_channel */
};

/* NULL if there is nothing to say that would help. */
const char *hint_for_refusal(const struct hint_case *c);

/* Where the server offers mechanisms and none of them may be used. */
const char *hint_for_offers(const struct caps *caps,
    const struct sasl_login *login, const struct sasl_channel *channel);

#endif
