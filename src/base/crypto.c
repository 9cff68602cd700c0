// SPDX-License-Identifier: ISC
#include "base/crypto.h"

#include <unistd.h>

#include "base/err.h"
#include "base/late_gnutls.h"
#include "base/log.h"

bool
crypto_prepare(struct err *e)
{
	if (late_gnutls.handle != NULL)
		return true;
	if (!late_load(&late_gnutls, e))
		return false;
	log_debug("GnuTLS %s", gnutls_check_version(NULL));
	int rc = gnutls_global_init();
	return rc >= 0 ||
	    err_set(e, EX_SOFTWARE, "set up GnuTLS: %s", gnutls_strerror(rc));
}

size_t
crypto_hash_size(enum crypto_hash hash)
{
	return hash == CRYPTO_SHA1 ? 20 : 32;
}

bool
crypto_random(void *dst, size_t n, struct err *e)
{
	if (getentropy(dst, n) == -1)
		return err_sys(e, EX_OSERR, "get random numbers");
	return true;
}

/* GnuTLS takes what it only reads without const. */
static gnutls_datum_t
datum(struct str s)
{
	union {
		const char *borrowed;
		unsigned char *bytes;
	} ptr = { .borrowed = s.ptr };
	return (gnutls_datum_t){ ptr.bytes, (unsigned)s.len };
}

bool
crypto_pbkdf2(enum crypto_hash hash, struct str password, struct str salt,
    unsigned iterations, unsigned char *key, struct err *e)
{
	if (iterations == 0) /* which the library asserts */
		return err_set(e, EX_SOFTWARE, "derive a key: no iterations");
	if (!crypto_prepare(e))
		return false;
	gnutls_datum_t secret = datum(password);
	gnutls_datum_t pinch = datum(salt);
	gnutls_mac_algorithm_t mac = hash == CRYPTO_SHA1 ? GNUTLS_MAC_SHA1
							 : GNUTLS_MAC_SHA256;
	int rc = gnutls_pbkdf2(
	    mac, &secret, &pinch, iterations, key, crypto_hash_size(hash));
	return rc >= 0 ||
	    err_set(e, EX_SOFTWARE, "derive a key: %s", gnutls_strerror(rc));
}
