// SPDX-License-Identifier: ISC
#include "smtp/sasl.h"

#include <gsasl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "smtp/gss.h"
#include "smtp/mechanism.h"
#include "smtp/oauth.h"

/*
 * A server asks for the work it wants; no honest one asks for minutes.
 * RFC 7677 has 4096, the highest recommendations are about a million.
 */
enum { ITERATIONS_MAX = 5000000 };

struct sasl {
	const struct sasl_mechanism *mechanism;
	const struct sasl_login *login;
	const struct sasl_channel *channel;
	Gsasl *library; /* NULL with OAUTHBEARER and XOAUTH2 */
	Gsasl_session *session;
	size_t nsteps;
	bool is_complete;
	char explanation[160];
	struct err why; /* what a callback had to refuse */
};

static struct str
user_of(const struct sasl_login *login)
{
	return login->user != NULL ? str_of(login->user) : STR_INIT;
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
	char *encoded = NULL;
	if (value.len == 0)
		return GSASL_NO_CALLBACK;
	int rc = gsasl_base64_to(value.ptr, value.len, &encoded, NULL);
	if (rc == GSASL_OK)
		rc = gsasl_property_set(session, property, encoded);
	gsasl_free(encoded);
	return rc;
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
set_salted_password(struct sasl *s)
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
	char *salt = NULL;
	size_t salt_len = 0;
	int rc = gsasl_base64_from(salt64, strlen(salt64), &salt, &salt_len);
	if (rc != GSASL_OK) {
		(void)err_set(
		    &s->why, EX_PROTOCOL, "the server's salt is not base64");
		return rc;
	}
	struct buf prepared = BUF_INIT(16 * s->login->password.len + 64);
	unsigned char key[32];
	bool ok = prepare_password(s->login->password, &prepared) &&
	    crypto_pbkdf2(s->mechanism->hash, buf_str(&prepared),
		(struct str){ salt, salt_len }, (unsigned)iterations, key,
		&s->why);
	buf_release(&prepared);
	gsasl_free(salt);
	char hex[2 * sizeof(key) + 1] = "";
	for (size_t i = 0; ok && i < crypto_hash_size(s->mechanism->hash); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", key[i]);
	rc = ok
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
	struct sasl *s = gsasl_callback_hook_get(library);
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
is_oauth(const struct sasl_mechanism *m)
{
	return m->kind == SASL_OAUTHBEARER || m->kind == SASL_XOAUTH2;
}

static bool
start_library(struct sasl *s, struct err *e)
{
	const char *name = s->mechanism->name;
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

struct sasl *
sasl_start(const struct sasl_mechanism *m, const struct sasl_login *login,
    const struct sasl_channel *channel, struct err *e)
{
	struct sasl *s = mem_zalloc(sizeof(*s));
	*s = (struct sasl){
		.mechanism = m,
		.login = login,
		.channel = channel,
	};
	if (is_oauth(m) || start_library(s, e))
		return s;
	sasl_free(s);
	return NULL;
}

bool
sasl_is_client_first(const struct sasl *s)
{
	return s->mechanism->is_client_first;
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
refuse_gssapi(const struct sasl *s, int rc, struct err *e)
{
	bool is_first = s->nsteps == 1 && s->login->host != NULL;
	if (is_first && gss_explain(s->login->host, e))
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
refuse_scram(const struct sasl *s, struct str challenge, struct err *e)
{
	struct str why = str_from(challenge, 2);
	(void)err_set(e, EX_NOPERM, "refused");
	if (!sasl_is_told(s->login, STR_INIT, why))
		str_printable_to(why, e->said, sizeof(e->said));
	return err_hint(e, "%s", hint_at_scram(why));
}

static bool
refuse(struct sasl *s, int rc, struct str challenge, struct err *e)
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

/* Base64 into the response, wiped behind us; gsasl_step64 would not. */
static bool
respond(struct buf *response, const char *answer, size_t len, struct err *e)
{
	char *encoded = NULL;
	size_t encoded_len = 0;
	if (len == 0)
		return true;
	if (gsasl_base64_to(answer, len, &encoded, &encoded_len) != GSASL_OK)
		return err_set(e, EX_OSERR, "encode in base64");
	bool ok = buf_add(response, encoded, encoded_len) ||
	    err_set(e, EX_DATAERR, "user name or password too long");
	free_secret(encoded, encoded_len);
	return ok;
}

static bool
step_library(
    struct sasl *s, struct str challenge, struct buf *response, struct err *e)
{
	char *answer = NULL;
	size_t answer_len = 0;
	int rc = gsasl_step(
	    s->session, challenge.ptr, challenge.len, &answer, &answer_len);
	s->is_complete = rc == GSASL_OK;
	bool ok = rc == GSASL_OK || rc == GSASL_NEEDS_MORE;
	ok = ok ? respond(response, answer, answer_len, e)
		: refuse(s, rc, challenge, e);
	free_secret(answer, answer_len);
	return ok;
}

/* What the server says is wrong, unless it repeats the token. */
static void
note_explanation(struct sasl *s, struct str challenge)
{
	AUTO(buf_release)
	struct buf words = BUF_INIT(2 * challenge.len + 1024);
	oauth_explain(challenge, &words);
	if (!sasl_is_told(s->login, STR_INIT, buf_str(&words)) &&
	    !sasl_is_told(s->login, STR_INIT, challenge))
		str_printable_to(
		    buf_str(&words), s->explanation, sizeof(s->explanation));
}

/*
 * One message; or, to the server's "no" in JSON, one that says nothing, upon
 * which the refusal comes (RFC 7628 3.2.3; XOAUTH2 has an empty line there).
 */
static bool
step_oauth(
    struct sasl *s, struct str challenge, struct buf *response, struct err *e)
{
	bool is_bearer = s->mechanism->kind == SASL_OAUTHBEARER;
	const struct oauth_grant grant = {
		.user = user_of(s->login),
		.token = s->login->password,
		.host = s->login->host != NULL ? str_of(s->login->host)
					       : STR_INIT,
		.port = s->login->port,
	};
	if (s->nsteps > 1) {
		note_explanation(s, challenge);
		return respond(response, "\1", is_bearer ? 1 : 0, e);
	}
	AUTO(buf_release) struct buf message = BUF_INIT(response->max);
	bool ok = is_bearer ? oauth_bearer(&grant, &message, e)
			    : oauth_xoauth2(&grant, &message, e);
	s->is_complete = ok;
	return ok && respond(response, message.data, message.len, e);
}

/*
 * Whether there is an answer to another challenge: PLAIN would tell the
 * password each time, and there is one explanation of a refusal.
 */
static bool
may_step(const struct sasl *s)
{
	return is_oauth(s->mechanism) ? s->nsteps < 2 : !s->is_complete;
}

bool
sasl_step(
    struct sasl *s, struct str challenge, struct buf *response, struct err *e)
{
	char *input = NULL;
	size_t len = 0;
	if (!may_step(s))
		return err_set(e, EX_PROTOCOL,
		    "the server asks for more than there is to say");
	if (s->nsteps++ == 0 && s->mechanism->begins_in_words)
		challenge = STR_INIT;
	s->is_complete = false;
	if (challenge.len > 0 &&
	    gsasl_base64_from(challenge.ptr, challenge.len, &input, &len) !=
		GSASL_OK)
		return err_set(e, EX_PROTOCOL, "challenge is not base64");
	struct str decoded = { input, len };
	bool ok = is_oauth(s->mechanism)
	    ? step_oauth(s, decoded, response, e)
	    : step_library(s, decoded, response, e);
	gsasl_free(input);
	return ok;
}

bool
sasl_is_complete(const struct sasl *s)
{
	return s->is_complete;
}

bool
sasl_has_shown(const struct sasl *s)
{
	unsigned at = s->mechanism->shows_at;
	return at > 0 && s->nsteps >= at;
}

const char *
sasl_explanation(const struct sasl *s)
{
	return s->explanation;
}

static bool
contains(struct str text, struct str part)
{
	return part.len > 0 && str_search(text, part) < text.len;
}

/* Whether the text contains all of the secret in base64. */
static bool
contains_encoded(struct str text, struct str secret)
{
	char *encoded = NULL;
	size_t len = 0;
	if (gsasl_base64_to(secret.ptr, secret.len, &encoded, &len) != GSASL_OK)
		return true; /* cannot tell: not shown */
	bool is_told = contains(text, (struct str){ encoded, len });
	free_secret(encoded, len);
	return is_told;
}

/*
 * The same for base64 of something that the secret is in the middle of: of
 * three places where its first group may begin, one is right.
 */
static bool
contains_amid(struct str text, struct str secret)
{
	for (size_t skip = 0; skip < 3 && skip < secret.len; skip++) {
		struct str rest = str_from(secret, skip);
		rest.len -= rest.len % 3;
		if (rest.len >= 6 && contains_encoded(text, rest))
			return true;
	}
	return false;
}

bool
sasl_is_told(
    const struct sasl_login *login, struct str response, struct str text)
{
	/* PLAIN's message (RFC 4616 2), whatever mechanism was used */
	struct str user = user_of(login);
	AUTO(buf_release)
	struct buf plain = BUF_INIT(user.len + login->password.len + 2);
	bool ok = buf_add(&plain, "", 1) && buf_add_str(&plain, user) &&
	    buf_add(&plain, "", 1) && buf_add_str(&plain, login->password);
	/* one that tells nothing, such as OAUTHBEARER's last, is "AQ==" */
	bool has_response = response.len > 4;
	return !ok || contains(text, login->password) ||
	    (has_response && contains(text, response)) ||
	    contains_encoded(text, buf_str(&plain)) ||
	    contains_encoded(text, login->password) ||
	    contains_amid(text, login->password);
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
sasl_free(struct sasl *s)
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

const char *
sasl_library(void)
{
	return gsasl_check_version(NULL);
}
