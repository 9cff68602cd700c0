// SPDX-License-Identifier: ISC
#include "submit/compose.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "config/identity.h"
#include "config/settings.h"
#include "message/address.h"
#include "message/message.h"

/* Appends the text if it is one address with a domain; with A-labels. */
static bool
take_address(struct buf *out, const char *text)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	struct err ignored; /* what uses it as a sender tells what is wrong */
	if (text == NULL || strpbrk(text, "*?") != NULL)
		return false;
	return address_parse_one(str_of(text), &spec, &ignored) &&
	    address_domain(buf_str(&spec)).len > 0 &&
	    address_to_ascii(buf_str(&spec), out, &ignored);
}

static bool
is_local(const struct compose *c, struct str spec)
{
	struct str domain = address_domain(spec);
	return domain.len == 0 || locals_has(&c->locals, domain);
}

/*
 * The account's address: its from, or its user.  Where there is no account,
 * a sender on the command line that others can reply to serves as well.
 */
static void
find_own(struct compose *c, const struct settings *s)
{
	bool is_flag = s->origin[SETTING_FROM].source == SETTINGS_FLAG;
	if (take_address(&c->own, is_flag ? s->account_from : s->from) ||
	    take_address(&c->own, s->user) || !is_flag)
		return;
	if (take_address(&c->own, s->from) && is_local(c, buf_str(&c->own)))
		buf_truncate(&c->own, 0);
}

/* The names of this host that mean nothing elsewhere. */
static void
find_host(struct compose *c)
{
	char name[256] = "";
	strvec_add(&c->locals.domains, STR("localhost"));
	strvec_add(&c->locals.domains, STR("localhost.localdomain"));
	if (gethostname(name, sizeof(name) - 1) == -1 || name[0] == '\0')
		return;
	struct str full = str_of(name);
	struct str brief = str_upto(full, str_find(full, '.'));
	strvec_add(&c->locals.domains, full);
	strvec_add(&c->locals.domains, brief);
	(void)!buf_add_str(&c->host, brief);
}

static struct repair_rules
rules_of(const struct compose *c, const struct settings *s)
{
	static const enum repair_mode modes[] = {
		[REWRITE_NEVER] = REPAIR_NEVER,
		[REWRITE_INVALID] = REPAIR_INVALID,
		[REWRITE_ALWAYS] = REPAIR_ALWAYS,
	};
	const char *name = s->from_full_name;
	return (struct repair_rules){
		.mode = modes[s->rewrite_from],
		.own = buf_str(&c->own),
		.full_name = name != NULL ? str_of(name) : STR_INIT,
		.host = buf_str(&c->host),
		.locals = &c->locals,
		.wants_reply_to = s->rewrite_reply_to,
	};
}

bool
compose_envelope(struct compose *c, const struct settings *s,
    const struct compose_call *call, const struct message *m, struct err *e)
{
	find_host(c);
	find_own(c, s);
	/* the user database is asked only if that can make a difference */
	if (c->own.len > 0)
		(void)!buf_add_str(&c->identity, buf_str(&c->own));
	else if (s->from == NULL || address_domain(str_of(s->from)).len == 0)
		c->is_made_up = identity_address(s, &c->identity);
	const struct repair_rules rules = rules_of(c, s);
	const struct envelope_sources sources = {
		.sender = s->from,
		.fallback = buf_cstr(&c->identity),
		.args = call->recipients,
		.nargs = call->nrecipients,
		.from_header = call->from_header,
		.repair = &rules,
	};
	return envelope_build(&c->envelope, &sources, m, e);
}

/* A domain for Message-ID that does not give this host's name away. */
static struct str
id_domain(const struct compose *c)
{
	struct str identity = buf_str(&c->identity);
	struct str sender = str_of(c->envelope.sender);
	bool is_given = !c->is_made_up || !str_eq(sender, identity);
	struct str domain = address_domain(sender);
	if (is_given && domain.len > 0)
		return domain;
	if (!c->is_made_up && address_domain(identity).len > 0)
		return address_domain(identity);
	return STR("posthaste.invalid");
}

static enum edit_set
set_of(enum set_header set)
{
	return set == SET_HEADER_OFF ? EDIT_SET_NEVER : EDIT_SET_MISSING;
}

static struct edit_wish
wish_of(struct compose *c, const struct settings *s)
{
	static const enum edit_set sets[] = {
		[TOGGLE_AUTO] = EDIT_SET_MISSING,
		[TOGGLE_ON] = EDIT_SET_ALWAYS,
		[TOGGLE_OFF] = EDIT_SET_NEVER,
	};
	static const enum edit_to tos[] = {
		[TO_HEADER_AUTO] = EDIT_TO_HEADERLESS,
		[TO_HEADER_ON] = EDIT_TO_ALL,
		[TO_HEADER_OFF] = EDIT_TO_LEAVE,
		[TO_HEADER_UNDISCLOSED] = EDIT_TO_UNDISCLOSED,
	};
	const char *sender = c->envelope.sender;
	bool is_full = address_domain(str_of(sender)).len > 0;
	return (struct edit_wish){
		.author = is_full ? sender : buf_cstr(&c->identity),
		.full_name = s->from_full_name,
		.now = time(NULL),
		.set_from = sets[s->set_from_header],
		.set_date = set_of(s->set_date_header),
		.set_id = set_of(s->set_msgid_header),
		.set_to = tos[s->set_to_header],
		.recipients = &c->envelope.rcpts,
		.keeps_bcc = !s->remove_bcc_headers,
	};
}

/* What repair_message() found: to the wish, and to the envelope. */
static void
take_repairs(struct compose *c, struct edit_wish *wish)
{
	const struct repairs *r = &c->repairs;
	wish->changes = r->changes;
	wish->nchanges = r->nchanges;
	wish->reply_to = r->reply_to;
	if (r->not_ascii == NULL)
		return;
	AUTO(buf_release) struct buf what = BUF_INIT(64);
	(void)!buf_printf(
	    &what, "the %s address", field_name(r->not_ascii_field));
	envelope_needs_utf8(
	    &c->envelope, buf_cstr(&what), str_of(r->not_ascii));
}

bool
compose_edit(struct compose *c, const struct settings *s,
    const struct message *m, struct err *e)
{
	AUTO(cstr_release) char *domain = str_dup(id_domain(c));
	const struct repair_rules rules = rules_of(c, s);
	struct edit_wish wish = wish_of(c, s);
	wish.id_domain = domain;
	if (!repair_message(&c->repairs, m, &wish, &rules, e))
		return false;
	take_repairs(c, &wish);
	if (!message_edit(&c->edit, m, &wish, e))
		return false;
	bool has_from = str_starts_nocase(
	    buf_str(&c->edit.front), STR("From:"));
	if (has_from && !str_is_ascii(str_of(wish.author)))
		envelope_needs_utf8(
		    &c->envelope, "the From address", str_of(wish.author));
	return true;
}

void
compose_release(struct compose *c)
{
	edit_release(&c->edit);
	envelope_release(&c->envelope);
	repairs_release(&c->repairs);
	locals_release(&c->locals);
	buf_release(&c->own);
	buf_release(&c->host);
	buf_release(&c->identity);
}
