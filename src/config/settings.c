// SPDX-License-Identifier: ISC
#include "config/settings.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/value.h"

enum {
	TEXT_MAX = 16 * 1024 * 1024,
	PASSWD_MAX = 1024 * 1024,
};

static bool
is_text(enum setting_type type)
{
	switch (type) {
	case SETTING_TYPE_STRING:
	case SETTING_TYPE_PATH:
	case SETTING_TYPE_SECRET:
	case SETTING_TYPE_COMMAND:
	case SETTING_TYPE_AUTH:
	case SETTING_TYPE_WORDS: return true;
	case SETTING_TYPE_UINT:
	case SETTING_TYPE_SECONDS:
	case SETTING_TYPE_BOOL:
	case SETTING_TYPE_WORD: return false;
	}
	return false;
}

/* The row's place in the struct. */
static void *
field(struct settings *s, const struct setting *row)
{
	return (char *)s + row->offset;
}

static const void *
const_field(const struct settings *s, const struct setting *row)
{
	return (const char *)s + row->offset;
}

/* Text of no secret goes anywhere but into free memory: wipe all alike. */
static void
wipe(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	cstr_release(text);
}

static void
put_text(struct settings *s, const struct setting *row, char *owned)
{
	char **place = field(s, row);
	wipe(place);
	*place = owned;
}

static bool
has_line_end_or_nul(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("\r\n", text.ptr[i]) != NULL) /* finds NUL too */
			return true;
	return false;
}

/* "text" is not one of what it should be. */
static bool
refuse(struct str text, const char *wanted, struct err *e)
{
	char shown[80];
	str_printable_to(text, shown, sizeof(shown));
	return err_set(e, EX_CONFIG, "\"%s\" is not %s", shown, wanted);
}

static bool
set_string(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	bool may_hold_controls = row->type == SETTING_TYPE_SECRET ||
	    row->type == SETTING_TYPE_COMMAND;
	if (may_hold_controls ? has_line_end_or_nul(text)
			      : str_has_controls(text))
		return err_set(e, EX_CONFIG, "holds a control character");
	if (row->check != NULL && !row->check(text, e))
		return false;
	put_text(s, row, str_dup(text));
	return true;
}

static bool
set_path(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	AUTO(buf_release) struct buf path = BUF_INIT(text.len + PATH_MAX);
	bool in_home = text.ptr[0] == '~' &&
	    (text.len == 1 || text.ptr[1] == '/');
	if (in_home && !settings_home(&path))
		return err_set(e, EX_CONFIG,
		    "~: HOME is unset and the home directory unknown");
	if (!buf_add_str(&path, str_from(text, in_home ? 1 : 0)))
		return err_set(e, EX_CONFIG, "the path is too long");
	return set_string(s, row, buf_str(&path), e);
}

/* -1 if it is none of them. */
static int
word_number(const char *const *words, struct str text)
{
	for (int i = 0; words[i] != NULL; i++)
		if (str_eq_nocase(text, str_of(words[i])))
			return i;
	return -1;
}

static bool
refuse_word(const struct setting *row, struct str text, struct err *e)
{
	AUTO(buf_release) struct buf wanted = BUF_INIT(512);
	(void)!buf_printf(&wanted, "%s",
	    row->type == SETTING_TYPE_WORDS ? "some of " : "one of ");
	for (size_t i = 0; row->words[i] != NULL; i++)
		(void)!buf_printf(
		    &wanted, "%s%s", i > 0 ? ", " : "", row->words[i]);
	if (row->none != NULL)
		(void)!buf_printf(&wanted, ", or %s", row->none);
	return refuse(text, buf_cstr(&wanted), e);
}

static bool
refuse_mechanism(struct str name, struct err *e)
{
	AUTO(buf_release) struct buf known = BUF_INIT(256);
	(void)!buf_printf(&known, "auto, on, off");
	for (size_t i = 0; setting_mechanisms[i] != NULL; i++)
		(void)!buf_printf(&known, ", %s", setting_mechanisms[i]);
	char wanted[256];
	(void)snprintf(wanted, sizeof(wanted), "one of %s", buf_cstr(&known));
	return refuse(name, wanted, e);
}

static bool
set_auth(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	int toggle = word_number(setting_toggle_words, text);
	if (toggle >= 0) {
		put_text(s, row, str_dup(str_of(setting_toggle_words[toggle])));
		return true;
	}
	AUTO(buf_release) struct buf names = BUF_INIT(TEXT_MAX);
	struct str rest = text, word;
	while (str_word(&rest, " \t,", &word)) {
		int name = word_number(setting_mechanisms, word);
		if (name < 0)
			return refuse_mechanism(word, e);
		if (!buf_printf(&names, "%s%s", names.len > 0 ? " " : "",
			setting_mechanisms[name]))
			return err_set(e, EX_CONFIG, "too many mechanisms");
	}
	if (names.len == 0)
		return refuse_mechanism(text, e);
	put_text(s, row, str_dup(buf_str(&names)));
	return true;
}

static bool
set_uint(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	uint64_t n;
	if (!parse_uint(text, row->min, row->max, &n)) {
		char wanted[80];
		(void)snprintf(wanted, sizeof(wanted),
		    "a number from %u to %u%s%s", row->min, row->max,
		    row->none != NULL ? ", or " : "",
		    row->none != NULL ? row->none : "");
		return refuse(text, wanted, e);
	}
	unsigned *place = field(s, row);
	*place = (unsigned)n; /* row->max is unsigned */
	return true;
}

bool
settings_parse_seconds(struct str text, uint64_t max, uint64_t *seconds)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 } };
	struct str rest = text, word;
	*seconds = 0;
	while (str_word(&rest, " \t", &word)) {
		uint64_t n, unit = 1;
		char last = to_lower(word.ptr[word.len - 1]);
		for (size_t i = 0; i < ARRAY_LEN(units); i++) {
			if (last != units[i].letter)
				continue;
			unit = units[i].seconds;
			word.len--;
		}
		if (!parse_uint(word, 0, max / unit, &n) ||
		    n * unit > max - *seconds)
			return false;
		*seconds += n * unit;
	}
	return true;
}

static bool
set_seconds(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	uint64_t n;
	if (!settings_parse_seconds(text, row->max, &n) || n < row->min) {
		char wanted[96];
		(void)snprintf(wanted, sizeof(wanted),
		    "a time from %u to %u seconds, such as 90, 15m or 2h%s%s",
		    row->min, row->max, row->none != NULL ? ", or " : "",
		    row->none != NULL ? row->none : "");
		return refuse(text, wanted, e);
	}
	unsigned *place = field(s, row);
	*place = (unsigned)n; /* row->max is unsigned */
	return true;
}

static bool
set_word(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	int number = word_number(row->words, text);
	if (number < 0)
		return refuse_word(row, text, e);
	/* enums without negative values are unsigned for both compilers */
	unsigned *place = field(s, row);
	*place = (unsigned)number;
	return true;
}

static bool
set_words(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	AUTO(buf_release) struct buf words = BUF_INIT(1024);
	struct str rest = text, word;
	while (str_word(&rest, " \t,", &word)) {
		int number = word_number(row->words, word);
		if (number < 0)
			return refuse_word(row, word, e);
		if (!buf_printf(&words, "%s%s", words.len > 0 ? "," : "",
			row->words[number]))
			return err_set(e, EX_CONFIG, "too many words");
	}
	if (words.len == 0)
		return refuse_word(row, text, e);
	if (row->check != NULL && !row->check(buf_str(&words), e))
		return false;
	put_text(s, row, str_dup(buf_str(&words)));
	return true;
}

static bool
set_bool(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	bool *place = field(s, row);
	bool is_on = str_eq_nocase(text, STR("on"));
	if (!is_on && !str_eq_nocase(text, STR("off")))
		return refuse(text, "one of on, off", e);
	*place = is_on;
	return true;
}

static void
set_none(struct settings *s, const struct setting *row)
{
	if (is_text(row->type)) {
		put_text(s, row, NULL);
	} else if (row->type == SETTING_TYPE_BOOL) {
		bool *place = field(s, row);
		*place = false;
	} else {
		unsigned *place = field(s, row);
		*place = 0;
	}
}

static bool
set_by_type(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	static bool (*const setters[])(struct settings *,
	    const struct setting *, struct str, struct err *) = {
		[SETTING_TYPE_STRING] = set_string,
		[SETTING_TYPE_PATH] = set_path,
		[SETTING_TYPE_SECRET] = set_string,
		[SETTING_TYPE_COMMAND] = set_string,
		[SETTING_TYPE_AUTH] = set_auth,
		[SETTING_TYPE_UINT] = set_uint,
		[SETTING_TYPE_SECONDS] = set_seconds,
		[SETTING_TYPE_BOOL] = set_bool,
		[SETTING_TYPE_WORD] = set_word,
		[SETTING_TYPE_WORDS] = set_words,
	};
	if (row->none != NULL && str_eq_nocase(text, str_of(row->none))) {
		set_none(s, row);
		return true;
	}
	if (row->empty != NULL && str_eq_nocase(text, str_of(row->empty))) {
		put_text(s, row, str_dup(STR_INIT)); /* only texts have it */
		return true;
	}
	return setters[row->type](s, row, text, e);
}

/*
 * "tls_trust_file" alone takes back what was said elsewhere, as in msmtp; but
 * a host, a sender, a number or a word is something.
 */
static bool
may_be_empty(enum setting_id id)
{
	enum setting_type type = setting_table[id].type;
	return is_text(type) && type != SETTING_TYPE_AUTH &&
	    type != SETTING_TYPE_WORDS && id != SETTING_HOST &&
	    id != SETTING_FROM;
}

bool
settings_set(struct settings *s, enum setting_id id, struct str text,
    struct settings_origin origin, struct err *e)
{
	struct setting asked = setting_table[id];
	const struct setting *row = &asked;
	bool is_flag = origin.source == SETTINGS_FLAG;
	/* -f '' is the null sender, as callers of sendmail write it */
	bool is_null_sender = is_flag && id == SETTING_FROM;
	if (origin.is_msmtp && row->check_msmtp != NULL)
		asked.check = row->check_msmtp;
	if (text.len == 0 && row->empty != NULL)
		text = str_of(row->empty);
	if (text.len == 0 && may_be_empty(id)) {
		set_none(s, row);
	} else if (text.len == 0 && !is_null_sender) {
		return err_set(e, EX_CONFIG, "is empty");
	} else if (!set_by_type(s, row, text, e)) {
		/* it is an address or a header's text, not configuration */
		if (is_flag &&
		    (id == SETTING_FROM || id == SETTING_FROM_FULL_NAME))
			e->exit = EX_DATAERR;
		return false;
	}
	s->origin[id] = origin;
	return true;
}

bool
settings_is_set(const struct settings *s, enum setting_id id)
{
	return s->origin[id].source != SETTINGS_UNSET;
}

void
settings_unset(struct settings *s, enum setting_id id)
{
	set_none(s, &setting_table[id]);
	s->origin[id] = (struct settings_origin){ .source = SETTINGS_UNSET };
}

bool
settings_has_source(const struct settings *s, enum setting_id id)
{
	const struct setting *row = &setting_table[id];
	const void *at = const_field(s, row);
	const char *const *text = at;
	const unsigned *number = at;
	if (row->gives == GIVES_NOTHING)
		return false;
	return is_text(row->type) ? *text != NULL : *number != 0;
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
		is_needed |= word_number(setting_passwordless, word) < 0;
	return settings_wants_auth(s) && is_needed;
}

static bool
is_kerberos(const char *mechanisms)
{
	static const char *const kerberos[] = { "GSSAPI", "GS2-KRB5", NULL };
	struct str rest = str_of(mechanisms), word;
	while (str_word(&rest, " ", &word))
		if (word_number(kerberos, word) >= 0)
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
	const void *from = const_field(src, row);
	if (is_text(row->type)) {
		const char *const *text = from;
		put_text(
		    dst, row, *text != NULL ? str_dup(str_of(*text)) : NULL);
	} else if (row->type == SETTING_TYPE_BOOL) {
		const bool *on = from;
		bool *place = field(dst, row);
		*place = *on;
	} else {
		const unsigned *n = from;
		unsigned *place = field(dst, row);
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

/* Whether it is set to something: "auto" and "off" for a text are nothing. */
static bool
says_something(const struct settings *s, const struct setting *row)
{
	const void *at = const_field(s, row);
	const char *const *text = at;
	const enum toggle *toggle = at;
	if (is_text(row->type))
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
	bool is_given[GIVES_PASSPHRASE + 1] = { false };
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		if (settings_has_source(dst, id))
			is_given[setting_table[id].gives] = true;
		is_filled[id] = !settings_is_set(dst, id) &&
		    settings_is_set(src, id) && !is_void(dst, id);
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

static const char variable_prefix[] = "POSTHASTE_";

/* "tls_trust_file" is POSTHASTE_TLS_TRUST_FILE. */
static void
variable_name(const struct setting *row, char *dst, size_t size)
{
	int n = snprintf(dst, size, "%s%s", variable_prefix, row->name);
	for (int i = sizeof(variable_prefix) - 1; i < n; i++)
		if (is_alpha(dst[i]))
			dst[i] = (char)(dst[i] & ~0x20); /* upper case */
}

bool
settings_take_variable(struct settings *s, enum setting_id id, struct err *e)
{
	const struct setting *row = &setting_table[id];
	char name[64];
	variable_name(row, name, sizeof(name));
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

bool
settings_fill_environment(struct settings *s, struct err *e)
{
	AUTO(settings_release) struct settings environment = SETTINGS_INIT;
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
static void
flag_name(const struct setting *row, char *dst, size_t size)
{
	int n = snprintf(dst, size, "--%s", row->name);
	for (int i = 2; i < n && dst[i] != '\0'; i++)
		if (dst[i] == '_')
			dst[i] = '-';
}

/* Of a path that is too long, the end with the line. */
static void
where_in_file(const struct settings_origin *origin, char *dst, size_t size)
{
	const size_t frame = sizeof("...:4294967295");
	size_t len = strlen(origin->file);
	bool is_cut = len + frame > size;
	(void)snprintf(dst, size, "%s%s:%u", is_cut ? "..." : "",
	    origin->file + (is_cut ? len + frame - size : 0), origin->line);
}

void
settings_where(
    const struct settings *s, enum setting_id id, char *dst, size_t size)
{
	const struct setting *row = &setting_table[id];
	const struct settings_origin *origin = &s->origin[id];
	if (origin->source != SETTINGS_RCFILE && origin->file != NULL) {
		(void)snprintf(dst, size, "%s", origin->file);
		return;
	}
	switch (origin->source) {
	case SETTINGS_FLAG: flag_name(row, dst, size); break;
	case SETTINGS_ENVIRONMENT: variable_name(row, dst, size); break;
	case SETTINGS_RCFILE: where_in_file(origin, dst, size); break;
	case SETTINGS_DEFAULT: (void)snprintf(dst, size, "default"); break;
	case SETTINGS_UNSET: (void)snprintf(dst, size, "unset"); break;
	}
}

static bool
wants_quotes(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(" \t\"#", text.ptr[i]) != NULL)
			return true;
	return text.len == 0;
}

/* Behind "?" a PKCS#11 URL may hold its token's PIN (RFC 7512 2.4). */
static void
show_but_pin(struct str text, struct buf *out)
{
	bool is_url = str_starts_nocase(text, STR("pkcs11:"));
	size_t end = is_url ? str_find(text, '?') : text.len;
	str_printable(str_upto(text, end), out);
	(void)!buf_printf(out, "%s", end < text.len ? "?*" : "");
}

static void
show_text(const struct setting *row, const char *text, struct buf *out)
{
	if (text == NULL) {
		(void)!buf_printf(
		    out, "%s", row->none != NULL ? row->none : "\"\"");
		return;
	}
	if (row->type == SETTING_TYPE_SECRET) {
		(void)!buf_printf(out, "*");
		return;
	}
	const char *quote = wants_quotes(str_of(text)) ? "\"" : "";
	(void)!buf_printf(out, "%s", quote);
	show_but_pin(str_of(text), out);
	(void)!buf_printf(out, "%s", quote);
}

static void
show_value(const struct settings *s, const struct setting *row, struct buf *out)
{
	const void *at = const_field(s, row);
	if (is_text(row->type)) {
		const char *const *text = at;
		show_text(row, *text, out);
	} else if (row->type == SETTING_TYPE_BOOL) {
		const bool *on = at;
		(void)!buf_printf(out, "%s", *on ? "on" : "off");
	} else {
		const unsigned *n = at;
		if (row->type == SETTING_TYPE_WORD)
			(void)!buf_printf(out, "%s", row->words[*n]);
		else if (*n == 0 && row->none != NULL)
			(void)!buf_printf(out, "%s", row->none);
		else
			(void)!buf_printf(out, "%u", *n);
	}
}

static void
show_row(const struct settings *s, enum setting_id id, bool is_hidden,
    struct buf *out)
{
	const struct setting *row = &setting_table[id];
	char where[SETTINGS_WHERE_SIZE];
	settings_where(s, id, where, sizeof(where));
	(void)!buf_printf(out, "%s ", row->name);
	if (is_hidden)
		(void)!buf_printf(out, "*");
	else
		show_value(s, row, out);
	(void)!buf_printf(out, " # ");
	str_printable(str_of(where), out);
	(void)!buf_printf(out, "\n");
}

void
settings_show(const struct settings *s, struct buf *out)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (settings_is_set(s, id))
			show_row(s, id, false, out);
}

void
settings_show_set(const struct settings *s, struct buf *out)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (settings_is_set(s, id) &&
		    s->origin[id].source != SETTINGS_DEFAULT)
			show_row(s, id,
			    setting_table[id].type == SETTING_TYPE_COMMAND,
			    out);
}

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
		if (!is_text(setting_table[i].type))
			continue;
		char **text = field(s, &setting_table[i]);
		wipe(text);
	}
	free(s->auto_from.domain);
	*s = SETTINGS_INIT;
}
