// SPDX-License-Identifier: ISC
#include "net/pin.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/err.h"
#include "base/hex.h"
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

static bool
is_among(gnutls_x509_crt_t crt, struct str wanted)
{
	struct str word;
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
pin_compare_certificate(
    struct gnutls_session_int *session, const char *fingerprints, struct err *e)
{
	AUTO(cert_release) gnutls_x509_crt_t crt = cert_of_peer(session);
	unsigned char digest[CERT_HASH_SIZE];
	char is[CERT_FINGERPRINT_SIZE];
	if (crt == NULL || !cert_digest(crt, digest))
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
