// SPDX-License-Identifier: ISC
/*
 * Logging in with an access token: OAUTHBEARER (RFC 7628) and its elder
 * XOAUTH2, of Google, as text without base64.
 */
#ifndef SMTP_OAUTH_H
#define SMTP_OAUTH_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/* Borrowed. */
struct oauth_grant {
	struct str user; /* may be empty with OAUTHBEARER */
	struct str token;
	struct str host; /* the server, as it was connected to */
	unsigned port;   /* 0: not known */
};

/*
 * Appends the client's first message.  EX_CONFIG if the token cannot be one;
 * nothing of it is in the error.
 */
bool oauth_bearer(
    const struct oauth_grant *g, struct buf *message, struct err *e) MUST_CHECK;
bool oauth_xoauth2(
    const struct oauth_grant *g, struct buf *message, struct err *e) MUST_CHECK;

/*
 * Appends what the server's challenge, which is JSON, says is wrong:
 * "status invalid_token, scope mail".  If it is no JSON, or says nothing of
 * that kind, all of it.  Not made printable.
 */
void oauth_explain(struct str challenge, struct buf *words);

#endif
