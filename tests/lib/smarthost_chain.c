// SPDX-License-Identifier: ISC
#include "smarthost_chain.h"

#include <err.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <sysexits.h>

enum { CHAIN_MAX = 16 };

static void
check(int code, const char *what)
{
	if (code < 0)
		errx(EX_CONFIG, "%s: %s", what, gnutls_strerror(code));
}

static gnutls_privkey_t
load_key(const char *file)
{
	gnutls_privkey_t key = NULL;
	gnutls_datum_t text = { NULL, 0 };
	check(gnutls_load_file(file, &text), file);
	check(gnutls_privkey_init(&key), file);
	check(gnutls_privkey_import_x509_raw(
		  key, &text, GNUTLS_X509_FMT_PEM, NULL, 0),
	    file);
	gnutls_free(text.data);
	return key;
}

void
smarthost_load_chain(gnutls_certificate_credentials_t credentials,
    const char *cert, const char *key)
{
	gnutls_pcert_st list[CHAIN_MAX];
	unsigned n = CHAIN_MAX;
	gnutls_datum_t text = { NULL, 0 };
	check(gnutls_load_file(cert, &text), cert);
	check(gnutls_pcert_list_import_x509_raw(
		  list, &n, &text, GNUTLS_X509_FMT_PEM, 0),
	    cert);
	gnutls_free(text.data);
	/* both are the credentials' now */
	check(gnutls_certificate_set_key(
		  credentials, NULL, 0, list, (int)n, load_key(key)),
	    key);
}
