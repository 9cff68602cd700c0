// SPDX-License-Identifier: ISC
#include "net/chain.h"

#include "base/late_gnutls.h"
#include "base/str.h"
#include "net/cert.h"

bool
chain_is_own_signer(gnutls_x509_crt_t crt)
{
	return gnutls_x509_crt_check_issuer(crt, crt) != 0;
}

/* Servers show them in any order, and some that have nothing to do with it. */
static gnutls_x509_crt_t
find_signer(const struct chain *c, gnutls_x509_crt_t crt)
{
	for (size_t i = 0; i < c->nshown; i++)
		if (c->shown[i] != crt &&
		    gnutls_x509_crt_check_issuer(crt, c->shown[i]) != 0)
			return c->shown[i];
	return NULL;
}

void
chain_init(struct chain *chain, gnutls_session_t session)
{
	chain->nshown = cert_list_of_peer(session, chain->shown, CHAIN_MAX);
	chain->len = 0;
	gnutls_x509_crt_t next = chain->nshown > 0 ? chain->shown[0] : NULL;
	while (next != NULL && chain->len < chain->nshown) {
		chain->path[chain->len++] = next;
		next = chain_is_own_signer(next) ? NULL
						 : find_signer(chain, next);
	}
}

void
chain_release(struct chain *chain)
{
	for (size_t i = 0; i < chain->nshown; i++)
		gnutls_x509_crt_deinit(chain->shown[i]);
}

static void
print(gnutls_x509_crt_t crt, int (*get)(gnutls_x509_crt_t, char *, size_t *),
    char name[CHAIN_NAME_SIZE])
{
	char dn[CHAIN_NAME_SIZE];
	size_t len = sizeof(dn);
	if (get(crt, dn, &len) < 0)
		len = 0;
	str_printable_to((struct str){ dn, len }, name, CHAIN_NAME_SIZE);
}

void
chain_subject(gnutls_x509_crt_t crt, char name[CHAIN_NAME_SIZE])
{
	print(crt, gnutls_x509_crt_get_dn, name);
}

void
chain_issuer(gnutls_x509_crt_t crt, char name[CHAIN_NAME_SIZE])
{
	print(crt, gnutls_x509_crt_get_issuer_dn, name);
}

bool
chain_is_cut(const struct chain *chain)
{
	gnutls_datum_t url = { NULL, 0 };
	gnutls_x509_crt_t last = chain->path[chain->len - 1];
	bool has_url = gnutls_x509_crt_get_authority_info_access(
			   last, 0, GNUTLS_IA_CAISSUERS_URI, &url, NULL) >= 0;
	gnutls_free(url.data);
	return has_url && !chain_is_own_signer(last);
}

/* GnuTLS tells of the whole; so what is above is asked about by itself. */
size_t
chain_find_revoked(const struct chain *chain, gnutls_session_t session)
{
	union {
		gnutls_certificate_credentials_t ptr;
		void *any;
	} credentials;
	gnutls_x509_trust_list_t trusted;
	if (gnutls_credentials_get(
		session, GNUTLS_CRD_CERTIFICATE, &credentials.any) < 0)
		return 0;
	gnutls_certificate_get_trust_list(credentials.ptr, &trusted);
	for (size_t i = chain->len; i-- > 1;) {
		gnutls_x509_crt_t above[CHAIN_MAX];
		unsigned status = 0;
		size_t n = chain->len - i;
		for (size_t j = 0; j < n; j++)
			above[j] = chain->path[i + j];
		if (gnutls_x509_trust_list_verify_crt2(trusted, above,
			(unsigned)n, NULL, 0, 0, &status, NULL) >= 0 &&
		    (status & GNUTLS_CERT_REVOKED) != 0)
			return i;
	}
	return 0;
}
