// SPDX-License-Identifier: ISC
#include "submit/line.h"

#include <stdio.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/log.h"
#include "config/secret.h"
#include "net/dial.h"
#include "net/owncert.h"
#include "net/tls.h"
#include "submit/servers.h"

enum {
	PORT_SMTP = 25,         /* RFC 5321: a relay */
	PORT_SUBMISSIONS = 465, /* RFC 8314 3.3: TLS at once */
	PORT_SUBMISSION = 587,  /* RFC 6409: STARTTLS */
	PORT_SOCKS = 1080,
};

enum toggle
line_tls(const struct settings *s)
{
	if (s->tls != TOGGLE_AUTO || s->socket == NULL)
		return s->tls;
	return settings_has_tls_detail(s) || s->relay_tls == RELAY_TLS_REQUIRE
	    ? TOGGLE_ON
	    : TOGGLE_OFF;
}

bool
line_is_private(const struct settings *s)
{
	return s->socket != NULL;
}

bool
line_is_tls_first(
    const struct settings *s, const struct server *server, unsigned port)
{
	enum toggle starttls = server->starttls != TOGGLE_AUTO
	    ? server->starttls
	    : s->tls_starttls;
	if (line_tls(s) == TOGGLE_OFF || starttls == TOGGLE_ON)
		return false;
	return starttls == TOGGLE_OFF || port == PORT_SUBMISSIONS;
}

bool
line_needs_tls(
    const struct settings *s, const struct server *server, unsigned port)
{
	if (s->relay_tls == RELAY_TLS_REQUIRE) /* RFC 8689 4.2.1 */
		return true;
	if (line_tls(s) != TOGGLE_AUTO)
		return line_tls(s) == TOGGLE_ON;
	return settings_wants_auth(s) || server->is_discovered ||
	    port == PORT_SUBMISSIONS || port == PORT_SUBMISSION ||
	    settings_has_tls_detail(s);
}

void
line_choose_ports(const struct settings *s, const struct server *server,
    struct dial_target *target)
{
	unsigned port = server->port > 0 ? server->port : s->port;
	if (port != 0) {
		target->ports[target->nports++] = port;
		return;
	}
	if (line_is_tls_first(s, server, PORT_SUBMISSIONS))
		target->ports[target->nports++] = PORT_SUBMISSIONS;
	if (s->tls_starttls == TOGGLE_OFF && s->tls != TOGGLE_OFF)
		return;
	target->ports[target->nports++] = PORT_SUBMISSION;
	if (!settings_wants_auth(s)) /* port 25 gets no password */
		target->ports[target->nports++] = PORT_SMTP;
}

void
line_fill_target(const struct settings *s, const struct server *server,
    struct dial_target *target)
{
	static const int families[] = {
		[ADDRESS_FAMILY_ANY] = AF_UNSPEC,
		[ADDRESS_FAMILY_IPV4] = AF_INET,
		[ADDRESS_FAMILY_IPV6] = AF_INET6,
	};
	target->host = server->host;
	target->source_ip = s->source_ip;
	target->family = families[s->address_family];
	target->proxy_host = s->proxy_host;
	target->proxy_port = s->proxy_port > 0 ? s->proxy_port : PORT_SOCKS;
	target->proxy_user = s->proxy_user;
	target->socket = s->socket;
	target->tunnel = s->tunnel;
}

void
line_fill_tls(const struct settings *s, const struct server *server,
    struct tls_options *o)
{
	static const enum tls_belief beliefs[] = {
		[TLS_TRUST_AUTHORITIES] = TLS_BY_AUTHORITIES,
		[TLS_TRUST_FIRST_USE] = TLS_BY_FIRST_USE,
		[TLS_TRUST_DANE] = TLS_BY_DANE,
	};
	o->host = server->host;
	if (s->tls_host_override != NULL)
		o->host = s->tls_host_override;
	else if (server->reference != NULL) {
		o->host = server->reference;
		o->target = server->host;
	}
	o->trust_file = s->tls_trust_file;
	o->crl_file = s->tls_crl_file;
	o->fingerprints = s->tls_fingerprint;
	o->pins = s->tls_pin;
	o->belief = beliefs[s->tls_trust];
	o->needs_13 = s->tls_min_version == TLS_VERSION_1_3;
	o->user = s->user;
	o->proxy = s->proxy_host;
	o->priorities = s->tls_priorities;
}

static bool
ask_passphrase(
    const void *context, const char *what, struct buf *secret, struct err *e)
{
	const struct settings *s = context;
	return secret_get_passphrase(s, what, secret, e);
}

bool
line_load_identity(
    const struct settings *s, struct tls_identity **identity, struct err *e)
{
	const struct tls_passphrase passphrase = {
		.get = ask_passphrase,
		.context = s,
	};
	*identity = NULL;
	if (line_tls(s) == TOGGLE_OFF || s->tls_cert_file == NULL)
		return true;
	/* in msmtp's file it goes by msmtp's rules */
	if (!s->origin[SETTING_TLS_KEY_FILE].is_msmtp &&
	    !secret_check_key(s, e))
		return false;
	*identity = tls_identity_load(
	    s->tls_cert_file, s->tls_key_file, &passphrase, e);
	return *identity != NULL;
}

bool
line_get_proxy_password(
    const struct settings *s, struct buf *password, struct err *e)
{
	return !settings_has_proxy(s) || s->proxy_user == NULL ||
	    secret_get_proxy(s, password, e);
}

bool
line_check_priorities(const struct settings *s, struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	if (s->tls == TOGGLE_OFF || s->tls_priorities == NULL ||
	    tls_check_priorities(
		s->tls_priorities, s->tls_min_version == TLS_VERSION_1_3, e))
		return true;
	settings_where(s, SETTING_TLS_PRIORITIES, where, sizeof(where));
	return err_wrap(e, "%s", where);
}

void
line_describe(const struct settings *s, const struct server *server,
    const struct dial_result *peer, char *dst, size_t size)
{
	if (s->socket != NULL)
		(void)snprintf(dst, size, "%s", s->socket);
	else
		(void)snprintf(dst, size, "%s:%u", server->host, peer->port);
	log_debug("connected to %s%s [%s]", dst,
	    peer->is_proxied ? " through the proxy" : "", peer->remote);
}
