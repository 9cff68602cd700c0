// SPDX-License-Identifier: ISC
#include "net/refusal.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/late_gnutls.h"
#include "net/cert.h"
#include "net/chain.h"
#include "net/name.h"
#include "net/staple.h"

enum {
	DAY_S = 24 * 60 * 60,
	AHEAD_MAX_S = 180 * DAY_S, /* before a certificate is valid */
	NAMES_SIZE = 300,
};

/* 2026-01-01: no clock that is right shows an earlier time. */
static const time_t written = 1767225600;

/* What is to be explained. */
struct trial {
	gnutls_session_t session;
	struct chain chain;
	const char *host;
	const char *target;
	unsigned status;
	time_t now;
};

static void
trial_release(struct trial *t)
{
	chain_release(&t->chain);
}

static gnutls_x509_crt_t
own_of(const struct trial *t)
{
	return t->chain.path[0];
}

static gnutls_x509_crt_t
top_of(const struct trial *t)
{
	return t->chain.path[t->chain.len - 1];
}

bool
refusal_doubts_clock(time_t now, time_t from)
{
	return now < written || from - now > AHEAD_MAX_S;
}

/* With the pin to paste, as it is the way out that asks least. */
static bool
hint_pin(const struct trial *t, const char *what, struct err *e)
{
	char pin[CERT_PIN_SIZE];
	cert_pin(own_of(t), pin);
	return err_hint(e, "%s: tls_pin %s", what, pin);
}

/* Whoever forges DNS has a certificate that is good for his own server. */
static bool
wrong_target(const struct trial *t, struct err *e)
{
	AUTO(buf_release) struct buf names = BUF_INIT(NAMES_SIZE);
	name_list(own_of(t), &names);
	(void)err_set(e, EX_UNAVAILABLE,
	    "DNS, which can be forged, names this server for %s, but the "
	    "certificate is for %s",
	    t->host, buf_cstr(&names));
	if (name_compare(own_of(t), t->target) != NAME_FITS)
		return err_hint(e, "ask whoever runs the mail of that domain");
	return err_hint(e,
	    "if that is your provider's server, set host %s, or "
	    "tls_host_override %s",
	    t->target, t->target);
}

static bool
wrong_names(const struct trial *t, struct err *e)
{
	AUTO(buf_release) struct buf names = BUF_INIT(NAMES_SIZE);
	name_list(own_of(t), &names);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is not for %s%s but for %s",
	    name_is_address(t->host) ? "the address " : "", t->host,
	    buf_cstr(&names));
	return err_hint(
	    e, "set host or tls_host_override to a name that it is for");
}

static bool
wrong_name(const struct trial *t, struct err *e)
{
	if (t->target != NULL)
		return wrong_target(t, e);
	if (name_compare(own_of(t), t->host) != NAME_IS_COMMON)
		return wrong_names(t, e);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is for %s only by its common name (CN), which "
	    "does not count",
	    t->host);
	return hint_pin(t,
	    "the server's operator must add a subjectAltName; if it is the "
	    "right one",
	    e);
}

static bool
wrong_time(const char *whose, const char *what, time_t when, time_t now,
    bool is_doubtful, struct err *e)
{
	char date[CERT_DATE_SIZE], clock[CERT_DATE_SIZE];
	cert_date(when, date);
	cert_date(now, clock);
	(void)err_set(e, EX_UNAVAILABLE, "%s %s %s", whose, what, date);
	if (is_doubtful)
		return err_hint(
		    e, "set this machine's clock, which says %s", clock);
	return err_hint(e,
	    "the server's operator must renew it, or this machine's clock, "
	    "which says %s, is wrong",
	    clock);
}

/* The first, from the server's own on, that is out of date. */
static bool
out_of_date(const struct trial *t, struct err *e)
{
	for (size_t i = 0; i < t->chain.len; i++) {
		gnutls_x509_crt_t crt = t->chain.path[i];
		time_t from = gnutls_x509_crt_get_activation_time(crt);
		time_t until = gnutls_x509_crt_get_expiration_time(crt);
		char name[CHAIN_NAME_SIZE], whose[CHAIN_NAME_SIZE + 64];
		bool is_late = until < t->now;
		if (from <= t->now && !is_late)
			continue;
		chain_subject(crt, name);
		(void)snprintf(whose, sizeof(whose),
		    i == 0 ? "the certificate"
			   : "the certificate above the server's, of %s,",
		    name);
		return wrong_time(whose,
		    is_late ? "expired on" : "is not valid before",
		    is_late ? until : from, t->now,
		    refusal_doubts_clock(t->now, is_late ? t->now : from), e);
	}
	char name[CHAIN_NAME_SIZE];
	chain_issuer(top_of(t), name);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the authority that the certificate leads to is expired or not "
	    "yet valid (%s)",
	    name);
	return err_hint(e,
	    "renew the system's CA certificates, or the file of "
	    "tls_trust_file");
}

static bool
unknown_signer(const struct trial *t, struct err *e)
{
	char name[CHAIN_NAME_SIZE];
	if (chain_is_own_signer(own_of(t))) {
		(void)err_set(e, EX_UNAVAILABLE,
		    "the certificate is self-signed, so anybody could have "
		    "made it");
		return hint_pin(t,
		    "if it is the right one, name a copy of it with "
		    "tls_trust_file, or",
		    e);
	}
	chain_issuer(top_of(t), name);
	if (chain_is_cut(&t->chain)) {
		(void)err_set(e, EX_UNAVAILABLE,
		    "the certificate leads nowhere: the server does not show "
		    "that of the authority above it (%s)",
		    name);
		return hint_pin(t,
		    "the server's operator must add it; else name it with "
		    "tls_trust_file, or",
		    e);
	}
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is signed by an authority that is not trusted "
	    "here (%s)%s",
	    name,
	    chain_is_own_signer(top_of(t))
		? ", whose self-signed certificate the server shows"
		: "");
	return hint_pin(t,
	    "if that is your own CA, name its certificate with "
	    "tls_trust_file; if only this server is right",
	    e);
}

static bool
revoked(const struct trial *t, struct err *e)
{
	char name[CHAIN_NAME_SIZE];
	if (!staple_check(t->session, true, e))
		return false;
	size_t i = chain_find_revoked(&t->chain, t->session);
	if (i == 0)
		return err_set(e, EX_UNAVAILABLE,
		    "the certificate is revoked: its authority's list "
		    "(tls_crl_file) says so");
	chain_subject(t->chain.path[i], name);
	return err_set(e, EX_UNAVAILABLE,
	    "the certificate above the server's, of %s, is revoked: its "
	    "authority's list (tls_crl_file) says so",
	    name);
}

static bool
bad_staple(const struct trial *t, struct err *e)
{
	bool is_signed = (t->status & GNUTLS_CERT_INVALID_OCSP_STATUS) == 0;
	return staple_check(t->session, is_signed, e) &&
	    err_set(e, EX_UNAVAILABLE,
		"the OCSP statement that the server sends along with its "
		"certificate is no good");
}

static bool
no_staple(const struct trial *t, struct err *e)
{
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate demands that the server prove it is not revoked "
	    "(OCSP must-staple), and the server does not");
	return hint_pin(t,
	    "the server's operator must turn on OCSP stapling; if it is the "
	    "right one",
	    e);
}

static bool
is_weak_signature(gnutls_x509_crt_t crt)
{
	int algorithm = gnutls_x509_crt_get_signature_algorithm(crt);
	return !chain_is_own_signer(crt) && algorithm >= 0 &&
	    gnutls_sign_is_secure2((gnutls_sign_algorithm_t)algorithm,
		GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS) == 0;
}

static bool
weak(const struct trial *t, struct err *e)
{
	char what[CHAIN_NAME_SIZE] = "by a method that is not secure any more";
	gnutls_x509_crt_t crt = own_of(t);
	for (size_t i = 0; i < t->chain.len; i++) {
		unsigned bits = 0;
		crt = t->chain.path[i];
		int algorithm = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
		if (is_weak_signature(crt)) {
			(void)snprintf(what, sizeof(what),
			    "with %s, which can be forged",
			    gnutls_sign_get_name((gnutls_sign_algorithm_t)
				    gnutls_x509_crt_get_signature_algorithm(
					crt)));
			break;
		}
		if (algorithm >= 0 &&
		    gnutls_pk_bits_to_sec_param(
			(gnutls_pk_algorithm_t)algorithm, bits) <
			GNUTLS_SEC_PARAM_LOW) {
			(void)snprintf(what, sizeof(what),
			    "for a key of %u bits (%s), which is too short",
			    bits,
			    gnutls_pk_get_name(
				(gnutls_pk_algorithm_t)algorithm));
			break;
		}
	}
	(void)err_set(e, EX_UNAVAILABLE, "the certificate%s is signed %s",
	    crt == own_of(t) ? "" : " above the server's", what);
	return hint_pin(t,
	    "the server's operator must have a new one made; if it is the "
	    "right one",
	    e);
}

/* By pathlen, or by names as the test of them alone would find out. */
static bool
beyond_limits(const struct trial *t, struct err *e)
{
	char name[CHAIN_NAME_SIZE];
	chain_issuer(own_of(t), name);
	if ((t->status & GNUTLS_CERT_SIGNER_NOT_CA) != 0)
		return err_set(e, EX_UNAVAILABLE,
		    "the certificate is signed by one who is no authority and "
		    "has no right to (%s)",
		    name);
	for (size_t i = 1; i < t->chain.len; i++) {
		gnutls_datum_t limits;
		unsigned critical;
		if (gnutls_x509_crt_get_extension_by_oid2(t->chain.path[i],
			GNUTLS_X509EXT_OID_NAME_CONSTRAINTS, 0, &limits,
			&critical) < 0)
			continue;
		gnutls_free(limits.data);
		chain_subject(t->chain.path[i], name);
		return err_set(e, EX_UNAVAILABLE,
		    "the certificate has names that the authority above it "
		    "may not sign for (%s): its name constraints say so",
		    name);
	}
	return err_set(e, EX_UNAVAILABLE,
	    "an authority above the certificate goes beyond the limits that "
	    "its own certificate sets (%s)",
	    name);
}

static bool
wrong_purpose(const struct trial *t, struct err *e)
{
	(void)err_set(
	    e, EX_UNAVAILABLE, "the certificate is not one for servers");
	return hint_pin(t,
	    "the server's operator must have one made that is; if it is the "
	    "right one",
	    e);
}

static bool
false_signature(const struct trial *t, struct err *e)
{
	(void)t;
	return err_set(e, EX_UNAVAILABLE,
	    "the certificate is forged, or damaged: its signature is not of "
	    "the authority that it names");
}

static bool
unknown_demand(const struct trial *t, struct err *e)
{
	(void)t;
	return err_set(e, EX_UNAVAILABLE,
	    "the certificate, or one above it, has a critical extension that "
	    "is not known here");
}

/* What GnuTLS has words for and we do not. */
static bool
other_reason(const struct trial *t, struct err *e)
{
	gnutls_datum_t text = { NULL, 0 };
	if (gnutls_certificate_verification_status_print(t->status,
		gnutls_certificate_type_get(t->session), &text, 0) >= 0)
		(void)err_set(e, EX_UNAVAILABLE, "%s", (char *)text.data);
	else
		(void)err_set(
		    e, EX_UNAVAILABLE, "the certificate is not trusted");
	gnutls_free(text.data);
	return false;
}

/* The first that is the case is told: what is above would hold though that
 * below were mended. */
static const struct {
	unsigned status;
	bool (*explain)(const struct trial *t, struct err *e);
} reasons[] = {
	{ GNUTLS_CERT_REVOKED, revoked },
	{ GNUTLS_CERT_SIGNER_NOT_CA, beyond_limits },
	{ GNUTLS_CERT_SIGNER_NOT_FOUND, unknown_signer },
	{ GNUTLS_CERT_SIGNATURE_FAILURE, false_signature },
	{ GNUTLS_CERT_INSECURE_ALGORITHM, weak },
	{ GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED, out_of_date },
	{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, beyond_limits },
	{ GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, unknown_demand },
	{ GNUTLS_CERT_UNEXPECTED_OWNER, wrong_name },
	{ GNUTLS_CERT_PURPOSE_MISMATCH, wrong_purpose },
	{ GNUTLS_CERT_INVALID_OCSP_STATUS |
		GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED |
		GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
	    bad_staple },
	{ GNUTLS_CERT_MISSING_OCSP_STATUS, no_staple },
};

static bool
explain(const struct trial *t, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if ((t->status & reasons[i].status) != 0)
			return reasons[i].explain(t, e);
	return other_reason(t, e);
}

/* Of the server's own alone, as most often nothing is wrong. */
static bool
is_for(gnutls_session_t session, const char *host)
{
	AUTO(cert_release) gnutls_x509_crt_t crt = cert_of_peer(session);
	return crt != NULL && name_compare(crt, host) == NAME_FITS;
}

bool
refusal_judge(gnutls_session_t session, unsigned status, const char *host,
    const char *target, struct err *e)
{
	AUTO(trial_release)
	struct trial t = {
		.session = session,
		.host = host,
		.target = target,
		.status = status,
		.now = time(NULL),
	};
	if (t.status == 0 && is_for(session, host))
		return staple_check(session, true, e);
	chain_init(&t.chain, session);
	if (t.chain.len == 0)
		return err_set(
		    e, EX_UNAVAILABLE, "the certificate makes no sense");
	return t.status != 0 ? explain(&t, e) : wrong_name(&t, e);
}
