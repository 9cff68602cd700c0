// SPDX-License-Identifier: ISC
#include "smtp/sasl.h"

#include <gsasl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "smtp/caps.h"

/* In our order of choice: what shows the least to the server comes first. */
static const struct sasl_mechanism {
	const char *name;
	bool is_client_first;
	bool shows_password;
	bool binds_channel;
	bool is_scram;
	enum crypto_hash hash;
} mechanisms[] = {
	{ "SCRAM-SHA-256-PLUS", true, false, true, true, CRYPTO_SHA256 },
	{ "SCRAM-SHA-1-PLUS", true, false, true, true, CRYPTO_SHA1 },
	{ "SCRAM-SHA-256", true, false, false, true, CRYPTO_SHA256 },
	{ "SCRAM-SHA-1", true, false, false, true, CRYPTO_SHA1 },
	{ "PLAIN", true, true, false, false, CRYPTO_SHA1 },
	{ "LOGIN", false, true, false, false, CRYPTO_SHA1 },
};

/*
 * A server asks for the work it wants; no honest one asks for minutes.
 * RFC 7677 has 4096, the highest recommendations are about a million.
 */
enum { ITERATIONS_MAX = 5000000 };

struct sasl {
	const struct sasl_mechanism *mechanism;
	const struct sasl_login *login;
	const struct sasl_channel *channel;
	Gsasl *library;
	Gsasl_session *session;
	bool is_complete;
	struct err why; /* what a callback had to refuse */
};

const char *
sasl_name(const struct sasl_mechanism *m)
{
	return m->name;
}

bool
sasl_shows_password(const struct sasl_mechanism *m)
{
	return m->shows_password;
}

static bool
is_named(const char *names, const char *name)
{
	struct str rest = str_of(names), word;
	while (str_word(&rest, " \t,", &word))
		if (str_eq_nocase(word, str_of(name)))
			return true;
	return false;
}

static bool
is_fit(const struct sasl_mechanism *m, const struct sasl_login *login,
    const struct sasl_channel *channel)
{
	bool can_bind = channel->tls_exporter.len > 0 ||
	    channel->tls_unique.len > 0;
	if (m->binds_channel && !can_bind)
		return false;
	if (login->mechanisms != NULL)
		return is_named(login->mechanisms, m->name);
	return channel->is_private || !m->shows_password;
}

const struct sasl_mechanism *
sasl_choose(const struct sasl_login *login, const struct sasl_channel *channel,
    const struct caps *caps, const struct sasl_mechanism *after)
{
	size_t i = after != NULL ? (size_t)(after - mechanisms) + 1 : 0;
	for (; i < ARRAY_LEN(mechanisms); i++)
		if (is_fit(&mechanisms[i], login, channel) &&
		    caps_has_mechanism(caps, mechanisms[i].name))
			return &mechanisms[i];
	return NULL;
}

static int
set_property(Gsasl_session *session, Gsasl_property property, struct str value)
{
	return gsasl_property_set_raw(session, property, value.ptr, value.len);
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
	if (rc != GSASL_OK)
		return rc;
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
	case GSASL_AUTHID:
		return set_property(session, property, str_of(s->login->user));
	case GSASL_PASSWORD:
		if (s->mechanism->is_scram)
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
	int rc = gsasl_init(&s->library);
	if (rc == GSASL_OK) {
		gsasl_callback_hook_set(s->library, s);
		gsasl_callback_set(s->library, callback);
		rc = gsasl_client_start(s->library, m->name, &s->session);
	}
	if (rc == GSASL_OK)
		return s;
	(void)err_set(
	    e, EX_SOFTWARE, "start %s: %s", m->name, gsasl_strerror(rc));
	sasl_free(s);
	return NULL;
}

bool
sasl_is_client_first(const struct sasl *s)
{
	return s->mechanism->is_client_first;
}

static bool
refuse(struct sasl *s, int rc, struct err *e)
{
	if (s->why.exit != EX_OK)
		*e = s->why;
	else if (rc == GSASL_AUTHENTICATION_ERROR && s->mechanism->is_scram)
		(void)err_set(e, EX_PROTOCOL,
		    "the server does not prove that it knows the password");
	else
		(void)err_set(e, EX_PROTOCOL, "%s", gsasl_strerror(rc));
	return false;
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

bool
sasl_step(
    struct sasl *s, struct str challenge, struct buf *response, struct err *e)
{
	char *input = NULL, *answer = NULL;
	size_t input_len = 0, answer_len = 0;
	int rc = GSASL_OK;
	if (s->is_complete) /* PLAIN would tell the password each time */
		return err_set(e, EX_PROTOCOL,
		    "the server asks for more than there is to say");
	if (challenge.len > 0)
		rc = gsasl_base64_from(
		    challenge.ptr, challenge.len, &input, &input_len);
	if (rc != GSASL_OK)
		return err_set(e, EX_PROTOCOL, "challenge is not base64");
	rc = gsasl_step(s->session, input, input_len, &answer, &answer_len);
	gsasl_free(input);
	s->is_complete = rc == GSASL_OK;
	bool ok = rc == GSASL_OK || rc == GSASL_NEEDS_MORE;
	ok = ok ? respond(response, answer, answer_len, e) : refuse(s, rc, e);
	free_secret(answer, answer_len);
	return ok;
}

bool
sasl_is_complete(const struct sasl *s)
{
	return s->is_complete;
}

static bool
contains(struct str text, struct str part)
{
	for (size_t i = 0; part.len > 0 && i + part.len <= text.len; i++)
		if (memcmp(text.ptr + i, part.ptr, part.len) == 0)
			return true;
	return false;
}

/* Whether the text contains the secret in base64. */
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

bool
sasl_is_told(
    const struct sasl_login *login, struct str response, struct str text)
{
	/* PLAIN's message (RFC 4616 2), whatever mechanism was used */
	struct str user = str_of(login->user);
	AUTO(buf_release)
	struct buf plain = BUF_INIT(user.len + login->password.len + 2);
	bool ok = buf_add(&plain, "", 1) && buf_add_str(&plain, user) &&
	    buf_add(&plain, "", 1) && buf_add_str(&plain, login->password);
	return !ok || contains(text, login->password) ||
	    contains(text, response) ||
	    contains_encoded(text, login->password) ||
	    contains_encoded(text, buf_str(&plain));
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
