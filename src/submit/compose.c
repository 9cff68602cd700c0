// SPDX-License-Identifier: ISC
#include "submit/compose.h"

#include <time.h>

#include "base/err.h"
#include "config/identity.h"
#include "config/settings.h"
#include "message/address.h"

bool
compose_envelope(struct compose *c, const struct settings *s,
    const struct compose_call *call, const struct message *m, struct err *e)
{
	/* the user database is asked only if that can make a difference */
	if (s->from == NULL || address_domain(str_of(s->from)).len == 0)
		c->is_made_up = identity_address(s, &c->identity);
	const struct envelope_sources sources = {
		.sender = s->from,
		.fallback = buf_cstr(&c->identity),
		.args = call->recipients,
		.nargs = call->nrecipients,
		.from_header = call->from_header,
	};
	return envelope_build(&c->envelope, &sources, m, e);
}

/* A domain for Message-ID that does not give this host's name away. */
static struct str
id_domain(const struct compose *c)
{
	struct str identity = buf_str(&c->identity);
	struct str sender = str_of(c->envelope.sender);
	bool is_given = !c->is_made_up || !str_eq(sender, identity);
	struct str domain = address_domain(sender);
	if (is_given && domain.len > 0)
		return domain;
	if (!c->is_made_up && address_domain(identity).len > 0)
		return address_domain(identity);
	return STR("posthaste.invalid");
}

bool
compose_edit(struct compose *c, const struct settings *s,
    const struct message *m, struct err *e)
{
	const char *sender = c->envelope.sender;
	bool is_full = address_domain(str_of(sender)).len > 0;
	AUTO(cstr_release) char *domain = str_dup(id_domain(c));
	const struct edit_wish wish = {
		.author = is_full ? sender : buf_cstr(&c->identity),
		.full_name = s->from_full_name,
		.id_domain = domain,
		.now = time(NULL),
	};
	return message_edit(&c->edit, m, &wish, e);
}

void
compose_release(struct compose *c)
{
	edit_release(&c->edit);
	envelope_release(&c->envelope);
	buf_release(&c->identity);
}
