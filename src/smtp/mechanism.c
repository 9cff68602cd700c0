// SPDX-License-Identifier: ISC
#include "smtp/mechanism.h"

#include <stddef.h>

#include "base/attr.h"
#include "smtp/caps.h"
#include "smtp/sasl.h"

/*
 * In our order of choice: what shows the least to the server comes first.
 * Behind LOGIN are those that are used only when they are named: what they
 * need is nothing that could be guessed from the settings, or they are weak.
 */
static const struct sasl_mechanism mechanisms[] = {
	{ .name = "SCRAM-SHA-256-PLUS",
	    .kind = SASL_SCRAM,
	    .is_client_first = true,
	    .binds_channel = true,
	    .proves_server = true,
	    .hash = CRYPTO_SHA256 },
	{ .name = "SCRAM-SHA-1-PLUS",
	    .kind = SASL_SCRAM,
	    .is_client_first = true,
	    .binds_channel = true,
	    .proves_server = true,
	    .hash = CRYPTO_SHA1 },
	{ .name = "SCRAM-SHA-256",
	    .kind = SASL_SCRAM,
	    .is_client_first = true,
	    .proves_server = true,
	    .hash = CRYPTO_SHA256 },
	{ .name = "SCRAM-SHA-1",
	    .kind = SASL_SCRAM,
	    .is_client_first = true,
	    .proves_server = true,
	    .hash = CRYPTO_SHA1 },
	{ .name = "PLAIN",
	    .kind = SASL_PLAIN,
	    .use = SASL_USE_PRIVATE,
	    .is_client_first = true,
	    .shows_at = 1 },
	{ .name = "LOGIN",
	    .kind = SASL_LOGIN,
	    .use = SASL_USE_PRIVATE,
	    .shows_at = 2 },
	{ .name = "CRAM-MD5", .use = SASL_USE_NAMED },
	{ .name = "DIGEST-MD5", .use = SASL_USE_NAMED, .proves_server = true },
	{ .name = "EXTERNAL",
	    .kind = SASL_EXTERNAL,
	    .use = SASL_USE_NAMED,
	    .secret = SASL_SECRET_NONE,
	    .is_client_first = true,
	    .acts_for_user = true },
	{ .name = "GSSAPI",
	    .kind = SASL_KERBEROS,
	    .use = SASL_USE_NAMED,
	    .secret = SASL_SECRET_NONE,
	    .is_client_first = true,
	    .proves_server = true,
	    .acts_for_user = true },
	{ .name = "GS2-KRB5", /* RFC 5801 */
	    .kind = SASL_KERBEROS,
	    .use = SASL_USE_NAMED,
	    .secret = SASL_SECRET_NONE,
	    .is_client_first = true,
	    .proves_server = true,
	    .acts_for_user = true },
	/* Exchange greets with "334 NTLM supported" */
	{ .name = "NTLM", .use = SASL_USE_NAMED, .begins_in_words = true },
	{ .name = "OAUTHBEARER",
	    .kind = SASL_OAUTHBEARER,
	    .use = SASL_USE_NAMED,
	    .secret = SASL_SECRET_TOKEN,
	    .is_client_first = true,
	    .shows_at = 1 },
	{ .name = "XOAUTH2",
	    .kind = SASL_XOAUTH2,
	    .use = SASL_USE_NAMED,
	    .secret = SASL_SECRET_TOKEN,
	    .is_client_first = true,
	    .shows_at = 1 },
	{ .name = "ANONYMOUS",
	    .kind = SASL_ANONYMOUS,
	    .use = SASL_USE_NAMED,
	    .secret = SASL_SECRET_NONE,
	    .is_client_first = true },
};

const char *
sasl_name(const struct sasl_mechanism *m)
{
	return m->name;
}

enum sasl_secret
sasl_secret(const struct sasl_mechanism *m)
{
	return m->secret;
}

bool
sasl_shows_secret(const struct sasl_mechanism *m)
{
	return m->shows_at > 0;
}

/* Whether it can be used here, if the user wants it. */
static bool
is_usable(const struct sasl_mechanism *m, const struct sasl_channel *channel,
    const struct caps *caps)
{
	bool can_bind = channel->tls_exporter.len > 0 ||
	    channel->tls_unique.len > 0;
	return (can_bind || !m->binds_channel) &&
	    caps_has_mechanism(caps, m->name);
}

static bool
is_of_our_choice(
    const struct sasl_mechanism *m, const struct sasl_channel *channel)
{
	return m->use == SASL_USE_ALWAYS ||
	    (m->use == SASL_USE_PRIVATE && channel->is_private);
}

static const struct sasl_mechanism *
find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
		if (str_eq_nocase(name, str_of(mechanisms[i].name)))
			return &mechanisms[i];
	return NULL;
}

/* Of our own choice the strongest are libgsasl's. */
bool
sasl_needs_library(const char *names)
{
	struct str rest = str_of(names != NULL ? names : ""), word;
	while (str_word(&rest, " \t,", &word)) {
		const struct sasl_mechanism *m = find(word);
		if (m != NULL && m->kind <= SASL_KERBEROS)
			return true;
	}
	return names == NULL;
}

/* Whether the name stands in the list before where. */
static bool
stands_before(const char *list, const char *where, struct str name)
{
	struct str rest = str_of(list), word;
	while (str_word(&rest, " \t,", &word) && word.ptr < where)
		if (str_eq_nocase(word, name))
			return true;
	return false;
}

/* In the order named; what is named twice counts once. */
static const struct sasl_mechanism *
choose_named(const char *names, const struct sasl_channel *channel,
    const struct caps *caps, const struct sasl_mechanism *after)
{
	struct str rest = str_of(names), word;
	bool is_behind = after == NULL;
	while (str_word(&rest, " \t,", &word)) {
		const struct sasl_mechanism *m = find(word);
		if (m == NULL || stands_before(names, word.ptr, word))
			continue;
		if (is_behind && is_usable(m, channel, caps))
			return m;
		is_behind |= m == after;
	}
	return NULL;
}

const struct sasl_mechanism *
sasl_choose(const struct sasl_login *login, const struct sasl_channel *channel,
    const struct caps *caps, const struct sasl_mechanism *after)
{
	if (login->mechanisms != NULL)
		return choose_named(login->mechanisms, channel, caps, after);
	size_t i = after != NULL ? (size_t)(after - mechanisms) + 1 : 0;
	for (; i < ARRAY_LEN(mechanisms); i++)
		if (is_of_our_choice(&mechanisms[i], channel) &&
		    is_usable(&mechanisms[i], channel, caps))
			return &mechanisms[i];
	return NULL;
}
