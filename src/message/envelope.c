// SPDX-License-Identifier: ISC
#include "message/envelope.h"

#include <stdint.h>
#include <stdlib.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"
#include "message/message.h"
#include "message/repair.h"
#include "message/resolve.h"

/* The recipients so far by their hash: tens of thousands are no rarity. */
struct seen {
	size_t *slots; /* index + 1 in rcpts; 0 is free */
	size_t nslots; /* a power of two, at least half of them free */
};

static void
seen_release(struct seen *seen)
{
	free(seen->slots);
}

static struct str
local_of(struct str spec)
{
	return str_upto(spec, spec.len - address_domain(spec).len);
}

/* FNV-1a; the domain in lower case. */
static size_t
hash(struct str spec)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t local = local_of(spec).len;
	for (size_t i = 0; i < spec.len; i++) {
		char c = spec.ptr[i];
		if (i >= local)
			c = to_lower(c);
		h = (h ^ (unsigned char)c) * UINT64_C(0x100000001b3);
	}
	return (size_t)(h ^ h >> 32);
}

/* The slot where spec is or belongs. */
static size_t *
seen_slot(const struct seen *seen, const struct strvec *rcpts, struct str spec)
{
	size_t i = hash(spec) & (seen->nslots - 1);
	while (seen->slots[i] != 0 &&
	    !address_is_same(str_of(rcpts->items[seen->slots[i] - 1]), spec))
		i = (i + 1) & (seen->nslots - 1);
	return &seen->slots[i];
}

static void
seen_grow(struct seen *seen, const struct strvec *rcpts)
{
	if (rcpts->len < seen->nslots / 2)
		return;
	free(seen->slots);
	seen->nslots = seen->nslots > 0 ? seen->nslots * 2 : 64;
	seen->slots = mem_zalloc(seen->nslots * sizeof(*seen->slots));
	for (size_t i = 0; i < rcpts->len; i++)
		*seen_slot(seen, rcpts, str_of(rcpts->items[i])) = i + 1;
}

void
envelope_needs_utf8(struct envelope *env, const char *what, struct str address)
{
	AUTO(buf_release) struct buf text = BUF_INIT(300);
	env->needs_utf8 = true;
	if (env->not_ascii != NULL)
		return;
	(void)!buf_printf(&text, "%s ", what);
	str_printable(address, &text);
	env->not_ascii = str_dup(buf_str(&text));
}

struct recipients {
	struct envelope *env;
	struct seen seen;
	enum field_id field; /* that they come from, or FIELD_OTHER */
	struct resolver *resolver;
	struct str original; /* the one that is resolved */
};

static bool
add_resolved(void *arg, struct str spec, struct err *e)
{
	struct recipients *to = arg;
	struct strvec *rcpts = &to->env->rcpts;
	bool is_same = str_eq(spec, to->original);
	(void)e;
	seen_grow(&to->seen, rcpts);
	size_t *slot = seen_slot(&to->seen, rcpts, spec);
	if (*slot != 0)
		return true;
	strvec_add(rcpts, spec);
	strvec_add(&to->env->originals, is_same ? STR_INIT : to->original);
	*slot = rcpts->len;
	if (!str_is_ascii(spec))
		envelope_needs_utf8(to->env, "the recipient", spec);
	return true;
}

static bool
add_recipient(void *arg, const struct address *a, struct err *e)
{
	struct recipients *to = arg;
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX);
	if (a->is_bare && to->field != FIELD_OTHER &&
	    !address_is_local_user(a->spec)) {
		char shown[64];
		str_printable_to(a->spec, shown, sizeof(shown));
		return err_set(e, EX_DATAERR,
		    "\"%s\" has no domain; is it a name with a comma that "
		    "wants quotes?",
		    shown);
	}
	if (!address_to_ascii(a->spec, &ascii, e))
		return false;
	to->original = buf_str(&ascii);
	if (to->resolver == NULL)
		return add_resolved(to, to->original, e);
	return resolve(to->resolver, to->original, add_resolved, to, e);
}

static bool
add_args(
    struct recipients *to, const struct envelope_sources *from, struct err *e)
{
	to->field = FIELD_OTHER;
	for (size_t i = 0; i < from->nargs; i++) {
		struct str arg = str_of(from->args[i]);
		if (address_parse_list(arg, add_recipient, to, e))
			continue;
		char shown[64];
		str_printable_to(arg, shown, sizeof(shown));
		return err_wrap(e, "recipient \"%s\"", shown);
	}
	return true;
}

static bool
is_resent_recipient(enum field_id id)
{
	return id == FIELD_RESENT_TO || id == FIELD_RESENT_CC ||
	    id == FIELD_RESENT_BCC;
}

static bool
is_recipient(enum field_id id)
{
	return id == FIELD_TO || id == FIELD_CC || id == FIELD_BCC;
}

static const struct field *
first_resent(const struct message *m)
{
	for (size_t i = 0; i < m->nfields; i++)
		if (is_resent_recipient(m->fields[i].id))
			return &m->fields[i];
	return NULL;
}

/*
 * Who resends puts his fields on top, and every transport a Received above
 * them (RFC 5322 3.6.6): those behind the next Received are of an earlier
 * time, and their recipients have the message already.
 */
static bool
counts(const struct field *f, const struct field *resent)
{
	if (resent == NULL)
		return is_recipient(f->id);
	return is_resent_recipient(f->id) && f->nreceived == resent->nreceived;
}

static bool
add_header(struct recipients *to, const struct message *m, struct err *e)
{
	const struct field *resent = first_resent(m);
	for (size_t i = 0; i < m->nfields; i++) {
		const struct field *f = &m->fields[i];
		if (!counts(f, resent))
			continue;
		to->field = f->id;
		if (!address_parse_list(
			(struct str){ f->value, f->len }, add_recipient, to, e))
			return err_wrap(e, "%s", field_name(f->id));
	}
	return true;
}

static bool
add_recipients(struct envelope *env, const struct envelope_sources *from,
    const struct message *m, struct err *e)
{
	struct recipients to = { .env = env, .resolver = from->resolver };
	bool ok = add_args(&to, from, e) &&
	    (!from->from_header || add_header(&to, m, e));
	seen_release(&to.seen);
	if (!ok || env->rcpts.len > 0)
		return ok;
	if (from->from_header)
		return err_set(e, EX_USAGE,
		    "no recipients in the message's To, Cc and Bcc fields or "
		    "the arguments");
	return err_set(e, EX_USAGE, "no recipients");
}

struct sole {
	struct buf spec;
	size_t n;
	bool is_bare;
};

static void
sole_release(struct sole *sole)
{
	buf_release(&sole->spec);
}

static bool
take_sole(void *arg, const struct address *a, struct err *e)
{
	struct sole *sole = arg;
	sole->is_bare = a->is_bare;
	return ++sole->n > 1 || buf_add_str(&sole->spec, a->spec) ||
	    err_set(e, EX_DATAERR, "the address is too long");
}

/* The null sender stays one, unless ours is enforced. */
static bool
needs_repair(const struct repair_rules *rules, struct str spec)
{
	if (rules == NULL || (spec.len == 0 && rules->mode != REPAIR_ALWAYS))
		return false;
	return repair_is_needed(rules, spec);
}

static bool
set_sender(struct envelope *env, const struct envelope_sources *from,
    struct str spec, struct err *e)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX);
	if (!address_to_ascii(spec, &ascii, e))
		return false;
	struct str sender = buf_str(&ascii);
	if (needs_repair(from->repair, sender))
		sender = from->repair->own;
	env->sender = str_dup(sender);
	if (!str_is_ascii(sender))
		envelope_needs_utf8(env, "the sender", sender);
	return true;
}

static bool
set_given_sender(struct envelope *env, const struct envelope_sources *from,
    struct str spec, struct err *e)
{
	AUTO(buf_release) struct buf full = BUF_INIT(ADDRESS_MAX);
	if (!from->qualifies_sender || spec.len == 0)
		return set_sender(env, from, spec, e);
	return resolve_qualify(from->resolver, spec, &full, e) &&
	    set_sender(env, from, buf_str(&full), e);
}

/*
 * Appends the field's address if it holds one with a domain.  One that is no
 * address list is none of our business: it goes out as it is.
 */
static bool
address_of_field(const struct field *f, struct buf *spec)
{
	struct err ignored;
	AUTO(sole_release)
	struct sole sole = {
		.spec = BUF_INIT(ADDRESS_MAX),
	};
	return address_parse_list((struct str){ f->value, f->len }, take_sole,
		   &sole, &ignored) &&
	    sole.n == 1 && !sole.is_bare &&
	    address_to_ascii(buf_str(&sole.spec), spec, &ignored);
}

static bool
address_of_fields(const struct message *m, const enum field_id *order, size_t n,
    struct buf *spec)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < m->nfields; k++)
			if (m->fields[k].id == order[i] &&
			    address_of_field(&m->fields[k], spec))
				return true;
	return false;
}

bool
envelope_find_sender(const struct message *m, struct buf *spec)
{
	static const enum field_id order[] = { FIELD_RESENT_SENDER,
		FIELD_RESENT_FROM, FIELD_SENDER, FIELD_FROM };
	return address_of_fields(m, order, ARRAY_LEN(order), spec);
}

bool
envelope_find_author(const struct message *m, struct buf *spec)
{
	static const enum field_id order[] = { FIELD_RESENT_FROM, FIELD_FROM };
	return address_of_fields(m, order, ARRAY_LEN(order), spec);
}

static bool
sender_from_message(struct envelope *env, const struct envelope_sources *from,
    const struct message *m)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	struct err ignored;
	return envelope_find_sender(m, &spec) &&
	    set_given_sender(env, from, buf_str(&spec), &ignored);
}

static bool
sender_from_text(struct envelope *env, const struct envelope_sources *from,
    const char *text, struct err *e)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	/* what callers of sendmail write who cannot give an empty word */
	if (str_eq_nocase(str_of(text), STR("MAILER-DAEMON")))
		text = "";
	if (address_parse_one(str_of(text), &spec, e) &&
	    set_given_sender(env, from, buf_str(&spec), e))
		return true;
	char shown[64];
	str_printable_to(str_of(text), shown, sizeof(shown));
	return err_wrap(e, "sender \"%s\"", shown);
}

static bool
add_sender(struct envelope *env, const struct envelope_sources *from,
    const struct message *m, struct err *e)
{
	if (from->sender != NULL)
		return sender_from_text(env, from, from->sender, e);
	if (sender_from_message(env, from, m))
		return true;
	if (from->fallback == NULL)
		return err_set(e, EX_USAGE,
		    "no sender: the message names none and none is set");
	return sender_from_text(env, from, from->fallback, e);
}

bool
envelope_build(struct envelope *env, const struct envelope_sources *from,
    const struct message *m, struct err *e)
{
	*env = ENVELOPE_INIT;
	if (add_sender(env, from, m, e) && add_recipients(env, from, m, e))
		return true;
	envelope_release(env);
	return false;
}

void
envelope_release(struct envelope *env)
{
	free(env->sender);
	free(env->not_ascii);
	strvec_release(&env->rcpts);
	strvec_release(&env->originals);
	*env = ENVELOPE_INIT;
}
