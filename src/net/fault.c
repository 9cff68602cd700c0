// SPDX-License-Identifier: ISC
#include "net/fault.h"

#include <gnutls/gnutls.h>

#include "base/err.h"

static bool
is_line_lost(int rc)
{
	return rc == GNUTLS_E_PREMATURE_TERMINATION ||
	    rc == GNUTLS_E_PULL_ERROR || rc == GNUTLS_E_PUSH_ERROR ||
	    rc == GNUTLS_E_SESSION_EOF;
}

/*
 * The server's last word.  If it asked for a certificate of ours, that is most
 * likely what it is about; with TLS 1.3 it comes after the handshake.
 */
static bool
alerted(gnutls_session_t session, bool has_own, struct err *e)
{
	gnutls_alert_description_t alert = gnutls_alert_get(session);
	const char *name = gnutls_alert_get_name(alert);
	if (gnutls_certificate_client_get_request_status(session) == 0 &&
	    alert != GNUTLS_A_CERTIFICATE_REQUIRED)
		return err_set(e, EX_PROTOCOL, "the server ends TLS: %s", name);
	(void)err_set(e, EX_NOPERM, "the server %s: %s",
	    has_own ? "refuses our certificate" : "wants a certificate", name);
	return err_hint(e, "see tls_cert_file and tls_key_file");
}

bool
fault_explain(gnutls_session_t session, int rc, bool has_own, const char *what,
    struct err *e)
{
	if (rc == GNUTLS_E_PREMATURE_TERMINATION)
		return err_set(
		    e, EX_TEMPFAIL, "the server closed the connection");
	if (is_line_lost(rc))
		return err_set(e, EX_TEMPFAIL, "connection lost %s", what);
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return alerted(session, has_own, e);
	return err_set(
	    e, EX_PROTOCOL, "TLS error %s: %s", what, gnutls_strerror(rc));
}

bool
fault_in_handshake(gnutls_session_t session, int rc, bool has_own,
    bool is_first, struct err *e)
{
	static const int not_tls[] = {
		GNUTLS_E_UNEXPECTED_PACKET,
		GNUTLS_E_UNEXPECTED_PACKET_LENGTH,
		GNUTLS_E_UNSUPPORTED_VERSION_PACKET,
		GNUTLS_E_RECORD_OVERFLOW,
	};
	for (size_t i = 0; i < ARRAY_LEN(not_tls); i++) {
		if (rc != not_tls[i])
			continue;
		(void)err_set(e, EX_PROTOCOL,
		    "what the server says is no TLS of version 1.2 or 1.3");
		if (is_first && rc != GNUTLS_E_UNSUPPORTED_VERSION_PACKET)
			(void)err_hint(e,
			    "does this port want STARTTLS "
			    "(tls_starttls on)?");
		return false;
	}
	return fault_explain(session, rc, has_own, "in the handshake", e);
}
