// SPDX-License-Identifier: ISC
#include "message/resolve.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"
#include "message/alias.h"

enum { DEPTH_MAX = 50, ADDRESSES_MAX = 100000 };

/*
 * Each alias is gone through once a round, however often it is named, so the
 * work is never more than the file's size.  Where an alias leads back to one
 * that we are in, the loop is cut.  What then has no address of its own hangs
 * on the one that it leads back to; if nothing below that one has an address
 * either, mail to it would be lost without a word, and that is an error.
 */
enum state {
	STATE_ACTIVE, /* we are in it */
	STATE_OUT,    /* it led to an address */
	STATE_HANGS,  /* it led only to an alias that we were in */
};

struct resolve_mark {
	size_t round; /* the rest is of this round */
	enum state state;
	size_t depth; /* while active: its frame */
	size_t on;    /* the index of the alias that it hangs on */
};

struct frame {
	const struct alias *alias;
	size_t next; /* of its targets */
	size_t low;  /* the outermost frame that it leads back to */
	bool has_out;
};

struct walk {
	struct resolver *r;
	struct frame frames[DEPTH_MAX];
	size_t depth;
	size_t naddresses;
	struct buf loop; /* the names of the last one that was cut */
	resolve_fn *fn;
	void *arg;
};

static struct str
local_of(struct str spec)
{
	size_t domain = address_domain(spec).len;
	return domain > 0 ? str_upto(spec, spec.len - domain - 1) : spec;
}

static bool
is_here(const struct resolve_rules *rules, struct str spec)
{
	struct str domain = address_domain(spec);
	return domain.len == 0 || rules->is_local(rules->arg, domain);
}

/* The name's, else that of "user" for "user+detail". */
static const struct alias *
find_by_name(const struct aliases *a, struct str local)
{
	const struct alias *found = aliases_find(a, local);
	size_t plus = str_find(local, '+');
	if (found == NULL && plus > 0 && plus < local.len)
		return aliases_find(a, str_upto(local, plus));
	return found;
}

static struct resolve_mark *
mark_of(const struct resolver *r, const struct alias *alias)
{
	return &r->marks[alias - r->rules.aliases->items];
}

/* For who has no alias; a name that it gives itself is not meant for it. */
static const struct alias *
find_catch_all(const struct resolver *r)
{
	const struct alias *found = aliases_catch_all(r->rules.aliases);
	if (found == NULL)
		return NULL;
	const struct resolve_mark *mark = mark_of(r, found);
	bool is_active = mark->round == r->round && mark->state == STATE_ACTIVE;
	return is_active ? NULL : found;
}

static const struct alias *
find_alias(const struct resolver *r, struct str spec)
{
	const struct resolve_rules *rules = &r->rules;
	if (rules->aliases == NULL)
		return NULL;
	struct str domain = address_domain(spec);
	const struct alias *found = domain.len > 0
	    ? aliases_find(rules->aliases, spec)
	    : NULL;
	if (found != NULL)
		return found;
	bool is_here_too = is_here(rules, spec);
	found = find_by_name(rules->aliases, local_of(spec));
	if (found != NULL &&
	    (is_here_too || rules->is_by_name(rules->arg, domain)))
		return found;
	return is_here_too ? find_catch_all(r) : NULL;
}

bool
resolve_qualify(
    const struct resolver *r, struct str spec, struct buf *out, struct err *e)
{
	const char *domain = r->rules.qualify_domain;
	AUTO(buf_release) struct buf text = BUF_INIT(ADDRESS_MAX);
	bool ok = domain == NULL || !is_here(&r->rules, spec)
	    ? buf_add_str(&text, spec)
	    : buf_add_str(&text, local_of(spec)) && buf_add(&text, "@", 1) &&
		buf_add_str(&text, str_of(domain));
	if (!ok)
		return err_set(e, EX_DATAERR, "the address is too long");
	return address_to_ascii(buf_str(&text), out, e);
}

static bool
fail_at(const struct walk *w, const struct alias *alias, unsigned line,
    const char *why, struct err *e)
{
	char shown[80];
	str_printable_to(str_of(alias->name), shown, sizeof(shown));
	return err_set(e, EX_CONFIG, "%s:%u: alias \"%s\" %s",
	    w->r->rules.aliases->path, line, shown, why);
}

static bool
emit(struct walk *w, struct str spec, struct err *e)
{
	AUTO(buf_release) struct buf full = BUF_INIT(ADDRESS_MAX);
	if (w->depth > 0)
		w->frames[w->depth - 1].has_out = true;
	if (++w->naddresses > ADDRESSES_MAX)
		return fail_at(w, w->frames[0].alias, w->frames[0].alias->line,
		    "stands for more than 100000 addresses", e);
	return resolve_qualify(w->r, spec, &full, e) &&
	    w->fn(w->arg, buf_str(&full), e);
}

/* "a -> b -> a", from the frame with that number on. */
static void
write_chain(struct walk *w, size_t from, const char *last)
{
	buf_truncate(&w->loop, 0);
	for (size_t i = from; i < w->depth; i++) {
		str_printable(str_of(w->frames[i].alias->name), &w->loop);
		(void)!buf_printf(&w->loop, " -> ");
	}
	str_printable(str_of(last), &w->loop);
}

static bool
enter(struct walk *w, const struct alias *alias, struct err *e)
{
	if (w->depth == DEPTH_MAX) {
		write_chain(w, 0, alias->name);
		return fail_at(w, alias, alias->line,
			   "is more than 50 aliases away", e) ||
		    err_hint(e, "%s", buf_cstr(&w->loop));
	}
	*mark_of(w->r, alias) = (struct resolve_mark){
		.round = w->r->round,
		.state = STATE_ACTIVE,
		.depth = w->depth,
	};
	w->frames[w->depth++] = (struct frame){
		.alias = alias,
		.low = DEPTH_MAX,
	};
	return true;
}

/* It was entered in this round already. */
static void
meet(struct walk *w, const struct alias *alias)
{
	struct frame *top = &w->frames[w->depth - 1];
	const struct resolve_mark *mark = mark_of(w->r, alias);
	if (mark->state == STATE_ACTIVE)
		write_chain(w, mark->depth, alias->name);
	while (mark->state == STATE_HANGS)
		mark = &w->r->marks[mark->on];
	if (mark->state == STATE_OUT)
		top->has_out = true;
	else if (mark->depth < top->low)
		top->low = mark->depth;
}

static bool
visit(struct walk *w, struct str spec, struct err *e)
{
	const struct alias *alias = find_alias(w->r, spec);
	const struct frame *top = w->depth > 0 ? &w->frames[w->depth - 1]
					       : NULL;
	/* who names himself is somebody, here or elsewhere */
	if (alias == NULL || (top != NULL && top->alias == alias))
		return emit(w, spec, e);
	if (mark_of(w->r, alias)->round != w->r->round)
		return enter(w, alias, e);
	meet(w, alias);
	return true;
}

/* The innermost alias is done. */
static bool
leave(struct walk *w, struct err *e)
{
	const struct frame f = w->frames[--w->depth];
	struct resolve_mark *mark = mark_of(w->r, f.alias);
	struct frame *outer = w->depth > 0 ? &w->frames[w->depth - 1] : NULL;
	if (f.has_out) {
		mark->state = STATE_OUT;
		if (outer != NULL)
			outer->has_out = true;
		return true;
	}
	if (f.low >= w->depth) /* its own frame's number by now */
		return fail_at(w, f.alias, f.alias->line,
			   "leads nowhere but back to itself", e) ||
		    err_hint(e, "%s", buf_cstr(&w->loop));
	mark->state = STATE_HANGS;
	mark->on = (size_t)(w->frames[f.low].alias -
	    w->r->rules.aliases->items);
	if (outer != NULL && f.low < outer->low)
		outer->low = f.low;
	return true;
}

static bool
follow(struct walk *w, const struct alias *alias,
    const struct alias_target *target, struct err *e)
{
	const char *what = NULL;
	switch (target->kind) {
	case ALIAS_ADDRESS: return visit(w, str_of(target->spec), e);
	case ALIAS_FINAL: return emit(w, str_of(target->spec), e);
	case ALIAS_COMMAND: what = "command"; break;
	case ALIAS_FILE: what = "file"; break;
	case ALIAS_INCLUDE: what = "list elsewhere"; break;
	}
	char name[64], shown[64];
	str_printable_to(str_of(alias->name), name, sizeof(name));
	str_printable_to(str_of(target->spec), shown, sizeof(shown));
	return err_set(e, EX_CONFIG,
		   "%s:%u: alias \"%s\" stands for the %s '%s'",
		   w->r->rules.aliases->path, target->line, name, what,
		   shown) ||
	    err_hint(e, "mail goes to addresses only; name one there");
}

static bool
run(struct walk *w, struct str spec, struct err *e)
{
	if (!visit(w, spec, e))
		return false;
	while (w->depth > 0) {
		struct frame *top = &w->frames[w->depth - 1];
		bool ok = top->next < top->alias->ntargets
		    ? follow(
			  w, top->alias, &top->alias->targets[top->next++], e)
		    : leave(w, e);
		if (!ok)
			return false;
	}
	return true;
}

bool
resolve(struct resolver *r, struct str spec, resolve_fn *fn, void *arg,
    struct err *e)
{
	const struct aliases *aliases = r->rules.aliases;
	struct walk w = {
		.r = r,
		.loop = BUF_INIT(sizeof(e->hint)),
		.fn = fn,
		.arg = arg,
	};
	if (aliases != NULL && r->marks == NULL)
		r->marks = mem_zalloc((aliases->len + 1) * sizeof(*r->marks));
	r->round++; /* zeroed marks are of none */
	bool ok = run(&w, spec, e);
	buf_release(&w.loop);
	return ok;
}

void
resolver_release(struct resolver *r)
{
	free(r->marks);
	*r = RESOLVER_INIT;
}
