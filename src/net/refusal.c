// SPDX-License-Identifier: ISC
#include "net/refusal.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/cert.h"

/* A subject alternative name of our interest, appended to the list. */
static void
add_name(struct buf *names, unsigned type, struct str name)
{
	if (type != GNUTLS_SAN_DNSNAME)
		return;
	(void)!buf_add_str(names, names->len > 0 ? STR(", ") : STR_INIT);
	str_printable(name, names);
}

static void
list_names(gnutls_x509_crt_t crt, struct buf *names)
{
	char name[256];
	size_t len = sizeof(name);
	for (unsigned i = 0; i < 50; i++, len = sizeof(name)) {
		int type = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, name, &len, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (type >= 0)
			add_name(
			    names, (unsigned)type, (struct str){ name, len });
	}
	len = sizeof(name);
	if (names->len == 0 && gnutls_x509_crt_get_dn(crt, name, &len) >= 0)
		str_printable((struct str){ name, len }, names);
}

static bool
wrong_name(gnutls_x509_crt_t crt, const char *host, struct err *e)
{
	AUTO(buf_release) struct buf names = BUF_INIT(300);
	list_names(crt, &names);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is not for %s but for %s", host, buf_cstr(&names));
	return err_hint(
	    e, "set host or tls_host_override to a name that it is for");
}

static bool
wrong_time(const char *what, time_t when, struct err *e)
{
	char date[32] = "?";
	struct tm tm;
	if (gmtime_r(&when, &tm) != NULL)
		(void)!strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &tm);
	(void)err_set(e, EX_UNAVAILABLE, "the certificate %s %s", what, date);
	return err_hint(e,
	    "the server's operator must renew it, or this machine's clock is "
	    "wrong");
}

/* If it is, then it is one above it that is out of date. */
static bool
is_within(gnutls_x509_crt_t crt, time_t now)
{
	return gnutls_x509_crt_get_activation_time(crt) <= now &&
	    now <= gnutls_x509_crt_get_expiration_time(crt);
}

static bool
unknown_signer(gnutls_x509_crt_t crt, struct err *e)
{
	char dn[256], shown[256], fingerprint[CERT_FINGERPRINT_SIZE];
	size_t len = sizeof(dn);
	if (gnutls_x509_crt_check_issuer(crt, crt) != 0) {
		(void)err_set(e, EX_UNAVAILABLE,
		    "the certificate is self-signed, so anybody could have "
		    "made it");
		cert_fingerprint(crt, fingerprint);
		return err_hint(e,
		    "if it is the right one, name a copy of it with "
		    "tls_trust_file, or: tls_fingerprint %s",
		    fingerprint);
	}
	if (gnutls_x509_crt_get_issuer_dn(crt, dn, &len) < 0)
		len = 0;
	str_printable_to((struct str){ dn, len }, shown, sizeof(shown));
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is signed by an authority that is not trusted "
	    "here (%s)",
	    shown);
	return err_hint(e,
	    "if that is your own CA, name its certificate with "
	    "tls_trust_file");
}

bool
refusal_explain(gnutls_session_t session, gnutls_x509_crt_t crt,
    unsigned status, const char *host, struct err *e)
{
	if (status & GNUTLS_CERT_REVOKED)
		return err_set(e, EX_UNAVAILABLE,
		    "the certificate is revoked: its authority says so");
	if (status & GNUTLS_CERT_SIGNER_NOT_FOUND)
		return unknown_signer(crt, e);
	if ((status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)) &&
	    is_within(crt, time(NULL)))
		return err_set(e, EX_UNAVAILABLE,
		    "one of the certificates above the server's is expired or "
		    "not yet valid");
	if (status & GNUTLS_CERT_EXPIRED)
		return wrong_time(
		    "expired on", gnutls_x509_crt_get_expiration_time(crt), e);
	if (status & GNUTLS_CERT_NOT_ACTIVATED)
		return wrong_time("is not valid before",
		    gnutls_x509_crt_get_activation_time(crt), e);
	if (status & GNUTLS_CERT_UNEXPECTED_OWNER)
		return wrong_name(crt, host, e);
	if (status & GNUTLS_CERT_PURPOSE_MISMATCH)
		return err_set(e, EX_UNAVAILABLE,
		    "the certificate is not one for servers");
	gnutls_datum_t text = { NULL, 0 };
	if (gnutls_certificate_verification_status_print(
		status, gnutls_certificate_type_get(session), &text, 0) >= 0)
		(void)err_set(e, EX_UNAVAILABLE, "%s", (char *)text.data);
	else
		(void)err_set(
		    e, EX_UNAVAILABLE, "the certificate is not trusted");
	gnutls_free(text.data);
	return false;
}
