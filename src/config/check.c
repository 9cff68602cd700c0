// SPDX-License-Identifier: ISC
#include "config/check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/idn.h"
#include "config/findings.h"
#include "config/hosts.h"
#include "config/secret.h"
#include "config/settings.h"

/* "WHERE: NAME why", of one setting. */
static bool
refuse(const struct settings *s, enum setting_id id, const char *why,
    struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	settings_where(s, id, where, sizeof(where));
	return err_set(
	    e, EX_CONFIG, "%s: %s %s", where, setting_table[id].name, why);
}

/* "WHERE: A contradicts B (WHERE)". */
static bool
refuse_both(const struct settings *s, enum setting_id a, enum setting_id b,
    struct err *e)
{
	char where[SETTINGS_WHERE_SIZE], other[SETTINGS_WHERE_SIZE];
	settings_where(s, a, where, sizeof(where));
	settings_where(s, b, other, sizeof(other));
	return err_set(e, EX_CONFIG, "%s: %s contradicts %s at %s", where,
	    setting_table[a].name, setting_table[b].name, other);
}

/* What a setting contradicts, if it is set, and what helps. */
struct contradiction {
	enum setting_id id;
	bool is_set;
	const char *hint;
};

static bool
refuse_any(const struct settings *s, enum setting_id id,
    const struct contradiction *others, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (others[i].is_set)
			return refuse_both(s, id, others[i].id, e) ||
			    err_hint(e, "%s", others[i].hint);
	return true;
}

/* LMTP has no port of its own (RFC 2033 5 forbids 25). */
static bool
check_protocol(const struct settings *s, struct err *e)
{
	if (s->protocol != PROTOCOL_LMTP || s->port != 0 || s->socket != NULL ||
	    s->tunnel != NULL)
		return true;
	return refuse(s, SETTING_PROTOCOL, "is lmtp, but port is not set", e);
}

static bool
check_hold(const struct settings *s, struct err *e)
{
	int64_t until;
	if (s->hold_for > 0 && s->hold_until != NULL)
		return refuse_both(
			   s, SETTING_HOLD_UNTIL, SETTING_HOLD_FOR, e) ||
		    err_hint(e, "set one of them");
	if (s->hold_until != NULL &&
	    date_parse(str_of(s->hold_until), &until) && until <= time(NULL))
		return refuse(s, SETTING_HOLD_UNTIL, "is in the past", e);
	return true;
}

static bool
check_host(const struct settings *s, struct err *e)
{
	return settings_has_way(s) ||
	    err_set(e, EX_CONFIG,
		"no host: neither --host nor POSTHASTE_HOST nor an rc "
		"file names one");
}

/* RFC 8689 4.2.1 */
static bool
check_relay_tls(const struct settings *s, struct err *e)
{
	if (s->relay_tls != RELAY_TLS_REQUIRE)
		return true;
	if (s->tls == TOGGLE_OFF)
		return refuse_both(s, SETTING_RELAY_TLS, SETTING_TLS, e) ||
		    err_hint(e, "TLS on the way on begins with ours");
	if (!s->tls_certcheck)
		return refuse_both(
			   s, SETTING_RELAY_TLS, SETTING_TLS_CERTCHECK, e) ||
		    err_hint(e, "TLS on the way on begins with ours, verified");
	return true;
}

static bool
check_starttls(const struct settings *s, struct err *e)
{
	if (s->tls != TOGGLE_OFF || s->tls_starttls != TOGGLE_ON)
		return true;
	return refuse_both(s, SETTING_TLS, SETTING_TLS_STARTTLS, e) ||
	    err_hint(e, "one says off, the other on");
}

static bool
is_nobody_trusted(const struct settings *s)
{
	return s->tls_trust_file != NULL && s->tls_trust_file[0] == '\0';
}

/* Whether it promises nothing that there is not, either, without TLS. */
static bool
goes_without_tls(const struct settings *s, enum setting_id id)
{
	return id == SETTING_TLS_STARTTLS || id == SETTING_TLS_CERTCHECK ||
	    id == SETTING_TLS_PRIORITIES || id == SETTING_TLS_HOST_OVERRIDE ||
	    (id == SETTING_TLS_TRUST_FILE && is_nobody_trusted(s));
}

/* What is said of TLS's details where TLS is off. */
static bool
check_no_tls(const struct settings *s, struct err *e)
{
	if (s->tls != TOGGLE_OFF)
		return true;
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (settings_is_tls_detail(s, id) && !goes_without_tls(s, id))
			return refuse_both(s, SETTING_TLS, id, e) ||
			    err_hint(e, "without TLS nobody is to be trusted");
	return true;
}

/* By what the certificate is to be verified; SETTING_COUNT if by nothing. */
static enum setting_id
verified_by(const struct settings *s)
{
	if (s->tls_trust_file != NULL && !is_nobody_trusted(s))
		return SETTING_TLS_TRUST_FILE;
	if (s->tls_crl_file != NULL)
		return SETTING_TLS_CRL_FILE;
	if (s->tls_fingerprint != NULL)
		return SETTING_TLS_FINGERPRINT;
	if (s->tls_pin != NULL)
		return SETTING_TLS_PIN;
	return s->tls_trust != TLS_TRUST_AUTHORITIES ? SETTING_TLS_TRUST
						     : SETTING_COUNT;
}

/* tls_certcheck off, and by what the certificate would be verified. */
static bool
check_certcheck(const struct settings *s, struct err *e)
{
	enum setting_id id = verified_by(s);
	bool has_other_way = settings_goes_by_key(s) ||
	    s->tls_trust == TLS_TRUST_DANE;
	if (s->tls == TOGGLE_OFF)
		return true;
	if (!s->tls_certcheck && id != SETTING_COUNT)
		return refuse_both(s, SETTING_TLS_CERTCHECK, id, e) ||
		    err_hint(e,
			"leave out the first to have the certificate verified");
	if (s->tls_certcheck && is_nobody_trusted(s) && !has_other_way)
		return refuse(s, SETTING_TLS_TRUST_FILE,
			   "is off, so that no certificate can be accepted",
			   e) ||
		    err_hint(e,
			"set tls_pin, tls_fingerprint or tls_trust, or "
			"tls_certcheck to off");
	return true;
}

static bool
check_client_certificate(const struct settings *s, struct err *e)
{
	if (s->tls == TOGGLE_OFF)
		return true;
	if (s->tls_key_file != NULL && s->tls_cert_file == NULL)
		return refuse(s, SETTING_TLS_KEY_FILE,
		    "is set, but tls_cert_file is not", e);
	if (s->tls_key_file == NULL && s->tls_cert_file != NULL)
		return refuse(s, SETTING_TLS_CERT_FILE,
		    "is set, but tls_key_file is not", e);
	enum setting_id source = secret_source(s, GIVES_PASSPHRASE);
	if (s->tls_key_file == NULL && source != SETTING_COUNT)
		return refuse(
		    s, source, "is of no use, as tls_key_file is not set", e);
	return true;
}

/* A command leads where it leads. */
static bool
check_tunnel(const struct settings *s, struct err *e)
{
	static const char hint[] = "the tunnel's command makes the connection";
	const struct contradiction others[] = {
		{ SETTING_ADDRESS_FAMILY,
		    s->address_family != ADDRESS_FAMILY_ANY, hint },
		{ SETTING_SOCKET, s->socket != NULL, hint },
		{ SETTING_PROXY_HOST, s->proxy_host != NULL, hint },
		{ SETTING_SOURCE_IP, s->source_ip != NULL, hint },
	};
	return s->tunnel == NULL ||
	    refuse_any(s, SETTING_TUNNEL, others, ARRAY_LEN(others), e);
}

/* Whether the server's certificate will be asked for a name. */
static bool
goes_by_name(const struct settings *s)
{
	bool is_verified = s->tls_certcheck && !settings_goes_by_key(s);
	bool with_tls = s->tls == TOGGLE_ON || settings_has_tls_detail(s) ||
	    s->relay_tls == RELAY_TLS_REQUIRE;
	/* by a command, TLS is what it is for a host */
	bool is_promised = s->tunnel != NULL &&
	    (settings_wants_auth(s) || s->port == 0);
	return s->tls != TOGGLE_OFF && is_verified && (with_tls || is_promised);
}

/* A certificate is for a name, which neither a socket nor a command has. */
static bool
check_nameless(const struct settings *s, struct err *e)
{
	bool has_host = s->host != NULL &&
	    s->origin[SETTING_HOST].source != SETTINGS_DEFAULT;
	if ((s->socket == NULL && s->tunnel == NULL) || has_host ||
	    s->tls_host_override != NULL || !goes_by_name(s))
		return true;
	return refuse(s, s->socket != NULL ? SETTING_SOCKET : SETTING_TUNNEL,
		   "does not say for whom the server's certificate must be",
		   e) ||
	    err_hint(e,
		s->socket != NULL ? "set tls_host_override, or host"
				  : "set host, or tls to off");
}

/* No secret has two sources. */
static bool
check_sources(const struct settings *s, struct err *e)
{
	static const char *const hints[] = {
		[GIVES_PASSWORD] = "the password has one source",
		[GIVES_PASSPHRASE] = "the passphrase has one source",
		[GIVES_PROXY_PASSWORD] = "the proxy's password has one source",
	};
	enum setting_id found[] = { [GIVES_PASSWORD] = SETTING_COUNT,
		[GIVES_PASSPHRASE] = SETTING_COUNT,
		[GIVES_PROXY_PASSWORD] = SETTING_COUNT };
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		enum setting_gives gives = setting_table[id].gives;
		if (!settings_has_source(s, id))
			continue;
		if (found[gives] != SETTING_COUNT)
			return refuse_both(s, id, found[gives], e) ||
			    err_hint(e, "%s", hints[gives]);
		found[gives] = id;
	}
	return true;
}

static bool
check_auth(const struct settings *s, struct err *e)
{
	enum setting_id source = secret_source(s, GIVES_PASSWORD);
	if (s->auth != NULL && strcmp(s->auth, "off") == 0)
		return true;
	if (settings_wants_auth(s) && !settings_needs_password(s))
		return true;
	if (settings_wants_auth(s) && s->user == NULL)
		return refuse(s, SETTING_AUTH, "is on, but user is not set", e);
	if (s->user == NULL && source != SETTING_COUNT)
		return refuse(s, source, "is of no use, as user is not set", e);
	return true; /* without a source, it may be had by asking */
}

/* Without a proxy it is of no account, as its port is. */
static bool
check_proxy_login(const struct settings *s, struct err *e)
{
	enum setting_id source = secret_source(s, GIVES_PROXY_PASSWORD);
	if (!settings_has_proxy(s))
		return true;
	if (s->proxy_user == NULL && source != SETTING_COUNT)
		return refuse(
		    s, source, "is of no use, as proxy_user is not set", e);
	if (s->proxy_user != NULL && source == SETTING_COUNT)
		return refuse(s, SETTING_PROXY_USER,
		    "is set, but none of proxy_password, proxy_passwordeval "
		    "and proxy_password_file",
		    e);
	return true;
}

/* RFC 1035 2.3.4, after IDNA; underscores are seen in names of hosts. */
static bool
is_domain(struct str domain)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(253);
	struct err ignored;
	size_t label = 0;
	if (!idn_to_ascii(domain, &ascii, &ignored))
		return false;
	for (size_t i = 0; i < ascii.len; i++) {
		char c = ascii.data[i];
		bool is_dot = c == '.';
		if (is_dot
			? label == 0
			: !is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
			return false;
		label = is_dot ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return label > 0;
}

static bool
refuse_domain(const struct settings *s, enum setting_id id, struct str domain,
    struct err *e)
{
	char shown[80], why[128];
	str_printable_to(domain, shown, sizeof(shown));
	(void)snprintf(
	    why, sizeof(why), "names \"%s\", which is no domain", shown);
	return refuse(s, id, why, e);
}

static bool
check_qualify_domain(const struct settings *s, struct err *e)
{
	return s->qualify_domain == NULL ||
	    is_domain(str_of(s->qualify_domain)) ||
	    refuse_domain(
		s, SETTING_QUALIFY_DOMAIN, str_of(s->qualify_domain), e);
}

static bool
check_local_domains(const struct settings *s, struct err *e)
{
	struct str rest = STR_INIT, word;
	if (s->local_domains != NULL)
		rest = str_of(s->local_domains);
	while (str_word(&rest, " \t,", &word))
		if (!is_domain(word))
			return refuse_domain(s, SETTING_LOCAL_DOMAINS, word, e);
	return true;
}

/* A module is given no list of what it may open: there would be no end. */
static bool
check_sandbox(const struct settings *s, struct err *e)
{
	enum setting_id module = settings_find_module(s);
	const struct contradiction others[] = {
		{ SETTING_TUNNEL, s->tunnel != NULL,
		    "another connection takes the command again: set sandbox "
		    "to on" },
		{ module, module != SETTING_COUNT,
		    "Kerberos and PKCS#11 modules open what they like: set "
		    "sandbox to on" },
	};
	return s->sandbox != SANDBOX_STRICT ||
	    refuse_any(s, SETTING_SANDBOX, others, ARRAY_LEN(others), e);
}

/* Domains whose servers DNS is to name; *n: how many. */
static bool
check_srv_domains(const struct settings *s, size_t *n, struct err *e)
{
	struct str rest = s->host != NULL ? str_of(s->host) : STR_INIT;
	struct host host;
	struct err ignored = ERR_INIT;
	*n = 0;
	while (hosts_next(&rest, &host, &ignored)) {
		if (!host.is_srv)
			continue;
		if (!is_domain(host.name))
			return refuse_domain(s, SETTING_HOST, host.name, e);
		++*n;
	}
	return true;
}

/*
 * A proxy may be there so that no name server is asked; at a socket there is
 * nobody to be found; and whoever forges the answer would be the first that
 * is seen.
 */
static bool
check_srv(const struct settings *s, struct err *e)
{
	const struct contradiction others[] = {
		{ SETTING_PROXY_HOST, s->proxy_host != NULL,
		    "no name server is asked beside a proxy: set host to the "
		    "server's name" },
		{ SETTING_TUNNEL, s->tunnel != NULL,
		    "no name server is asked beside a tunnel: set host to the "
		    "server's name" },
		{ SETTING_SOCKET, s->socket != NULL,
		    "at a socket DNS has no say" },
		{ SETTING_PROTOCOL, s->protocol == PROTOCOL_LMTP,
		    "what DNS names is for submission" },
		{ SETTING_TLS_TRUST,
		    s->tls_trust == TLS_TRUST_FIRST_USE &&
			!settings_has_pin(s) && s->tls != TOGGLE_OFF,
		    "a server that DNS names is seen for the first time "
		    "whenever somebody forges DNS" },
	};
	size_t n;
	return check_srv_domains(s, &n, e) &&
	    (n == 0 ||
		refuse_any(s, SETTING_HOST, others, ARRAY_LEN(others), e));
}

/* What nobody has set gives way, see patience_rules(). */
static bool
check_queue(const struct settings *s, struct err *e)
{
	enum settings_source min = s->origin[SETTING_QUEUE_RETRY_MIN].source;
	enum settings_source max = s->origin[SETTING_QUEUE_RETRY_MAX].source;
	if (s->queue_retry_min > s->queue_retry_max &&
	    min != SETTINGS_DEFAULT && max != SETTINGS_DEFAULT)
		return refuse_both(s, SETTING_QUEUE_RETRY_MIN,
			   SETTING_QUEUE_RETRY_MAX, e) ||
		    err_hint(e, "the first wait is not the longest");
	if (s->queue_warn_after > 0 && s->queue_warn_after >= s->queue_lifetime)
		return refuse_both(s, SETTING_QUEUE_WARN_AFTER,
			   SETTING_QUEUE_LIFETIME, e) ||
		    err_hint(e, "by then the message is given up");
	return true;
}

/* The addresses of the other family than source_ip's are passed over. */
static bool
check_family(const struct settings *s, struct err *e)
{
	if (s->source_ip == NULL || s->socket != NULL ||
	    s->address_family == ADDRESS_FAMILY_ANY)
		return true;
	bool is_ipv6 = strchr(s->source_ip, ':') != NULL;
	if (is_ipv6 == (s->address_family == ADDRESS_FAMILY_IPV6))
		return true;
	return refuse_both(s, SETTING_ADDRESS_FAMILY, SETTING_SOURCE_IP, e) ||
	    err_hint(e, "source_ip %s is an %s address", s->source_ip,
		is_ipv6 ? "IPv6" : "IPv4");
}

static bool (*const checks[])(const struct settings *, struct err *) = {
	check_host,
	check_family,
	check_protocol,
	check_relay_tls,
	check_starttls,
	check_no_tls,
	check_certcheck,
	check_client_certificate,
	check_nameless,
	check_tunnel,
	check_sources,
	check_auth,
	check_proxy_login,
	check_qualify_domain,
	check_local_domains,
	check_hold,
	check_sandbox,
	check_queue,
	check_srv,
};

bool
check_settings(const struct settings *s, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (!checks[i](s, e))
			return false;
	return true;
}

void
check_all(const struct settings *s, struct findings *f)
{
	struct err e = ERR_INIT;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (!checks[i](s, &e))
			findings_fault(f, &e);
}
