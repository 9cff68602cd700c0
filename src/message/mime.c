// SPDX-License-Identifier: ISC
#include "message/mime.h"

#include <stdlib.h>

#include "message/param.h"

struct str
mime_field_name(struct str line)
{
	size_t n = 0;
	while (n < line.len && line.ptr[n] > ' ' && line.ptr[n] <= '~' &&
	    line.ptr[n] != ':')
		n++;
	size_t end = n;
	while (end < line.len && is_blank(line.ptr[end]))
		end++;
	if (end == line.len || line.ptr[end] != ':')
		n = 0;
	return str_upto(line, n);
}

static void
pop(struct mime *m, size_t nlevels)
{
	while (m->nlevels > nlevels)
		free(m->levels[--m->nlevels].boundary);
}

static void
begin_entity(struct mime *m, bool is_message)
{
	m->place = MIME_IN_HEADER;
	m->nbegun++;
	m->is_message = is_message;
	m->has_field = false;
	m->open = NULL;
	buf_truncate(&m->type, 0);
	buf_truncate(&m->cte, 0);
}

static enum mime_cte
cte_of(struct str value)
{
	static const struct {
		const char *name;
		enum mime_cte cte;
	} names[] = {
		{ "7bit", MIME_CTE_7BIT },
		{ "8bit", MIME_CTE_8BIT },
		{ "binary", MIME_CTE_BINARY },
		{ "quoted-printable", MIME_CTE_QP },
		{ "base64", MIME_CTE_BASE64 },
	};
	struct str word = param_token(&value, ";");
	if (word.len == 0)
		return MIME_CTE_NONE;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(word, str_of(names[i].name)))
			return names[i].cte;
	/* "8-bit", "utf-8": not known, so nobody can have encoded it */
	return str_starts_nocase(word, STR("x-")) ? MIME_CTE_FOREIGN
						  : MIME_CTE_8BIT;
}

/* Whose parts nobody may touch (RFC 1847 2.1, 2.2). */
static enum mime_hold
hold_of_multipart(struct str subtype)
{
	if (str_eq_nocase(subtype, STR("signed")))
		return MIME_SIGNED;
	if (str_eq_nocase(subtype, STR("encrypted")))
		return MIME_ENCRYPTED;
	return MIME_FREE;
}

static bool
can_be_boundary(struct str s)
{
	return s.len > 0 && s.len <= MIME_BOUNDARY_MAX && str_is_ascii(s) &&
	    !str_has_controls(s);
}

static void
begin_multipart(struct mime *m, struct str subtype, struct str params)
{
	AUTO(buf_release) struct buf value = BUF_INIT(MIME_VALUE_MAX);
	m->entity.kind = MIME_MULTIPART;
	m->place = MIME_IN_ASIDE;
	if (m->hold == MIME_FREE)
		m->hold = hold_of_multipart(subtype);
	param_find(params, STR("boundary"), &value);
	struct str boundary = str_trim(buf_str(&value));
	if (!can_be_boundary(boundary) || m->depth >= MIME_DEPTH_MAX) {
		if (m->hold == MIME_FREE)
			m->hold = m->depth >= MIME_DEPTH_MAX ? MIME_DEEP
							     : MIME_BROKEN;
		return;
	}
	m->levels[m->nlevels++] = (struct mime_level){
		.boundary = str_dup(boundary),
		.len = boundary.len,
		.depth = ++m->depth,
		.hold = m->hold,
		.is_digest = str_eq_nocase(subtype, STR("digest")),
	};
}

/*
 * message/rfc822 is walked like the message itself, unless its header has no
 * end or it was encoded against RFC 2046 5.2.1: then nobody can look inside.
 */
static void
begin_inner_message(struct mime *m, bool is_blank_line)
{
	if (m->entity.cte >= MIME_CTE_QP)
		return;
	if (m->depth >= MIME_DEPTH_MAX || !is_blank_line) {
		if (m->hold == MIME_FREE)
			m->hold = is_blank_line ? MIME_DEEP : MIME_BROKEN;
		return;
	}
	m->entity.kind = MIME_MESSAGE;
	m->depth++;
	begin_entity(m, true);
}

/* The header is complete: what does its text consist of? */
static void
end_header(struct mime *m, bool is_blank_line)
{
	struct str rest = buf_str(&m->type);
	struct str type = param_token(&rest, "/;");
	struct str subtype = STR_INIT;
	if (rest.len > 0 && rest.ptr[0] == '/') {
		rest = str_from(rest, 1);
		subtype = param_token(&rest, ";");
	}
	if (type.len == 0 && m->is_in_digest && !m->is_message) {
		type = STR("message");
		subtype = STR("rfc822");
	}
	m->is_header_end = true;
	m->entity = (struct mime_entity){
		.number = m->nbegun - 1,
		.cte = cte_of(buf_str(&m->cte)),
	};
	m->place = MIME_IN_TEXT;
	m->open = NULL;
	if (str_eq_nocase(type, STR("multipart"))) {
		begin_multipart(m, subtype, rest);
	} else if (str_eq_nocase(type, STR("message"))) {
		if (str_eq_nocase(subtype, STR("rfc822")) ||
		    str_eq_nocase(subtype, STR("news")))
			begin_inner_message(m, is_blank_line);
		else if (m->hold == MIME_FREE &&
		    (str_eq_nocase(subtype, STR("partial")) ||
			str_eq_nocase(subtype, STR("external-body"))))
			m->hold = MIME_PARTIAL;
	}
	m->entity.hold = m->hold;
}

/* The first of each counts. */
static void
begin_field(struct mime *m, struct str name, struct str line)
{
	struct str value = str_from(line, str_find(line, ':') + 1);
	m->has_field = true;
	m->open = NULL;
	if (str_eq_nocase(name, STR("Content-Type")))
		m->open = &m->type;
	else if (str_eq_nocase(name, STR("Content-Transfer-Encoding")))
		m->open = &m->cte;
	/* a blank tells a field that was there from none */
	if (m->open != NULL &&
	    (m->open->len > 0 || !buf_add(m->open, " ", 1) ||
		!buf_add_str(m->open, value)))
		m->open = NULL;
}

/* mbox's line in front of a message that was put into another. */
static bool
is_from_line(const struct mime *m, struct str line)
{
	return m->is_message && !m->has_field &&
	    (str_starts_nocase(line, STR("From ")) ||
		str_starts_nocase(line, STR(">From ")));
}

static enum mime_line
in_header(struct mime *m, struct str line)
{
	if (line.len == 0) {
		end_header(m, true);
		return MIME_BLANK;
	}
	if (is_blank(line.ptr[0]) && m->has_field) {
		if (m->open != NULL && !buf_add_str(m->open, line))
			m->open = NULL;
		return MIME_FOLD;
	}
	struct str name = mime_field_name(line);
	if (name.len > 0) {
		begin_field(m, name, line);
		return MIME_FIELD;
	}
	if (is_from_line(m, line))
		return MIME_FIELD;
	end_header(m, false);
	return m->place == MIME_IN_ASIDE ? MIME_ASIDE : MIME_TEXT;
}

/*
 * Which level's boundary it is, one past its index; 0 if it is none.  That of
 * an outer level ends all within (RFC 2046 5.1.2).
 */
static size_t
boundary_of(const struct mime *m, struct str line, bool *closes)
{
	if (line.len < 3 || line.ptr[0] != '-' || line.ptr[1] != '-')
		return 0;
	struct str text = str_from(line, 2);
	while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
		text.len--;
	for (size_t i = m->nlevels; i > 0; i--) {
		const struct mime_level *l = &m->levels[i - 1];
		if (text.len < l->len ||
		    memcmp(text.ptr, l->boundary, l->len) != 0)
			continue;
		struct str behind = str_from(text, l->len);
		*closes = str_eq(behind, STR("--"));
		if (*closes || behind.len == 0)
			return i;
	}
	return 0;
}

static void
pass_boundary(struct mime *m, size_t nlevels, bool closes)
{
	struct mime_level *l = &m->levels[nlevels - 1];
	if (m->place == MIME_IN_HEADER)
		m->open = NULL;
	for (size_t i = nlevels; i < m->nlevels; i++)
		m->is_orphan |= !m->levels[i].is_seen;
	m->is_orphan |= closes && !l->is_seen;
	l->is_seen = true;
	pop(m, closes ? nlevels - 1 : nlevels);
	m->depth = closes ? l->depth - 1 : l->depth;
	m->hold = m->nlevels > 0 ? m->levels[m->nlevels - 1].hold : MIME_FREE;
	m->is_in_digest = m->nlevels > 0 && m->levels[m->nlevels - 1].is_digest;
	if (closes)
		m->place = MIME_IN_ASIDE;
	else
		begin_entity(m, false);
}

enum mime_line
mime_next(struct mime *m, struct str line)
{
	bool closes = false;
	size_t nlevels = boundary_of(m, line, &closes);
	m->is_header_end = false;
	m->is_orphan = false;
	if (nlevels > 0) {
		pass_boundary(m, nlevels, closes);
		return MIME_BOUNDARY;
	}
	switch (m->place) {
	case MIME_IN_HEADER: return in_header(m, line);
	case MIME_IN_TEXT: return MIME_TEXT;
	case MIME_IN_ASIDE: break;
	}
	return MIME_ASIDE;
}

bool
mime_has_unseen(const struct mime *m)
{
	for (size_t i = 0; i < m->nlevels; i++)
		if (!m->levels[i].is_seen)
			return true;
	return false;
}

void
mime_release(struct mime *m)
{
	pop(m, 0);
	buf_release(&m->type);
	buf_release(&m->cte);
}
