// SPDX-License-Identifier: ISC
#include <stdint.h>
#include <stdio.h>

#include "base/idn.h"
#include "config/account.h"
#include "config/msmtp.h"
#include "config/obsolete.h"
#include "config/pattern.h"

/* How well an account's "from" matches; the greater, the better. */
struct rank {
	unsigned level; /* 0: not at all */
	size_t literals;
	bool is_cut; /* something of the detail */
};

enum {
	LEVEL_FIRST_PLUS = 1, /* nothing of the detail counts */
	LEVEL_LAST_PLUS,      /* the last part of it does not count */
	LEVEL_WHOLE,
};

struct search {
	const struct account_files *files;
	struct str sender;
	const struct account *best;
	struct rank rank;
	/* the last "from" and what it expands to: %C asks the name server */
	const char *from;
	struct buf pattern;
};

/* The system's accounts that the user's do not hide. */
static bool
is_hidden(const struct account_files *f, const struct account *a)
{
	return rcfile_find(&f->own, a->name) != NULL;
}

/* The address of "Name <address>", with A-labels. */
static void
add_address(struct str text, struct buf *out)
{
	struct err ignored;
	size_t open = str_rfind(text, '<');
	if (open < text.len && text.ptr[text.len - 1] == '>')
		text = (struct str){ text.ptr + open + 1, text.len - open - 2 };
	size_t at = str_rfind(text, '@');
	struct str domain = str_from(text, at < text.len ? at + 1 : at);
	if (str_is_ascii(domain) || pattern_has_wildcards(domain)) {
		(void)!buf_add_str(out, text);
		return;
	}
	(void)!buf_add_str(out, str_upto(text, at + 1));
	if (!idn_to_ascii(domain, out, &ignored))
		(void)!buf_add_str(out, domain);
}

static bool
expand(struct search *search, const char *from, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
	const struct pattern_names names = { .mailname = NULL };
	if (search->from != NULL && strcmp(search->from, from) == 0)
		return true;
	search->from = from;
	buf_truncate(&search->pattern, 0);
	if (!pattern_expand(str_of(from), &names, &text, e))
		return false;
	add_address(buf_str(&text), &search->pattern);
	return true;
}

static struct rank
rank_of(struct str pattern, struct str address, unsigned level)
{
	if (!pattern_matches(pattern, address))
		return (struct rank){ .level = 0 };
	return (struct rank){ .level = level,
		.literals = pattern_has_wildcards(pattern)
		    ? pattern_literals(pattern)
		    : SIZE_MAX };
}

/* The address without what stands between that plus sign and the domain. */
static struct rank
rank_without_detail(
    struct str pattern, struct str address, size_t plus, unsigned level)
{
	AUTO(buf_release) struct buf text = BUF_INIT(address.len);
	size_t at = str_rfind(address, '@');
	if (plus == 0 || plus >= at || address.ptr[0] == '"')
		return (struct rank){ .level = 0 };
	(void)!buf_add_str(&text, str_upto(address, plus));
	(void)!buf_add_str(&text, str_from(address, at));
	struct rank rank = rank_of(pattern, buf_str(&text), level);
	rank.is_cut = true;
	return rank;
}

static struct rank
best_rank(struct str pattern, struct str address)
{
	struct str local = str_upto(address, str_rfind(address, '@'));
	struct rank rank = rank_of(pattern, address, LEVEL_WHOLE);
	/* *@DOMAIN has nothing to do with details, so the address without one
	 * says more */
	if (rank.level > 0 && str_find(local, '+') < local.len &&
	    str_find(pattern, '+') == pattern.len)
		rank.level = LEVEL_FIRST_PLUS;
	if (rank.level == 0)
		rank = rank_without_detail(
		    pattern, address, str_rfind(local, '+'), LEVEL_LAST_PLUS);
	if (rank.level == 0)
		rank = rank_without_detail(
		    pattern, address, str_find(local, '+'), LEVEL_FIRST_PLUS);
	return rank;
}

static bool
consider(struct search *search, const struct account *a, struct err *e)
{
	const char *from = a->settings.from;
	/* whoever takes the message's own sender is nobody's in particular */
	if (from == NULL || pattern_wants_author(str_of(from)))
		return true;
	if (!expand(search, from, e))
		return false;
	struct rank rank = best_rank(buf_str(&search->pattern), search->sender);
	bool is_better = rank.level != search->rank.level
	    ? rank.level > search->rank.level
	    : rank.literals > search->rank.literals;
	if (!is_better)
		return true;
	search->rank = rank;
	search->best = a;
	return true;
}

static bool
find_match(struct search *search, struct err *e)
{
	const struct account_files *f = search->files;
	for (size_t i = 0; i < f->own.naccounts; i++)
		if (!consider(search, &f->own.accounts[i], e))
			return false;
	for (size_t i = 0; i < f->shared.naccounts; i++)
		if (!is_hidden(f, &f->shared.accounts[i]) &&
		    !consider(search, &f->shared.accounts[i], e))
			return false;
	return true;
}

bool
account_depends_on_sender(const struct account_files *f)
{
	const struct rcfile *const files[] = { &f->own, &f->shared };
	for (size_t k = 0; k < ARRAY_LEN(files); k++)
		for (size_t i = 0; i < files[k]->naccounts; i++)
			if (files[k]->accounts[i].settings.from != NULL &&
			    strcmp(files[k]->accounts[i].name, "default") != 0)
				return true;
	return false;
}

static bool
choose_by_name(const struct account_files *f, const char *name,
    struct account_choice *choice)
{
	const struct account *a = rcfile_find(&f->own, name);
	choice->is_msmtp = a != NULL ? f->own.is_msmtp : f->shared.is_msmtp;
	if (a == NULL)
		a = rcfile_find(&f->shared, name);
	if (a == NULL)
		return false;
	choice->account = a;
	choice->settings = &a->settings;
	(void)snprintf(choice->why, sizeof(choice->why), "account %s, %s:%u",
	    a->name, a->file, a->line);
	return true;
}

/* True, with nothing chosen, if no account's "from" matches. */
static bool
choose_by_sender(const struct account_files *f, const struct account_wish *wish,
    struct account_choice *choice, struct err *e)
{
	struct search search = {
		.files = f,
		.sender = str_of(wish->sender),
		.pattern = BUF_INIT(SIZE_MAX),
	};
	bool ok = find_match(&search, e);
	buf_release(&search.pattern);
	if (!ok || search.best == NULL)
		return ok;
	char where[SETTINGS_WHERE_SIZE];
	settings_where(
	    &search.best->settings, SETTING_FROM, where, sizeof(where));
	(void)choose_by_name(f, search.best->name, choice);
	(void)snprintf(choice->why, sizeof(choice->why),
	    "from of account %s, %s, matches %s %s%s", search.best->name, where,
	    wish->whose, wish->sender,
	    search.rank.is_cut ? " without its detail" : "");
	return true;
}

static bool
refuse(const struct account_files *f, const char *name, struct err *e)
{
	if (f->fault.exit != EX_OK) {
		*e = f->fault;
		return false;
	}
	AUTO(buf_release) struct buf tried = BUF_INIT(f->tried.max);
	(void)!buf_add_str(&tried, buf_str(&f->tried));
	if (f->has_read)
		return err_set(e, EX_CONFIG, "no account \"%s\": %s", name,
		    buf_cstr(&tried));
	return err_set(e, EX_CONFIG, "no rc file: %s", buf_cstr(&tried)) ||
	    err_hint(e, "write one, or use --host or POSTHASTE_HOST");
}

bool
account_choose(const struct account_files *f, const struct account_wish *wish,
    struct account_choice *choice, struct err *e)
{
	*choice = (struct account_choice){ .account = NULL };
	if (wish->name != NULL)
		return choose_by_name(f, wish->name, choice) ||
		    refuse(f, wish->name, e);
	if (wish->sender != NULL && !choose_by_sender(f, wish, choice, e))
		return false;
	if (choice->settings != NULL || choose_by_name(f, "default", choice))
		return true;
	if (f->fault.exit != EX_OK || f->environment.host == NULL)
		return refuse(f, "default", e);
	choice->settings = &f->environment;
	(void)snprintf(choice->why, sizeof(choice->why),
	    "SMTPSERVER and EMAIL, as there is no account \"default\"");
	return true;
}

bool
account_apply(
    const struct account_choice *choice, struct settings *s, struct err *e)
{
	const struct account *a = choice->account;
	settings_fill(s, choice->settings);
	obsolete_finish(s);
	if (choice->is_msmtp) {
		msmtp_fill_defaults(s);
		msmtp_settle(s, NULL);
	}
	if (settings_has_way(s) || a == NULL)
		return true;
	return err_set(e, EX_CONFIG, "%s:%u: account \"%s\" has no host",
	    a->file, a->line, a->name);
}
