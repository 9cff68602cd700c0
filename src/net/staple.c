// SPDX-License-Identifier: ISC
#include "net/staple.h"

#include <time.h>

#include "base/err.h"
#include "base/late_gnutls.h"
#include "net/cert.h"

enum {
	LEEWAY_S = 60 * 60, /* between the authority's clock and ours */
	ANSWERS_MAX = 100,  /* in one response; it is asked for one */
	CERTS_MAX = 16,     /* GnuTLS refuses longer chains */
};

static void
release(gnutls_ocsp_resp_t *resp)
{
	if (*resp != NULL)
		gnutls_ocsp_resp_deinit(*resp);
}

static bool
refuse(struct err *e, const char *what)
{
	(void)err_set(e, EX_UNAVAILABLE,
	    "the OCSP statement that the server sends along with its "
	    "certificate %s",
	    what);
	return err_hint(e,
	    "the server's operator must mend that; to do without it: tls_pin");
}

static bool
refuse_by_date(struct err *e, const char *what, time_t when, time_t now)
{
	char date[CERT_DATE_SIZE], clock[CERT_DATE_SIZE];
	cert_date(when, date);
	cert_date(now, clock);
	(void)err_set(e, EX_UNAVAILABLE,
	    "the OCSP statement that the server sends along with its "
	    "certificate %s %s",
	    what, date);
	return err_hint(e,
	    "the server's operator must mend that, or this machine's clock, "
	    "which says %s, is wrong; to do without it: tls_pin",
	    clock);
}

/* The place of what is said of the certificate, or -1. */
static int
find(gnutls_ocsp_resp_t resp, gnutls_x509_crt_t crt)
{
	for (unsigned i = 0; i < ANSWERS_MAX; i++) {
		int rc = gnutls_ocsp_resp_check_crt(resp, i, crt);
		if (rc >= 0)
			return (int)i;
		if (rc == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
	}
	return -1;
}

static bool
check_answer(gnutls_ocsp_resp_t resp, unsigned i, struct err *e)
{
	unsigned status = GNUTLS_OCSP_CERT_UNKNOWN;
	time_t from = -1, until = -1, revoked = -1;
	time_t now = time(NULL);
	char date[CERT_DATE_SIZE];
	if (gnutls_ocsp_resp_get_single(resp, i, NULL, NULL, NULL, NULL,
		&status, &from, &until, &revoked, NULL) < 0)
		return refuse(e, "cannot be read");
	if (status == GNUTLS_OCSP_CERT_REVOKED) {
		cert_date(revoked, date);
		return err_set(e, EX_UNAVAILABLE,
		    "the certificate is revoked since %s: the OCSP statement "
		    "that the server sends along says so",
		    date);
	}
	if (from - LEEWAY_S > now)
		return refuse_by_date(e, "is not valid before", from, now);
	if (until != -1 && until < now)
		return refuse_by_date(e, "expired on", until, now);
	if (status != GNUTLS_OCSP_CERT_GOOD)
		return refuse(e, "says that the authority knows nothing of it");
	return true;
}

/* One that says "try later" is none; GnuTLS asks whether there must be one. */
static bool
check_one(const gnutls_datum_t *raw, gnutls_x509_crt_t crt, bool is_signed,
    struct err *e)
{
	AUTO(release) gnutls_ocsp_resp_t resp = NULL;
	if (gnutls_ocsp_resp_init(&resp) < 0 ||
	    gnutls_ocsp_resp_import(resp, raw) < 0)
		return refuse(e, "cannot be read");
	if (gnutls_ocsp_resp_get_status(resp) != GNUTLS_OCSP_RESP_SUCCESSFUL)
		return true;
	int i = find(resp, crt);
	if (i < 0)
		return refuse(e, "is about another one");
	if (!is_signed)
		return refuse(e, "is not signed by the authority");
	return check_answer(resp, (unsigned)i, e);
}

bool
staple_check(gnutls_session_t session, bool is_signed, struct err *e)
{
	gnutls_x509_crt_t list[CERTS_MAX];
	gnutls_datum_t raw;
	bool ok = true;
	size_t n = 0;
	for (unsigned i = 0; i < CERTS_MAX && n == 0; i++)
		if (gnutls_ocsp_status_request_get2(session, i, &raw) >= 0)
			n = cert_list_of_peer(session, list, CERTS_MAX);
	for (unsigned i = 0; i < n; i++) {
		if (ok &&
		    gnutls_ocsp_status_request_get2(session, i, &raw) >= 0)
			ok = check_one(&raw, list[i], is_signed, e);
		gnutls_x509_crt_deinit(list[i]);
	}
	return ok;
}
