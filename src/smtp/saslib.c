// SPDX-License-Identifier: ISC
#include "smtp/saslib.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/late_gsasl.h"
#include "base/log.h"
#include "smtp/gss.h"
#include "smtp/mechanism.h"

/*
 * A server asks for the work it wants; no honest one asks for minutes.
 * RFC 7677 has 4096, the highest recommendations are about a million.
 */
enum { ITERATIONS_MAX = 5000000 };

struct saslib {
	const struct sasl_mechanism *mechanism;
	const struct sasl_login *login;
	const struct sasl_channel *channel;
	Gsasl *library;
	Gsasl_session *session;
	size_t nsteps;
	struct err why; /* what a callback had to refuse */
};

bool
saslib_load(struct err *e)
{
	bool is_loaded = late_gsasl.handle != NULL;
	if (!late_load(&late_gsasl, e))
		return false;
	if (!is_loaded)
		log_debug("libgsasl %s", gsasl_check_version(NULL));
	return true;
}

bool
saslib_folder(char *folder, size_t size)
{
	return late_folder(&late_gsasl, folder, size);
}

static int
set_property(Gsasl_session *session, Gsasl_property property, struct str value)
{
	return gsasl_property_set_raw(session, property, value.ptr, value.len);
}

static int
set_text(Gsasl_session *session, Gsasl_property property, const char *text)
{
	return text != NULL ? set_property(session, property, str_of(text))
			    : GSASL_NO_CALLBACK;
}

/* gsasl wants channel binding data in base64. */
static int
set_binding(Gsasl_session *session, Gsasl_property property, struct str value)
{
	AUTO(buf_release) struct buf encoded = BUF_INIT(2 * value.len + 4);
	if (value.len == 0 || !base64_encode(value, &encoded))
		return GSASL_NO_CALLBACK;
	return set_property(session, property, buf_str(&encoded));
}

/* Wipes and frees what gsasl allocated. */
static void
free_secret(char *secret, size_t len)
{
	if (secret != NULL)
		explicit_bzero(secret, len);
	gsasl_free(secret);
}

/*
 * The password as SCRAM uses it (RFC 5802 2.2).  Flags 0 allow code points
 * that Unicode 3.2 did not have, which gsasl's own SCRAM code refuses.  What
 * SASLprep forbids is used as it is, since a server that takes such a
 * password must do the same.
 */
static bool
prepare_password(struct str password, struct buf *prepared)
{
	AUTO(buf_release) struct buf copy = BUF_INIT(password.len);
	/* nothing of ASCII is changed; gsasl would leave copies behind */
	if (str_is_ascii(password))
		return buf_add_str(prepared, password);
	if (!buf_add_str(&copy, password))
		return false;
	char *prep = NULL;
	if (gsasl_saslprep(buf_cstr(&copy), (Gsasl_saslprep_flags)0, &prep,
		NULL) != GSASL_OK)
		return buf_add_str(prepared, password);
	bool ok = buf_add_str(prepared, str_of(prep));
	free_secret(prep, strlen(prep));
	return ok;
}

/*
 * The salted key by GnuTLS, which takes a tenth of the time of gsasl's own
 * derivation, and so that gsasl never sees the password.
 */
static int
set_salted_password(struct saslib *s)
{
	const char *salt64 = gsasl_property_fast(s->session, GSASL_SCRAM_SALT);
	const char *iter = gsasl_property_fast(s->session, GSASL_SCRAM_ITER);
	uint64_t iterations;
	if (salt64 == NULL || iter == NULL)
		return GSASL_AUTHENTICATION_ERROR;
	if (!parse_uint(str_of(iter), 1, ITERATIONS_MAX, &iterations)) {
		(void)err_set(&s->why, EX_PROTOCOL,
		    "the server wants %.20s iterations, more than %d or none",
		    iter, ITERATIONS_MAX);
		return GSASL_AUTHENTICATION_ERROR;
	}
	AUTO(buf_release) struct buf salt = BUF_INIT(strlen(salt64));
	if (!base64_decode(str_of(salt64), &salt)) {
		(void)err_set(
		    &s->why, EX_PROTOCOL, "the server's salt is not base64");
		return GSASL_BASE64_ERROR;
	}
	struct buf prepared = BUF_INIT(16 * s->login->password.len + 64);
	unsigned char key[32];
	bool ok = prepare_password(s->login->password, &prepared) &&
	    crypto_pbkdf2(s->mechanism->hash, buf_str(&prepared),
		buf_str(&salt), (unsigned)iterations, key, &s->why);
	buf_release(&prepared);
	char hex[2 * sizeof(key) + 1] = "";
	for (size_t i = 0; ok && i < crypto_hash_size(s->mechanism->hash); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
	int rc = ok
	    ? gsasl_property_set(s->session, GSASL_SCRAM_SALTED_PASSWORD, hex)
	    : GSASL_AUTHENTICATION_ERROR;
	explicit_bzero(key, sizeof(key));
	explicit_bzero(hex, sizeof(hex));
	return rc;
}

/*
 * A client without -PLUS must not be given binding data: gsasl 2.2 then
 * fails at its first step.
 */
static int
callback(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
	struct saslib *s = gsasl_callback_hook_get(library);
	bool binds = s->mechanism->binds_channel;
	switch ((int)property) {
	case GSASL_AUTHID: return set_text(session, property, s->login->user);
	case GSASL_AUTHZID:
		return s->mechanism->acts_for_user
		    ? set_text(session, property, s->login->user)
		    : GSASL_NO_CALLBACK;
	case GSASL_ANONYMOUS_TOKEN: /* RFC 4505 2; not all take none */
		return set_text(session, property,
		    s->login->user != NULL ? s->login->user : "anonymous");
	case GSASL_SERVICE: return set_text(session, property, "smtp");
	case GSASL_HOSTNAME: return set_text(session, property, s->login->host);
	case GSASL_REALM: return set_text(session, property, s->login->domain);
	case GSASL_PASSWORD:
		if (s->mechanism->kind == SASL_SCRAM)
			return GSASL_NO_CALLBACK;
		return set_property(session, property, s->login->password);
	case GSASL_SCRAM_SALTED_PASSWORD: return set_salted_password(s);
	case GSASL_CB_TLS_EXPORTER:
		return binds
		    ? set_binding(session, property, s->channel->tls_exporter)
		    : GSASL_NO_CALLBACK;
	case GSASL_CB_TLS_UNIQUE:
		return binds
		    ? set_binding(session, property, s->channel->tls_unique)
		    : GSASL_NO_CALLBACK;
	default: return GSASL_NO_CALLBACK;
	}
}

static bool
start(struct saslib *s, struct err *e)
{
	const char *name = s->mechanism->name;
	if (!saslib_load(e))
		return false;
	int rc = gsasl_init(&s->library);
	if (rc == GSASL_OK) {
		gsasl_callback_hook_set(s->library, s);
		gsasl_callback_set(s->library, callback);
		rc = gsasl_client_start(s->library, name, &s->session);
	}
	if (rc == GSASL_UNKNOWN_MECHANISM)
		return err_set(e, EX_UNAVAILABLE,
			   "the libgsasl of this system cannot do %s", name) ||
		    err_hint(e, "name another mechanism with auth");
	return rc == GSASL_OK ||
	    err_set(e, EX_SOFTWARE, "start %s: %s", name, gsasl_strerror(rc));
}

struct saslib *
saslib_start(const struct sasl_mechanism *m, const struct sasl_login *login,
    const struct sasl_channel *channel, struct err *e)
{
	struct saslib *s = mem_zalloc(sizeof(*s));
	*s = (struct saslib){
		.mechanism = m,
		.login = login,
		.channel = channel,
	};
	if (start(s, e))
		return s;
	saslib_free(s);
	return NULL;
}

/* The codes stand in two places, with others between. */
static bool
is_of_gssapi(int rc)
{
	return (rc >= GSASL_GSSAPI_RELEASE_BUFFER_ERROR &&
		   rc <= GSASL_GSSAPI_DISPLAY_NAME_ERROR) ||
	    (rc >= GSASL_GSSAPI_ENCAPSULATE_TOKEN_ERROR &&
		rc <= GSASL_GSSAPI_RELEASE_OID_SET_ERROR);
}

/* No ticket, most often; the library is asked for what it keeps back. */
static bool
refuse_gssapi(const struct saslib *s, int rc, struct err *e)
{
	bool is_first = s->nsteps == 1 && s->login->host != NULL;
	if (is_first && gss_explain(late_gsasl.handle, s->login->host, e))
		return false;
	return err_set(e, EX_NOPERM, "%s", gsasl_strerror(rc)) ||
	    err_hint(e,
		"is there a Kerberos ticket (klist), and the "
		"library for it?");
}

/* Values of RFC 5802 7 for which there is something to do. */
static const char *
hint_at_scram(struct str why)
{
	if (str_eq(why, STR("invalid-proof")) ||
	    str_eq(why, STR("unknown-user")))
		return "check user and password";
	if (str_eq(why, STR("channel-bindings-dont-match")))
		return "is the TLS connection with the server itself, and not "
		       "with something in between?";
	return "";
}

/*
 * RFC 5802 5.1: the server's last message may be why it refuses.  Nobody
 * vouches for it, but to end the login needs no proof.
 */
static bool
refuse_scram(const struct saslib *s, struct str challenge, struct err *e)
{
	struct str why = str_from(challenge, 2);
	(void)err_set(e, EX_NOPERM, "refused");
	if (!sasl_is_told(s->login, STR_INIT, why))
		str_printable_to(why, e->said, sizeof(e->said));
	return err_hint(e, "%s", hint_at_scram(why));
}

static bool
refuse(struct saslib *s, int rc, struct str challenge, struct err *e)
{
	bool is_scram = s->mechanism->kind == SASL_SCRAM;
	if (s->why.exit != EX_OK) {
		*e = s->why;
		return false;
	}
	if (is_scram && str_starts_nocase(challenge, STR("e=")))
		return refuse_scram(s, challenge, e);
	if (s->mechanism->kind == SASL_KERBEROS && is_of_gssapi(rc))
		return refuse_gssapi(s, rc, e);
	if (rc == GSASL_AUTHENTICATION_ERROR && s->mechanism->proves_server)
		return err_set(e, EX_PROTOCOL,
		    s->mechanism->secret == SASL_SECRET_PASSWORD
			? "the server does not prove that it knows the password"
			: "the server does not prove who it is");
	if (rc == GSASL_MECHANISM_PARSE_ERROR)
		return err_set(
		    e, EX_PROTOCOL, "the server's challenge makes no sense");
	return err_set(e, EX_PROTOCOL, "%s", gsasl_strerror(rc));
}

bool
saslib_step(struct saslib *s, struct str challenge, struct buf *answer,
    bool *is_complete, struct err *e)
{
	char *made = NULL;
	size_t len = 0;
	s->nsteps++;
	int rc = gsasl_step(
	    s->session, challenge.ptr, challenge.len, &made, &len);
	*is_complete = rc == GSASL_OK;
	bool ok = rc == GSASL_OK || rc == GSASL_NEEDS_MORE;
	if (!ok)
		(void)refuse(s, rc, challenge, e);
	else if (len > 0)
		ok = buf_add(answer, made, len) ||
		    err_set(e, EX_DATAERR, "the response is too long");
	free_secret(made, len);
	return ok;
}

/* gsasl frees what it was given, but does not wipe it. */
static void
wipe_property(Gsasl_session *session, Gsasl_property property)
{
	union {
		const char *borrowed;
		char *bytes; /* const is for others: it is the session's */
	} value = { .borrowed = gsasl_property_fast(session, property) };
	if (value.bytes != NULL)
		explicit_bzero(value.bytes, strlen(value.bytes));
}

void
saslib_free(struct saslib *s)
{
	if (s == NULL)
		return;
	if (s->session != NULL) {
		wipe_property(s->session, GSASL_PASSWORD);
		wipe_property(s->session, GSASL_SCRAM_SALTED_PASSWORD);
		gsasl_finish(s->session);
	}
	if (s->library != NULL)
		gsasl_done(s->library);
	free(s);
}
