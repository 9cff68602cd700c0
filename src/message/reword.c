// SPDX-License-Identifier: ISC
#include "message/reword.h"

#include "base/buf.h"
#include "base/err.h"
#include "message/mime.h"
#include "message/param.h"
#include "message/stamp.h"

enum {
	LINE_MAX_WISHED = 78,   /* RFC 5322 2.1.1 */
	LINE_MAX_ALLOWED = 998, /* the same */
	LINE_MAX_ENCODED = 76,  /* RFC 2047 2 */
	WORD_LEAST = 40,        /* room that an encoded word should have */
	PARAM_PIECE_MAX = 60,
};

static bool
full(struct err *e)
{
	return err_set(e, EX_DATAERR, "the field would get too long");
}

static bool
no_way(const char *where, struct err *e)
{
	return err_set(e, EX_DATAERR,
	    "%s has 8-bit characters, which cannot be encoded there", where);
}

/* How long the last line in the buffer is. */
static size_t
column(const struct buf *out)
{
	struct str s = buf_str(out);
	size_t lf = str_rfind(s, '\n');
	return lf == s.len ? s.len : s.len - lf - 1;
}

/* Unstructured text (RFC 2047 5 (1)) */

/* A run of non-blanks, and the blanks before it. */
struct word {
	struct str blanks;
	struct str text;
};

static struct word
take_word(struct str *rest)
{
	size_t start = 0;
	while (start < rest->len && is_blank(rest->ptr[start]))
		start++;
	size_t end = start;
	while (end < rest->len && !is_blank(rest->ptr[end]))
		end++;
	const struct word w = {
		.blanks = str_upto(*rest, start),
		.text = { rest->ptr + start, end - start },
	};
	*rest = str_from(*rest, end);
	return w;
}

static bool
is_encoded_word(struct str s)
{
	return s.len > 6 && memcmp(s.ptr, "=?", 2) == 0 &&
	    memcmp(s.ptr + s.len - 2, "?=", 2) == 0;
}

static bool
add_blanks(struct buf *out, struct str blanks, size_t width, size_t limit)
{
	bool can_fold = blanks.len > 0 && column(out) > 0;
	bool is_late = column(out) + blanks.len + width > limit;
	return (!can_fold || !is_late || buf_add(out, "\r\n", 2)) &&
	    buf_add_str(out, blanks);
}

/*
 * 8-bit words in a row are encoded as one, with the blanks between them,
 * which decoders drop between encoded words; so also those to a neighbour
 * that was an encoded word already.
 */
static bool
add_run(struct buf *out, struct str blanks, struct str run, bool is_behind_word,
    bool is_before_word)
{
	AUTO(buf_release) struct buf text = BUF_INIT(blanks.len + run.len + 1);
	bool ok = (!is_behind_word || buf_add_str(&text, blanks)) &&
	    buf_add_str(&text, run) &&
	    (!is_before_word || buf_add(&text, " ", 1));
	return ok && add_blanks(out, blanks, WORD_LEAST, LINE_MAX_ENCODED) &&
	    stamp_encoded(out, buf_str(&text));
}

static bool
add_text(struct buf *out, struct str text)
{
	bool is_behind_word = false, is_first = true;
	while (text.len > 0) {
		struct word w = take_word(&text);
		if (str_is_ascii(w.text)) {
			size_t width = is_first ? 0 : w.text.len;
			if (!add_blanks(
				out, w.blanks, width, LINE_MAX_WISHED) ||
			    !buf_add_str(out, w.text))
				return false;
			is_behind_word = is_encoded_word(w.text);
			is_first = false;
			continue;
		}
		struct str rest = text;
		struct word next = take_word(&rest);
		while (!str_is_ascii(next.text)) {
			w.text.len = (size_t)(rest.ptr - w.text.ptr);
			text = rest;
			next = take_word(&rest);
		}
		if (!add_run(out, w.blanks, w.text, is_behind_word,
			is_encoded_word(next.text)))
			return false;
		is_behind_word = is_first = false;
	}
	return true;
}

static bool
reword_text(struct buf *out, struct str value, struct err *e)
{
	return add_text(out, value) || full(e);
}

/* Comments (RFC 2047 5 (2)) */

static bool
add_unescaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			i++;
		if (!buf_add(out, &text.ptr[i], 1))
			return false;
	}
	return true;
}

static bool
add_comment(struct buf *out, struct str comment)
{
	AUTO(buf_release) struct buf text = BUF_INIT(comment.len);
	if (str_is_ascii(comment))
		return buf_add_str(out, comment);
	bool is_closed = comment.len > 1 && comment.ptr[comment.len - 1] == ')';
	struct str inner = str_from(
	    str_upto(comment, comment.len - is_closed), 1);
	return add_unescaped(&text, inner) && buf_add(out, "(", 1) &&
	    stamp_encoded(out, buf_str(&text)) && buf_add(out, ")", 1);
}

/* Only the comments of a structured field can be encoded. */
static bool
reword_comments(struct buf *out, struct str value, struct err *e)
{
	while (value.len > 0) {
		size_t n = 1;
		bool ok = true;
		if (value.ptr[0] == '(') {
			n = param_comment(value);
			ok = add_comment(out, str_upto(value, n));
		} else {
			if (value.ptr[0] == '"')
				n = param_quoted(value);
			if (!str_is_ascii(str_upto(value, n)))
				return no_way("its value", e);
			ok = buf_add(out, value.ptr, n);
		}
		if (!ok)
			return full(e);
		value = str_from(value, n);
	}
	return true;
}

/* Addresses (RFC 2047 5 (3)) */

static bool
is_special(char c)
{
	return c != '\0' && strchr("<>:;,@(", c) != NULL;
}

/* How far the words go that a special character of address lists ends. */
static size_t
words_end(struct str s)
{
	size_t i = 0;
	while (i < s.len && !is_special(s.ptr[i]))
		i += s.ptr[i] == '"' ? param_quoted(str_from(s, i)) : 1;
	return i < s.len ? i : s.len;
}

/* What ends the words, comments aside: '<' and ':' make them a name. */
static char
words_stop(struct str s)
{
	for (;;) {
		s = str_from(s, words_end(s));
		if (s.len == 0)
			return '\0';
		if (s.ptr[0] != '(')
			return s.ptr[0];
		s = str_from(s, param_comment(s));
	}
}

/* Words with quotes are encoded as a whole, without them. */
static bool
add_name(struct buf *out, struct str words)
{
	AUTO(buf_release) struct buf text = BUF_INIT(words.len);
	size_t lead = 0, end = words.len;
	if (str_find(words, '"') == words.len)
		return add_text(out, words);
	while (is_blank(words.ptr[lead]))
		lead++;
	while (is_blank(words.ptr[end - 1]))
		end--;
	for (size_t i = lead; i < end; i++) {
		if (words.ptr[i] == '"')
			continue;
		if (words.ptr[i] == '\\' && i + 1 < end)
			i++;
		if (!buf_add(&text, &words.ptr[i], 1))
			return false;
	}
	return add_blanks(
		   out, str_upto(words, lead), WORD_LEAST, LINE_MAX_ENCODED) &&
	    stamp_encoded(out, buf_str(&text)) &&
	    buf_add_str(out, str_from(words, end));
}

static bool
reword_addresses(struct buf *out, struct str value, struct err *e)
{
	bool is_angle = false;
	while (value.len > 0) {
		char c = value.ptr[0];
		size_t n = 1;
		bool ok;
		if (c == '(') {
			n = param_comment(value);
			ok = add_comment(out, str_upto(value, n));
		} else if (is_special(c)) {
			is_angle = (is_angle || c == '<') && c != '>';
			ok = buf_add(out, &c, 1);
		} else {
			n = words_end(value);
			char stop = words_stop(value);
			bool is_name = !is_angle &&
			    (stop == '<' || stop == ':');
			struct str words = str_upto(value, n);
			if (str_is_ascii(words))
				ok = buf_add_str(out, words);
			else if (!is_name)
				return no_way("an address in it", e);
			else
				ok = add_name(out, words);
		}
		if (!ok)
			return full(e);
		value = str_from(value, n);
	}
	return true;
}

/* Parameters (RFC 2231) */

static bool
is_attribute_char(char c)
{
	return is_alpha(c) || is_digit(c) ||
	    (c != '\0' && strchr("!#$&+-.^_`{|}~", c) != NULL);
}

/* "%C3%A4"; percent signs stay where they are escapes already. */
static bool
add_percent(struct buf *out, struct str text, bool is_escaped)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool is_plain = is_attribute_char(c) ||
		    (is_escaped && !is_8bit(c) && c > ' ');
		if (!(is_plain ? buf_add(out, &c, 1)
			       : buf_printf(out, "%%%02X", (unsigned char)c)))
			return false;
	}
	return true;
}

static const char *
charset_of(struct str text)
{
	return str_is_utf8(text) ? "UTF-8" : "unknown-8bit";
}

/* "name*0*=UTF-8''abc; name*1*=def", no escape being cut. */
static bool
add_pieces(struct buf *out, struct str name, struct str text, const char *set)
{
	for (unsigned i = 0; text.len > 0; i++) {
		size_t n = 0, width = 0;
		while (n < text.len && width < PARAM_PIECE_MAX)
			width += is_attribute_char(text.ptr[n++]) ? 1 : 3;
		if (!buf_printf(out, "%s", i > 0 ? "; " : "") ||
		    !buf_add_str(out, name) ||
		    !buf_printf(out, "*%u*=%s%s", i, i > 0 ? "" : set,
			i > 0 ? "" : "''") ||
		    !add_percent(out, str_upto(text, n), false))
			return false;
		text = str_from(text, n);
	}
	return true;
}

static bool
add_param(struct buf *out, const struct param *p)
{
	AUTO(buf_release) struct buf text = BUF_INIT(p->value.len);
	if (str_is_ascii(p->value))
		return buf_add_str(out, p->name) && buf_add(out, "=", 1) &&
		    buf_add_str(out, p->value);
	param_unquote(p->value, &text);
	struct str value = buf_str(&text);
	const char *set = charset_of(value);
	bool is_extended = p->name.ptr[p->name.len - 1] == '*';
	size_t star = str_find(p->name, '*');
	if (is_extended)
		return buf_add_str(out, p->name) && buf_add(out, "=", 1) &&
		    add_percent(out, value, true);
	if (star < p->name.len) {
		bool is_first = str_eq(str_from(p->name, star), STR("*0"));
		return buf_add_str(out, p->name) &&
		    buf_printf(out, "*=%s%s", is_first ? set : "",
			is_first ? "''" : "") &&
		    add_percent(out, value, false);
	}
	if (3 * value.len > PARAM_PIECE_MAX)
		return add_pieces(out, p->name, value, set);
	return buf_add_str(out, p->name) && buf_printf(out, "*=%s''", set) &&
	    add_percent(out, value, false);
}

static bool
reword_params(struct buf *out, struct str value, struct err *e)
{
	struct param p;
	struct str rest = value;
	size_t lead = 0;
	while (lead < value.len && is_blank(value.ptr[lead]))
		lead++;
	struct str blanks = str_upto(value, lead);
	struct str type = param_token(&rest, ";");
	if (!str_is_ascii(type))
		return no_way("its value", e);
	if (!buf_add_str(out, blanks) || !buf_add_str(out, type))
		return full(e);
	while (param_next(&rest, &p)) {
		if (!str_is_ascii(p.name))
			return no_way("the name of a parameter", e);
		if (!buf_add(out, "; ", 2) || !add_param(out, &p))
			return full(e);
	}
	return true;
}

/* Folding */

/*
 * Where a line is folded: before the last blanks that leave it as long as
 * wished, else before the first behind; text must stand on both sides.  The
 * line's length if there is no such place.
 */
static size_t
fold_at(struct str line, size_t wished)
{
	size_t end = line.len, best = line.len;
	size_t i = 0;
	while (end > 0 && is_blank(line.ptr[end - 1]))
		end--;
	while (i < end && is_blank(line.ptr[i]))
		i++;
	for (; i < end; i++) {
		if (!is_blank(line.ptr[i]) || is_blank(line.ptr[i - 1]))
			continue;
		if (i > wished && best < line.len)
			return best;
		best = i;
		if (i > wished)
			return best;
	}
	return best;
}

/* Lines over limit become lines of LINE_MAX_WISHED, or at least allowed. */
static bool
fold_lines(struct buf *out, struct str field, size_t limit, struct err *e)
{
	while (field.len > 0) {
		size_t lf = str_find(field, '\n');
		struct str line = str_upto(field, lf);
		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		field = str_from(field, lf < field.len ? lf + 1 : lf);
		bool is_long = line.len > limit;
		while (is_long && line.len > LINE_MAX_WISHED) {
			size_t n = fold_at(line, LINE_MAX_WISHED);
			if (n == line.len)
				break;
			if (!buf_add(out, line.ptr, n) ||
			    !buf_add(out, "\r\n", 2))
				return full(e);
			line = str_from(line, n);
		}
		if (!buf_add_str(out, line) || !buf_add(out, "\r\n", 2))
			return full(e);
	}
	return true;
}

/* Which fields are not just text */

typedef bool reword_fn(struct buf *out, struct str value, struct err *e);

static reword_fn *
form_of(struct str name)
{
	static const struct {
		const char *name;
		reword_fn *fn;
	} rows[] = {
		{ "From", reword_addresses },
		{ "Sender", reword_addresses },
		{ "Reply-To", reword_addresses },
		{ "To", reword_addresses },
		{ "Cc", reword_addresses },
		{ "Bcc", reword_addresses },
		{ "Resent-From", reword_addresses },
		{ "Resent-Sender", reword_addresses },
		{ "Resent-Reply-To", reword_addresses },
		{ "Resent-To", reword_addresses },
		{ "Resent-Cc", reword_addresses },
		{ "Resent-Bcc", reword_addresses },
		{ "Mail-Followup-To", reword_addresses },
		{ "Mail-Reply-To", reword_addresses },
		{ "Disposition-Notification-To", reword_addresses },
		{ "Content-Type", reword_params },
		{ "Content-Disposition", reword_params },
		{ "Content-Transfer-Encoding", reword_comments },
		{ "Content-ID", reword_comments },
		{ "MIME-Version", reword_comments },
		{ "Date", reword_comments },
		{ "Resent-Date", reword_comments },
		{ "Message-ID", reword_comments },
		{ "Resent-Message-ID", reword_comments },
		{ "In-Reply-To", reword_comments },
		{ "References", reword_comments },
		{ "Received", reword_comments },
		{ "Return-Path", reword_comments },
		{ "DKIM-Signature", reword_comments },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq_nocase(name, str_of(rows[i].name)))
			return rows[i].fn;
	return reword_text;
}

/* A list of addresses with a blank behind each comma, to be folded at. */
static bool
space_out(struct buf *out, struct str field)
{
	while (field.len > 0) {
		char c = field.ptr[0];
		size_t n = 1;
		if (c == '"')
			n = param_quoted(field);
		else if (c == '(')
			n = param_comment(field);
		bool is_tight = c == ',' && n < field.len &&
		    !is_blank(field.ptr[n]) && field.ptr[n] != '\r' &&
		    field.ptr[n] != '\n';
		if (!buf_add(out, field.ptr, n) ||
		    (is_tight && !buf_add(out, " ", 1)))
			return false;
		field = str_from(field, n);
	}
	return true;
}

bool
reword_fold(struct buf *out, struct str field, struct err *e)
{
	size_t before = out->len;
	AUTO(buf_release) struct buf spaced = BUF_INIT(2 * field.len);
	if (form_of(mime_field_name(field)) == reword_addresses) {
		if (!space_out(&spaced, field))
			return full(e);
		field = buf_str(&spaced);
	}
	if (!fold_lines(out, field, LINE_MAX_ALLOWED, e))
		return false;
	struct str done = str_from(buf_str(out), before);
	while (done.len > 0) {
		size_t lf = str_find(done, '\n');
		if (lf > LINE_MAX_ALLOWED + 1)
			return err_set(e, EX_DATAERR,
			    "a line of it has %zu octets, more than %d, and "
			    "no blanks to fold it at",
			    lf - 1, LINE_MAX_ALLOWED);
		done = str_from(done, lf < done.len ? lf + 1 : lf);
	}
	return true;
}

static bool
unfold(struct buf *out, struct str field)
{
	for (size_t i = 0; i < field.len; i++)
		if (field.ptr[i] != '\r' && field.ptr[i] != '\n' &&
		    !buf_add(out, &field.ptr[i], 1))
			return false;
	return true;
}

bool
reword_ascii(struct buf *out, struct str field, struct err *e)
{
	AUTO(buf_release) struct buf line = BUF_INIT(field.len);
	AUTO(buf_release) struct buf text = BUF_INIT(out->max);
	struct str name = mime_field_name(field);
	if (name.len == 0)
		return no_way("it", e); /* mbox's line */
	if (!unfold(&line, field))
		return full(e);
	size_t start = str_find(buf_str(&line), ':') + 1;
	if (!buf_add(&text, line.data, start))
		return full(e);
	if (!form_of(name)(&text, str_from(buf_str(&line), start), e))
		return false;
	return fold_lines(out, buf_str(&text), LINE_MAX_WISHED, e);
}
