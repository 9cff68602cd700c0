// SPDX-License-Identifier: ISC
#include "message/recode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "message/encode.h"
#include "message/mime.h"
#include "message/reword.h"
#include "message/source.h"
#include "message/store.h"

enum {
	WINDOW = 64 << 10,
	OUT_GOAL = 128 << 10,
	FIELD_MAX = 32 << 20,
	OUT_MAX = 8 * FIELD_MAX,
	PLAN_MAX = 16 << 20, /* entities, a byte each */
	GROWTH_MOST = 8,     /* short fields and parts grow most */
};

/* What is to be seen to, and how. */
enum aim {
	AIM_7BIT = 1,
	AIM_LINES = 2,
	AIM_REFUSE_LINES = 4,
};

/* What becomes of an entity's text, and so of its transfer encoding. */
enum action {
	ACTION_NONE,
	ACTION_QP,
	ACTION_BASE64,
	ACTION_QP_AGAIN,
	ACTION_BASE64_AGAIN,
	ACTION_LABEL_7BIT,
	ACTION_LABEL_8BIT,
};

static const struct {
	const char *cte; /* NULL: the old one stays */
	enum encode_form form;
} actions[] = {
	[ACTION_NONE] = { NULL, ENCODE_NOT },
	[ACTION_QP] = { "quoted-printable", ENCODE_QP },
	[ACTION_BASE64] = { "base64", ENCODE_BASE64 },
	[ACTION_QP_AGAIN] = { NULL, ENCODE_QP_AGAIN },
	[ACTION_BASE64_AGAIN] = { NULL, ENCODE_BASE64_AGAIN },
	[ACTION_LABEL_7BIT] = { "7bit", ENCODE_NOT },
	[ACTION_LABEL_8BIT] = { "8bit", ENCODE_NOT },
};

/* Lines of a source; a very long one comes in pieces. */

struct reader {
	struct source *source;
	char *window; /* owned */
	size_t at, len;
	bool is_inside_line;
};

struct line {
	struct str text; /* borrowed from the window, without line end */
	bool is_start;
	bool is_end;
};

static void
reader_init(struct reader *r, struct source *s)
{
	source_rewind(s);
	*r = (struct reader){ .source = s, .window = mem_alloc(WINDOW) };
}

static void
reader_release(struct reader *r)
{
	free(r->window);
}

/* A whole line of the window, or all of it if that is full. */
static bool
take_line(struct reader *r, struct line *l)
{
	struct str rest = { r->window + r->at, r->len - r->at };
	size_t lf = str_find(rest, '\n');
	bool is_end = lf < rest.len;
	if (!is_end && rest.len < WINDOW)
		return false;
	struct str text = str_upto(rest, lf);
	if (text.len > 0 && text.ptr[text.len - 1] == '\r')
		text.len--;
	r->at += is_end ? lf + 1 : text.len;
	*l = (struct line){
		.text = text,
		.is_start = !r->is_inside_line,
		.is_end = is_end,
	};
	r->is_inside_line = !is_end;
	return true;
}

/* *more is false behind the last; each ends in CRLF (message/wire.h). */
static bool
read_line(struct reader *r, struct line *l, bool *more, struct err *e)
{
	size_t n;
	*more = true;
	while (!take_line(r, l)) {
		if (r->at > 0)
			memmove(r->window, r->window + r->at, r->len - r->at);
		r->len -= r->at;
		r->at = 0;
		if (!source_read(
			r->source, r->window + r->len, WINDOW - r->len, &n, e))
			return false;
		r->len += n;
		*more = n > 0;
		if (n == 0)
			return true;
	}
	return true;
}

/* The first pass: what is there, and what is to be done? */

/* What is known of the text of the current part so far. */
struct census {
	uint64_t size;
	uint64_t nescapes; /* octets quoted-printable would have to escape */
	uint64_t line;     /* the first that is not fit; 0 if there is none */
	bool is_8bit;
};

struct plan {
	unsigned aim;
	bool is_8bit;     /* something of the message is */
	bool has_long;    /* lines that stay */
	bool has_work;    /* something is to be changed */
	struct buf bytes; /* the action of each entity */
	struct mime mime;
	struct census part;
	enum mime_line kind; /* of the current line */
	bool is_line_8bit;
	uint64_t line_len;
	uint64_t nlines;    /* of the body, so far */
	uint64_t lost_line; /* not fit, ahead of a multipart's first part */
	char field[80];     /* the message's, that we are in; or "" */
};

static void
plan_release(struct plan *p)
{
	buf_release(&p->bytes);
	mime_release(&p->mime);
}

static const char *
reason(enum mime_hold hold)
{
	switch (hold) {
	case MIME_FREE: break;
	case MIME_SIGNED: return "the message is signed";
	case MIME_ENCRYPTED: return "the message is encrypted";
	case MIME_PARTIAL: return "it is in a message/partial";
	case MIME_DEEP: return "its parts are nested too deeply";
	case MIME_BROKEN: return "its multipart has no valid boundary";
	}
	return "its transfer encoding is not known";
}

/* The line, of the body unless a field is open, may not stay as it is. */
static bool
refuse(const struct plan *p, uint64_t line, enum mime_hold hold, struct err *e)
{
	char where[120];
	if (p->field[0] != '\0')
		(void)snprintf(where, sizeof(where), "the field %s", p->field);
	else
		(void)snprintf(
		    where, sizeof(where), "line %" PRIu64 " of the body", line);
	if ((p->aim & AIM_7BIT) != 0)
		return err_set(e, EX_DATAERR,
		    "%s has 8-bit characters, the server does not offer "
		    "8BITMIME, and they cannot be encoded because %s; the "
		    "message was not sent",
		    where, reason(hold));
	(void)err_set(e, EX_DATAERR,
	    "%s is too long and cannot be encoded because %s; the message "
	    "was not sent",
	    where, reason(hold));
	return err_hint(e, "\"long_lines pass\" would send it as it is");
}

static bool
refuse_length(const struct plan *p, struct err *e)
{
	if (p->field[0] != '\0')
		return err_set(e, EX_DATAERR,
		    "the field %s has a line of %" PRIu64 " octets, more than "
		    "%d; the message was not sent",
		    p->field, p->line_len, RECODE_LINE_MAX);
	return err_set(e, EX_DATAERR,
	    "line %" PRIu64 " of the body has %" PRIu64 " octets, more than "
	    "%d; the message was not sent",
	    p->nlines, p->line_len, RECODE_LINE_MAX);
}

static enum action
label(const struct plan *p, enum mime_cte cte, bool is_8bit)
{
	bool is_open = cte == MIME_CTE_8BIT || cte == MIME_CTE_BINARY;
	if ((p->aim & AIM_7BIT) != 0)
		return is_open ? ACTION_LABEL_7BIT : ACTION_NONE;
	if (cte != MIME_CTE_BINARY || p->has_long)
		return ACTION_NONE;
	return is_8bit ? ACTION_LABEL_8BIT : ACTION_LABEL_7BIT;
}

/* Quoted-printable takes three octets for one, base64 four for three. */
static enum action
encoding_for(const struct census *c)
{
	uint64_t qp = c->size + 2 * c->nescapes;
	uint64_t base64 = (c->size + 2) / 3 * 4 + (c->size / 57 + 1) * 2;
	return qp <= base64 ? ACTION_QP : ACTION_BASE64;
}

static enum action
action_for(const struct plan *p, const struct mime_entity *part)
{
	bool is_unfit = p->part.line > 0;
	if (part->hold != MIME_FREE)
		return ACTION_NONE;
	switch (part->cte) {
	case MIME_CTE_QP: return is_unfit ? ACTION_QP_AGAIN : ACTION_NONE;
	case MIME_CTE_BASE64:
		return is_unfit ? ACTION_BASE64_AGAIN : ACTION_NONE;
	case MIME_CTE_FOREIGN: return ACTION_NONE;
	case MIME_CTE_NONE:
	case MIME_CTE_7BIT:
	case MIME_CTE_8BIT:
	case MIME_CTE_BINARY: break;
	}
	return is_unfit ? encoding_for(&p->part)
			: label(p, part->cte, p->part.is_8bit);
}

static bool
set_action(struct plan *p, size_t number, enum action action, struct err *e)
{
	while (p->bytes.len <= number)
		if (!buf_add(&p->bytes, "", 1))
			return err_set(e, EX_DATAERR,
			    "the message has more than %d parts", PLAN_MAX);
	p->bytes.data[number] = (char)action;
	p->has_work |= action != ACTION_NONE;
	return true;
}

static bool
end_part(struct plan *p, struct err *e)
{
	const struct mime_entity *part = &p->mime.entity;
	if (p->part.line > 0 && part->cte == MIME_CTE_FOREIGN)
		return refuse(p, p->part.line, MIME_FREE, e);
	enum action action = action_for(p, part);
	p->part = (struct census){ .size = 0 };
	return set_action(p, part->number, action, e);
}

/* The header of a multipart, or of a message in the message, is complete. */
static bool
end_container(struct plan *p, enum mime_hold around, struct err *e)
{
	const struct mime_entity *c = &p->mime.entity;
	if (!p->mime.is_header_end || c->kind == MIME_LEAF ||
	    around != MIME_FREE)
		return true;
	return set_action(p, c->number, label(p, c->cte, p->is_8bit), e);
}

static bool
is_unfit(const struct plan *p)
{
	return ((p->aim & AIM_7BIT) != 0 && p->is_line_8bit) ||
	    ((p->aim & AIM_LINES) != 0 && p->line_len > RECODE_LINE_MAX);
}

/* The whole line was seen. */
static bool
end_line(struct plan *p, struct err *e)
{
	bool is_too_long = p->line_len > RECODE_LINE_MAX;
	if ((p->aim & AIM_REFUSE_LINES) != 0 && is_too_long)
		return refuse_length(p, e);
	if (!is_unfit(p))
		return true;
	if (p->mime.hold != MIME_FREE)
		return refuse(p, p->nlines, p->mime.hold, e);
	p->has_work = true;
	if (p->kind == MIME_TEXT && p->part.line == 0)
		p->part.line = p->nlines;
	if (p->kind == MIME_ASIDE && mime_has_unseen(&p->mime) &&
	    p->lost_line == 0)
		p->lost_line = p->nlines;
	return true;
}

/*
 * What stands before the first part is nobody's, but a multipart in which no
 * part begins has lost its boundary, and then it may be the text.
 */
static bool
check_orphan(const struct plan *p, bool is_orphan, struct err *e)
{
	if (is_orphan && p->lost_line > 0)
		return refuse(p, p->lost_line, MIME_BROKEN, e);
	return true;
}

/* Which field of the message it is that the line belongs to. */
static void
keep_field(struct plan *p, struct str line)
{
	if (p->mime.nbegun > 1 || p->mime.place != MIME_IN_HEADER)
		p->field[0] = '\0';
	else if (p->kind == MIME_FIELD)
		str_printable_to(
		    mime_field_name(line), p->field, sizeof(p->field));
}

static bool
begin_line(struct plan *p, struct str text, struct err *e)
{
	bool was_text = p->mime.place == MIME_IN_TEXT;
	bool was_header = p->mime.nbegun == 1 &&
	    p->mime.place == MIME_IN_HEADER;
	enum mime_hold around = p->mime.hold;
	p->nlines += !was_header;
	p->line_len = 0;
	p->is_line_8bit = false;
	p->kind = mime_next(&p->mime, text);
	keep_field(p, text);
	if (p->kind != MIME_BOUNDARY)
		return end_container(p, around, e);
	if ((was_text && !end_part(p, e)) ||
	    !check_orphan(p, p->mime.is_orphan, e))
		return false;
	p->lost_line = 0;
	return true;
}

static bool
plan_line(struct plan *p, const struct line *l, struct err *e)
{
	if (l->is_start && !begin_line(p, l->text, e))
		return false;
	p->line_len += l->text.len;
	if (!p->is_line_8bit)
		p->is_line_8bit = !str_is_ascii(l->text);
	if (p->kind == MIME_TEXT) {
		p->part.size += l->text.len + (l->is_end ? 2 : 0);
		p->part.nescapes += encode_count(l->text);
		p->part.is_8bit |= p->is_line_8bit;
	}
	return !l->is_end || end_line(p, e);
}

static bool
make_plan(struct plan *p, struct source *s, struct err *e)
{
	AUTO(reader_release) struct reader r;
	struct line l;
	bool more = true;
	reader_init(&r, s);
	do {
		if (!read_line(&r, &l, &more, e) ||
		    (more && !plan_line(p, &l, e)))
			return false;
	} while (more);
	if (p->mime.place == MIME_IN_TEXT && !end_part(p, e))
		return false;
	return check_orphan(p, mime_has_unseen(&p->mime), e);
}

/* The second pass: it is written anew */

struct writer {
	const struct plan *plan;
	struct mime mime;
	struct encode text;
	struct buf out; /* on its way to the store */
	struct store store;
	struct buf field;    /* the one that goes on, or empty */
	enum mime_line kind; /* of the current line */
	/* of the entity we are in */
	enum action action;
	bool is_message;
	bool has_cte;
	bool has_version;
	bool is_in_text; /* a line of it was written */
};

static void
writer_release(struct writer *w)
{
	mime_release(&w->mime);
	buf_release(&w->out);
	buf_release(&w->field);
	store_release(&w->store);
}

static bool
full(struct err *e)
{
	return err_set(e, EX_DATAERR, "a header field is too long");
}

static void
begin_entity(struct writer *w)
{
	size_t number = w->mime.nbegun - 1;
	struct str actions_planned = buf_str(&w->plan->bytes);
	w->action = number < actions_planned.len
	    ? (enum action)actions_planned.ptr[number]
	    : ACTION_NONE;
	w->is_message = w->mime.is_message;
	w->has_cte = w->has_version = false;
}

static bool
has_long_line(struct str field)
{
	while (field.len > RECODE_LINE_MAX) {
		size_t lf = str_find(field, '\n');
		if (lf > RECODE_LINE_MAX + 1)
			return true;
		field = str_from(field, lf < field.len ? lf + 1 : lf);
	}
	return false;
}

static bool
reword(struct writer *w, struct str field, struct err *e)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(w->out.max);
	unsigned aim = w->plan->aim;
	bool was_long = has_long_line(field);
	bool may_be_long = was_long && (aim & AIM_LINES) == 0;
	if ((aim & AIM_7BIT) != 0 && !str_is_ascii(field)) {
		if (!reword_ascii(&ascii, field, e))
			return false;
		field = buf_str(&ascii);
	}
	if (may_be_long || !has_long_line(field))
		return buf_add_str(&w->out, field) || full(e);
	if (reword_fold(&w->out, field, e))
		return true;
	if (was_long)
		(void)err_hint(e, "\"long_lines pass\" would send it as it is");
	return false;
}

static bool
put_cte(struct writer *w, struct err *e)
{
	if (w->has_cte)
		return true;
	w->has_cte = true;
	return buf_printf(&w->out, "Content-Transfer-Encoding: %s\r\n",
		   actions[w->action].cte) ||
	    full(e);
}

/* The field that went on is complete. */
static bool
end_field(struct writer *w, struct err *e)
{
	struct str field = buf_str(&w->field);
	struct str name = mime_field_name(field);
	bool ok;
	if (field.len == 0)
		return true;
	w->has_version |= str_eq_nocase(name, STR("MIME-Version"));
	if (actions[w->action].cte != NULL &&
	    str_eq_nocase(name, STR("Content-Transfer-Encoding")))
		ok = put_cte(w, e);
	else
		ok = reword(w, field, e) ||
		    err_wrap(e, "the field %.*s", STR_FMT(name));
	buf_truncate(&w->field, 0);
	return ok;
}

/* What the header lacks so that its new encoding is understood. */
static bool
end_header(struct writer *w, struct err *e)
{
	bool is_encoded = w->action == ACTION_QP || w->action == ACTION_BASE64;
	if (!end_field(w, e))
		return false;
	if (is_encoded && w->is_message && !w->has_version &&
	    !buf_printf(&w->out, "MIME-Version: 1.0\r\n"))
		return full(e);
	return !is_encoded || put_cte(w, e);
}

static bool
add_to_field(struct writer *w, const struct line *l, struct err *e)
{
	return (buf_add_str(&w->field, l->text) &&
		   (!l->is_end || buf_add(&w->field, "\r\n", 2))) ||
	    full(e);
}

static enum encode_form
form_of(const struct writer *w, const struct line *l)
{
	bool is_long = l->text.len > RECODE_LINE_MAX || !l->is_end;
	if (w->kind == MIME_TEXT)
		return actions[w->action].form;
	if (w->kind == MIME_BOUNDARY || w->mime.hold != MIME_FREE)
		return ENCODE_NOT;
	return (w->plan->aim & AIM_7BIT) != 0 ||
		((w->plan->aim & AIM_LINES) != 0 && is_long)
	    ? ENCODE_ASIDE
	    : ENCODE_NOT;
}

static bool
start_line(struct writer *w, const struct line *l, struct err *e)
{
	size_t nbegun = w->mime.nbegun;
	w->kind = mime_next(&w->mime, l->text);
	if (w->kind == MIME_FOLD)
		return true;
	if (w->mime.is_header_end) {
		if (!end_header(w, e))
			return false;
		/* text that follows at once would follow our fields, too */
		bool lacks_blank = w->kind != MIME_BLANK &&
		    w->action != ACTION_NONE;
		if (lacks_blank && !buf_add(&w->out, "\r\n", 2))
			return full(e);
	} else if (!end_field(w, e))
		return false;
	if (w->kind == MIME_BOUNDARY && w->is_in_text)
		encode_end(&w->text, true);
	if (w->mime.nbegun != nbegun)
		begin_entity(w);
	if (w->kind != MIME_TEXT || !w->is_in_text)
		encode_init(&w->text, form_of(w, l), &w->out);
	w->is_in_text = w->kind == MIME_TEXT;
	return true;
}

static bool
write_line(struct writer *w, const struct line *l, struct err *e)
{
	struct str text = l->text;
	if (l->is_start && !start_line(w, l, e))
		return false;
	if (w->kind == MIME_FIELD || w->kind == MIME_FOLD)
		return add_to_field(w, l, e);
	if (w->kind == MIME_BOUNDARY) /* padding (RFC 2046 5.1.1) */
		while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
			text.len--;
	encode_text(&w->text, text, l->is_end);
	return true;
}

static bool
flush(struct writer *w, struct err *e)
{
	struct str out = buf_str(&w->out);
	bool ok = store_add(&w->store, out.ptr, out.len, e);
	buf_truncate(&w->out, 0);
	return ok;
}

static bool
write_all(struct writer *w, struct source *s, struct err *e)
{
	AUTO(reader_release) struct reader r;
	struct line l;
	bool more = true;
	reader_init(&r, s);
	begin_entity(w);
	do {
		if (!read_line(&r, &l, &more, e) ||
		    (more && !write_line(w, &l, e)) ||
		    (w->out.len > OUT_GOAL && !flush(w, e)))
			return false;
	} while (more);
	/* where the last boundary is missing, readers act as if it were there
	 */
	if (w->is_in_text)
		encode_end(&w->text, w->mime.nlevels > 0);
	return end_field(w, e) && flush(w, e);
}

static bool
execute(const struct plan *p, struct source *s, struct err *e)
{
	AUTO(writer_release)
	struct writer w = {
		.plan = p,
		.mime = MIME_INIT,
		.out = BUF_INIT(OUT_MAX),
		.field = BUF_INIT(FIELD_MAX),
		.store = STORE_INIT,
	};
	struct message m;
	w.store.fd = fd_keep(&s->spare_fd);
	if (!write_all(&w, s, e))
		return false;
	store_end(&w.store, &m);
	bool is_done = (p->aim & AIM_7BIT) == 0 || !m.facts.is_8bit;
	if (is_done)
		source_replace(s, &m);
	message_release(&m);
	return is_done ||
	    err_set(e, EX_IOERR, "the message changed while it was being sent");
}

static bool
recode(struct source *s, unsigned aim, struct err *e)
{
	AUTO(plan_release)
	struct plan p = {
		.aim = aim,
		.is_8bit = source_is_8bit(s),
		.has_long = s->m->facts.longest_line > RECODE_LINE_MAX &&
		    (aim & AIM_LINES) == 0,
		.bytes = BUF_INIT(PLAN_MAX),
		.mime = MIME_INIT,
	};
	bool ok = make_plan(&p, s, e) && (!p.has_work || execute(&p, s, e));
	source_rewind(s);
	return ok;
}

static bool
is_binary(const struct message *m)
{
	const struct field *f = message_find(
	    m, FIELD_CONTENT_TRANSFER_ENCODING);
	return f != NULL &&
	    str_eq_nocase(
		str_trim((struct str){ f->value, f->len }), STR("binary"));
}

bool
recode_lines(struct source *s, enum recode_lines policy, struct err *e)
{
	bool is_long = s->m->facts.longest_line > RECODE_LINE_MAX;
	unsigned aim = 0;
	if (is_long && policy == RECODE_LINES_ENCODE)
		aim = AIM_LINES;
	else if (is_long && policy == RECODE_LINES_REFUSE)
		aim = AIM_REFUSE_LINES;
	return (aim == 0 && !is_binary(s->m)) || recode(s, aim, e);
}

bool
recode_7bit(struct source *s, struct err *e)
{
	return !source_is_8bit(s) || recode(s, AIM_7BIT, e);
}

void
recode_reserve(struct source *s)
{
	struct err ignored;
	if (s->spare_fd == -1 && source_is_8bit(s) &&
	    source_size(s) > STORE_MEMORY_MAX / GROWTH_MOST)
		(void)!fd_temporary(&s->spare_fd, &ignored);
}
