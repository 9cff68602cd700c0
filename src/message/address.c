// SPDX-License-Identifier: ISC
#include "message/address.h"

#include <assert.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/idn.h"

/*
 * RFC 5322 3.4 with the obsolete forms of 4.4, read flat: the list is a row
 * of elements between commas, a group's name and its semicolon being marks
 * between them.  An element begins with words and dots, which turn out to be
 * a display name, a local part or a group's name by what stands behind them:
 *
 *	words "<" route words "@" domain ">"    a display name; the words
 *	                                        inside are the local part
 *	words "@" domain                        a local part
 *	words ":"                               a group begins
 *	words ("," or ";" or the end)           a local part without domain
 *
 * A local part has a dot between any two words.  Bytes above 127 may stand
 * wherever a letter may (RFC 6532 3.2).
 */

enum token {
	TOKEN_END,
	TOKEN_ATOM,
	TOKEN_QUOTED,
	TOKEN_LITERAL,
	TOKEN_DOT,
	TOKEN_COMMA,
	TOKEN_COLON,
	TOKEN_SEMICOLON,
	TOKEN_AT,
	TOKEN_OPEN,  /* < */
	TOKEN_CLOSE, /* > */
};

struct parser {
	struct str input;
	size_t pos; /* behind the token */
	enum token token;
	struct str text;    /* the token's, without quotes */
	size_t start;       /* where the token stands */
	size_t behind;      /* where the token before it ended */
	struct str comment; /* the last one in this element */
	size_t element;     /* where the element starts */
	size_t spec_start;  /* where its address stands, as written */
	size_t spec_end;
	bool takes_empty; /* "<>" counts as an address */
	bool in_group;
	bool has_member; /* the group that we are in */
	struct buf name;
	struct buf local; /* unquoted */
	struct buf spec;
	address_fn *fn;
	void *arg;
};

/* What a row of words may be. */
struct words {
	size_t n;
	bool has_quoted;
	bool is_local; /* a dot between any two words */
};

static void
parser_release(struct parser *p)
{
	buf_release(&p->name);
	buf_release(&p->local);
	buf_release(&p->spec);
}

/* For buffers as large as the whole input could need. */
static void
put(struct buf *b, struct str s)
{
	bool fits = buf_add_str(b, s);
	assert(fits);
}

static bool
fail_at(const struct parser *p, size_t at, const char *why, struct err *e)
{
	char shown[64];
	str_printable_to(str_from(p->input, at), shown, sizeof(shown));
	return err_set(e, EX_DATAERR,
	    "cannot parse the address list near \"%s\": %s", shown, why);
}

static bool
fail(const struct parser *p, const char *why, struct err *e)
{
	return fail_at(p, p->element, why, e);
}

/* RFC 6532 3.2 */
static bool
is_utf8_atext(char c)
{
	return is_atext(c) || is_8bit(c);
}

size_t
address_find_close(struct str text, size_t start, char open, char close)
{
	size_t depth = 1;
	for (size_t i = start; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == '\\')
			i++;
		else if (c == close && --depth == 0)
			return i;
		else if (c == open)
			depth++;
	}
	return text.len;
}

static bool
skip_blanks_and_comments(struct parser *p, struct err *e)
{
	while (p->pos < p->input.len) {
		char c = p->input.ptr[p->pos];
		if (is_blank(c)) {
			p->pos++;
			continue;
		}
		if (c != '(')
			break;
		size_t start = p->pos + 1;
		size_t end = address_find_close(p->input, start, '(', ')');
		if (end == p->input.len)
			return fail_at(p, p->pos, "no \")\"", e);
		p->comment = str_trim(
		    (struct str){ p->input.ptr + start, end - start });
		p->pos = end + 1;
	}
	return true;
}

/* A token with an end of its own; its text is what is between. */
static bool
next_enclosed(struct parser *p, enum token kind, char close, const char *why,
    struct err *e)
{
	size_t start = p->start + 1;
	size_t end = address_find_close(p->input, start, '\0', close);
	if (end == p->input.len)
		return fail_at(p, p->start, why, e);
	p->token = kind;
	p->text = (struct str){ p->input.ptr + start, end - start };
	p->pos = end + 1;
	return true;
}

static bool
next(struct parser *p, struct err *e)
{
	static const struct {
		char c;
		enum token token;
	} marks[] = {
		{ '.', TOKEN_DOT },
		{ ',', TOKEN_COMMA },
		{ ':', TOKEN_COLON },
		{ ';', TOKEN_SEMICOLON },
		{ '@', TOKEN_AT },
		{ '<', TOKEN_OPEN },
		{ '>', TOKEN_CLOSE },
	};
	p->behind = p->pos;
	if (!skip_blanks_and_comments(p, e))
		return false;
	p->start = p->pos;
	p->token = TOKEN_END;
	if (p->pos == p->input.len)
		return true;
	char c = p->input.ptr[p->pos];
	if (c == '"')
		return next_enclosed(
		    p, TOKEN_QUOTED, '"', "no closing quote", e);
	if (c == '[')
		return next_enclosed(p, TOKEN_LITERAL, ']', "no \"]\"", e);
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (c == marks[i].c) {
			p->token = marks[i].token;
			p->pos++;
			return true;
		}
	}
	while (p->pos < p->input.len && is_utf8_atext(p->input.ptr[p->pos]))
		p->pos++;
	if (p->pos == p->start)
		return fail_at(
		    p, p->start, "this character needs quotes around it", e);
	p->token = TOKEN_ATOM;
	p->text = (struct str){ p->input.ptr + p->start, p->pos - p->start };
	return true;
}

static void
put_unquoted(struct buf *b, struct str quoted)
{
	for (size_t i = 0; i < quoted.len; i++) {
		if (quoted.ptr[i] == '\\')
			i++; /* one follows: address_find_close() saw to it */
		put(b, (struct str){ quoted.ptr + i, 1 });
	}
}

/*
 * Words and dots, as a display name to p->name and as a local part to
 * p->local.
 */
static bool
parse_words(struct parser *p, struct words *w, struct err *e)
{
	bool after_word = false;
	size_t behind = p->start;
	*w = (struct words){ .is_local = true };
	buf_truncate(&p->name, 0);
	buf_truncate(&p->local, 0);
	while (p->token == TOKEN_ATOM || p->token == TOKEN_QUOTED ||
	    p->token == TOKEN_DOT) {
		bool is_word = p->token != TOKEN_DOT;
		if (p->name.len > 0 &&
		    (p->start > behind || (is_word && after_word)))
			put(&p->name, STR(" "));
		w->n += is_word;
		w->has_quoted |= p->token == TOKEN_QUOTED;
		w->is_local &= !(is_word && after_word);
		if (p->token == TOKEN_QUOTED) {
			put_unquoted(&p->name, p->text);
			put_unquoted(&p->local, p->text);
		} else {
			struct str text = is_word ? p->text : STR(".");
			put(&p->name, text);
			put(&p->local, text);
		}
		after_word = is_word;
		behind = p->pos;
		if (!next(p, e))
			return false;
	}
	w->is_local &= w->n > 0;
	return true;
}

static bool
is_dot_atom(struct str s)
{
	bool dot = true; /* none may stand at the start */
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '.' ? dot : !is_utf8_atext(s.ptr[i]))
			return false;
		dot = s.ptr[i] == '.';
	}
	return !dot;
}

static bool
spec_add(struct parser *p, struct str s, struct err *e)
{
	return buf_add_str(&p->spec, s) ||
	    fail(p, "the address is too long", e);
}

/*
 * Quoted only if it must be (RFC 5321 4.1.2).  What came unquoted with its
 * dots in odd places stays so: such mailboxes exist, and quoted their own
 * servers do not know them.
 */
static bool
spec_local(struct parser *p, const struct words *w, struct err *e)
{
	struct str local = buf_str(&p->local);
	buf_truncate(&p->spec, 0);
	if (!w->has_quoted || is_dot_atom(local))
		return spec_add(p, local, e);
	if (!spec_add(p, STR("\""), e))
		return false;
	for (size_t i = 0; i < local.len; i++) {
		char c = local.ptr[i];
		if ((c == '"' || c == '\\') && !spec_add(p, STR("\\"), e))
			return false;
		if (!spec_add(p, (struct str){ &c, 1 }, e))
			return false;
	}
	return spec_add(p, STR("\""), e);
}

static bool
is_literal(struct str inside)
{
	for (size_t i = 0; i < inside.len; i++)
		if (inside.ptr[i] <= ' ' || inside.ptr[i] > '~' ||
		    strchr("[\\@<>", inside.ptr[i]) != NULL)
			return false;
	return inside.len > 0;
}

/* "@" domain, to the spec. */
static bool
parse_domain(struct parser *p, struct err *e)
{
	if (!spec_add(p, STR("@"), e) || !next(p, e))
		return false;
	if (p->token == TOKEN_LITERAL) {
		if (!is_literal(p->text))
			return fail(p, "no such domain in brackets", e);
		return spec_add(p, STR("["), e) && spec_add(p, p->text, e) &&
		    spec_add(p, STR("]"), e) && next(p, e);
	}
	for (;;) {
		if (p->token != TOKEN_ATOM)
			return fail(p, "the domain is not complete", e);
		if (!spec_add(p, p->text, e) || !next(p, e))
			return false;
		if (p->token != TOKEN_DOT)
			return true;
		if (!spec_add(p, STR("."), e) || !next(p, e))
			return false;
	}
}

/* "@a,@b:" (RFC 5322 4.4), which is dropped as RFC 5321 appendix C says. */
static bool
skip_route(struct parser *p, struct err *e)
{
	while (p->token == TOKEN_COMMA || p->token == TOKEN_AT) {
		buf_truncate(&p->spec, 0);
		if (p->token == TOKEN_COMMA ? !next(p, e) : !parse_domain(p, e))
			return false;
	}
	if (p->token != TOKEN_COLON)
		return fail(p, "a route needs a \":\" behind it", e);
	return next(p, e);
}

/* Where the mailbox before the token ends, its last comment included. */
static size_t
mailbox_end(const struct parser *p)
{
	size_t end = p->start;
	while (end > p->behind && is_blank(p->input.ptr[end - 1]))
		end--;
	return end;
}

static bool
deliver(struct parser *p, struct str name, bool is_bare, struct err *e)
{
	const struct address a = {
		.name = name,
		.spec = buf_str(&p->spec),
		.is_bare = is_bare,
		.start = p->element,
		.end = mailbox_end(p),
		.spec_start = p->spec_start,
		.spec_end = p->spec_end,
	};
	p->has_member = true;
	if (str_has_controls(a.spec))
		return fail(p, "a control character in the address", e);
	if (!str_is_utf8(a.spec)) /* RFC 6531 3.3 */
		return fail(p, "bytes in the address that are no UTF-8", e);
	if (p->token != TOKEN_COMMA && p->token != TOKEN_SEMICOLON &&
	    p->token != TOKEN_END)
		return fail(p, "a comma is missing", e);
	return p->fn(p->arg, &a, e);
}

/* What is between "<" and ">". */
static bool
parse_inside(struct parser *p, bool *is_bare, struct err *e)
{
	struct words w;
	*is_bare = true;
	buf_truncate(&p->spec, 0);
	if (p->takes_empty && p->token == TOKEN_CLOSE)
		return true;
	if ((p->token == TOKEN_AT || p->token == TOKEN_COMMA) &&
	    !skip_route(p, e))
		return false;
	if (!parse_words(p, &w, e))
		return false;
	if (!w.is_local)
		return fail(p, "no address between \"<\" and \">\"", e);
	*is_bare = p->token != TOKEN_AT;
	return spec_local(p, &w, e) && (*is_bare || parse_domain(p, e));
}

/* Behind the "<"; the display name is in p->name. */
static bool
parse_angle(struct parser *p, struct err *e)
{
	bool is_bare;
	AUTO(cstr_release) char *name = str_dup(buf_str(&p->name));
	p->spec_start = p->pos;
	if (!next(p, e) || !parse_inside(p, &is_bare, e))
		return false;
	if (p->token != TOKEN_CLOSE)
		return fail(p, "no \">\" behind the address", e);
	p->spec_end = p->start;
	return next(p, e) &&
	    deliver(p, *name != '\0' ? str_of(name) : p->comment, is_bare, e);
}

static bool
begin_group(struct parser *p, const struct words *w, struct err *e)
{
	if (p->in_group || w->n == 0)
		return fail(p, "a \":\" where none may be", e);
	p->in_group = true;
	p->has_member = false;
	p->comment = STR_INIT;
	return next(p, e);
}

static bool
end_group(struct parser *p, struct err *e)
{
	if (!p->in_group)
		return fail_at(p, p->start, "a \";\" where none may be", e);
	p->in_group = false;
	if (!next(p, e))
		return false;
	if (p->token != TOKEN_COMMA && p->token != TOKEN_END)
		return fail(p, "a comma is missing", e);
	return true;
}

static bool
parse_element(struct parser *p, struct err *e)
{
	struct words w;
	p->element = p->start;
	if (!parse_words(p, &w, e))
		return false;
	if (p->token == TOKEN_COLON)
		return begin_group(p, &w, e);
	if (p->token == TOKEN_OPEN)
		return parse_angle(p, e);
	bool is_bare = p->token != TOKEN_AT;
	if (!w.is_local)
		return fail(p,
		    w.n > 1 ? "several words, but no address in \"<\" and "
			      "\">\" or a comma between them"
			    : "no address here",
		    e);
	p->spec_start = p->element;
	if (!spec_local(p, &w, e) || (!is_bare && !parse_domain(p, e)))
		return false;
	p->spec_end = p->behind;
	return deliver(p, p->comment, is_bare, e);
}

static bool
parse_list(struct parser *p, struct err *e)
{
	if (!next(p, e))
		return false;
	while (p->token != TOKEN_END) {
		bool ok = true;
		if (p->token == TOKEN_COMMA) {
			p->comment = STR_INIT;
			ok = next(p, e);
		} else if (p->token == TOKEN_SEMICOLON) {
			ok = end_group(p, e);
		} else {
			ok = parse_element(p, e);
		}
		if (!ok)
			return false;
	}
	/* "undisclosed-recipients:" is common, and there is nothing to lose */
	if (p->in_group && p->has_member)
		return fail(p, "no \";\" behind the group", e);
	return true;
}

static bool
parse(
    struct str text, bool takes_empty, address_fn *fn, void *arg, struct err *e)
{
	AUTO(parser_release)
	struct parser p = {
		.input = text,
		.takes_empty = takes_empty,
		.comment = STR_INIT,
		.name = BUF_INIT(2 * text.len),
		.local = BUF_INIT(text.len),
		.spec = BUF_INIT(ADDRESS_MAX),
		.fn = fn,
		.arg = arg,
	};
	static const char gate[] = { '\r', '\n', '\0' };
	for (size_t i = 0; i < sizeof(gate); i++)
		if (str_find(text, gate[i]) < text.len)
			return fail(&p, "CR, LF or NUL in an address", e);
	return parse_list(&p, e);
}

bool
address_parse_list(struct str text, address_fn *fn, void *arg, struct err *e)
{
	return parse(text, false, fn, arg, e);
}

bool
address_parse_senders(struct str text, address_fn *fn, void *arg, struct err *e)
{
	return parse(text, true, fn, arg, e);
}

struct one {
	struct buf *spec;
	size_t n;
};

static bool
take_one(void *arg, const struct address *a, struct err *e)
{
	struct one *one = arg;
	if (one->n++ > 0)
		return err_set(e, EX_DATAERR, "more than one address");
	return buf_add_str(one->spec, a->spec) ||
	    err_set(e, EX_DATAERR, "the address is too long");
}

bool
address_parse_one(struct str text, struct buf *spec, struct err *e)
{
	struct one one = { .spec = spec };
	struct str inside = text;
	while (inside.len > 0 && is_blank(inside.ptr[0]))
		inside = str_from(inside, 1);
	while (inside.len > 0 && is_blank(inside.ptr[inside.len - 1]))
		inside.len--;
	if (inside.len == 0 || str_eq(inside, STR("<>")))
		return true;
	if (!address_parse_list(text, take_one, &one, e))
		return false;
	return one.n == 1 || err_set(e, EX_DATAERR, "no address in it");
}

struct str
address_domain(struct str spec)
{
	size_t at = str_rfind(spec, '@');
	/* a local part alone may have one in quotes, a domain has none */
	if (at == spec.len || spec.ptr[spec.len - 1] == '"')
		return str_from(spec, spec.len);
	return str_from(spec, at + 1);
}

bool
address_is_local_user(struct str spec)
{
	for (size_t i = 0; i < spec.len; i++) {
		char c = spec.ptr[i];
		if (c != to_lower(c) ||
		    (!is_alpha(c) && !is_digit(c) && strchr("._+-", c) == NULL))
			return false;
	}
	return true;
}

bool
address_fits_path(struct str spec)
{
	bool is_quoted = false, is_domain = false;
	for (size_t i = 0; i < spec.len; i++) {
		char c = spec.ptr[i];
		is_domain |= c == '@' && !is_quoted;
		if (is_quoted && c == '\\' && i + 1 < spec.len)
			i++;
		else if (c == '"' && !is_domain) /* in a literal it is none */
			is_quoted = !is_quoted;
		else if (!is_quoted && (c == ' ' || c == '<' || c == '>'))
			return false;
	}
	return !is_quoted && !str_has_controls(spec);
}

bool
address_is_same(struct str a, struct str b)
{
	struct str at_a = address_domain(a), at_b = address_domain(b);
	return str_eq(str_upto(a, a.len - at_a.len),
		   str_upto(b, b.len - at_b.len)) &&
	    str_eq_nocase(at_a, at_b);
}

bool
address_to_ascii(struct str spec, struct buf *out, struct err *e)
{
	struct str domain = address_domain(spec);
	if (!buf_add_str(out, str_upto(spec, spec.len - domain.len)))
		return err_set(e, EX_DATAERR, "the address is too long");
	return domain.len == 0 || idn_to_ascii(domain, out, e);
}
