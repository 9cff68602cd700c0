// SPDX-License-Identifier: ISC
#include "net/trust.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"

enum { SHA256_LEN = 32, FINGERPRINT_SIZE = SHA256_LEN * 3 };

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

bool
trust_load_crl(struct gnutls_certificate_credentials_st *credentials,
    const char *file, struct err *e)
{
	int n = gnutls_certificate_set_x509_crl_file(
	    credentials, file, GNUTLS_X509_FMT_PEM);
	if (n > 0)
		return true;
	return err_set(e, EX_CONFIG, "tls_crl_file %s: %s", file,
	    n == 0 ? "holds no list of revoked certificates"
		   : gnutls_strerror(n));
}

bool
trust_load_own(struct gnutls_certificate_credentials_st *credentials,
    const char *cert, const char *key, struct err *e)
{
	int rc = gnutls_certificate_set_x509_key_file2(
	    credentials, cert, key, GNUTLS_X509_FMT_PEM, NULL, 0);
	switch (rc) {
	case GNUTLS_E_SUCCESS: return true;
	case GNUTLS_E_DECRYPTION_FAILED:
	case GNUTLS_E_PKCS11_PIN_ERROR:
	case GNUTLS_E_PKCS11_PIN_EXPIRED:
	case GNUTLS_E_PKCS11_PIN_LOCKED:
	case GNUTLS_E_INSUFFICIENT_CREDENTIALS:
		(void)err_set(e, EX_CONFIG,
		    "tls_key_file %s: a passphrase or PIN is wanted, which "
		    "this version cannot give",
		    key);
		return err_hint(e,
		    "keep the key without one, in a file of mode 0600: "
		    "openssl pkey -in KEY -out PLAINKEY");
	case GNUTLS_E_CERTIFICATE_KEY_MISMATCH:
		return err_set(e, EX_CONFIG,
		    "tls_key_file %s is not the key of tls_cert_file %s", key,
		    cert);
	default:
		return err_set(e, EX_CONFIG,
		    "tls_cert_file %s, tls_key_file %s: %s", cert, key,
		    gnutls_strerror(rc));
	}
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

static bool
digest_certificate(gnutls_x509_crt_t crt, unsigned char digest[SHA256_LEN])
{
	size_t len = SHA256_LEN;
	return gnutls_x509_crt_get_fingerprint(
		   crt, GNUTLS_DIG_SHA256, digest, &len) >= 0 &&
	    len == SHA256_LEN;
}

/* "AB:CD:..." of the certificate; "?" if that cannot be worked out. */
static void
fingerprint_text(gnutls_x509_crt_t crt, char text[FINGERPRINT_SIZE])
{
	unsigned char digest[SHA256_LEN];
	text[0] = '?';
	text[1] = '\0';
	if (digest_certificate(crt, digest))
		hex_print(digest, sizeof(digest), text, FINGERPRINT_SIZE);
}

/* By its length; old pins are not forged as old signatures are: that takes
 * another certificate with the digest of one that was there before. */
static gnutls_digest_algorithm_t
digest_of(size_t len)
{
	switch (len) {
	case 16: return GNUTLS_DIG_MD5;
	case 20: return GNUTLS_DIG_SHA1;
	case SHA256_LEN: return GNUTLS_DIG_SHA256;
	default: return GNUTLS_DIG_NULL;
	}
}

static bool
is_among(gnutls_x509_crt_t crt, struct str wanted)
{
	struct str word;
	while (str_word(&wanted, " \t,", &word)) {
		unsigned char raw[SHA256_LEN], digest[SHA256_LEN];
		size_t n, len = sizeof(digest);
		if (hex_parse(word, raw, sizeof(raw), &n) &&
		    digest_of(n) != GNUTLS_DIG_NULL &&
		    gnutls_x509_crt_get_fingerprint(
			crt, digest_of(n), digest, &len) >= 0 &&
		    len == n && memcmp(raw, digest, n) == 0)
			return true;
	}
	return false;
}

bool
trust_compare(
    struct gnutls_session_int *session, const char *fingerprints, struct err *e)
{
	AUTO(crt_release) gnutls_x509_crt_t crt = peer_certificate(session);
	unsigned char digest[SHA256_LEN];
	char is[FINGERPRINT_SIZE];
	if (crt == NULL || !digest_certificate(crt, digest))
		return err_set(
		    e, EX_UNAVAILABLE, "the certificate makes no sense");
	if (is_among(crt, str_of(fingerprints)))
		return true;
	hex_print(digest, sizeof(digest), is, sizeof(is));
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is not the one of tls_fingerprint %s but %s",
	    fingerprints, is);
	return err_hint(e,
	    "if it was renewed, and its owner confirms that: "
	    "tls_fingerprint %s",
	    is);
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
	char dn[256], shown[256], fingerprint[FINGERPRINT_SIZE];
	size_t len = sizeof(dn);
	if (gnutls_x509_crt_check_issuer(crt, crt) != 0) {
		(void)err_set(e, EX_UNAVAILABLE,
		    "the certificate is self-signed, so anybody could have "
		    "made it");
		fingerprint_text(crt, fingerprint);
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

static bool
explain(gnutls_session_t session, gnutls_x509_crt_t crt, unsigned status,
    const char *host, struct err *e)
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
