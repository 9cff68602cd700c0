// SPDX-License-Identifier: ISC
/*
 * Mechanisms that libgsasl serves not: OAUTHBEARER (RFC 7628) and XOAUTH2,
 * where the password is the token, and an exchange that looks like NTLM.
 */
#include <string.h>

#include "smarthost.h"

static bool
decode(const char *base64, struct bytes *text)
{
	char *raw = NULL;
	size_t len = 0;
	if (gsasl_base64_from(base64, strlen(base64), &raw, &len) != GSASL_OK)
		return false;
	bytes_set(text, raw, len);
	gsasl_free(raw);
	return true;
}

static void
encode(const char *text, size_t len, struct bytes *base64)
{
	char *encoded = NULL;
	if (gsasl_base64_to(text, len, &encoded, NULL) == GSASL_OK)
		bytes_set(base64, encoded, strlen(encoded));
	gsasl_free(encoded);
}

bool
hand_plays(const char *mech)
{
	return strcmp(mech, "OAUTHBEARER") == 0 ||
	    strcmp(mech, "XOAUTH2") == 0 || strcmp(mech, "NTLM") == 0;
}

/* What the client has to say, by our user and password. */
static void
expected(const struct setup *s, const char *mech, struct bytes *message)
{
	const char *user = s->user == NULL ? "" : s->user;
	const char *token = s->password == NULL ? "" : s->password;
	if (strcmp(mech, "XOAUTH2") == 0)
		bytes_addf(message, "user=%s\1auth=Bearer %s\1\1", user, token);
	else
		bytes_addf(message, "n,a=%s,\1", user);
}

/* The key of OAUTHBEARER, and nothing but known keys before it. */
static bool
has_token(const struct setup *s, const char *rest)
{
	while (strncmp(rest, "host=", 5) == 0 || strncmp(rest, "port=", 5) == 0)
		rest += strcspn(rest, "\1") + 1;
	struct bytes key = { 0 };
	bytes_addf(
	    &key, "auth=Bearer %s\1\1", s->password == NULL ? "" : s->password);
	bool has = strcmp(rest, key.p) == 0;
	bytes_free(&key);
	return has;
}

static enum hand
begin_oauth(const struct setup *s, const char *mech, const struct bytes *text,
    struct bytes *challenge)
{
	static const char why[] =
	    "{\"status\":\"invalid_token\",\"scope\":\"mail\"}";
	struct bytes want = { 0 };
	expected(s, mech, &want);
	bool is_x = strcmp(mech, "XOAUTH2") == 0;
	bool ok = is_x ? strcmp(text->p, want.p) == 0
		       : strncmp(text->p, want.p, want.len) == 0 &&
		has_token(s, text->p + want.len);
	bytes_free(&want);
	if (ok)
		return HAND_YES;
	encode(why, sizeof(why) - 1, challenge);
	return HAND_ASK;
}

/* Message 1 is answered by a canned message 2. */
static enum hand
begin_ntlm(const struct bytes *text, struct bytes *challenge)
{
	static const char second[] =
	    "TlRMTVNTUAACAAAAAAAAADAAAAAGAoEAASNFZ4mrze8AAAAAAAAAAAAAAAAwAAAA";
	if (text->len < 12 || memcmp(text->p, "NTLMSSP\0\1", 9) != 0)
		return HAND_NO;
	bytes_set(challenge, second, sizeof(second) - 1);
	return HAND_ASK;
}

enum hand
hand_begin(const struct session *s, const char *mech, const char *response,
    struct bytes *challenge)
{
	struct bytes text = { 0 };
	enum hand hand = HAND_NO;
	if (decode(response, &text) && text.len > 0)
		hand = strcmp(mech, "NTLM") == 0
		    ? begin_ntlm(&text, challenge)
		    : begin_oauth(s->setup, mech, &text, challenge);
	bytes_free(&text);
	return hand;
}

/* NTLM's message 3, of any password; to a refused token nothing helps. */
enum hand
hand_go_on(const char *mech, const char *response)
{
	struct bytes text = { 0 };
	bool ok = strcmp(mech, "NTLM") == 0 && decode(response, &text) &&
	    text.len >= 12 && memcmp(text.p, "NTLMSSP\0\3", 9) == 0;
	bytes_free(&text);
	return ok ? HAND_YES : HAND_NO;
}
