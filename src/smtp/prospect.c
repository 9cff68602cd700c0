// SPDX-License-Identifier: ISC
#include "smtp/prospect.h"

#include "base/buf.h"
#include "smtp/caps.h"
#include "smtp/sasl.h"

/*
 * sasl_choose() alone knows when a mechanism is used.  It is asked what it
 * would do if this or that were otherwise, of a server that offers only the
 * one in question; so the reasons cannot differ from what is done.
 */
static bool
would_choose(struct str name, const struct sasl_login *login,
    const struct sasl_channel *channel)
{
	AUTO(caps_release) struct caps caps = CAPS_INIT;
	return buf_add_str(&caps.mechanisms, name) &&
	    sasl_choose(login, channel, &caps, NULL) != NULL;
}

static bool
is_tried(struct str name, const struct sasl_login *login,
    const struct sasl_channel *channel, const struct caps *caps)
{
	const struct sasl_mechanism *m = NULL;
	while ((m = sasl_choose(login, channel, caps, m)) != NULL)
		if (str_eq_nocase(name, str_of(sasl_name(m))))
			return true;
	return false;
}

enum prospect
prospect_of(struct str name, const struct sasl_login *login,
    const struct sasl_channel *channel, const struct caps *caps)
{
	AUTO(buf_release) struct buf named = BUF_INIT(name.len + 1);
	struct sasl_channel better = *channel;
	struct sasl_login naming = *login;
	if (is_tried(name, login, channel, caps))
		return PROSPECT_TRIED;
	better.is_private = true;
	if (would_choose(name, login, &better))
		return PROSPECT_WANTS_TLS;
	better.tls_exporter = STR("x"); /* only whether there is any counts */
	if (would_choose(name, login, &better))
		return channel->is_private ? PROSPECT_WANTS_BINDING
					   : PROSPECT_WANTS_TLS;
	naming.mechanisms = buf_add_str(&named, name) ? buf_cstr(&named) : "";
	if (!would_choose(name, &naming, &better))
		return PROSPECT_UNKNOWN;
	return login->mechanisms != NULL ? PROSPECT_NOT_NAMED
					 : PROSPECT_WANTS_NAMING;
}
