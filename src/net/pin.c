// SPDX-License-Identifier: ISC
#include "net/pin.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/late_gnutls.h"
#include "base/str.h"
#include "net/cert.h"

/* By its length; old pins are not forged as old signatures are: that takes
 * another certificate with the digest of one that was there before. */
static gnutls_digest_algorithm_t
digest_of(size_t len)
{
	switch (len) {
	case 16: return GNUTLS_DIG_MD5;
	case 20: return GNUTLS_DIG_SHA1;
	case CERT_HASH_SIZE: return GNUTLS_DIG_SHA256;
	default: return GNUTLS_DIG_NULL;
	}
}

bool
pin_has_certificate(const char *fingerprints, gnutls_x509_crt_t crt)
{
	struct str wanted = str_of(fingerprints), word;
	while (str_word(&wanted, " \t,", &word)) {
		unsigned char raw[CERT_HASH_SIZE], digest[CERT_HASH_SIZE];
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
pin_has_key(const char *pins, gnutls_x509_crt_t crt)
{
	static const struct str prefix = { "sha256//", 8 };
	struct str wanted = str_of(pins), word;
	unsigned char digest[CERT_HASH_SIZE];
	if (!cert_key_digest(crt, digest))
		return false;
	while (str_word(&wanted, " \t,;", &word)) {
		AUTO(buf_release) struct buf raw = BUF_INIT(CERT_HASH_SIZE);
		if (str_starts_nocase(word, prefix) &&
		    base64_decode(str_from(word, prefix.len), &raw) &&
		    raw.len == sizeof(digest) &&
		    memcmp(raw.data, digest, sizeof(digest)) == 0)
			return true;
	}
	return false;
}

static bool
refuse_certificate(
    gnutls_x509_crt_t crt, const char *fingerprints, struct err *e)
{
	char is[CERT_FINGERPRINT_SIZE];
	cert_fingerprint(crt, is);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the certificate is not the one of tls_fingerprint %s but %s",
	    fingerprints, is);
	return err_hint(e,
	    "if it was renewed, and its owner confirms that: "
	    "tls_fingerprint %s",
	    is);
}

static bool
refuse_key(gnutls_x509_crt_t crt, bool has_fingerprints, struct err *e)
{
	char is[CERT_PIN_SIZE];
	cert_pin(crt, is);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the server's key is not one of tls_pin%s",
	    has_fingerprints ? ", nor its certificate one of tls_fingerprint"
			     : "");
	return err_hint(e,
	    "somebody may stand between you and the server; only if its "
	    "owner confirms the new key: tls_pin %s",
	    is);
}

bool
pin_judge(gnutls_session_t session, const char *fingerprints, const char *pins,
    struct err *e)
{
	AUTO(cert_release) gnutls_x509_crt_t crt = cert_of_peer(session);
	if (crt == NULL)
		return err_set(
		    e, EX_UNAVAILABLE, "the certificate makes no sense");
	if (fingerprints != NULL && pin_has_certificate(fingerprints, crt))
		return true;
	if (pins == NULL)
		return refuse_certificate(crt, fingerprints, e);
	return pin_has_key(pins, crt) ||
	    refuse_key(crt, fingerprints != NULL, e);
}
