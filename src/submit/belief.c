// SPDX-License-Identifier: ISC
#include "submit/belief.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "net/dane.h"
#include "net/dial.h"
#include "net/knownhosts.h"
#include "net/name.h"
#include "net/tls.h"
#include "submit/line.h"
#include "submit/servers.h"

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

/*
 * A proxy looks the host up by itself, and may be there so that nobody else
 * is asked.  Whoever forges the name of the host has records there, too, and
 * secure ones (RFC 7673 3.1).
 */
static bool
asks_dns(const struct settings *s, const struct server *server)
{
	if (!goes_by(s, TLS_TRUST_DANE))
		return false;
	bool is_asked = s->socket == NULL && s->proxy_host == NULL &&
	    s->tunnel == NULL && server->reference == NULL &&
	    !name_is_address(server->host);
	if (!is_asked)
		log_debug("no TLSA records are asked for, as the server is "
			  "%s",
		    s->socket != NULL               ? "at a local socket"
			: s->proxy_host != NULL     ? "behind a proxy"
			: s->tunnel != NULL         ? "behind a tunnel"
			: server->reference != NULL ? "named by DNS that is "
						      "not secure"
						    : "an address");
	return is_asked;
}

/* The question for that port; NULL if nobody was asked. */
static struct dane *
find_dane(const struct belief *b, unsigned port)
{
	for (size_t i = 0; i < b->nasked; i++)
		if (b->asked[i].port == port)
			return b->asked[i].dane;
	return NULL;
}

static struct dane *
ask_dane(
    struct belief *b, const struct server *server, unsigned port, struct err *e)
{
	struct dane *dane = find_dane(b, port);
	if (dane != NULL || b->nasked == ARRAY_LEN(b->asked))
		return dane;
	dane = dane_begin(server->host, port, e);
	b->asked[b->nasked].port = port;
	b->asked[b->nasked].dane = dane;
	b->nasked += dane != NULL;
	return dane;
}

bool
belief_begin(struct belief *b, const struct settings *s,
    const struct server *server, struct err *e)
{
	unsigned seconds = s->timeout > 0 ? s->timeout : DIAL_DEFAULT_TIMEOUT;
	belief_release(b);
	b->until_msec = clock_msec() + (int64_t)seconds * 1000;
	b->asks_dns = asks_dns(s, server);
	if (!goes_by(s, TLS_TRUST_FIRST_USE))
		return true;
	return find_known_hosts(s, &b->known_hosts, e) &&
	    knownhosts_prepare(buf_cstr(&b->known_hosts), e);
}

bool
belief_ask(struct belief *b, const struct server *server,
    const struct dial_target *target, struct err *e)
{
	for (size_t i = 0; b->asks_dns && i < target->nports; i++)
		if (ask_dane(b, server, target->ports[i], e) == NULL)
			return false;
	return true;
}

void
belief_wait(struct belief *b, int64_t until_msec)
{
	struct err ignored = ERR_INIT; /* it is asked again */
	for (size_t i = 0; i < b->nasked; i++)
		(void)!dane_await(b->asked[i].dane, until_msec, &ignored);
}

bool
belief_complete(struct belief *b, const struct settings *s,
    const struct server *server, unsigned port, struct err *e)
{
	if (b->port == port && port != 0)
		return true;
	buf_truncate(&b->known_as, 0);
	if (goes_by(s, TLS_TRUST_FIRST_USE) &&
	    !knownhosts_name(server->host, port, s->socket, &b->known_as, e))
		return false;
	if (b->asks_dns) {
		b->dane = ask_dane(b, server, port, e);
		if (b->dane == NULL || !dane_await(b->dane, b->until_msec, e))
			return false;
	}
	b->port = port;
	return true;
}

void
belief_fill(struct belief *b, struct tls_options *o)
{
	o->known_hosts = buf_cstr(&b->known_hosts);
	o->known_as = buf_cstr(&b->known_as);
	o->dane = b->dane;
}

void
belief_release(struct belief *b)
{
	buf_release(&b->known_hosts);
	buf_release(&b->known_as);
	for (size_t i = 0; i < b->nasked; i++)
		dane_release(&b->asked[i].dane);
	*b = BELIEF_INIT;
}
