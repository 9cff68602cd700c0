// SPDX-License-Identifier: ISC
#include "net/store.h"

#include <gnutls/gnutls.h>

#include "base/err.h"

bool
store_load(struct gnutls_certificate_credentials_st *credentials,
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
store_load_crl(struct gnutls_certificate_credentials_st *credentials,
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
