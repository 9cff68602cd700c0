// SPDX-License-Identifier: ISC
#include "net/certinfo.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/late_gnutls.h"

/* As many as are looked at; no honest certificate has more. */
enum { NAMES_MAX = 1000 };

/* What GnuTLS calls by a number; NULL where it has no name for it. */
static void
set_name(char *dst, size_t size, const char *name)
{
	(void)snprintf(dst, size, "%s", name != NULL ? name : "");
}

static char *
dn_of(gnutls_x509_crt_t crt,
    int (*get)(gnutls_x509_crt_t, gnutls_datum_t *, unsigned))
{
	gnutls_datum_t dn = { NULL, 0 };
	char *text = NULL;
	if (get(crt, &dn, 0) >= 0)
		text = str_dup((struct str){ (const char *)dn.data, dn.size });
	gnutls_free(dn.data);
	return text;
}

/* A subject alternative name of those that a server is found by. */
static void
add_name(struct strvec *names, int type, const char *name, size_t len)
{
	char address[INET6_ADDRSTRLEN];
	if (type == GNUTLS_SAN_DNSNAME) {
		strvec_add(names, (struct str){ name, len });
		return;
	}
	if (type != GNUTLS_SAN_IPADDRESS || (len != 4 && len != 16))
		return;
	if (inet_ntop(len == 4 ? AF_INET : AF_INET6, name, address,
		sizeof(address)) != NULL)
		strvec_add(names, str_of(address));
}

static void
set_names(struct certinfo *info, gnutls_x509_crt_t crt)
{
	char name[1024];
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		size_t len = sizeof(name);
		int type = gnutls_x509_crt_get_subject_alt_name(
		    crt, i, name, &len, NULL);
		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			break;
		if (type >= 0)
			add_name(&info->names, type, name, len);
	}
}

static void
set_dates(struct certinfo *info, gnutls_x509_crt_t crt)
{
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t until = gnutls_x509_crt_get_expiration_time(crt);
	info->has_dates = from != (time_t)-1 && until != (time_t)-1;
	info->from = from;
	info->until = until;
}

static void
set_serial(struct certinfo *info, gnutls_x509_crt_t crt)
{
	unsigned char serial[CERTINFO_SERIAL_SIZE / 3];
	size_t len = sizeof(serial);
	if (gnutls_x509_crt_get_serial(crt, serial, &len) >= 0)
		hex_print(serial, len, info->serial, sizeof(info->serial));
}

static void
set_key(struct certinfo *info, gnutls_x509_crt_t crt)
{
	int type = gnutls_x509_crt_get_pk_algorithm(crt, &info->key_bits);
	int sign = gnutls_x509_crt_get_signature_algorithm(crt);
	if (type >= 0)
		set_name(info->key, sizeof(info->key),
		    gnutls_pk_get_name((gnutls_pk_algorithm_t)type));
	if (sign >= 0)
		set_name(info->signature, sizeof(info->signature),
		    gnutls_sign_get_name((gnutls_sign_algorithm_t)sign));
}

bool
certinfo_read(struct str der, struct certinfo *info)
{
	/* GnuTLS takes what it only reads without const */
	union {
		const char *text;
		unsigned char *bytes;
	} raw = { .text = der.ptr };
	const gnutls_datum_t datum = { raw.bytes, (unsigned)der.len };
	AUTO(cert_release) gnutls_x509_crt_t crt = NULL;
	*info = (struct certinfo){ .subject = NULL };
	if (gnutls_x509_crt_init(&crt) < 0 ||
	    gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_DER) < 0)
		return false;
	info->subject = dn_of(crt, gnutls_x509_crt_get_dn3);
	info->issuer = dn_of(crt, gnutls_x509_crt_get_issuer_dn3);
	set_names(info, crt);
	set_dates(info, crt);
	set_serial(info, crt);
	set_key(info, crt);
	cert_fingerprint(crt, info->fingerprint);
	cert_pin(crt, info->pin);
	return true;
}

void
certinfo_release(struct certinfo *info)
{
	free(info->subject);
	free(info->issuer);
	strvec_release(&info->names);
	*info = (struct certinfo){ .subject = NULL };
}
