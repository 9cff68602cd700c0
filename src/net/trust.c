// SPDX-License-Identifier: ISC
#include "net/trust.h"

#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/err.h"
#include "base/late_gnutls.h"
#include "base/log.h"
#include "net/cert.h"
#include "net/crl.h"
#include "net/dane.h"
#include "net/der.h"
#include "net/knownhosts.h"
#include "net/name.h"
#include "net/pin.h"
#include "net/refusal.h"
#include "net/staple.h"
#include "net/store.h"
#include "net/tls.h"

/* "tls_trust_file off" */
static bool
is_nobody_trusted(const struct tls_options *o)
{
	return o->trust_file != NULL && o->trust_file[0] == '\0';
}

/* Whether it counts who signed the certificate, be it one whom DNS names. */
static bool
is_by_signers(const struct tls_options *o)
{
	return o->is_verified && o->fingerprints == NULL && o->pins == NULL &&
	    o->belief != TLS_BY_FIRST_USE;
}

/* Whether authorities have a say. */
static bool
needs_authorities(const struct tls_options *o)
{
	return is_by_signers(o) && !is_nobody_trusted(o) &&
	    (!dane_decides(o->dane) || dane_needs_authorities(o->dane));
}

bool
trust_prepare(struct gnutls_certificate_credentials_st *credentials,
    const struct tls_options *o, struct err *e)
{
	if (needs_authorities(o) && !store_check(o->trust, e))
		return false;
	if (!is_by_signers(o) || o->crl_file == NULL)
		return true;
	crl_tell_age(o->crl_file);
	return store_load_crl(credentials, o->crl_file, e);
}

static bool
ask(gnutls_session_t session, const char *host, unsigned *status, struct err *e)
{
	int rc = cert_verify_peer(session, host, status);
	return rc >= 0 ||
	    err_set(e, EX_UNAVAILABLE, "verify the certificate: %s",
		gnutls_strerror(rc));
}

/*
 * By the authorities, for the host's name.  If none of the likely ones signed
 * it, all of them are asked: to be quick never means to refuse.
 */
static bool
verify(gnutls_session_t session, gnutls_certificate_credentials_t credentials,
    const struct tls_options *o, const char *host, struct err *e)
{
	unsigned status = 0;
	bool is_all;
	if (!store_load(credentials, session, o->trust, &is_all, e) ||
	    !ask(session, host, &status, e))
		return false;
	if ((status & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0 && !is_all &&
	    (!store_load_all(credentials, o->trust, e) ||
		!ask(session, host, &status, e)))
		return false;
	return refusal_judge(session, status, host, o->target, e);
}

/* By the key that was there first. */
static bool
judge_by_known_hosts(
    gnutls_session_t session, const struct tls_options *o, struct err *e)
{
	AUTO(cert_release) gnutls_x509_crt_t crt = cert_of_peer(session);
	char pin[CERT_PIN_SIZE] = "?";
	bool is_new = false;
	if (crt != NULL)
		cert_pin(crt, pin);
	if (pin[0] == '?')
		return err_set(
		    e, EX_UNAVAILABLE, "the certificate makes no sense");
	if (!knownhosts_judge(o->known_hosts, o->known_as, pin, &is_new, e))
		return false;
	if (is_new)
		log_notice("remembered the key of %s, %s, in %s", o->known_as,
		    pin, o->known_hosts);
	else
		log_debug("the key of %s is %s, as %s says", o->known_as, pin,
		    o->known_hosts);
	return true;
}

/* Or by nobody, where DNS should have done it. */
static bool
judge_by_authorities(gnutls_session_t session,
    gnutls_certificate_credentials_t credentials, const struct tls_options *o,
    const char *host, struct err *e)
{
	if (!is_nobody_trusted(o))
		return verify(session, credentials, o, host, e);
	(void)err_set(e, EX_UNAVAILABLE,
	    "no secure TLSA record vouches for the certificate, and "
	    "tls_trust_file is off");
	return err_hint(e, "see --debug for what DNS says");
}

static bool
judge_by_dane(gnutls_session_t session,
    gnutls_certificate_credentials_t credentials, const struct tls_options *o,
    const char *host, struct err *e)
{
	const struct dane_peer peer = {
		.session = session,
		.credentials = credentials,
		.host = host,
		.crl_file = o->crl_file,
	};
	return dane_vouches(o->dane, &peer, e) ||
	    (dane_needs_authorities(o->dane) &&
		judge_by_authorities(session, credentials, o, host, e) &&
		dane_allows(o->dane, &peer, e));
}

bool
trust_judge(struct gnutls_session_int *session,
    struct gnutls_certificate_credentials_st *credentials,
    const struct tls_options *o, const char *host, struct err *e)
{
	if (!o->is_verified)
		return true;
	if (o->fingerprints != NULL || o->pins != NULL)
		return pin_judge(session, o->fingerprints, o->pins, e);
	if (o->belief == TLS_BY_FIRST_USE)
		return judge_by_known_hosts(session, o, e);
	if (dane_decides(o->dane))
		return judge_by_dane(session, credentials, o, host, e);
	return judge_by_authorities(session, credentials, o, host, e);
}

/* Of the chain that was seen when the session began. */
static unsigned
flaws_by_now(gnutls_session_t session, const char *host, time_t now)
{
	unsigned n = 0, status = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	if (list == NULL || n == 0)
		return GNUTLS_CERT_INVALID;
	for (unsigned i = 0; i < n; i++) {
		const struct str der = { (const char *)list[i].data,
			list[i].size };
		status |= cert_flaws(der, i == 0 ? host : NULL, now);
	}
	return status;
}

/* The date as certificates have it. */
static void
print_date(time_t when, char text[DER_DATE_SIZE])
{
	char date[DATE_SIZE];
	size_t n = 0;
	date_format(when, date);
	for (size_t i = 0; date[i] != '\0' && n < DER_DATE_SIZE - 1; i++)
		if (is_digit(date[i]))
			text[n++] = date[i];
	text[n] = '\0';
}

static bool
has_name(const struct der_facts *facts, const char *host)
{
	struct str rest = facts->names;
	struct der_element name;
	while (der_next(&rest, &name))
		if (name.tag == DER_DNS_NAME &&
		    name_stands_for(name.content, str_of(host)))
			return true;
	return false;
}

/*
 * Whether all of the chain that was seen when the session began is valid by
 * now, and for the host, for a hundredth of what it costs GnuTLS to tell;
 * false also if that is doubtful, as of an address, which is no dNSName.
 */
static bool
is_plainly_good(gnutls_session_t session, const char *host, time_t when)
{
	unsigned n = 0;
	char now[DER_DATE_SIZE];
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	print_date(when, now);
	for (unsigned i = 0; list != NULL && i < n; i++) {
		struct der_facts facts;
		const struct str der = { (const char *)list[i].data,
			list[i].size };
		if (!der_facts(der, &facts) || strcmp(now, facts.from) < 0 ||
		    strcmp(now, facts.until) > 0 ||
		    (i == 0 && !has_name(&facts, host)))
			return false;
	}
	return list != NULL && n > 0 && !name_is_address(host);
}

bool
trust_judge_again(struct gnutls_session_int *session,
    struct gnutls_certificate_credentials_st *credentials,
    const struct tls_options *o, const char *host, struct err *e)
{
	/* what is not by authorities costs nothing to be done anew */
	if (!o->is_verified || o->fingerprints != NULL || o->pins != NULL)
		return trust_judge(session, credentials, o, host, e);
	time_t now = time(NULL);
	if (is_plainly_good(session, host, now))
		return staple_check(session, true, e);
	return refusal_judge(
	    session, flaws_by_now(session, host, now), host, o->target, e);
}
