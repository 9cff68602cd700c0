// SPDX-License-Identifier: ISC
#include "net/fault.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/late_gnutls.h"
#include "base/str.h"

/* RFC 8446 5.1 and B.3, where what the server says first is looked at. */
enum {
	RECORD_FIRST = 20, /* change_cipher_spec */
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_LAST = 24, /* heartbeat */
	AT_RECORD_VERSION = 1,
	AT_MESSAGE = 5,
	AT_HELLO_VERSION = 9,
	SERVER_HELLO = 2,
};

void
fault_hear(struct fault_scene *scene, const char *bytes, size_t n)
{
	size_t room = sizeof(scene->heard) - scene->nheard;
	size_t kept = n < room ? n : room;
	memcpy(scene->heard + scene->nheard, bytes, kept);
	scene->nheard += kept;
}

static unsigned
octet(const struct fault_scene *scene, size_t at)
{
	return at < scene->nheard ? (unsigned char)scene->heard[at] : 0;
}

static bool
is_line_lost(int rc)
{
	return rc == GNUTLS_E_PREMATURE_TERMINATION ||
	    rc == GNUTLS_E_PULL_ERROR || rc == GNUTLS_E_PUSH_ERROR ||
	    rc == GNUTLS_E_SESSION_EOF;
}

/* What the server's alert means for the user (RFC 8446 6.2, RFC 5246 7.2.2). */
static const struct {
	gnutls_alert_description_t alert;
	int exit;
	const char *text;
	const char *hint;
} alerts[] = {
	{ GNUTLS_A_HANDSHAKE_FAILURE, EX_PROTOCOL,
	    "the server and we have no cipher, key exchange or the like in "
	    "common",
	    "tls_priorities says what we may use" },
	{ GNUTLS_A_INSUFFICIENT_SECURITY, EX_PROTOCOL,
	    "the server wants stronger ciphers than we offer",
	    "tls_priorities says what we may use" },
	{ GNUTLS_A_UNRECOGNIZED_NAME, EX_UNAVAILABLE,
	    "the server does not know the name that it was asked for",
	    "set host or tls_host_override to a name that it knows" },
	{ GNUTLS_A_INTERNAL_ERROR, EX_TEMPFAIL,
	    "the server has trouble of its own", NULL },
	{ GNUTLS_A_USER_CANCELED, EX_TEMPFAIL, "the server ends TLS", NULL },
	{ GNUTLS_A_CLOSE_NOTIFY, EX_TEMPFAIL, "the server ends TLS", NULL },
	{ GNUTLS_A_DECRYPT_ERROR, EX_PROTOCOL,
	    "the server finds a false signature or digest in what we sent",
	    NULL },
	{ GNUTLS_A_BAD_RECORD_MAC, EX_PROTOCOL,
	    "what we sent came to the server altered", NULL },
};

/* Those that are about a certificate of ours, and so not about its. */
static bool
is_about_own(gnutls_alert_description_t alert)
{
	switch ((int)alert) {
	case GNUTLS_A_BAD_CERTIFICATE:
	case GNUTLS_A_UNSUPPORTED_CERTIFICATE:
	case GNUTLS_A_CERTIFICATE_REVOKED:
	case GNUTLS_A_CERTIFICATE_EXPIRED:
	case GNUTLS_A_CERTIFICATE_UNKNOWN:
	case GNUTLS_A_UNKNOWN_CA:
	case GNUTLS_A_ACCESS_DENIED:
	case GNUTLS_A_CERTIFICATE_REQUIRED: return true;
	default: return false;
	}
}

/*
 * If it asked for one, a handshake that fails behind that fails most likely
 * for want of it; with TLS 1.3 that comes after the handshake.
 */
static bool
refused_own(gnutls_session_t session, gnutls_alert_description_t alert,
    bool has_own, struct err *e)
{
	bool is_asked = gnutls_certificate_client_get_request_status(session) !=
	    0;
	/* with TLS 1.2 there is no alert for that; GnuTLS says "decode error"
	 */
	bool is_vague = alert == GNUTLS_A_HANDSHAKE_FAILURE ||
	    alert == GNUTLS_A_DECODE_ERROR;
	if (!is_about_own(alert) && !(is_asked && is_vague))
		return false;
	(void)err_set(e, EX_NOPERM, "the server %s: %s",
	    has_own ? "refuses our certificate" : "wants a certificate",
	    gnutls_alert_get_name(alert));
	(void)err_hint(e, "see tls_cert_file and tls_key_file");
	return true;
}

/* "TLS 1.1" of the version's two octets; 3.0 is SSL. */
static void
name_version(unsigned major, unsigned minor, char *dst, size_t size)
{
	if (major == 3 && minor > 0)
		(void)snprintf(dst, size, "TLS 1.%u", minor - 1);
	else
		(void)snprintf(dst, size, "SSL %u.%u", major, minor);
}

/*
 * The version that the server wants is that of its hello, or of the record
 * that holds its alert, where it says more than "some TLS".
 */
static bool
too_old(const struct fault_scene *scene, struct err *e)
{
	char name[16];
	bool is_hello = octet(scene, 0) == RECORD_HANDSHAKE &&
	    octet(scene, AT_MESSAGE) == SERVER_HELLO;
	size_t at = is_hello ? AT_HELLO_VERSION : AT_RECORD_VERSION;
	unsigned major = octet(scene, at), minor = octet(scene, at + 1);
	name_version(major, minor, name, sizeof(name));
	if (scene->needs_13) {
		(void)err_set(e, EX_PROTOCOL,
		    "the server does not take TLS 1.3, which is demanded");
		return err_hint(e, "see tls_min_version");
	}
	if (scene->has_priorities) {
		(void)err_set(e, EX_PROTOCOL,
		    "the server takes no version of TLS that is allowed");
		return err_hint(e, "see tls_priorities");
	}
	(void)err_set(e, EX_PROTOCOL,
	    "the server takes no TLS 1.2 or 1.3, only %s%s", name,
	    is_hello ? "" : " or older");
	return err_hint(e,
	    "its operator must turn on TLS 1.2; older versions are broken "
	    "(RFC 8996), see tls_priorities");
}

static bool
alerted(
    gnutls_session_t session, const struct fault_scene *scene, struct err *e)
{
	gnutls_alert_description_t alert = gnutls_alert_get(session);
	const char *name = gnutls_alert_get_name(alert);
	if (refused_own(session, alert, scene->has_own, e))
		return false;
	if (alert == GNUTLS_A_PROTOCOL_VERSION)
		return too_old(scene, e);
	if (alert == GNUTLS_A_HANDSHAKE_FAILURE && scene->needs_13) {
		(void)err_set(e, EX_PROTOCOL,
		    "the server and we have nothing in common: %s", name);
		return err_hint(
		    e, "does it know TLS 1.3, which tls_min_version demands?");
	}
	for (size_t i = 0; i < ARRAY_LEN(alerts); i++) {
		if (alerts[i].alert != alert)
			continue;
		(void)err_set(
		    e, alerts[i].exit, "%s: %s", alerts[i].text, name);
		if (alerts[i].hint != NULL)
			(void)err_hint(e, "%s", alerts[i].hint);
		return false;
	}
	return err_set(e, EX_PROTOCOL, "the server ends TLS: %s", name);
}

/* What we find wrong in what the server sends. */
static const struct {
	int rc;
	const char *text;
	const char *hint;
} faults[] = {
	{ GNUTLS_E_RECORD_OVERFLOW, "the server sends more than fits in TLS",
	    NULL },
	{ GNUTLS_E_UNEXPECTED_PACKET_LENGTH,
	    "the server sends something of a wrong length", NULL },
	{ GNUTLS_E_HANDSHAKE_TOO_LARGE, "the server says too much", NULL },
	{ GNUTLS_E_DECRYPTION_FAILED,
	    "what the server sends comes here altered", NULL },
	{ GNUTLS_E_UNEXPECTED_PACKET, "the server speaks out of turn", NULL },
	{ GNUTLS_E_UNEXPECTED_HANDSHAKE_PACKET, "the server speaks out of turn",
	    NULL },
	{ GNUTLS_E_PK_SIG_VERIFY_FAILED,
	    "the server does not prove that the certificate is its own", NULL },
	{ GNUTLS_E_KEY_USAGE_VIOLATION,
	    "the certificate's key is not for this use, as it says itself",
	    "the server's operator must have one made that is for signing; or "
	    "see tls_priorities (%COMPAT)" },
	{ GNUTLS_E_DH_PRIME_UNACCEPTABLE,
	    "the server's Diffie-Hellman prime is too short",
	    "its operator must lengthen it; or leave -DHE-RSA out by "
	    "tls_priorities" },
	{ GNUTLS_E_NO_CIPHER_SUITES, "nothing is left to offer",
	    "see tls_priorities" },
};

bool
fault_explain(gnutls_session_t session, int rc, const struct fault_scene *scene,
    const char *what, struct err *e)
{
	if (rc == GNUTLS_E_PREMATURE_TERMINATION)
		return err_set(
		    e, EX_TEMPFAIL, "the server closed the connection");
	if (is_line_lost(rc))
		return err_set(e, EX_TEMPFAIL, "connection lost %s", what);
	if (rc == GNUTLS_E_FATAL_ALERT_RECEIVED)
		return alerted(session, scene, e);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (faults[i].rc != rc)
			continue;
		(void)err_set(e, EX_PROTOCOL, "%s", faults[i].text);
		if (faults[i].hint != NULL)
			(void)err_hint(e, "%s", faults[i].hint);
		return false;
	}
	return err_set(
	    e, EX_PROTOCOL, "TLS error %s: %s", what, gnutls_strerror(rc));
}

/* The rest of the line of which GnuTLS took the first few octets. */
static void
hear_more(struct fault_scene *scene, int fd)
{
	char more[sizeof(scene->heard)];
	ssize_t n = recv(fd, more, sizeof(more), MSG_DONTWAIT);
	if (n > 0)
		fault_hear(scene, more, (size_t)n);
}

/* A reply's code, and what may stand behind it. */
static bool
is_smtp(struct str line)
{
	return line.len > 3 && line.ptr[0] >= '2' && line.ptr[0] <= '5' &&
	    is_digit(line.ptr[1]) && is_digit(line.ptr[2]) &&
	    (line.ptr[3] == ' ' || line.ptr[3] == '-');
}

/* The server speaks, but something else, such as SMTP in the clear. */
static bool
not_tls(struct fault_scene *scene, int fd, struct err *e)
{
	char shown[sizeof(e->said) - 2];
	hear_more(scene, fd);
	struct str text = { scene->heard, scene->nheard };
	text = str_upto(text, str_find(text, '\n'));
	str_printable_to(str_trim(text), shown, sizeof(shown));
	(void)err_set(
	    e, EX_PROTOCOL, "the server speaks no TLS here, but says");
	(void)snprintf(e->said, sizeof(e->said), "\"%s\"", shown);
	if (!scene->is_first)
		return false;
	return err_hint(e, "%s",
	    is_smtp(text) ? "this port begins in the clear: tls_starttls on, "
			    "as for port 587"
			  : "is this the right port?");
}

bool
fault_in_handshake(gnutls_session_t session, int rc, struct fault_scene *scene,
    int fd, struct err *e)
{
	unsigned type = octet(scene, 0);
	if (scene->nheard > 0 && (type < RECORD_FIRST || type > RECORD_LAST))
		return not_tls(scene, fd, e);
	if (rc == GNUTLS_E_UNSUPPORTED_VERSION_PACKET)
		return too_old(scene, e);
	if (rc == GNUTLS_E_PREMATURE_TERMINATION)
		return err_set(e, EX_TEMPFAIL,
		    "the server closed the connection%s",
		    scene->nheard > 0 ? "" : " without a word");
	return fault_explain(session, rc, scene, "in the handshake", e);
}
