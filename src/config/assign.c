// SPDX-License-Identifier: ISC
/* Text to the value of a setting, by its type. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/field.h"
#include "config/settings.h"
#include "config/value.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

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
	field_put_text(s, row, str_dup(text));
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
	int toggle = field_find_word(setting_toggle_words, text);
	if (toggle >= 0) {
		field_put_text(
		    s, row, str_dup(str_of(setting_toggle_words[toggle])));
		return true;
	}
	AUTO(buf_release) struct buf names = BUF_INIT(TEXT_MAX);
	struct str rest = text, word;
	while (str_word(&rest, " \t,", &word)) {
		int name = field_find_word(setting_mechanisms, word);
		if (name < 0)
			return refuse_mechanism(word, e);
		if (!buf_printf(&names, "%s%s", names.len > 0 ? " " : "",
			setting_mechanisms[name]))
			return err_set(e, EX_CONFIG, "too many mechanisms");
	}
	if (names.len == 0)
		return refuse_mechanism(text, e);
	field_put_text(s, row, str_dup(buf_str(&names)));
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
	unsigned *place = field_of(s, row);
	*place = (unsigned)n; /* row->max is unsigned */
	return true;
}

static bool
set_seconds(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	uint64_t n;
	if (!value_parse_seconds(text, row->max, &n) || n < row->min) {
		char wanted[96];
		(void)snprintf(wanted, sizeof(wanted),
		    "a time from %u to %u seconds, such as 90, 15m or 2h%s%s",
		    row->min, row->max, row->none != NULL ? ", or " : "",
		    row->none != NULL ? row->none : "");
		return refuse(text, wanted, e);
	}
	unsigned *place = field_of(s, row);
	*place = (unsigned)n; /* row->max is unsigned */
	return true;
}

static bool
set_word(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	int number = field_find_word(row->words, text);
	if (number < 0)
		return refuse_word(row, text, e);
	/* enums without negative values are unsigned for both compilers */
	unsigned *place = field_of(s, row);
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
		int number = field_find_word(row->words, word);
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
	field_put_text(s, row, str_dup(buf_str(&words)));
	return true;
}

static bool
set_bool(struct settings *s, const struct setting *row, struct str text,
    struct err *e)
{
	bool *place = field_of(s, row);
	bool is_on = str_eq_nocase(text, STR("on"));
	if (!is_on && !str_eq_nocase(text, STR("off")))
		return refuse(text, "one of on, off", e);
	*place = is_on;
	return true;
}

static void
set_none(struct settings *s, const struct setting *row)
{
	if (field_is_text(row->type)) {
		field_put_text(s, row, NULL);
	} else if (row->type == SETTING_TYPE_BOOL) {
		bool *place = field_of(s, row);
		*place = false;
	} else {
		unsigned *place = field_of(s, row);
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
		field_put_text(
		    s, row, str_dup(STR_INIT)); /* only texts have it */
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
	return field_is_text(type) && type != SETTING_TYPE_AUTH &&
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

void
settings_unset(struct settings *s, enum setting_id id)
{
	set_none(s, &setting_table[id]);
	s->origin[id] = (struct settings_origin){ .source = SETTINGS_UNSET };
}
