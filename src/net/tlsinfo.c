// SPDX-License-Identifier: ISC
#include "net/tlsinfo.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/late_gnutls.h"
#include "net/certinfo.h"

/* GnuTLS has the name of the whole from 3.7.4 on. */
#if GNUTLS_VERSION_NUMBER >= 0x030704
static const char *
suite_of(gnutls_session_t session)
{
	return gnutls_ciphersuite_get(session);
}
#else
static const char *
suite_of(gnutls_session_t session)
{
	return gnutls_cipher_get_name(gnutls_cipher_get(session));
}
#endif

static void
set(char *dst, size_t size, const char *name)
{
	(void)snprintf(dst, size, "%s", name != NULL ? name : "");
}

static void
read_agreement(gnutls_session_t session, struct tlsinfo *info)
{
	gnutls_datum_t response = { NULL, 0 }; /* borrowed */
	int sign = gnutls_sign_algorithm_get(session);
	set(info->version, sizeof(info->version),
	    gnutls_protocol_get_name(gnutls_protocol_get_version(session)));
	set(info->cipher, sizeof(info->cipher),
	    gnutls_cipher_get_name(gnutls_cipher_get(session)));
	set(info->suite, sizeof(info->suite), suite_of(session));
	set(info->group, sizeof(info->group),
	    gnutls_group_get_name(gnutls_group_get(session)));
	if (sign > 0)
		set(info->signature, sizeof(info->signature),
		    gnutls_sign_get_name((gnutls_sign_algorithm_t)sign));
	info->is_resumed = gnutls_session_is_resumed(session) != 0;
	info->is_stapled = gnutls_ocsp_status_request_get(session, &response) >=
		0 &&
	    response.size > 0;
}

void
tlsinfo_read(gnutls_session_t session, struct tlsinfo *info)
{
	unsigned n = 0;
	tlsinfo_release(info);
	read_agreement(session, info);
	const gnutls_datum_t *list = gnutls_certificate_get_peers(session, &n);
	if (list == NULL || n == 0)
		return;
	info->chain = mem_zalloc(n * sizeof(*info->chain));
	info->nchain = n;
	for (unsigned i = 0; i < n; i++)
		(void)certinfo_read(
		    (struct str){ (const char *)list[i].data, list[i].size },
		    &info->chain[i]);
}

void
tlsinfo_describe(const struct tlsinfo *info, struct buf *out)
{
	(void)!buf_printf(out, "%s, %s", info->version, info->suite);
	if (info->group[0] != '\0')
		(void)!buf_printf(out, ", %s", info->group);
	if (info->signature[0] != '\0')
		(void)!buf_printf(out, ", %s", info->signature);
	(void)!buf_printf(out, ", %s session, %s",
	    info->is_resumed ? "resumed" : "new",
	    info->is_stapled ? "OCSP response stapled" : "no OCSP response");
}

void
tlsinfo_release(struct tlsinfo *info)
{
	for (size_t i = 0; i < info->nchain; i++)
		certinfo_release(&info->chain[i]);
	free(info->chain);
	*info = TLSINFO_INIT;
}
