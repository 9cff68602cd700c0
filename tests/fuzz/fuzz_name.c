// SPDX-License-Identifier: ISC
/* A host's name up to the first line end, and behind it a name as certificates
 * have them, which may as well be a certificate (DER). */
#include <assert.h>
#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "net/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_name(struct str name, struct str host)
{
	if (!name_stands_for(name, host))
		return;
	if (str_eq_nocase(name, host))
		return;
	size_t dot = str_find(host, '.');
	assert(name.ptr[0] == '*' && dot > 0 && dot < host.len);
	assert(str_eq_nocase(str_from(name, 1), str_from(host, dot)));
}

static void
check_certificate(struct str der, const char *host)
{
	struct buf names = BUF_INIT(300);
	char *copy = str_dup(der);
	gnutls_datum_t raw = { (unsigned char *)copy, (unsigned)der.len };
	gnutls_x509_crt_t crt;
	if (gnutls_x509_crt_init(&crt) < 0)
		abort();
	if (gnutls_x509_crt_import(crt, &raw, GNUTLS_X509_FMT_DER) >= 0) {
		(void)name_compare(crt, host);
		name_list(crt, &names);
		assert(!str_has_controls(buf_str(&names)));
	}
	gnutls_x509_crt_deinit(crt);
	buf_release(&names);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = { (const char *)data, size };
	size_t end = str_find(all, '\n');
	struct str host = str_upto(all, end);
	struct str name = str_from(all, end < all.len ? end + 1 : end);
	char *text = str_dup(host);
	check_name(name, host);
	check_certificate(name, text);
	free(text);
	return 0;
}
