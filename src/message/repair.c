// SPDX-License-Identifier: ISC
#include "message/repair.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/err.h"
#include "message/address.h"
#include "message/locals.h"
#include "message/mend.h"
#include "message/message.h"
#include "message/stamp.h"

bool
repair_is_needed(const struct repair_rules *rules, struct str spec)
{
	struct str domain = address_domain(spec);
	if (rules->own.len == 0 || rules->mode == REPAIR_NEVER)
		return false;
	if (rules->mode == REPAIR_ALWAYS)
		return !address_is_same(spec, rules->own);
	if (domain.len == 0)
		return true;
	return !str_eq_nocase(domain, address_domain(rules->own)) &&
	    locals_has(rules->locals, domain);
}

/* One field, and what has been seen of it. */
struct work {
	const struct repair_rules *rules;
	struct repairs *repairs;
	const struct field *field;
	bool is_sender; /* it names who wrote or sent */
	bool is_author; /* it is From */
	size_t nmailboxes;
	bool has_own;   /* our address stands there already */
	bool is_placed; /* or was put there */
	bool *is_named; /* a From before this one has it */
	struct mend reply_to;
	struct buf reply_to_field;
};

static struct str
value_of(const struct field *f)
{
	return (struct str){ f->value, f->len };
}

static bool
needs_repair(const struct work *w, const struct address *a)
{
	if (!w->is_sender)
		return false;
	/* in the envelope that is the null sender, here a mistake */
	if (a->spec.len == 0)
		return w->rules->own.len > 0 && w->rules->mode != REPAIR_NEVER;
	return repair_is_needed(w->rules, a->spec);
}

/* What a name may hold: blanks for all that would be refused in one. */
static void
add_clean(struct buf *name, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_control = str_has_controls(
		    (struct str){ text.ptr + i, 1 });
		(void)!buf_add(name, is_control ? " " : text.ptr + i, 1);
	}
}

/* The same of a comment or quoted text, without its backslashes. */
static void
add_unescaped(struct buf *name, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		i += text.ptr[i] == '\\' && i + 1 < text.len;
		add_clean(name, (struct str){ text.ptr + i, 1 });
	}
}

static struct str
local_part(struct str spec)
{
	size_t at = spec.len - address_domain(spec).len;
	struct str local = str_upto(
	    spec, at > 0 && at < spec.len ? at - 1 : at);
	bool is_quoted = local.len > 1 && local.ptr[0] == '"';
	return is_quoted ? str_from(str_upto(local, local.len - 1), 1) : local;
}

/* "root on host" for an address that has no name. */
static void
make_name(const struct work *w, struct str spec, struct buf *name)
{
	const struct repair_rules *rules = w->rules;
	struct str domain = address_domain(spec);
	bool is_here = domain.len == 0 || locals_has(rules->locals, domain);
	if (spec.len == 0 || !is_here || rules->host.len == 0) {
		add_clean(name, rules->full_name);
		return;
	}
	add_unescaped(name, local_part(spec));
	(void)!buf_add_str(name, STR(" on "));
	add_clean(name, rules->host);
}

static bool
has_encoded_word(struct str text)
{
	for (size_t i = 0; i + 1 < text.len; i++)
		if (text.ptr[i] == '=' && text.ptr[i + 1] == '?')
			return true;
	return false;
}

/*
 * A display name stays as it is written; a comment becomes one, as RFC 5322
 * 3.4 wants it.  But encoded words in a comment may hold what they must not
 * in a name (RFC 2047 5), so such a comment stays one.
 */
static bool
put_own(struct work *w, struct mend *m, const struct address *a, struct err *e)
{
	/* 1 for the "<" */
	bool has_display_name = a->spec_start - a->start > 1;
	AUTO(buf_release)
	struct buf name = BUF_INIT(a->name.len + a->spec.len +
	    w->rules->full_name.len + w->rules->host.len + 8);
	w->is_placed = true;
	if (a->name.len > 0 && (has_display_name || has_encoded_word(a->name)))
		return mend_respec(m, w->rules->own, e);
	if (a->name.len > 0)
		add_unescaped(&name, a->name);
	else
		make_name(w, a->spec, &name);
	return mend_put(m, buf_str(&name), w->rules->own, e);
}

/* The address with A-labels, if it has others and they can be changed. */
static bool
to_ascii(struct str spec, struct buf *ascii)
{
	struct err ignored; /* what is no domain name stays as it is */
	return !str_is_ascii(address_domain(spec)) &&
	    address_to_ascii(spec, ascii, &ignored);
}

static void
note_not_ascii(struct work *w, struct str spec)
{
	struct str local = str_upto(spec, spec.len - address_domain(spec).len);
	if (w->repairs->not_ascii != NULL || str_is_ascii(local))
		return;
	w->repairs->not_ascii = str_dup(spec);
	w->repairs->not_ascii_field = w->field->id;
}

/* Whether somebody can reply to it: it is a whole name of a host. */
static bool
is_reachable(struct str spec)
{
	struct str domain = address_domain(spec);
	return str_find(domain, '.') < domain.len &&
	    !str_starts_nocase(domain, STR("localhost."));
}

static bool
note_original(struct work *w, const struct address *a, struct err *e)
{
	struct str value = value_of(w->field);
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX + 256);
	AUTO(buf_release) struct buf text = BUF_INIT(value.len + ascii.max);
	if (!w->is_author || !w->rules->wants_reply_to ||
	    !is_reachable(a->spec))
		return true;
	if (w->reply_to.out == NULL &&
	    !mend_begin(&w->reply_to, &w->reply_to_field,
		field_name(FIELD_REPLY_TO), e))
		return false;
	note_not_ascii(w, a->spec);
	if (!to_ascii(a->spec, &ascii))
		return mend_add(&w->reply_to,
		    str_from(str_upto(value, a->end), a->start), e);
	(void)!buf_add_str(
	    &text, str_from(str_upto(value, a->spec_start), a->start));
	(void)!buf_add_str(&text, buf_str(&ascii));
	(void)!buf_add_str(
	    &text, str_from(str_upto(value, a->end), a->spec_end));
	return mend_add(&w->reply_to, buf_str(&text), e);
}

static bool
mend_mailbox(void *arg, struct mend *m, const struct address *a, struct err *e)
{
	struct work *w = arg;
	if (needs_repair(w, a)) {
		if (!note_original(w, a, e))
			return false;
		/* of several that become one, one is enough */
		if (w->has_own || w->is_placed)
			return true;
		return put_own(w, m, a, e);
	}
	note_not_ascii(w, a->spec);
	return mend_keep_ascii(m, e);
}

/* What there is, before anything is changed. */
static bool
look_at(void *arg, const struct address *a, struct err *e)
{
	struct work *w = arg;
	(void)e;
	w->nmailboxes++;
	w->has_own |= a->spec.len > 0 &&
	    address_is_same(a->spec, w->rules->own);
	return true;
}

/* Nobody can reply to what is there: it becomes the name of our address. */
static bool
replace_all(const struct work *w, struct buf *out, struct err *e)
{
	struct str value = str_trim(value_of(w->field));
	AUTO(buf_release)
	struct buf name = BUF_INIT(value.len + w->rules->full_name.len);
	add_clean(&name, value.len > 0 ? value : w->rules->full_name);
	bool ok = buf_printf(out, "%s: ", field_name(w->field->id));
	if (ok && !stamp_mailbox(out, buf_str(&name), w->rules->own, e))
		return err_wrap(e, "%s", field_name(w->field->id));
	return (ok && buf_add(out, "\r\n", 2)) ||
	    err_set(e, EX_DATAERR, "%s: too long", field_name(w->field->id));
}

static void
add_change(struct repairs *r, size_t i, struct buf *text)
{
	r->changes = mem_grow(
	    r->changes, &r->cap, r->nchanges + 1, sizeof(*r->changes));
	strvec_add(&r->texts, buf_str(text));
	r->changes[r->nchanges++] = (struct edit_change){
		.field = i,
		.text = str_of(r->texts.items[r->texts.len - 1]),
	};
}

/* The first From that was replaced counts. */
static bool
keep_reply_to(struct work *w, struct err *e)
{
	if (w->reply_to.out == NULL || w->repairs->reply_to != NULL)
		return true;
	if (!mend_end(&w->reply_to, e))
		return false;
	w->repairs->reply_to = str_dup(buf_str(&w->reply_to_field));
	return true;
}

/*
 * Relays refuse a second From (RFC 5322 3.6); one that has come to hold our
 * address alone says nothing that the first does not.
 */
static bool
is_repeated(struct work *w, size_t nmailboxes)
{
	bool has_own = w->is_author && (w->has_own || w->is_placed);
	bool is_repeated = has_own && *w->is_named && nmailboxes == 1;
	*w->is_named |= has_own;
	return is_repeated;
}

static bool
repair_field(struct work *w, size_t i, struct err *e)
{
	struct str value = value_of(w->field);
	/* what may come of it: every byte quoted or encoded, and folded */
	AUTO(buf_release) struct buf out = BUF_INIT(8 * value.len + (64 << 10));
	struct mend m;
	struct err why;
	bool repairs = w->is_sender && w->rules->own.len > 0 &&
	    w->rules->mode != REPAIR_NEVER;
	bool parses = address_parse_senders(value, look_at, w, &why);
	if (!parses || w->nmailboxes == 0) {
		if (!repairs)
			return true; /* it is none of our business */
		if (!replace_all(w, &out, e))
			return false;
		w->is_placed = true;
		if (is_repeated(w, 1))
			buf_truncate(&out, 0);
		add_change(w->repairs, i, &out);
		return true;
	}
	if (!mend_field(
		&m, &out, field_name(w->field->id), value, mend_mailbox, w, e))
		return err_wrap(e, "%s", field_name(w->field->id));
	bool is_over = repairs && is_repeated(w, m.nmailboxes);
	if (is_over)
		buf_truncate(&out, 0);
	if (m.is_changed || is_over)
		add_change(w->repairs, i, &out);
	return true;
}

static bool
is_sender(enum field_id id)
{
	return id == FIELD_FROM || id == FIELD_SENDER ||
	    id == FIELD_RESENT_FROM || id == FIELD_RESENT_SENDER;
}

static bool
is_address_field(enum field_id id)
{
	switch (id) {
	case FIELD_BCC:
	case FIELD_CC:
	case FIELD_FROM:
	case FIELD_REPLY_TO:
	case FIELD_RESENT_BCC:
	case FIELD_RESENT_CC:
	case FIELD_RESENT_FROM:
	case FIELD_RESENT_SENDER:
	case FIELD_RESENT_TO:
	case FIELD_SENDER:
	case FIELD_TO: return true;
	case FIELD_OTHER:
	case FIELD_FROM_LINE:
	case FIELD_CONTENT_TRANSFER_ENCODING:
	case FIELD_CONTENT_TYPE:
	case FIELD_DATE:
	case FIELD_MESSAGE_ID:
	case FIELD_MIME_VERSION:
	case FIELD_RECEIVED:
	case FIELD_TLS_REQUIRED: break;
	}
	return false;
}

bool
repair_message(struct repairs *r, const struct message *m,
    const struct edit_wish *wish, const struct repair_rules *rules,
    struct err *e)
{
	bool is_named = false;
	*r = REPAIRS_INIT;
	for (size_t i = 0; i < m->nfields; i++) {
		const struct field *f = &m->fields[i];
		struct work w = {
			.rules = rules,
			.repairs = r,
			.field = f,
			.is_sender = is_sender(f->id),
			.is_author = f->id == FIELD_FROM,
			.is_named = &is_named,
			.reply_to_field = BUF_INIT(8 * f->len + 1024),
		};
		/* recipients may be many, and there is nothing to do */
		if (!is_address_field(f->id) || edit_leaves_out(wish, f) ||
		    (!w.is_sender && str_is_ascii(value_of(f))))
			continue;
		bool ok = repair_field(&w, i, e) && keep_reply_to(&w, e);
		buf_release(&w.reply_to_field);
		if (!ok)
			return false;
	}
	return true;
}

void
repairs_release(struct repairs *r)
{
	strvec_release(&r->texts);
	free(r->changes);
	free(r->reply_to);
	free(r->not_ascii);
	*r = REPAIRS_INIT;
}
