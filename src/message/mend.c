// SPDX-License-Identifier: ISC
#include "message/mend.h"

#include <stdint.h>
#include <sysexits.h>

#include "base/err.h"
#include "message/address.h"
#include "message/stamp.h"

/*
 * What is between two mailboxes is commas, comments, names of groups with
 * their colons, and semicolons.  The commas are set anew, as mailboxes may
 * come and go; the rest is copied.
 */

static bool
full(struct err *e)
{
	return err_set(e, EX_DATAERR, "a header field would get too long");
}

/* How much of it stands on the line that it begins on. */
static size_t
first_line(struct str text)
{
	size_t lf = str_find(text, '\n');
	return lf == text.len ? text.len : lf - 1;
}

/*
 * Words or a mailbox, behind a blank or on a line of its own: a mailbox is
 * not torn apart if it fits on one.
 */
static bool
add_piece(struct mend *m, struct str text, struct err *e)
{
	struct buf *out = m->out;
	size_t room = stamp_column(out) + first_line(text) + 2;
	bool is_new = room > STAMP_LINE_MAX && m->has_piece;
	const char *before = is_new ? "\r\n " : " ";
	m->has_piece = true;
	return (buf_add_str(out, str_of(before)) && stamp_folded(out, text)) ||
	    full(e);
}

static bool
add_comma(struct mend *m, struct err *e)
{
	bool ok = !m->needs_comma || buf_add(m->out, ",", 1);
	m->needs_comma = false;
	return ok || full(e);
}

bool
mend_begin(struct mend *m, struct buf *out, const char *name, struct err *e)
{
	*m = (struct mend){ .out = out };
	return buf_printf(out, "%s:", name) || full(e);
}

bool
mend_add(struct mend *m, struct str mailbox, struct err *e)
{
	if (!add_comma(m, e) || !add_piece(m, mailbox, e))
		return false;
	m->needs_comma = true;
	m->nmailboxes++;
	return true;
}

bool
mend_end(struct mend *m, struct err *e)
{
	return buf_add(m->out, "\r\n", 2) || full(e);
}

static struct str
mailbox_text(const struct mend *m)
{
	return str_from(str_upto(m->text, m->at->end), m->at->start);
}

bool
mend_keep(struct mend *m, struct err *e)
{
	m->ncalls++;
	return mend_add(m, mailbox_text(m), e);
}

bool
mend_respec(struct mend *m, struct str spec, struct err *e)
{
	const struct address *a = m->at;
	AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
	m->ncalls++;
	m->is_changed = true;
	bool ok = buf_add_str(&text,
		      str_from(str_upto(m->text, a->spec_start), a->start)) &&
	    buf_add_str(&text, spec) &&
	    buf_add_str(
		&text, str_from(str_upto(m->text, a->end), a->spec_end));
	return ok ? mend_add(m, buf_str(&text), e) : full(e);
}

bool
mend_keep_ascii(struct mend *m, struct err *e)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX + 256);
	struct err ignored; /* what is no domain name stays as it is */
	struct str spec = m->at->spec;
	if (str_is_ascii(address_domain(spec)) ||
	    !address_to_ascii(spec, &ascii, &ignored))
		return mend_keep(m, e);
	return mend_respec(m, buf_str(&ascii), e);
}

bool
mend_put(struct mend *m, struct str name, struct str spec, struct err *e)
{
	/* written as if it stood behind the blank of a folded line */
	AUTO(buf_release) struct buf text = BUF_INIT(m->out->max);
	m->ncalls++;
	m->is_changed = true;
	if (!buf_add(&text, " ", 1))
		return full(e);
	return stamp_mailbox(&text, name, spec, e) &&
	    mend_add(m, str_from(buf_str(&text), 1), e);
}

/* Where the token that begins at start ends: a comment, text in quotes, or
 * a word. */
static size_t
token_end(struct str text, size_t start)
{
	char c = text.ptr[start];
	if (c == '(' || c == '"') {
		size_t close = c == '('
		    ? address_find_close(text, start + 1, '(', ')')
		    : address_find_close(text, start + 1, '\0', '"');
		return close < text.len ? close + 1 : close;
	}
	size_t end = start;
	while (end < text.len && !is_blank(text.ptr[end]) &&
	    strchr(",:;(\"", text.ptr[end]) == NULL)
		end++;
	return end;
}

/* What stood before the next mailbox or mark; it may be nothing. */
static bool
flush(struct mend *m, struct buf *words, struct err *e)
{
	if (words->len > 0 && !add_piece(m, buf_str(words), e))
		return false;
	buf_truncate(words, 0);
	return true;
}

static bool
take_mark(struct mend *m, char mark, struct buf *words, struct err *e)
{
	if (mark == ',')
		return true; /* comments stay with what follows */
	if (mark == ':' && !add_comma(m, e))
		return false;
	if (mark == ':' && !buf_add(words, ":", 1))
		return full(e);
	if (!flush(m, words, e))
		return false;
	m->needs_comma = mark == ';';
	return mark != ';' || buf_add(m->out, ";", 1) || full(e);
}

/* Writes what is between the mailboxes; the text before end. */
static bool
copy_gap(struct mend *m, size_t end, bool is_last, struct err *e)
{
	struct str gap = str_from(str_upto(m->text, end), m->behind);
	AUTO(buf_release) struct buf words = BUF_INIT(gap.len + 1);
	bool has_blank = false;
	for (size_t i = 0; i < gap.len;) {
		char c = gap.ptr[i];
		if (is_blank(c)) {
			has_blank = words.len > 0;
			i++;
			continue;
		}
		if (c == ',' || c == ':' || c == ';') {
			if (!take_mark(m, c, &words, e))
				return false;
			i++;
			continue;
		}
		size_t behind = token_end(gap, i);
		if ((has_blank && !buf_add(&words, " ", 1)) ||
		    !buf_add(&words, gap.ptr + i, behind - i))
			return full(e);
		has_blank = false;
		i = behind;
	}
	m->behind = end;
	if (words.len > 0 && !is_last && !add_comma(m, e))
		return false;
	return flush(m, &words, e);
}

static bool
take_mailbox(void *arg, const struct address *a, struct err *e)
{
	struct mend *m = arg;
	if (!copy_gap(m, a->start, false, e))
		return false;
	m->at = a;
	m->ncalls = 0;
	m->behind = a->end;
	if (!m->fn(m->arg, m, a, e))
		return false;
	m->is_changed |= m->ncalls == 0;
	return true;
}

bool
mend_field(struct mend *m, struct buf *out, const char *name, struct str value,
    mend_fn *fn, void *arg, struct err *e)
{
	if (!mend_begin(m, out, name, e))
		return false;
	m->text = value;
	m->fn = fn;
	m->arg = arg;
	return address_parse_senders(value, take_mailbox, m, e) &&
	    copy_gap(m, value.len, true, e) && mend_end(m, e);
}
