// SPDX-License-Identifier: ISC
#include "submit/route.h"

#include <string.h>

#include "base/buf.h"
#include "config/settings.h"
#include "message/address.h"
#include "submit/compose.h"
#include "submit/origin.h"

/* "NAME VALUE (why)". */
static void
add_line(struct buf *out, const char *name, const char *value, const char *why)
{
	(void)!buf_printf(out, "%-9s ", name);
	str_printable(str_of(value), out);
	if (why != NULL && *why != '\0') {
		(void)!buf_printf(out, " (");
		str_printable(str_of(why), out);
		(void)!buf_printf(out, ")");
	}
	(void)!buf_printf(out, "\n");
}

static void
show_account(const struct origin *o, struct buf *out)
{
	const char *name = origin_account(o);
	bool has_choice = o->choice.settings != NULL;
	add_line(out, "account", name != NULL ? name : "none",
	    has_choice ? o->choice.why
		       : "the server is named, no rc file read");
}

static void
show_server(const struct settings *s, struct buf *out)
{
	AUTO(buf_release) struct buf server = BUF_INIT(4096);
	char where[SETTINGS_WHERE_SIZE];
	enum setting_id id = s->socket != NULL ? SETTING_SOCKET : SETTING_HOST;
	(void)!buf_printf(
	    &server, "%s", s->socket != NULL ? s->socket : s->host);
	if (s->socket == NULL && s->port > 0)
		(void)!buf_printf(&server, ":%u", s->port);
	settings_where(s, id, where, sizeof(where));
	add_line(out, "server", buf_cstr(&server), where);
}

/* Whether the text means this address, however it is written. */
static bool
means(const char *text, const char *spec)
{
	AUTO(buf_release) struct buf parsed = BUF_INIT(ADDRESS_MAX);
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX);
	struct err ignored;
	return address_parse_one(str_of(text), &parsed, &ignored) &&
	    address_to_ascii(buf_str(&parsed), &ascii, &ignored) &&
	    str_eq(buf_str(&ascii), str_of(spec));
}

static void
explain_sender(
    const struct compose *c, const struct settings *s, struct buf *why)
{
	char where[SETTINGS_WHERE_SIZE];
	const char *sender = c->envelope.sender;
	bool is_own = c->own.len > 0 &&
	    str_eq(buf_str(&c->own), str_of(sender));
	settings_where(s, SETTING_FROM, where, sizeof(where));
	if (s->from != NULL && means(s->from, sender))
		(void)!buf_printf(why, "%s", where);
	else if (s->from != NULL && *sender == '\0')
		(void)!buf_printf(why, "%s: the null sender", where);
	else if (s->from != NULL && is_own)
		(void)!buf_printf(why,
		    "the account's address in the place of \"%s\" (%s), by "
		    "rewrite_from",
		    s->from, where);
	else if (s->from != NULL)
		(void)!buf_printf(
		    why, "\"%s\" (%s) with qualify_domain", s->from, where);
	else if (is_own)
		(void)!buf_printf(why, "the account's address");
	else if (str_eq(buf_str(&c->identity), str_of(sender)))
		(void)!buf_printf(why,
		    c->is_made_up ? "made of login and host, as none is set"
				  : "user, as from is not set");
	else
		(void)!buf_printf(why, "the message's");
}

static void
show_recipients(const struct envelope *env, struct buf *out)
{
	for (size_t i = 0; i < env->rcpts.len; i++) {
		AUTO(buf_release) struct buf why = BUF_INIT(4096);
		const char *original = env->originals.items[i];
		if (*original != '\0')
			(void)!buf_printf(&why, "for %s", original);
		add_line(out, "recipient", env->rcpts.items[i], buf_cstr(&why));
	}
}

void
route_show(const struct compose *c, const struct origin *o,
    const struct settings *s, struct buf *out)
{
	AUTO(buf_release) struct buf why = BUF_INIT(4096);
	const char *sender = c->envelope.sender;
	show_account(o, out);
	show_server(s, out);
	explain_sender(c, s, &why);
	add_line(
	    out, "sender", *sender != '\0' ? sender : "<>", buf_cstr(&why));
	show_recipients(&c->envelope, out);
}
