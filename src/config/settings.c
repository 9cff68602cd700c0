// SPDX-License-Identifier: ISC
#include "config/settings.h"

#include <errno.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/field.h"
#include "config/value.h"

extern char **environ;

enum { PASSWD_MAX = 1024 * 1024 };

bool
settings_is_set(const struct settings *s, enum setting_id id)
{
	return s->origin[id].source != SETTINGS_UNSET;
}

bool
settings_has_source(const struct settings *s, enum setting_id id)
{
	const struct setting *row = &setting_table[id];
	const void *at = field_read(s, row);
	const char *const *text = at;
	const unsigned *number = at;
	if (row->gives == GIVES_NOTHING)
		return false;
	return field_is_text(row->type) ? *text != NULL : *number != 0;
}

bool
settings_wants_auth(const struct settings *s)
{
	if (s->auth == NULL || strcmp(s->auth, "auto") == 0)
		return s->user != NULL;
	return strcmp(s->auth, "off") != 0;
}

bool
settings_needs_password(const struct settings *s)
{
	struct str rest = str_of(s->auth != NULL ? s->auth : ""), word;
	bool is_needed = rest.len == 0;
	while (str_word(&rest, " ", &word))
		is_needed |= field_find_word(setting_passwordless, word) < 0;
	return settings_wants_auth(s) && is_needed;
}

static bool
is_kerberos(const char *mechanisms)
{
	static const char *const kerberos[] = { "GSSAPI", "GS2-KRB5", NULL };
	struct str rest = str_of(mechanisms), word;
	while (str_word(&rest, " ", &word))
		if (field_find_word(kerberos, word) >= 0)
			return true;
	return false;
}

enum setting_id
settings_find_module(const struct settings *s)
{
	const struct {
		enum setting_id id;
		const char *place;
	} urls[] = {
		{ SETTING_TLS_KEY_FILE, s->tls_key_file },
		{ SETTING_TLS_CERT_FILE, s->tls_cert_file },
		{ SETTING_TLS_TRUST_FILE, s->tls_trust_file },
	};
	for (size_t i = 0; s->tls != TOGGLE_OFF && i < ARRAY_LEN(urls); i++)
		if (urls[i].place != NULL &&
		    value_is_url(str_of(urls[i].place)))
			return urls[i].id;
	return s->auth != NULL && settings_wants_auth(s) && is_kerberos(s->auth)
	    ? SETTING_AUTH
	    : SETTING_COUNT;
}

static void
copy_one(struct settings *dst, const struct settings *src, enum setting_id id)
{
	const struct setting *row = &setting_table[id];
	const void *from = field_read(src, row);
	if (field_is_text(row->type)) {
		const char *const *text = from;
		field_put_text(
		    dst, row, *text != NULL ? str_dup(str_of(*text)) : NULL);
	} else if (row->type == SETTING_TYPE_BOOL) {
		const bool *on = from;
		bool *place = field_of(dst, row);
		*place = *on;
	} else {
		const unsigned *n = from;
		unsigned *place = field_of(dst, row);
		*place = *n;
	}
	dst->origin[id] = src->origin[id];
}

static void
fill_auto_from(
    struct settings_auto_from *dst, const struct settings_auto_from *src)
{
	if (dst->origin.source == SETTINGS_UNSET) {
		dst->is_on = src->is_on;
		dst->origin = src->origin;
	}
	if (dst->domain == NULL && src->domain != NULL)
		dst->domain = str_dup(str_of(src->domain));
}

bool
settings_has_server(const struct settings *s)
{
	return s->host != NULL || s->socket != NULL;
}

bool
settings_has_way(const struct settings *s)
{
	return settings_has_server(s) || s->tunnel != NULL;
}

bool
settings_has_proxy(const struct settings *s)
{
	return s->proxy_host != NULL && s->socket == NULL;
}

/* Whether it is set to something: "auto" and "off" for a text are nothing. */
static bool
says_something(const struct settings *s, const struct setting *row)
{
	const void *at = field_read(s, row);
	const char *const *text = at;
	const enum toggle *toggle = at;
	if (field_is_text(row->type))
		return *text != NULL;
	return row->type != SETTING_TYPE_WORD || *toggle != TOGGLE_AUTO;
}

bool
settings_is_tls_detail(const struct settings *s, enum setting_id id)
{
	return setting_table[id].is_tls_detail && settings_is_set(s, id) &&
	    s->origin[id].source != SETTINGS_DEFAULT &&
	    says_something(s, &setting_table[id]);
}

bool
settings_has_tls_detail(const struct settings *s)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (settings_is_tls_detail(s, id))
			return true;
	return false;
}

bool
settings_has_pin(const struct settings *s)
{
	return s->tls_fingerprint != NULL || s->tls_pin != NULL;
}

bool
settings_goes_by_key(const struct settings *s)
{
	return settings_has_pin(s) || s->tls_trust == TLS_TRUST_FIRST_USE;
}

/* Whether it says by what the certificate is verified. */
static bool
names_trust(const struct settings *s)
{
	bool is_nobody = s->tls_trust_file != NULL &&
	    s->tls_trust_file[0] == '\0';
	return (settings_is_set(s, SETTING_TLS_TRUST_FILE) && !is_nobody) ||
	    settings_is_set(s, SETTING_TLS_TRUST) || settings_has_pin(s) ||
	    s->tls_crl_file != NULL;
}

/* Whether what dst says of one of the row's kind makes the row void. */
static bool
is_void(const struct settings *dst, enum setting_id id)
{
	const struct setting *row = &setting_table[id];
	bool without_tls = settings_is_set(dst, SETTING_TLS) &&
	    dst->tls == TOGGLE_OFF;
	bool without_check = settings_is_set(dst, SETTING_TLS_CERTCHECK) &&
	    !dst->tls_certcheck;
	if (row->is_tls_detail && without_tls)
		return true;
	if (id == SETTING_TLS_CERTCHECK)
		return names_trust(dst);
	/* it was meant for another proxy, and goes there in the clear */
	if (id == SETTING_PROXY_USER || row->gives == GIVES_PROXY_PASSWORD)
		return settings_is_set(dst, SETTING_PROXY_HOST);
	if (id == SETTING_TUNNEL)
		return dst->socket != NULL || dst->proxy_host != NULL;
	if (id == SETTING_SOCKET || id == SETTING_PROXY_HOST ||
	    id == SETTING_SOURCE_IP || id == SETTING_ADDRESS_FAMILY)
		return dst->tunnel != NULL;
	if (id == SETTING_HOLD_FOR || id == SETTING_HOLD_UNTIL)
		return settings_is_set(dst, SETTING_HOLD_FOR) ||
		    settings_is_set(dst, SETTING_HOLD_UNTIL);
	return without_check &&
	    (id == SETTING_TLS_TRUST_FILE || id == SETTING_TLS_CRL_FILE ||
		id == SETTING_TLS_FINGERPRINT || id == SETTING_TLS_PIN ||
		id == SETTING_TLS_TRUST);
}

void
settings_fill(struct settings *dst, const struct settings *src)
{
	bool is_filled[SETTING_COUNT] = { false };
	bool is_given[GIVES_COUNT] = { false };
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		if (setting_table[id].gives != GIVES_NOTHING &&
		    settings_has_source(dst, id))
			is_given[setting_table[id].gives] = true;
		is_filled[id] = settings_is_set(src, id) &&
		    !settings_is_set(dst, id) && !is_void(dst, id);
	}
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (is_filled[id] && !is_given[setting_table[id].gives])
			copy_one(dst, src, id);
	fill_auto_from(&dst->auto_from, &src->auto_from);
}

const char *
settings_variable(const char *name)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody calls setenv() */
	return getenv(name);
}

bool
settings_take_variable(struct settings *s, enum setting_id id, struct err *e)
{
	const struct setting *row = &setting_table[id];
	char name[64];
	field_variable(row, name, sizeof(name));
	const char *value = settings_variable(name);
	if (value == NULL || *value == '\0')
		return true;
	if (row->type == SETTING_TYPE_SECRET)
		return err_set(e, EX_CONFIG,
			   "%s: others can read the environment", name) ||
		    err_hint(
			e, "put it in a file and the name in %s_FILE", name);
	struct settings_origin origin = { .source = SETTINGS_ENVIRONMENT };
	return settings_set(s, id, str_of(value), origin, e) ||
	    err_wrap(e, "%s", name);
}

/* Mostly there is none, and no name need be made to look for. */
static bool
has_variables(void)
{
	static const char prefix[] = "POSTHASTE_";
	for (char *const *v = environ; v != NULL && *v != NULL; v++)
		if (strncmp(*v, prefix, sizeof(prefix) - 1) == 0)
			return true;
	return false;
}

bool
settings_fill_environment(struct settings *s, struct err *e)
{
	AUTO(settings_release) struct settings environment = SETTINGS_INIT;
	if (!has_variables())
		return true;
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (!settings_take_variable(&environment, id, e))
			return false;
	settings_fill(s, &environment);
	return true;
}

/* LMTP is spoken on the host itself, or in its room, if nothing is said. */
static bool
does_without_tls(const struct settings *s)
{
	return s->protocol == PROTOCOL_LMTP && !settings_has_tls_detail(s) &&
	    s->relay_tls != RELAY_TLS_REQUIRE;
}

bool
settings_fill_defaults(struct settings *s, struct err *e)
{
	struct settings_origin origin = { .source = SETTINGS_DEFAULT };
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		const struct setting *row = &setting_table[id];
		const char *text = row->initial;
		if (id == SETTING_HOST && s->tunnel != NULL)
			text = "localhost"; /* if that matters there */
		if (text == NULL || settings_is_set(s, id))
			continue;
		if (id == SETTING_TLS && does_without_tls(s))
			text = "off";
		if (!settings_set(s, id, str_of(text), origin, e))
			return err_wrap(e, "default of %s", row->name);
	}
	return true;
}

/* "tls_trust_file" is --tls-trust-file. */
bool
settings_home(struct buf *home)
{
	const char *env = settings_variable("HOME");
	if (env != NULL && env[0] == '/')
		return buf_add_str(home, str_of(env));
	AUTO(buf_release) struct buf space = BUF_INIT(PASSWD_MAX);
	struct passwd entry, *found = NULL;
	for (size_t size = 1024; size <= space.max; size *= 4) {
		char *room = buf_room(&space, size);
		if (room == NULL)
			return false;
		int status = getpwuid_r(geteuid(), &entry, room, size, &found);
		if (status != ERANGE)
			break;
	}
	return found != NULL && found->pw_dir != NULL &&
	    found->pw_dir[0] == '/' && buf_add_str(home, str_of(found->pw_dir));
}

bool
settings_dir(enum settings_dir which, struct buf *path)
{
	static const struct {
		const char *variable;
		const char *in_home;
	} rows[] = {
		[SETTINGS_CACHE] = { "XDG_CACHE_HOME", "/.cache" },
		[SETTINGS_STATE] = { "XDG_STATE_HOME", "/.local/state" },
	};
	const char *base = settings_variable(rows[which].variable);
	/* the specification: a path that is not absolute does not count */
	bool ok = base != NULL && base[0] == '/'
	    ? buf_add_str(path, str_of(base))
	    : settings_home(path) &&
		buf_add_str(path, str_of(rows[which].in_home));
	return ok && buf_printf(path, "/posthaste");
}

void
settings_release(struct settings *s)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (!field_is_text(setting_table[i].type))
			continue;
		char **text = field_of(s, &setting_table[i]);
		if (*text != NULL)
			field_wipe(text);
	}
	free(s->auto_from.domain);
	*s = SETTINGS_INIT;
}
