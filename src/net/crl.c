// SPDX-License-Identifier: ISC
#include "net/crl.h"

#include <time.h>

#include "base/late_gnutls.h"
#include "base/log.h"
#include "net/cert.h"

static void
tell(gnutls_x509_crl_t crl, const char *file)
{
	time_t until = gnutls_x509_crl_get_next_update(crl);
	char issuer[256] = "?", date[CERT_DATE_SIZE];
	size_t size = sizeof(issuer);
	if (until == (time_t)-1 || until >= time(NULL))
		return;
	(void)gnutls_x509_crl_get_issuer_dn(crl, issuer, &size);
	cert_date(until, date);
	log_debug("tls_crl_file %s: the list of %s is out of date since %s; "
		  "it counts all the same",
	    file, issuer, date);
}

void
crl_tell_age(const char *file)
{
	gnutls_datum_t text = { NULL, 0 };
	gnutls_x509_crl_t *lists = NULL;
	unsigned n = 0;
	if (!log_is_debug() || gnutls_load_file(file, &text) < 0)
		return;
	if (gnutls_x509_crl_list_import2(
		&lists, &n, &text, GNUTLS_X509_FMT_PEM, 0) >= 0)
		for (unsigned i = 0; i < n; i++) {
			tell(lists[i], file);
			gnutls_x509_crl_deinit(lists[i]);
		}
	gnutls_free(lists);
	gnutls_free(text.data);
}
