// SPDX-License-Identifier: ISC
#include "net/trust.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

static void
crt_release(gnutls_x509_crt_t *crt)
{
	if (*crt != NULL)
		gnutls_x509_crt_deinit(*crt);
}

bool
trust_load(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e)
{
	int n = file != NULL
	    ? gnutls_certificate_set_x509_trust_file(
		  credentials, file, GNUTLS_X509_FMT_PEM)
	    : gnutls_certificate_set_x509_system_trust(credentials);
	if (n > 0)
		return true;
	if (file == NULL) {
		(void)err_set(e, EX_UNAVAILABLE,
		    "the system's store of CA certificates is empty or "
		    "missing");
		return err_hint(e,
		    "install ca-certificates, or name a file of CA "
		    "certificates with tls_trust_file");
	}
	return err_set(e, EX_CONFIG, "tls_trust_file %s: %s", file,
	    n == 0 ? "holds no certificate" : gnutls_strerror(n));
}

/* The first certificate of the peer, which is its own; NULL if none. */
static gnutls_x509_crt_t
peer_certificate(gnutls_session_t session)
{
	unsigned n = 0;
	gnutls_x509_crt_t crt = NULL;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	if (list == NULL || n == 0 || gnutls_x509_crt_init(&crt) < 0)
		return NULL;
	if (gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) < 0) {
		gnutls_x509_crt_deinit(crt);
		return NULL;
	}
	return crt;
}

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
	return err_hint(e, "set host to a name that it is for");
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
	char dn[256], shown[256];
	size_t len = sizeof(dn);
	if (gnutls_x509_crt_check_issuer(crt, crt) != 0) {
		(void)err_set(e, EX_UNAVAILABLE,
		    "the certificate is self-signed, so anybody could have "
		    "made it");
		return err_hint(e,
		    "if it is the right one, name a copy of it with "
		    "tls_trust_file");
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

static bool
explain(gnutls_session_t session, gnutls_x509_crt_t crt, unsigned status,
    const char *host, struct err *e)
{
	if (status & GNUTLS_CERT_REVOKED)
		return err_set(e, EX_UNAVAILABLE, "the certificate is revoked");
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

bool
trust_verify(
    struct gnutls_session_int *session, const char *host, struct err *e)
{
	unsigned status = 0;
	/* GnuTLS takes what it only reads without const */
	union {
		const char *text;
		unsigned char *bytes;
	} name = { .text = host },
	  purpose = { .text = GNUTLS_KP_TLS_WWW_SERVER };
	gnutls_typed_vdata_st wanted[] = {
		{ GNUTLS_DT_DNS_HOSTNAME, name.bytes, 0 },
		{ GNUTLS_DT_KEY_PURPOSE_OID, purpose.bytes, 0 },
	};
	int rc = gnutls_certificate_verify_peers(
	    session, wanted, ARRAY_LEN(wanted), &status);
	if (rc < 0)
		return err_set(e, EX_UNAVAILABLE, "verify the certificate: %s",
		    gnutls_strerror(rc));
	if (status == 0)
		return true;
	AUTO(crt_release) gnutls_x509_crt_t crt = peer_certificate(session);
	if (crt == NULL)
		return err_set(
		    e, EX_UNAVAILABLE, "the certificate makes no sense");
	return explain(session, crt, status, host, e);
}
