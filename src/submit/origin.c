// SPDX-License-Identifier: ISC
#include "submit/origin.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "config/check.h"
#include "config/obsolete.h"
#include "config/pattern.h"
#include "config/sender.h"
#include "config/settings.h"
#include "message/address.h"
#include "message/envelope.h"
#include "submit/transcript.h"

/* A host that is named means that no password of another's is wanted. */
static bool
wants_account(const struct origin *o, const struct settings *s)
{
	return o->call.account != NULL || o->call.rcfile != NULL ||
	    !settings_has_server(s);
}

static bool
choose(struct origin *o, const char *sender, const char *whose, struct err *e)
{
	const struct account_wish wish = {
		.name = o->call.account,
		.sender = sender,
		.whose = whose,
	};
	o->has_chosen = true;
	return account_choose(&o->files, &wish, &o->choice, e);
}

/* -f and POSTHASTE_FROM; what is no address will be told as such later. */
static bool
choose_by_setting(struct origin *o, const struct settings *s, struct err *e)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX);
	char where[SETTINGS_WHERE_SIZE];
	struct err ignored;
	settings_where(s, SETTING_FROM, where, sizeof(where));
	if (!address_parse_one(str_of(s->from), &spec, &ignored) ||
	    !address_to_ascii(buf_str(&spec), &ascii, &ignored))
		return choose(o, s->from, where, e);
	return choose(o, buf_cstr(&ascii), where, e);
}

static bool
choose_by_message(struct origin *o, const struct message *m, struct err *e)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	bool is_named = m != NULL &&
	    (o->call.reads_author ? envelope_find_author(m, &spec)
				  : envelope_find_sender(m, &spec));
	return choose(o, is_named ? buf_cstr(&spec) : NULL,
	    o->call.reads_author ? "the message's author"
				 : "the message's sender",
	    e);
}

/* What the account itself says; NULL if there is none. */
static const char *
from_of_account(const struct origin *o)
{
	return o->choice.settings != NULL ? o->choice.settings->from : NULL;
}

bool
origin_read(struct origin *o, const struct origin_call *call,
    const struct settings *s, struct err *e)
{
	*o = ORIGIN_INIT;
	o->call = *call;
	o->has_chosen = !wants_account(o, s);
	if (!o->has_chosen) {
		bool ok = account_load(
		    &o->files, call->account, call->rcfile, e);
		log_debug("rc files: %s", buf_cstr(&o->files.tried));
		if (!ok)
			return false;
	}
	o->needs_message = call->reads_author;
	if (o->has_chosen)
		return true;
	bool is_given = settings_is_set(s, SETTING_FROM) && !call->reads_author;
	if (is_given && call->account == NULL) {
		if (!choose_by_setting(o, s, e))
			return false;
	} else if (call->account != NULL ||
	    !account_depends_on_sender(&o->files)) {
		if (!choose(o, NULL, NULL, e))
			return false;
	} else {
		o->needs_message = true;
	}
	const char *from = from_of_account(o);
	o->needs_message |= from != NULL && pattern_wants_author(str_of(from));
	return true;
}

bool
origin_check_sender(const struct settings *s, struct err *e)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	char where[SETTINGS_WHERE_SIZE];
	if (s->from == NULL ||
	    s->origin[SETTING_FROM].source == SETTINGS_FLAG ||
	    address_parse_one(str_of(s->from), &spec, e))
		return true;
	settings_where(s, SETTING_FROM, where, sizeof(where));
	e->exit = EX_CONFIG;
	return err_wrap(e, "%s: from", where);
}

static bool
settle_sender(struct origin *o, struct settings *s, const struct message *m,
    struct err *e)
{
	AUTO(buf_release) struct buf author = BUF_INIT(ADDRESS_MAX);
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	struct err ignored;
	bool has_author = m != NULL && envelope_find_author(m, &author);
	const struct sender_facts facts = {
		.reads_author = o->call.reads_author,
		.has_message = m != NULL,
		.author = has_author ? buf_cstr(&author) : NULL,
	};
	if (!sender_settle(s, o->choice.settings, &facts, &text, e) ||
	    !origin_check_sender(s, e))
		return false;
	/* what is no address with a domain does not help anybody without one */
	if (!address_parse_one(buf_str(&text), &o->address, &ignored) ||
	    address_domain(buf_str(&o->address)).len == 0)
		buf_truncate(&o->address, 0);
	return true;
}

/* The letters in domain; behind all that does not need a name server. */
static bool
settle_domain(struct settings *s, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	const struct pattern_names names = { .author = NULL };
	char where[SETTINGS_WHERE_SIZE];
	if (s->domain == NULL ||
	    str_find(str_of(s->domain), '%') == strlen(s->domain))
		return true;
	if (pattern_check_host(str_of(s->domain), e) &&
	    pattern_expand(str_of(s->domain), &names, &text, e) &&
	    settings_set(s, SETTING_DOMAIN, buf_str(&text),
		s->origin[SETTING_DOMAIN], e))
		return true;
	settings_where(s, SETTING_DOMAIN, where, sizeof(where));
	return err_wrap(e, "%s: domain", where);
}

/* The check names the settings; where else we looked belongs to it. */
static bool
check(const struct origin *o, const struct settings *s, struct err *e)
{
	if (check_settings(s, e))
		return true;
	if (o->login.tried.len == 0)
		return false;
	AUTO(buf_release) struct buf tried = BUF_INIT(o->login.tried.max);
	(void)!buf_add_str(&tried, buf_str(&o->login.tried));
	return err_hint(e, "looked into %s, too", buf_cstr(&tried));
}

bool
origin_fill(struct origin *o, struct settings *s, const struct message *m,
    struct err *e)
{
	if (!o->has_chosen && !choose_by_message(o, m, e))
		return false;
	if (o->choice.settings != NULL) {
		log_debug("%s", o->choice.why);
		if (!account_apply(&o->choice, s, e))
			return false;
	}
	obsolete_finish(s);
	return settings_fill_defaults(s, e) &&
	    login_load(&o->login, s, origin_account(o), e);
}

bool
origin_judge(struct origin *o, struct settings *s, const struct message *m,
    struct err *e)
{
	return check(o, s, e) && settle_sender(o, s, m, e) &&
	    settle_domain(s, e);
}

bool
origin_settle(struct origin *o, struct settings *s, const struct message *m,
    struct err *e)
{
	if (!origin_fill(o, s, m, e))
		return false;
	transcript_settings(s);
	return origin_judge(o, s, m, e);
}

const char *
origin_account(const struct origin *o)
{
	return o->choice.account != NULL ? o->choice.account->name : NULL;
}

void
origin_release(struct origin *o)
{
	login_release(&o->login);
	account_files_release(&o->files);
	buf_release(&o->address);
	*o = ORIGIN_INIT;
}
