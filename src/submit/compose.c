// SPDX-License-Identifier: ISC
#include "submit/compose.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "config/identity.h"
#include "config/settings.h"
#include "message/address.h"
#include "message/message.h"
#include "message/recode.h"

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

/* The account's address: its from, or its user. */
static void
take_own(struct compose *c, const struct settings *s, const char *identity)
{
	if (!take_address(&c->own, identity))
		(void)take_address(&c->own, s->user);
}

/* Without one, a sender that others can reply to serves as well. */
static void
find_own_by_flag(struct compose *c, const struct settings *s)
{
	bool is_flag = s->origin[SETTING_FROM].source == SETTINGS_FLAG;
	if (c->own.len > 0 || !is_flag || !take_address(&c->own, s->from))
		return;
	struct str domain = address_domain(buf_str(&c->own));
	if (thishost_is_local(&c->host, domain))
		buf_truncate(&c->own, 0);
}

static bool
is_local(void *arg, struct str domain)
{
	return thishost_is_local(arg, domain);
}

static bool
is_by_name(void *arg, struct str domain)
{
	return thishost_is_by_name(arg, domain);
}

static bool
load_aliases(struct aliases *a, const struct settings *s, struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	if (s->aliases == NULL || aliases_load(a, s->aliases, e))
		return true;
	if (e->sys == 0)
		return false; /* it names the file's own line */
	settings_where(s, SETTING_ALIASES, where, sizeof(where));
	return err_wrap(e, "%s: aliases", where);
}

/* Sets up which domains are local and whom names stand for. */
static bool
prepare_names(struct compose *c, const struct settings *s,
    const struct compose_call *call, struct err *e)
{
	char name[256];
	const struct thishost_facts here = thishost_here(name, sizeof(name));
	const struct thishost_facts *facts = call->facts != NULL ? call->facts
								 : &here;
	struct str host = str_of(facts->name);
	AUTO(cstr_release)
	char *domain = str_dup(address_domain(buf_str(&c->own)));
	(void)!buf_add_str(&c->host_name, str_upto(host, str_find(host, '.')));
	thishost_init(
	    &c->host, s->local_domains, *domain != '\0' ? domain : NULL, facts);
	c->resolver.rules = (struct resolve_rules){
		.aliases = s->aliases != NULL ? &c->aliases : NULL,
		.qualify_domain = s->qualify_domain,
		.is_local = is_local,
		.is_by_name = is_by_name,
		.arg = &c->host,
	};
	return load_aliases(&c->aliases, s, e);
}

bool
compose_check_aliases(const struct settings *s, struct err *e)
{
	AUTO(aliases_release) struct aliases aliases = ALIASES_INIT;
	return load_aliases(&aliases, s, e);
}

/* So that this host's full name is known if a sender may be there. */
static bool
learn_domain(void *arg, const struct address *a, struct err *e)
{
	(void)e;
	if (!a->is_bare)
		(void)thishost_is_local(arg, address_domain(a->spec));
	return true;
}

static void
learn_domains(
    struct compose *c, const struct settings *s, const struct message *m)
{
	struct err ignored;
	if (s->from != NULL)
		(void)!address_parse_list(
		    str_of(s->from), learn_domain, &c->host, &ignored);
	for (size_t i = 0; i < m->nfields; i++) {
		const struct field *f = &m->fields[i];
		if (f->id == FIELD_FROM || f->id == FIELD_SENDER ||
		    f->id == FIELD_RESENT_FROM || f->id == FIELD_RESENT_SENDER)
			(void)!address_parse_list(
			    (struct str){ f->value, f->len }, learn_domain,
			    &c->host, &ignored);
	}
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
		.host = buf_str(&c->host_name),
		.locals = &c->host.locals,
		.wants_reply_to = s->rewrite_reply_to,
	};
}

bool
compose_envelope(struct compose *c, const struct settings *s,
    const struct compose_call *call, const struct message *m, struct err *e)
{
	take_own(c, s, call->identity);
	if (!prepare_names(c, s, call, e))
		return false;
	learn_domains(c, s, m);
	bool has_address = c->own.len > 0;
	find_own_by_flag(c, s);
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
		.resolver = &c->resolver,
		.qualifies_sender = !has_address,
	};
	return envelope_build(&c->envelope, &sources, m, e);
}

/* A domain for Message-ID that does not give this host's name away. */
static struct str
id_domain(const struct compose *c)
{
	struct str identity = buf_str(&c->identity);
	struct str sender = str_of(c->envelope.sender);
	struct str domain = address_domain(sender);
	bool is_given = !c->is_made_up || !str_eq(sender, identity) ||
	    c->resolver.rules.qualify_domain != NULL;
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
		.tls_optional = s->relay_tls == RELAY_TLS_OPTIONAL,
	};
}

/* What repair_message() found: to the wish, and to the envelope. */
static void
take_repairs(struct compose *c, struct edit_wish *wish)
{
	const struct repairs *r = &c->repairs;
	wish->reply_to = r->reply_to;
	if (r->not_ascii == NULL)
		return;
	AUTO(buf_release) struct buf what = BUF_INIT(64);
	(void)!buf_printf(
	    &what, "the %s address", field_name(r->not_ascii_field));
	envelope_needs_utf8(
	    &c->envelope, buf_cstr(&what), str_of(r->not_ascii));
}

/* The first change of a field counts: where it goes before how it is spelt. */
static void
take_changes(struct compose *c, struct edit_wish *wish)
{
	const struct retarget *rt = &c->retarget;
	const struct repairs *r = &c->repairs;
	size_t n = 0;
	c->changes = mem_zalloc(
	    (rt->nchanges + r->nchanges + 1) * sizeof(*c->changes));
	for (size_t i = 0; i < rt->nchanges; i++)
		c->changes[n++] = rt->changes[i];
	for (size_t i = 0; i < r->nchanges; i++)
		c->changes[n++] = r->changes[i];
	wish->changes = c->changes;
	wish->nchanges = n;
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
	bool keeps_to = s->set_to_header == TO_HEADER_AUTO ||
	    s->set_to_header == TO_HEADER_OFF;
	if (s->rewrite_to && keeps_to)
		retarget_fields(&c->retarget, m, &c->resolver);
	take_changes(c, &wish);
	if (!message_edit(&c->edit, m, &wish, e))
		return false;
	bool has_from = str_starts_nocase(
	    buf_str(&c->edit.front), STR("From:"));
	if (has_from && !str_is_ascii(str_of(wish.author)))
		envelope_needs_utf8(
		    &c->envelope, "the From address", str_of(wish.author));
	return true;
}

bool
compose_lines(struct source *source, const struct settings *s, struct err *e)
{
	static const enum recode_lines policies[] = {
		[LONG_LINES_ENCODE] = RECODE_LINES_ENCODE,
		[LONG_LINES_PASS] = RECODE_LINES_PASS,
		[LONG_LINES_REFUSE] = RECODE_LINES_REFUSE,
	};
	return recode_lines(source, policies[s->long_lines], e);
}

void
compose_release(struct compose *c)
{
	edit_release(&c->edit);
	envelope_release(&c->envelope);
	repairs_release(&c->repairs);
	retarget_release(&c->retarget);
	free(c->changes);
	resolver_release(&c->resolver);
	aliases_release(&c->aliases);
	thishost_release(&c->host);
	buf_release(&c->own);
	buf_release(&c->host_name);
	buf_release(&c->identity);
}
