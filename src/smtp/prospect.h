// SPDX-License-Identifier: ISC
/* What would become of a login: why a mechanism would not be used for it. */
#ifndef SMTP_PROSPECT_H
#define SMTP_PROSPECT_H

#include "base/str.h"

struct caps;
struct sasl_channel;
struct sasl_login;

enum prospect {
	PROSPECT_TRIED,
	PROSPECT_NOT_NAMED,     /* the user names others */
	PROSPECT_WANTS_NAMING,  /* it is used only if the user names it */
	PROSPECT_WANTS_TLS,     /* the line is not private */
	PROSPECT_WANTS_BINDING, /* the channel has no binding data */
	PROSPECT_UNKNOWN,       /* we do not know it */
};

/* Of a mechanism that the server offers. */
enum prospect prospect_of(struct str name, const struct sasl_login *login,
    const struct sasl_channel *channel, const struct caps *caps);

#endif
