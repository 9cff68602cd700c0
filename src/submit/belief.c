// SPDX-License-Identifier: ISC
#include "submit/belief.h"

#include "base/err.h"
#include "net/knownhosts.h"
#include "net/tls.h"
#include "submit/line.h"

/* Whether it is this that decides: pins come before it. */
static bool
goes_by(const struct settings *s, enum tls_trust trust)
{
	return s->tls_trust == trust && line_tls(s) != TOGGLE_OFF &&
	    !settings_has_pin(s);
}

/* Where keys are kept. */
static bool
find_known_hosts(const struct settings *s, struct buf *path, struct err *e)
{
	bool ok = s->tls_known_hosts != NULL
	    ? buf_add_str(path, str_of(s->tls_known_hosts))
	    : settings_dir(SETTINGS_STATE, path) &&
		buf_add_str(path, STR("/known_hosts"));
	if (ok)
		return true;
	(void)err_set(e, EX_CONFIG, "there is no home to keep known hosts in");
	return err_hint(e, "set tls_known_hosts");
}

bool
belief_begin(struct belief *b, const struct settings *s, struct err *e)
{
	belief_release(b);
	if (!goes_by(s, TLS_TRUST_FIRST_USE))
		return true;
	return find_known_hosts(s, &b->known_hosts, e) &&
	    knownhosts_prepare(buf_cstr(&b->known_hosts), e);
}

bool
belief_complete(
    struct belief *b, const struct settings *s, unsigned port, struct err *e)
{
	return !goes_by(s, TLS_TRUST_FIRST_USE) ||
	    knownhosts_name(line_host(s), port, s->socket, &b->known_as, e);
}

void
belief_fill(struct belief *b, struct tls_options *o)
{
	o->known_hosts = buf_cstr(&b->known_hosts);
	o->known_as = buf_cstr(&b->known_as);
}

void
belief_release(struct belief *b)
{
	buf_release(&b->known_hosts);
	buf_release(&b->known_as);
}
