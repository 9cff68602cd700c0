// SPDX-License-Identifier: ISC
/* Settings as the user gets to see them: where they are from, and the values
 * but for secrets. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "config/field.h"
#include "config/settings.h"
#include "config/value.h"

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
	case SETTINGS_ENVIRONMENT: field_variable(row, dst, size); break;
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
	const void *at = field_read(s, row);
	if (field_is_text(row->type)) {
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

void
settings_text(const struct settings *s, enum setting_id id, struct buf *out)
{
	const struct setting *row = &setting_table[id];
	if (!field_is_text(row->type)) {
		show_value(s, row, out);
		return;
	}
	const char *const *text = field_read(s, row);
	const char *none = row->none != NULL ? row->none : "";
	(void)!buf_add_str(out, str_of(*text != NULL ? *text : none));
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
