// SPDX-License-Identifier: ISC
#include "net/cert.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/late_gnutls.h"

enum { KEY_MAX = 1 << 16 };

void
cert_release(gnutls_x509_crt_t *crt)
{
	if (*crt != NULL)
		gnutls_x509_crt_deinit(*crt);
}

size_t
cert_list_of_peer(gnutls_session_t session, gnutls_x509_crt_t *list, size_t max)
{
	unsigned n = 0;
	const gnutls_datum_t *raw = gnutls_certificate_get_peers(session, &n);
	size_t i = 0;
	for (; raw != NULL && i < n && i < max; i++) {
		if (gnutls_x509_crt_init(&list[i]) < 0)
			break;
		if (gnutls_x509_crt_import(
			list[i], &raw[i], GNUTLS_X509_FMT_DER) < 0) {
			gnutls_x509_crt_deinit(list[i]);
			break;
		}
	}
	return i;
}

gnutls_x509_crt_t
cert_of_peer(gnutls_session_t session)
{
	gnutls_x509_crt_t crt = NULL;
	return cert_list_of_peer(session, &crt, 1) > 0 ? crt : NULL;
}

int
cert_verify_peer(gnutls_session_t session, const char *host, unsigned *status)
{
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
	return gnutls_certificate_verify_peers(
	    session, wanted, ARRAY_LEN(wanted), status);
}

static unsigned
flaws_of(gnutls_x509_crt_t crt, const char *host, time_t now)
{
	unsigned flaws = 0;
	if (now < gnutls_x509_crt_get_activation_time(crt))
		flaws |= GNUTLS_CERT_INVALID | GNUTLS_CERT_NOT_ACTIVATED;
	if (now > gnutls_x509_crt_get_expiration_time(crt))
		flaws |= GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED;
	if (host != NULL && gnutls_x509_crt_check_hostname2(crt, host, 0) == 0)
		flaws |= GNUTLS_CERT_INVALID | GNUTLS_CERT_UNEXPECTED_OWNER;
	return flaws;
}

unsigned
cert_flaws(struct str der, const char *host, time_t now)
{
	/* GnuTLS takes what it only reads without const */
	union {
		const char *text;
		unsigned char *bytes;
	} raw = { .text = der.ptr };
	const gnutls_datum_t datum = { raw.bytes, (unsigned)der.len };
	unsigned flaws = GNUTLS_CERT_INVALID;
	gnutls_x509_crt_t crt;
	if (gnutls_x509_crt_init(&crt) < 0)
		return flaws;
	if (gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_DER) >= 0)
		flaws = flaws_of(crt, host, now);
	gnutls_x509_crt_deinit(crt);
	return flaws;
}

bool
cert_digest(gnutls_x509_crt_t crt, unsigned char digest[CERT_HASH_SIZE])
{
	size_t len = CERT_HASH_SIZE;
	return gnutls_x509_crt_get_fingerprint(
		   crt, GNUTLS_DIG_SHA256, digest, &len) >= 0 &&
	    len == CERT_HASH_SIZE;
}

void
cert_fingerprint(gnutls_x509_crt_t crt, char text[CERT_FINGERPRINT_SIZE])
{
	unsigned char digest[CERT_HASH_SIZE];
	text[0] = '?';
	text[1] = '\0';
	if (cert_digest(crt, digest))
		hex_print(digest, sizeof(digest), text, CERT_FINGERPRINT_SIZE);
}

/* What GnuTLS made, or not, given back to it. */
static bool
take(int rc, gnutls_datum_t *made, struct buf *der)
{
	bool ok = rc >= 0 && buf_add(der, made->data, made->size);
	gnutls_free(made->data);
	return ok;
}

bool
cert_der(gnutls_x509_crt_t crt, struct buf *der)
{
	gnutls_datum_t made = { NULL, 0 };
	int rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &made);
	return take(rc, &made, der);
}

bool
cert_key_der(gnutls_x509_crt_t crt, struct buf *der)
{
	gnutls_pubkey_t key;
	gnutls_datum_t made = { NULL, 0 };
	if (gnutls_pubkey_init(&key) < 0)
		return false;
	int rc = gnutls_pubkey_import_x509(key, crt, 0);
	if (rc >= 0)
		rc = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &made);
	gnutls_pubkey_deinit(key);
	return take(rc, &made, der);
}

bool
cert_key_digest(gnutls_x509_crt_t crt, unsigned char digest[CERT_HASH_SIZE])
{
	AUTO(buf_release) struct buf der = BUF_INIT(KEY_MAX);
	return cert_key_der(crt, &der) &&
	    gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.len, digest) >= 0;
}

void
cert_pin(gnutls_x509_crt_t crt, char text[CERT_PIN_SIZE])
{
	AUTO(buf_release) struct buf encoded = BUF_INIT(CERT_PIN_SIZE);
	unsigned char digest[CERT_HASH_SIZE];
	const struct str bytes = { (const char *)digest, sizeof(digest) };
	if (cert_key_digest(crt, digest) && base64_encode(bytes, &encoded))
		(void)snprintf(
		    text, CERT_PIN_SIZE, "sha256//%s", buf_cstr(&encoded));
	else
		(void)snprintf(text, CERT_PIN_SIZE, "?");
}

void
cert_date(time_t when, char text[CERT_DATE_SIZE])
{
	struct tm tm;
	if (when == (time_t)-1 || gmtime_r(&when, &tm) == NULL ||
	    strftime(text, CERT_DATE_SIZE, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		(void)snprintf(text, CERT_DATE_SIZE, "?");
}
