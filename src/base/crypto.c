// SPDX-License-Identifier: ISC
#include "base/crypto.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <unistd.h>

#include "base/err.h"

static gnutls_mac_algorithm_t
mac_of(enum crypto_hash hash)
{
	return hash == CRYPTO_SHA1 ? GNUTLS_MAC_SHA1 : GNUTLS_MAC_SHA256;
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
	gnutls_datum_t secret = datum(password);
	gnutls_datum_t pinch = datum(salt);
	/* counted: the library's own constructor is switched off */
	int rc = gnutls_global_init();
	if (rc == GNUTLS_E_SUCCESS)
		rc = gnutls_pbkdf2(mac_of(hash), &secret, &pinch, iterations,
		    key, crypto_hash_size(hash));
	if (rc != GNUTLS_E_SUCCESS)
		return err_set(
		    e, EX_SOFTWARE, "derive a key: %s", gnutls_strerror(rc));
	return true;
}
