// SPDX-License-Identifier: ISC
#include "net/owncert.h"

#include <gnutls/gnutls.h>

#include "base/err.h"

bool
owncert_load(struct gnutls_certificate_credentials_st *credentials,
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
