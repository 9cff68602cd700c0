// SPDX-License-Identifier: ISC
#include "net/certinfo.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include "base/buf.h"

/* As many as are looked at; "names" has no room for more. */
enum { NAMES_MAX = 128 };

static void
set_date(char *dst, size_t size, time_t when)
{
	struct tm tm;
	if (when == (time_t)-1 || gmtime_r(&when, &tm) == NULL ||
	    strftime(dst, size, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		dst[0] = '\0';
}

static void
set_dn(char *dst, size_t size, gnutls_x509_crt_t crt,
    int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned))
{
	gnutls_datum_t dn = { NULL, 0 };
	if (get(crt, &dn, 0) >= 0)
		str_printable_to(
		    (struct str){ (const char *)dn.data, dn.size }, dst, size);
	gnutls_free(dn.data);
}

/* A subject alternative name of those that a server is found by. */
static void
add_name(struct buf *names, int type, const char *name, size_t len)
{
	char address[INET6_ADDRSTRLEN];
	struct str text = { name, len };
	if (type == GNUTLS_SAN_IPADDRESS) {
		int family = len == 4 ? AF_INET : AF_INET6;
		if ((len != 4 && len != 16) ||
		    inet_ntop(family, name, address, sizeof(address)) == NULL)
			return;
		text = str_of(address);
	} else if (type != GNUTLS_SAN_DNSNAME)
		return;
	(void)!(buf_add_str(names, names->len > 0 ? STR(", ") : STR_INIT) &&
	    buf_add_str(names, text));
}

static void
set_names(struct certinfo *info, gnutls_x509_crt_t crt)
{
	AUTO(buf_release) struct buf names = BUF_INIT(2 * sizeof(info->names));
	char name[512];
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		size_t len = sizeof(name);
		int type = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, name, &len, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (type >= 0)
			add_name(&names, type, name, len);
	}
	str_printable_to(buf_str(&names), info->names, sizeof(info->names));
}

void
certinfo_read(struct str der, struct certinfo *info)
{
	/* GnuTLS takes what it only reads without const */
	union {
		const char *text;
		unsigned char *bytes;
	} raw = { .text = der.ptr };
	const gnutls_datum_t datum = { raw.bytes, (unsigned)der.len };
	gnutls_x509_crt_t crt = NULL;
	*info = (struct certinfo){ .is_known = false };
	if (gnutls_x509_crt_init(&crt) < 0)
		return;
	info->is_known = gnutls_x509_crt_import(
			     crt, &datum, GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_hash_fast(
		GNUTLS_DIG_SHA256, der.ptr, der.len, info->sha256) >= 0;
	if (info->is_known) {
		set_dn(info->subject, sizeof(info->subject), crt,
		    gnutls_x509_crt_get_dn3);
		set_dn(info->issuer, sizeof(info->issuer), crt,
		    gnutls_x509_crt_get_issuer_dn3);
		set_names(info, crt);
		set_date(info->from, sizeof(info->from),
		    gnutls_x509_crt_get_activation_time(crt));
		set_date(info->until, sizeof(info->until),
		    gnutls_x509_crt_get_expiration_time(crt));
	}
	gnutls_x509_crt_deinit(crt);
}
