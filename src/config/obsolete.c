// SPDX-License-Identifier: ISC
#include "config/obsolete.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/identity.h"

const struct obsolete obsolete_table[] = {
	{ .name = "connect_timeout",
	    .kind = OBSOLETE_NAME,
	    .modern = "timeout" },
	{ .name = "undisclosed_recipients",
	    .kind = OBSOLETE_SWITCH,
	    .modern = "set_to_header",
	    .on = "undisclosed_recipients",
	    .off = "off" },
	{ .name = "add_missing_from_header",
	    .kind = OBSOLETE_SWITCH,
	    .modern = "set_from_header",
	    .on = "auto",
	    .off = "off" },
	{ .name = "add_missing_date_header",
	    .kind = OBSOLETE_SWITCH,
	    .modern = "set_date_header",
	    .on = "auto",
	    .off = "off" },
	{ .name = "auto_from", .kind = OBSOLETE_AUTO_FROM, .modern = "from" },
	{ .name = "maildomain", .kind = OBSOLETE_MAILDOMAIN, .modern = "from" },
	{ .name = "keepbcc",
	    .kind = OBSOLETE_SWITCH,
	    .modern = "remove_bcc_headers",
	    .on = "off",
	    .off = "on" },
	{ .name = "tls_nocertcheck",
	    .kind = OBSOLETE_SWITCH,
	    .modern = "tls_certcheck",
	    .on = "off",
	    .off = "on" },
	{ .name = "tls_nostarttls",
	    .kind = OBSOLETE_SWITCH,
	    .modern = "tls_starttls",
	    .on = "off",
	    .off = "on" },
	{ .name = "tls_force_sslv3", .kind = OBSOLETE_SWITCH },
	{ .name = "tls_min_dh_prime_bits", .kind = OBSOLETE_NUMBER },
};

const size_t obsolete_count = ARRAY_LEN(obsolete_table);

const struct obsolete *
obsolete_find(struct str name)
{
	for (size_t i = 0; i < obsolete_count; i++)
		if (setting_is_named(name, obsolete_table[i].name))
			return &obsolete_table[i];
	return NULL;
}

bool
obsolete_is_optional(const struct obsolete *row)
{
	return row->kind == OBSOLETE_SWITCH || row->kind == OBSOLETE_AUTO_FROM;
}

/* Nothing is on. */
static bool
parse_switch(struct str text, bool *is_on, struct err *e)
{
	char shown[80];
	*is_on = text.len == 0 || str_eq_nocase(text, STR("on"));
	if (*is_on || str_eq_nocase(text, STR("off")))
		return true;
	str_printable_to(text, shown, sizeof(shown));
	return err_set(e, EX_CONFIG, "\"%s\" is not one of on, off", shown);
}

static bool
set_modern(struct settings *s, const struct obsolete *row, struct str text,
    struct settings_origin origin, struct err *e)
{
	const struct setting *modern = setting_find(str_of(row->modern));
	if (modern == NULL)
		return err_set(
		    e, EX_CONFIG, "unknown setting \"%s\"", row->modern);
	return settings_set(s, setting_id_of(modern), text, origin, e);
}

static bool
set_maildomain(struct settings *s, struct str text, struct err *e)
{
	if (str_has_controls(text))
		return err_set(e, EX_CONFIG, "holds a control character");
	free(s->auto_from.domain);
	s->auto_from.domain = str_dup(text);
	return true;
}

static bool
check_number(struct str text, struct err *e)
{
	uint64_t n;
	char shown[80];
	if (text.len == 0 || parse_uint(text, 1, 1U << 31, &n))
		return true;
	str_printable_to(text, shown, sizeof(shown));
	return err_set(e, EX_CONFIG, "\"%s\" is not a number", shown);
}

bool
obsolete_set(struct settings *s, const struct obsolete *row, struct str text,
    struct settings_origin origin, struct err *e)
{
	bool is_on = false;
	if (obsolete_is_optional(row) && !parse_switch(text, &is_on, e))
		return false;
	switch (row->kind) {
	case OBSOLETE_NAME: return set_modern(s, row, text, origin, e);
	case OBSOLETE_SWITCH:
		return row->modern == NULL ||
		    set_modern(
			s, row, str_of(is_on ? row->on : row->off), origin, e);
	case OBSOLETE_AUTO_FROM:
		s->auto_from.is_on = is_on;
		s->auto_from.origin = origin;
		return true;
	case OBSOLETE_MAILDOMAIN: return set_maildomain(s, text, e);
	case OBSOLETE_NUMBER: return check_number(text, e);
	}
	return true;
}

void
obsolete_advise(const struct obsolete *row, struct str text, struct buf *out)
{
	struct err e = ERR_INIT;
	bool is_on = false;
	(void)!parse_switch(text, &is_on, &e);
	if (row->modern == NULL)
		(void)!buf_printf(out, "has no effect, take it out");
	else if (row->kind == OBSOLETE_AUTO_FROM && !is_on)
		(void)!buf_printf(out, "is obsolete, take it out");
	else if (row->kind == OBSOLETE_AUTO_FROM)
		(void)!buf_printf(
		    out, "is obsolete, write \"from %%U@DOMAIN\"");
	else if (row->kind == OBSOLETE_MAILDOMAIN)
		(void)!buf_printf(
		    out, "is obsolete, write \"from %%U@%.*s\"", STR_FMT(text));
	else if (row->kind == OBSOLETE_SWITCH)
		(void)!buf_printf(out, "is obsolete, write \"%s %s\"",
		    row->modern, is_on ? row->on : row->off);
	else
		(void)!buf_printf(out, "is obsolete, write \"%s %.*s\"",
		    row->modern, STR_FMT(text));
}

/* A sender given with a flag is what is wanted now. */
static bool
is_overruled(const struct settings *s)
{
	enum settings_source from = s->origin[SETTING_FROM].source;
	return from == SETTINGS_FLAG ||
	    (from == SETTINGS_ENVIRONMENT &&
		s->auto_from.origin.source != SETTINGS_FLAG);
}

void
obsolete_finish(struct settings *s)
{
	AUTO(buf_release) struct buf from = BUF_INIT(SIZE_MAX);
	struct err e = ERR_INIT;
	bool wants_from = s->auto_from.is_on && !is_overruled(s);
	s->auto_from.is_on = false;
	if (!wants_from)
		return;
	bool has_domain = s->auto_from.domain != NULL &&
	    s->auto_from.domain[0] != '\0';
	identity_login(&from);
	(void)!buf_printf(&from, "%s%s", has_domain ? "@" : "",
	    has_domain ? s->auto_from.domain : "");
	/* the domain was looked at when it was set */
	(void)!settings_set(
	    s, SETTING_FROM, buf_str(&from), s->auto_from.origin, &e);
}
