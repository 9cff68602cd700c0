// SPDX-License-Identifier: ISC
#include "smtp/sasl.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "smtp/mechanism.h"
#include "smtp/oauth.h"
#include "smtp/saslib.h"

struct sasl {
	const struct sasl_mechanism *mechanism;
	const struct sasl_login *login;
	struct saslib *theirs; /* NULL: it is ours */
	size_t nsteps;
	bool is_complete;
	char explanation[160];
};

bool
sasl_prepare(struct err *e)
{
	/* both, as it is told later which of them is not there */
	struct err other = ERR_INIT;
	bool has_crypto = crypto_prepare(e);
	return saslib_load(has_crypto ? e : &other) && has_crypto;
}

bool
sasl_library_folder(char *folder, size_t size)
{
	return saslib_folder(folder, size);
}

static struct str
user_of(const struct sasl_login *login)
{
	return login->user != NULL ? str_of(login->user) : STR_INIT;
}

static bool
is_oauth(const struct sasl_mechanism *m)
{
	return m->kind == SASL_OAUTHBEARER || m->kind == SASL_XOAUTH2;
}

struct sasl *
sasl_start(const struct sasl_mechanism *m, const struct sasl_login *login,
    const struct sasl_channel *channel, struct err *e)
{
	struct saslib *theirs = NULL;
	if (m->kind <= SASL_KERBEROS) {
		theirs = saslib_start(m, login, channel, e);
		if (theirs == NULL)
			return NULL;
	}
	struct sasl *s = mem_zalloc(sizeof(*s));
	*s = (struct sasl){
		.mechanism = m,
		.login = login,
		.theirs = theirs,
	};
	return s;
}

bool
sasl_is_client_first(const struct sasl *s)
{
	return s->mechanism->is_client_first;
}

/* The user as the one whom it is done for, and the password (RFC 4616 2). */
static bool
add_plain(const struct sasl_login *login, struct buf *message)
{
	return buf_add(message, "", 1) &&
	    buf_add_str(message, user_of(login)) && buf_add(message, "", 1) &&
	    buf_add_str(message, login->password);
}

/* Whatever the server asks, it is for one and then for the other. */
static bool
step_login(struct sasl *s, struct buf *message)
{
	s->is_complete = s->nsteps > 1;
	return buf_add_str(
	    message, s->is_complete ? s->login->password : user_of(s->login));
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
    struct sasl *s, struct str challenge, struct buf *message, struct err *e)
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
		return !is_bearer || buf_add(message, "\1", 1);
	}
	s->is_complete = is_bearer ? oauth_bearer(&grant, message, e)
				   : oauth_xoauth2(&grant, message, e);
	return s->is_complete;
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

static bool
too_long(struct err *e)
{
	return err_set(e, EX_DATAERR, "user name or password too long");
}

/* One's own words, before base64. */
static bool
answer(struct sasl *s, struct str challenge, struct buf *message, struct err *e)
{
	if (s->theirs != NULL)
		return saslib_step(
		    s->theirs, challenge, message, &s->is_complete, e);
	if (is_oauth(s->mechanism))
		return step_oauth(s, challenge, message, e);
	if (s->mechanism->kind == SASL_LOGIN)
		return step_login(s, message) || too_long(e);
	s->is_complete = true;
	if (s->mechanism->kind == SASL_PLAIN)
		return add_plain(s->login, message) || too_long(e);
	/* ANONYMOUS (RFC 4505 2) says who it is, and not all take nobody;
	 * EXTERNAL whom it is done for, or nothing */
	bool is_nobody = s->mechanism->kind == SASL_ANONYMOUS &&
	    s->login->user == NULL;
	return buf_add_str(
		   message, is_nobody ? STR("anonymous") : user_of(s->login)) ||
	    too_long(e);
}

bool
sasl_step(
    struct sasl *s, struct str challenge, struct buf *response, struct err *e)
{
	AUTO(buf_release) struct buf decoded = BUF_INIT(challenge.len);
	AUTO(buf_release) struct buf message = BUF_INIT(response->max);
	if (!may_step(s))
		return err_set(e, EX_PROTOCOL,
		    "the server asks for more than there is to say");
	if (s->nsteps++ == 0 && s->mechanism->begins_in_words)
		challenge = STR_INIT;
	s->is_complete = false;
	if (!base64_decode(challenge, &decoded))
		return err_set(e, EX_PROTOCOL, "challenge is not base64");
	return answer(s, buf_str(&decoded), &message, e) &&
	    (base64_encode(buf_str(&message), response) || too_long(e));
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
	AUTO(buf_release) struct buf encoded = BUF_INIT(2 * secret.len + 4);
	/* cannot tell: not shown */
	return !base64_encode(secret, &encoded) ||
	    contains(text, buf_str(&encoded));
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
	bool ok = add_plain(login, &plain);
	/* one that tells nothing, such as OAUTHBEARER's last, is "AQ==" */
	bool has_response = response.len > 4;
	return !ok || contains(text, login->password) ||
	    (has_response && contains(text, response)) ||
	    contains_encoded(text, buf_str(&plain)) ||
	    contains_encoded(text, login->password) ||
	    contains_amid(text, login->password);
}

void
sasl_free(struct sasl *s)
{
	if (s != NULL)
		saslib_free(s->theirs);
	free(s);
}
