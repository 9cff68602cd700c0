// SPDX-License-Identifier: ISC
#include "base/crypto.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <unistd.h>

#include "base/buf.h"
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
crypto_digest(enum crypto_hash hash, struct str bytes, unsigned char *digest,
    struct err *e)
{
	gnutls_digest_algorithm_t kind = hash == CRYPTO_SHA1
	    ? GNUTLS_DIG_SHA1
	    : GNUTLS_DIG_SHA256;
	/* counted: the library's own constructor is switched off */
	int rc = gnutls_global_init();
	if (rc == GNUTLS_E_SUCCESS)
		rc = gnutls_hash_fast(kind, bytes.ptr, bytes.len, digest);
	return rc == GNUTLS_E_SUCCESS ||
	    err_set(e, EX_SOFTWARE, "digest: %s", gnutls_strerror(rc));
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

/* GnuTLS passes over them, wherever they stand. */
static bool
has_space(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (is_space(text.ptr[i]))
			return true;
	return false;
}

/* What the library made, or not, wiped and given back to it. */
static bool
take(int rc, gnutls_datum_t *made, struct buf *out)
{
	if (rc < 0)
		return false;
	bool ok = buf_add(out, made->data, made->size);
	gnutls_memset(made->data, 0, made->size);
	gnutls_free(made->data);
	return ok;
}

bool
crypto_base64_decode(struct str text, struct buf *out)
{
	gnutls_datum_t from = datum(text), made = { NULL, 0 };
	if (text.len == 0)
		return true;
	return text.len % 4 == 0 && !has_space(text) &&
	    take(gnutls_base64_decode2(&from, &made), &made, out);
}

bool
crypto_base64_encode(struct str bytes, struct buf *out)
{
	gnutls_datum_t from = datum(bytes), made = { NULL, 0 };
	return bytes.len == 0 ||
	    take(gnutls_base64_encode2(&from, &made), &made, out);
}
