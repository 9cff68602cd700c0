// SPDX-License-Identifier: ISC
/* AUTH (RFC 4954) by the server half of libgsasl, and the lies told to test. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "smarthost.h"

/* One exchange; sasl NULL: the script answered, nothing can succeed. */
struct exchange {
	struct session *session;
	const char *mech;
	Gsasl_session *sasl;
	struct bytes challenge; /* base64, to be sent */
	unsigned nsteps;
};

enum step { STEP_MORE, STEP_DONE, STEP_REFUSED, STEP_MALFORMED };

static bool
is_plus(const char *mech, size_t n)
{
	return n > 5 && memcmp(mech + n - 5, "-PLUS", 5) == 0;
}

static bool
is_scram(const struct exchange *x)
{
	return strncmp(x->mech, "SCRAM-", 6) == 0;
}

/* Not in clear, if there is TLS to be had; -PLUS needs it anyway. */
static bool
is_available(const struct session *s, const char *mech, size_t n)
{
	const struct setup *setup = s->setup;
	if (s->wire.tls != NULL)
		return true;
	if (is_plus(mech, n))
		return false;
	return setup->tls == TLS_NONE || setup->auth_before_tls;
}

static void
add_available(const struct session *s, const char *list, struct bytes *out)
{
	for (const char *p = list; *p != '\0';) {
		p += strspn(p, " ");
		size_t n = strcspn(p, " ");
		if (n > 0 && is_available(s, p, n)) {
			bytes_add(out, " ", 1);
			bytes_add(out, p, n);
		}
		p += n;
	}
}

void
auth_offer(const struct session *s, struct bytes *out)
{
	struct bytes mechs = { 0 };
	add_available(s, s->setup->mechs, &mechs);
	if (mechs.len > 0)
		bytes_addf(out, "AUTH%s", mechs.p);
	bytes_free(&mechs);
}

/* The name among those of --mechs, or of an AUTH=... in --caps. */
static const char *
known_mech(const struct session *s, const char *name)
{
	static const char *const mechs[] = {
		"SCRAM-SHA-256-PLUS",
		"SCRAM-SHA-256",
		"SCRAM-SHA-1-PLUS",
		"SCRAM-SHA-1",
		"PLAIN",
		"LOGIN",
		"CRAM-MD5",
		"DIGEST-MD5",
		"EXTERNAL",
		"ANONYMOUS",
		"GSSAPI",
		"GS2-KRB5",
		"NTLM",
		"OAUTHBEARER",
		"XOAUTH2",
	};
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++) {
		if (!same_word(mechs[i], name, SIZE_MAX))
			continue;
		const char *caps = list_find(s->setup->caps, ',', "AUTH");
		bool offered = list_find(s->setup->mechs, ' ', mechs[i]) !=
			NULL ||
		    (caps != NULL && strstr(caps, mechs[i]) != NULL);
		return offered ? mechs[i] : NULL;
	}
	return NULL;
}

static int
set_property(Gsasl_session *sasl, Gsasl_property property, const char *text)
{
	return gsasl_property_set(sasl, property, text);
}

static int
set_base64(Gsasl_session *sasl, Gsasl_property property, const unsigned char *p,
    size_t n)
{
	char *text = NULL;
	int code = gsasl_base64_to((const char *)p, n, &text, NULL);
	if (code == GSASL_OK)
		code = set_property(sasl, property, text);
	gsasl_free(text);
	return code;
}

/* A mechanism without -PLUS gets it only if -PLUS was there to be taken. */
static bool
binding_wanted(const struct exchange *x)
{
	struct bytes plus = { 0 };
	bytes_addf(&plus, "%s%s", x->mech,
	    is_plus(x->mech, strlen(x->mech)) ? "" : "-PLUS");
	bool wanted = list_find(x->session->setup->mechs, ' ', plus.p) != NULL;
	bytes_free(&plus);
	return wanted;
}

static int
set_binding(const struct exchange *x, Gsasl_property property)
{
	gnutls_session_t tls = x->session->wire.tls;
	if (tls == NULL || !binding_wanted(x))
		return GSASL_NO_CALLBACK;
	bool is_13 = gnutls_protocol_get_version(tls) >= GNUTLS_TLS1_3;
	if (is_13 != (property == GSASL_CB_TLS_EXPORTER))
		return GSASL_NO_CALLBACK;

	gnutls_datum_t cb = { 0 };
	if (gnutls_session_channel_binding(tls,
		is_13 ? GNUTLS_CB_TLS_EXPORTER : GNUTLS_CB_TLS_UNIQUE, &cb))
		return GSASL_NO_CALLBACK;
	if (x->session->setup->lie == LIE_BAD_CB)
		cb.data[0] ^= 1U;
	char *text = NULL;
	int code = gsasl_base64_to((const char *)cb.data, cb.size, &text, NULL);
	if (code == GSASL_OK)
		code = set_property(x->sasl, property, text);
	gsasl_free(text);
	gnutls_free(cb.data);
	return code;
}

static bool
is_our_user(const struct exchange *x)
{
	const char *user = gsasl_property_fast(x->sasl, GSASL_AUTHID);
	const char *other = gsasl_property_fast(x->sasl, GSASL_AUTHZID);
	const char *ours = x->session->setup->user;
	if (user == NULL || ours == NULL || strcmp(user, ours) != 0)
		return false;
	return other == NULL || other[0] == '\0' || strcmp(other, user) == 0;
}

static int
check_password(const struct exchange *x)
{
	const char *given = gsasl_property_fast(x->sasl, GSASL_PASSWORD);
	const char *ours = x->session->setup->password;
	if (given == NULL || ours == NULL || !is_our_user(x) ||
	    strcmp(given, ours) != 0)
		return GSASL_AUTHENTICATION_ERROR;
	return GSASL_OK;
}

static int
derive(gnutls_mac_algorithm_t mac, const char *password, const char *salt64,
    unsigned iterations, unsigned char *key, size_t size)
{
	char *salt = NULL;
	size_t salt_len = 0;
	int code = gsasl_base64_from(salt64, strlen(salt64), &salt, &salt_len);
	if (code != GSASL_OK)
		return code;
	gnutls_datum_t pw = {
		.data = (unsigned char *)gnutls_strdup(password),
		.size = (unsigned)strlen(password),
	};
	gnutls_datum_t s = {
		.data = (unsigned char *)salt,
		.size = (unsigned)salt_len,
	};
	if (pw.data == NULL ||
	    gnutls_pbkdf2(mac, &pw, &s, iterations, key, size) != 0)
		code = GSASL_CRYPTO_ERROR;
	gnutls_free(pw.data);
	gsasl_free(salt);
	return code;
}

/* Ours, because libgsasl keeps its own from us. */
static int
set_salt(Gsasl_session *sasl)
{
	unsigned char salt[12];
	if (gnutls_rnd(GNUTLS_RND_NONCE, salt, sizeof(salt)) != 0)
		return GSASL_CRYPTO_ERROR;
	return set_base64(sasl, GSASL_SCRAM_SALT, salt, sizeof(salt));
}

/* RFC 5802 3: from the salted password to what a server keeps. */
static int
set_keys_from(Gsasl_session *sasl, bool sha1, const unsigned char *salted)
{
	static const char server[] = "Server Key";
	static const char client[] = "Client Key";
	gnutls_mac_algorithm_t mac = sha1 ? GNUTLS_MAC_SHA1 : GNUTLS_MAC_SHA256;
	size_t n = sha1 ? 20 : 32;
	unsigned char key[32];
	unsigned char stored[32];
	if (gnutls_hmac_fast(mac, salted, n, client, sizeof(client) - 1, key) !=
		0 ||
	    gnutls_hash_fast(sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, key, n,
		stored) != 0 ||
	    gnutls_hmac_fast(mac, salted, n, server, sizeof(server) - 1, key) !=
		0)
		return GSASL_CRYPTO_ERROR;
	int code = set_base64(sasl, GSASL_SCRAM_STOREDKEY, stored, n);
	if (code != GSASL_OK)
		return code;
	return set_base64(sasl, GSASL_SCRAM_SERVERKEY, key, n);
}

/* libgsasl's own derivation is ten times slower. */
static int
set_keys(const struct exchange *x)
{
	const char *iter = gsasl_property_fast(x->sasl, GSASL_SCRAM_ITER);
	const char *salt = gsasl_property_fast(x->sasl, GSASL_SCRAM_SALT);
	const char *ours = x->session->setup->password;
	bool sha1 = strncmp(x->mech, "SCRAM-SHA-1", 11) == 0;
	uint64_t n = 0;
	if (!is_our_user(x) || ours == NULL)
		return GSASL_AUTHENTICATION_ERROR;
	if (iter == NULL || salt == NULL ||
	    !parse_number(iter, 1, UINT32_MAX, &n))
		return GSASL_NO_CALLBACK;
	unsigned char salted[32];
	char *prepared = NULL;
	int code = gsasl_saslprep(
	    ours, (Gsasl_saslprep_flags)0, &prepared, NULL);
	if (code == GSASL_OK)
		code = derive(sha1 ? GNUTLS_MAC_SHA1 : GNUTLS_MAC_SHA256,
		    prepared, salt, (unsigned)n, salted, sha1 ? 20 : 32);
	gsasl_free(prepared);
	return code == GSASL_OK ? set_keys_from(x->sasl, sha1, salted) : code;
}

/* CRAM-MD5 and DIGEST-MD5 want it in clear. */
static int
give_password(const struct exchange *x)
{
	const char *ours = x->session->setup->password;
	if (ours == NULL || !is_our_user(x))
		return GSASL_AUTHENTICATION_ERROR;
	return set_property(x->sasl, GSASL_PASSWORD, ours);
}

/* EXTERNAL: who does not say for whom is himself. */
static int
check_external(const struct exchange *x)
{
	const char *other = gsasl_property_fast(x->sasl, GSASL_AUTHZID);
	const char *ours = x->session->setup->user;
	bool is_ours = other == NULL || other[0] == '\0' ||
	    (ours != NULL && strcmp(other, ours) == 0);
	return is_ours ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
}

/* --user is the principal; who acts for another is refused. */
static int
check_ticket(const struct exchange *x)
{
	const char *name = gsasl_property_fast(
	    x->sasl, GSASL_GSSAPI_DISPLAY_NAME);
	const char *other = gsasl_property_fast(x->sasl, GSASL_AUTHZID);
	const char *ours = x->session->setup->user;
	bool is_ours = name != NULL && ours != NULL &&
	    strcmp(name, ours) == 0 &&
	    (other == NULL || other[0] == '\0' || strcmp(other, name) == 0);
	return is_ours ? GSASL_OK : GSASL_AUTHENTICATION_ERROR;
}

static int
give_property(Gsasl *gsasl, Gsasl_session *sasl, Gsasl_property property)
{
	(void)gsasl;
	const struct exchange *x = gsasl_session_hook_get(sasl);
	const char *iterations = x->session->setup->iterations;
	if (property == GSASL_VALIDATE_SIMPLE)
		return check_password(x);
	if (property == GSASL_VALIDATE_EXTERNAL)
		return check_external(x);
	if (property == GSASL_VALIDATE_ANONYMOUS)
		return GSASL_OK;
	if (property == GSASL_VALIDATE_GSSAPI)
		return check_ticket(x);
	if (property == GSASL_SERVICE)
		return set_property(sasl, property, "smtp");
	if (property == GSASL_HOSTNAME)
		return set_property(sasl, property, "localhost");
	if (property == GSASL_PASSWORD && !is_scram(x))
		return give_password(x);
	if (property == GSASL_SCRAM_SERVERKEY)
		return set_keys(x);
	if (property == GSASL_CB_TLS_EXPORTER ||
	    property == GSASL_CB_TLS_UNIQUE)
		return set_binding(x, property);
	if (property == GSASL_SCRAM_SALT)
		return set_salt(sasl);
	if (property == GSASL_SCRAM_ITER)
		return set_property(
		    sasl, property, iterations == NULL ? "4096" : iterations);
	return GSASL_NO_CALLBACK;
}

static enum step
step(struct exchange *x, const char *response)
{
	if (x->sasl == NULL)
		return STEP_REFUSED;
	x->nsteps++;
	char *out = NULL;
	int code = gsasl_step64(x->sasl, response, &out);
	x->challenge.len = 0;
	if (out != NULL)
		bytes_set(&x->challenge, out, strlen(out));
	gsasl_free(out);
	switch (code) {
	case GSASL_OK: return STEP_DONE;
	case GSASL_NEEDS_MORE: return STEP_MORE;
	case GSASL_BASE64_ERROR:
	case GSASL_MECHANISM_PARSE_ERROR: return STEP_MALFORMED;
	default:
		dialogue_note(x->session->setup->dialogue_fd, "sasl: %s",
		    gsasl_strerror(code));
		return STEP_REFUSED;
	}
}

static void
say_base64(struct bytes *out, const char *text)
{
	char *encoded = NULL;
	if (gsasl_base64_to(text, strlen(text), &encoded, NULL) == GSASL_OK)
		bytes_set(out, encoded, strlen(encoded));
	gsasl_free(encoded);
}

/* The value of r, s or i in SCRAM's first message. */
static void
add_value(struct bytes *out, const char *message, char name)
{
	for (const char *p = message; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ",");
		if (p[0] == name && p[1] == '=')
			bytes_add(out, p + 2, n - 2);
		p += n;
		p += *p == ',';
	}
}

/* The text of the lie, with what is true in it. */
static void
lie_about_first(struct exchange *x, const char *lie)
{
	char *message = NULL;
	size_t len = 0;
	if (gsasl_base64_from(
		x->challenge.p, x->challenge.len, &message, &len) != GSASL_OK)
		return;
	struct bytes truth = { 0 };
	struct bytes text = { 0 };
	bytes_set(&truth, message, len);
	for (const char *p = lie; *p != '\0'; p++)
		if (p[0] == '%' && p[1] != '\0')
			add_value(&text, truth.p, *++p);
		else
			bytes_add(&text, p, 1);
	say_base64(&x->challenge, text.len > 0 ? text.p : "");
	gsasl_free(message);
	bytes_free(&truth);
	bytes_free(&text);
}

static void
lie_about_iterations(struct exchange *x)
{
	struct bytes lie = { 0 };
	bytes_addf(&lie, "r=%%r,s=%%s,i=%s", x->session->setup->iterations);
	lie_about_first(x, lie.p);
	bytes_free(&lie);
}

/* "v=" and as many zeros as the signature is long, in base64 twice */
static const char *
bad_signature(const struct exchange *x)
{
	if (strncmp(x->mech, "SCRAM-SHA-1", 11) == 0)
		return "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	return "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
}

static void
lie_about_challenge(struct exchange *x, enum step result)
{
	const char *text = x->session->setup->lie_text;
	bool is_first = result == STEP_MORE && is_scram(x);
	bool is_final = result == STEP_DONE && is_scram(x);
	switch (x->session->setup->lie) {
	case LIE_BAD_BASE64: bytes_set(&x->challenge, "*no base64*", 11); break;
	case LIE_RAW: bytes_set(&x->challenge, text, strlen(text)); break;
	case LIE_ITER:
		if (is_first)
			lie_about_iterations(x);
		break;
	case LIE_FIRST:
		if (is_first)
			lie_about_first(x, text);
		break;
	case LIE_FINAL:
		if (is_final)
			say_base64(&x->challenge, text);
		break;
	case LIE_BAD_SIGNATURE:
		if (is_final)
			say_base64(&x->challenge, bad_signature(x));
		else if (strcmp(x->mech, "DIGEST-MD5") == 0 && x->nsteps == 2)
			say_base64(&x->challenge,
			    "rspauth=0123456789abcdef0123456789abcdef");
		break;
	case LIE_NONE:
	case LIE_NO_SIGNATURE:
	case LIE_BAD_CB:
	case LIE_ENDLESS:
	case LIE_ECHO:
	case LIE_REPEAT: break;
	}
}

static bool
ask(struct exchange *x, enum step result)
{
	lie_about_challenge(x, result);
	session_answer(
	    x->session, "334 %s", x->challenge.len > 0 ? x->challenge.p : "");
	return wire_flush(&x->session->wire);
}

static void
note_response(struct session *s, const char *response)
{
	if (s->setup->lie == LIE_REPEAT && response[0] != '\0')
		bytes_addf(&s->told, " %s", response);
}

/* The client's next response; false: the exchange is over, all is said. */
static bool
listen_for_response(struct exchange *x)
{
	struct session *s = x->session;
	for (;;) {
		if (!session_line(s) || session_overrun(s, true))
			return false;
		note_response(s, s->line.p);
		enum verdict verdict = session_event(s, STAGE_AUTH_RESPONSE);
		if (verdict == OVER)
			return false;
		if (strcmp(s->line.p, "*") == 0) {
			if (verdict == GO_ON)
				session_refuse(s, "501 5.7.0 cancelled");
			return false;
		}
		if (verdict == GO_ON)
			return true;
		if (s->scripted != '3')
			return false;
		gsasl_finish(x->sasl);
		x->sasl = NULL;
	}
}

static void
add_base64(struct bytes *out, const char *p, size_t n)
{
	char *text = NULL;
	if (gsasl_base64_to(p, n, &text, NULL) == GSASL_OK)
		bytes_addf(out, " %s", text);
	gsasl_free(text);
}

/* Says the password back, clear, as LOGIN sends it and as PLAIN sends it. */
static void
echo_secrets(struct session *s)
{
	const char *user = s->setup->user == NULL ? "" : s->setup->user;
	const char *pw = s->setup->password == NULL ? "" : s->setup->password;
	struct bytes all = { 0 };
	struct bytes text = { 0 };
	bytes_add(&all, "", 1);
	bytes_add(&all, user, strlen(user) + 1);
	bytes_add(&all, pw, strlen(pw));
	bytes_add(&text, pw, strlen(pw));
	add_base64(&text, pw, strlen(pw));
	add_base64(&text, all.p, all.len);
	session_refuse(s, "535 5.7.8 no: %s", text.p);
	bytes_free(&all);
	bytes_free(&text);
}

static void
conclude(struct exchange *x, enum step result)
{
	struct session *s = x->session;
	if (s->setup->lie == LIE_ECHO) {
		echo_secrets(s);
	} else if (result == STEP_MALFORMED) {
		session_refuse(s, "501 5.5.2 malformed response");
	} else if (result == STEP_DONE) {
		const char *user = gsasl_property_fast(x->sasl, GSASL_AUTHID);
		bytes_addf(
		    &s->auth, "%s %s", x->mech, user == NULL ? "" : user);
		session_answer(s, "235 2.7.0 welcome");
	} else {
		session_refuse(s, "535 5.7.8 wrong user or password");
	}
}

/* RFC 4954 4: data that comes with success is a challenge of its own. */
static bool
show_success(struct exchange *x)
{
	if (x->session->setup->lie == LIE_NO_SIGNATURE || x->challenge.len == 0)
		return true;
	if (!ask(x, STEP_DONE) || !listen_for_response(x))
		return false;
	if (x->session->line.len > 0 && x->sasl != NULL) {
		session_refuse(x->session, "501 5.5.2 nothing to add");
		return false;
	}
	return true;
}

static enum step
first_step(struct exchange *x, const char *response)
{
	if (response == NULL)
		return step(x, "");
	/* libgsasl's LOGIN asks for the user before it listens */
	if (strcmp(x->mech, "LOGIN") == 0)
		(void)step(x, "");
	if (strcmp(response, "=") != 0)
		return step(x, response);
	enum step result = step(x, "");
	bool still_asking = result == STEP_MORE && x->challenge.len == 0;
	return still_asking ? STEP_MALFORMED : result;
}

static void
run(struct exchange *x, const char *response)
{
	enum step result = x->sasl == NULL ? STEP_MORE
					   : first_step(x, response);
	bool asked = x->sasl == NULL;
	while (result == STEP_MORE || x->session->setup->lie == LIE_ENDLESS) {
		if (!asked && !ask(x, result))
			return;
		if (!listen_for_response(x))
			return;
		asked = false;
		if (x->session->setup->lie == LIE_ENDLESS)
			bytes_set(&x->challenge, "YWdhaW4=", 8);
		else
			result = step(x, x->session->line.p);
	}
	if (result == STEP_DONE && !show_success(x))
		return;
	if (x->sasl == NULL)
		result = STEP_REFUSED;
	conclude(x, result);
}

static bool
may_authenticate(struct session *s)
{
	if (!s->esmtp)
		session_refuse(s, "503 5.5.1 EHLO first");
	else if (s->auth.len > 0)
		session_refuse(s, "503 5.5.1 already authenticated");
	else if (s->mail.len > 0)
		session_refuse(s, "503 5.5.1 not within a transaction");
	else
		return true;
	return false;
}

/* What libgsasl has no server for. */
static void
exchange_by_hand(struct session *s, const char *mech, const char *response)
{
	struct exchange x = { .session = s, .mech = mech };
	struct bytes first = { 0 };
	if (response == NULL) {
		const char *words = strcmp(mech, "NTLM") == 0 ? "NTLM supported"
							      : "";
		session_answer(s, "334 %s", words);
		if (!wire_flush(&s->wire) || !listen_for_response(&x))
			return;
		response = s->line.p;
	}
	bytes_addf(&first, "%s", response);
	enum hand hand = hand_begin(s, mech, first.p, &x.challenge);
	bytes_free(&first);
	while (hand == HAND_ASK) {
		session_answer(s, "334 %s", x.challenge.p);
		if (!wire_flush(&s->wire) || !listen_for_response(&x)) {
			bytes_free(&x.challenge);
			return;
		}
		hand = hand_go_on(mech, s->line.p);
	}
	bytes_free(&x.challenge);
	if (hand == HAND_YES) {
		bytes_addf(&s->auth, "%s %s", mech,
		    s->setup->user == NULL ? "" : s->setup->user);
		session_answer(s, "235 2.7.0 welcome");
	} else
		session_refuse(s, "535 5.7.8 not with that");
}

static void
exchange(struct session *s, const char *mech, const char *response)
{
	if (hand_plays(mech)) {
		exchange_by_hand(s, mech, response);
		return;
	}
	struct exchange x = { .session = s, .mech = mech };
	gsasl_callback_set(s->setup->gsasl, give_property);
	if (gsasl_server_start(s->setup->gsasl, mech, &x.sasl) != GSASL_OK)
		errx(EX_SOFTWARE, "libgsasl cannot do %s", mech);
	gsasl_session_hook_set(x.sasl, &x);
	run(&x, response);
	gsasl_finish(x.sasl);
	bytes_free(&x.challenge);
}

void
auth_command(struct session *s, const char *arg)
{
	enum verdict verdict = session_event(s, STAGE_AUTH);
	if (verdict == OVER)
		return;
	if (verdict == ANSWERED) {
		struct exchange x = { .session = s, .mech = "none" };
		if (s->scripted == '3')
			run(&x, NULL);
		return;
	}
	if (!may_authenticate(s))
		return;

	struct bytes name = { 0 };
	size_t n = strcspn(arg, " ");
	bytes_set(&name, arg, n);
	struct bytes response = { 0 };
	if (arg[n] == ' ')
		bytes_addf(&response, "%s", arg + n + 1);
	note_response(s, response.len > 0 ? response.p : "");
	const char *mech = known_mech(s, name.p);
	if (mech == NULL)
		session_refuse(s, "504 5.5.4 no such mechanism");
	else if (!is_available(s, mech, strlen(mech)))
		session_refuse(s, "538 5.7.11 not in clear");
	else
		exchange(s, mech, response.len > 0 ? response.p : NULL);
	bytes_free(&name);
	bytes_free(&response);
}
