// SPDX-License-Identifier: ISC
#include "message/scan.h"

#include <stdlib.h>

#include "base/err.h"

static const struct {
	enum field_id id;
	const char *name;
} names[] = {
	{ FIELD_BCC, "Bcc" },
	{ FIELD_CC, "Cc" },
	{ FIELD_CONTENT_TRANSFER_ENCODING, "Content-Transfer-Encoding" },
	{ FIELD_CONTENT_TYPE, "Content-Type" },
	{ FIELD_DATE, "Date" },
	{ FIELD_FROM, "From" },
	{ FIELD_MESSAGE_ID, "Message-ID" },
	{ FIELD_MIME_VERSION, "MIME-Version" },
	{ FIELD_RECEIVED, "Received" },
	{ FIELD_REPLY_TO, "Reply-To" },
	{ FIELD_RESENT_BCC, "Resent-Bcc" },
	{ FIELD_RESENT_CC, "Resent-Cc" },
	{ FIELD_RESENT_FROM, "Resent-From" },
	{ FIELD_RESENT_SENDER, "Resent-Sender" },
	{ FIELD_RESENT_TO, "Resent-To" },
	{ FIELD_SENDER, "Sender" },
	{ FIELD_TLS_REQUIRED, "TLS-Required" },
	{ FIELD_TO, "To" },
};

const char *
field_name(enum field_id id)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].id == id)
			return names[i].name;
	return "";
}

static struct str
line_name(const struct scan *s)
{
	return (struct str){ s->name, s->name_len };
}

static enum field_id
field_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (str_eq_nocase(name, str_of(names[i].name)))
			return names[i].id;
	return FIELD_OTHER;
}

/* Eight bytes at a time: compilers do not do it for an early exit. */
static bool
has_8bit(struct str s)
{
	uint64_t seen = 0;
	while (s.len >= 4 * sizeof(seen)) {
		uint64_t word[4];
		memcpy(word, s.ptr, sizeof(word));
		seen |= word[0] | word[1] | word[2] | word[3];
		s = str_from(s, sizeof(word));
	}
	return (seen & UINT64_C(0x8080808080808080)) != 0 || !str_is_ascii(s);
}

/*
 * Whether text goes on being UTF-8, wherever it is cut.  What a sequence
 * lacks to be complete is told by its first byte.
 */
static void
check_utf8(struct scan *s, struct str text)
{
	uint32_t point;
	while (text.len > 0 && s->facts.is_utf8_body) {
		size_t n = s->sequence_len;
		if (n == 0 && !is_8bit(text.ptr[0])) {
			text = str_from(text, 1);
			continue;
		}
		if (n == 0 && text.len >= sizeof(s->sequence)) {
			n = str_utf8_next(text, &point);
			s->facts.is_utf8_body = n > 0;
			text = str_from(text, n);
			continue;
		}
		s->sequence[n++] = text.ptr[0];
		text = str_from(text, 1);
		unsigned char lead = (unsigned char)s->sequence[0];
		size_t need = 2u + (lead >= 0xe0) + (lead >= 0xf0);
		s->sequence_len = n < need ? n : 0;
		if (n == need)
			s->facts.is_utf8_body = str_utf8_next(
						    (struct str){
							s->sequence, n },
						    &point) == n;
	}
}

/* A blank or a line end stands within it. */
static void
cut_sequence(struct scan *s)
{
	if (s->sequence_len > 0)
		s->facts.is_utf8_body = false;
	s->sequence_len = 0;
}

/* Text of the body, with bytes above 127 in it or at the end before it. */
static void
body_8bit(struct scan *s, struct str text)
{
	s->facts.is_8bit = true;
	s->facts.is_8bit_body = true;
	if (!s->has_type)
		check_utf8(s, text);
}

static off_t
offset(const struct scan *s)
{
	return s->fed - (off_t)wire_left(&s->wire);
}

static bool
too_much(struct err *e)
{
	return err_set(e, EX_DATAERR,
	    "the message's address fields take more than %d MiB",
	    SCAN_VALUES_MAX >> 20);
}

static struct field *
open_field(const struct scan *s)
{
	return s->is_kept ? &s->fields[s->nfields - 1] : NULL;
}

/* Room for n more bytes of the open field's value, or NULL. */
static char *
value_room(struct scan *s, uint64_t n)
{
	struct field *f = open_field(s);
	if (n > SCAN_VALUES_MAX - s->held)
		return NULL;
	s->held += (size_t)n;
	f->value = mem_grow(f->value, &s->value_cap, f->len + (size_t)n + 1, 1);
	char *room = f->value + f->len;
	f->len += (size_t)n;
	f->value[f->len] = '\0';
	return room;
}

static bool
value_add(struct scan *s, struct str text, uint64_t nblanks, struct err *e)
{
	const struct field *f = open_field(s);
	if (f == NULL || f->id == FIELD_FROM_LINE || text.len + nblanks == 0)
		return true;
	char *room = value_room(s, text.len + nblanks);
	if (room == NULL)
		return too_much(e);
	if (text.len > 0)
		memcpy(room, text.ptr, text.len);
	memset(room + text.len, ' ', (size_t)nblanks);
	return true;
}

/* The line begins a field: its name is complete. */
static bool
begin_field(struct scan *s, enum field_id id, struct err *e)
{
	s->place = SCAN_VALUE;
	s->has_field |= id != FIELD_FROM_LINE;
	s->nreceived += id == FIELD_RECEIVED;
	s->has_type |= id == FIELD_CONTENT_TYPE;
	s->is_kept = false;
	if (id == FIELD_OTHER || id == FIELD_RECEIVED)
		return true;
	/* many small fields take memory too */
	if (sizeof(struct field) > SCAN_VALUES_MAX - s->held)
		return too_much(e);
	s->held += sizeof(struct field);
	s->fields = mem_grow(
	    s->fields, &s->fields_cap, s->nfields + 1, sizeof(*s->fields));
	s->fields[s->nfields++] = (struct field){
		.id = id,
		.start = s->line_start,
		.nreceived = s->nreceived,
	};
	s->is_kept = true;
	s->value_cap = 0;
	s->field_wire = s->facts.wire;
	return value_room(s, 0) != NULL || too_much(e);
}

/*
 * The body stands at the line that was begun.  A "From " line without a
 * field behind it is no mbox's, but the first line of somebody's text.
 */
static void
begin_body(struct scan *s)
{
	s->place = SCAN_BODY;
	s->is_kept = false;
	if (!s->has_field && s->nfields > 0) {
		free(s->fields[0].value);
		s->nfields = 0;
		s->header_end = 0;
		s->facts.has_blank = false;
		s->facts.is_8bit_body = s->facts.is_8bit_header;
		s->facts.is_utf8_body &= s->sequence_len == 0;
		s->facts.is_8bit_header = false;
	} else {
		s->facts.is_utf8_body = true;
		s->sequence_len = 0;
	}
	s->facts.body = s->header_end;
}

static bool
is_mbox_line(const struct scan *s)
{
	return s->line_start == 0 &&
	    (str_eq(line_name(s), STR("From")) ||
		str_eq(line_name(s), STR(">From")));
}

/* The name ends at c, or at the end of the line if that is '\n'. */
static bool
end_name(struct scan *s, char c, struct err *e)
{
	if (c == ':' && s->name_len > 0)
		return begin_field(s, field_of(line_name(s)), e);
	if (s->place == SCAN_NAME_BLANK && is_mbox_line(s))
		return begin_field(s, FIELD_FROM_LINE, e);
	begin_body(s);
	return true;
}

/*
 * One byte of a line of which it is not known yet what it is (RFC 5322 2.2,
 * and 4.5.8 for blanks before the colon).
 */
static bool
classify(struct scan *s, char c, struct err *e)
{
	if (s->place == SCAN_LINE_START) {
		s->place = SCAN_NAME;
		s->name_len = 0;
		if (is_blank(c) && s->has_field) {
			s->place = SCAN_VALUE;
			return value_add(s, (struct str){ &c, 1 }, 0, e);
		}
	}
	if (is_blank(c)) {
		s->place = SCAN_NAME_BLANK;
		return true;
	}
	if (s->place == SCAN_NAME_BLANK || c == ':' || c <= ' ' || c > '~')
		return end_name(s, c, e);
	if (s->name_len < sizeof(s->name)) /* none we know is as long */
		s->name[s->name_len++] = c;
	return true;
}

static bool
header_text(struct scan *s, struct str text, struct err *e)
{
	size_t used = 0;
	while (used < text.len && s->place < SCAN_VALUE)
		if (!classify(s, text.ptr[used++], e))
			return false;
	if (s->place == SCAN_VALUE && !value_add(s, str_from(text, used), 0, e))
		return false;
	if (s->sequence_len == 0 && !has_8bit(text))
		return true;
	if (s->place == SCAN_BODY) {
		body_8bit(s, text);
		return true;
	}
	s->facts.is_8bit = true;
	s->facts.is_8bit_header = true;
	if (!s->has_field) /* mbox's line, or so it seems */
		check_utf8(s, text);
	return true;
}

static bool
header_blanks(struct scan *s, uint64_t n, struct err *e)
{
	if (n > 0 && s->place < SCAN_VALUE) {
		if (!classify(s, ' ', e))
			return false;
		n--;
	}
	return s->place != SCAN_VALUE || value_add(s, STR_INIT, n, e);
}

static void
note_length(struct scan *s, size_t line)
{
	if (line > s->facts.longest_line)
		s->facts.longest_line = line;
}

static void
count(struct scan *s, const struct piece *p)
{
	s->line += p->text.len + (size_t)p->nblanks;
	if (!p->ends_line)
		return;
	s->facts.wire += s->line + 2;
	note_length(s, s->line);
	s->line = 0;
	s->line_start = offset(s);
}

/* Behind the line end, which has been counted; start is the line's. */
static void
end_header_line(struct scan *s)
{
	struct field *f = open_field(s);
	s->place = SCAN_LINE_START;
	s->header_end = offset(s);
	if (f != NULL) {
		f->end = s->header_end;
		f->wire = s->facts.wire - s->field_wire;
	}
}

static bool
header_piece(struct scan *s, const struct piece *p, struct err *e)
{
	if (!header_text(s, p->text, e) || !header_blanks(s, p->nblanks, e))
		return false;
	if (p->nblanks > 0 || p->ends_line)
		cut_sequence(s);
	if (p->ends_line && s->place == SCAN_LINE_START) {
		s->facts.has_blank = true;
		begin_body(s);
	} else if (p->ends_line && s->place < SCAN_VALUE &&
	    !end_name(s, '\n', e)) {
		return false;
	}
	count(s, p);
	if (p->ends_line && s->place == SCAN_VALUE)
		end_header_line(s);
	return true;
}

/* Whether anything that the body's bytes could tell is not known yet. */
static bool
is_of_interest(const struct scan *s)
{
	return !s->facts.is_8bit_body ||
	    (!s->has_type && s->facts.is_utf8_body);
}

/* Text of the body, with or without bytes above 127 in it. */
static void
body_text(struct scan *s, struct str text, bool is_8bit)
{
	if (is_of_interest(s) && (is_8bit || s->sequence_len > 0))
		body_8bit(s, text);
}

static size_t
end_of_line(struct str text)
{
	size_t lf = str_find(text, '\n');
	return lf > 0 && text.ptr[lf - 1] == '\r' ? lf - 1 : lf;
}

/*
 * Whether a line is longer than the longest is seen by leaps of as much: where
 * there is a line end within one, only what stands behind the last counts.
 */
static void
note_lengths(struct scan *s, struct str lines)
{
	while (lines.len > s->facts.longest_line) {
		size_t n = s->facts.longest_line + 1;
		while (n > 0 && lines.ptr[n - 1] != '\n')
			n--;
		if (n == 0) {
			n = str_find(lines, '\n') + 1;
			if (n > lines.len)
				break;
			note_length(s, end_of_line(lines));
		}
		lines = str_from(lines, n);
	}
}

/* As count(), for plain text of any number of lines. */
static void
count_lines(struct scan *s, struct str text, const struct tally *t)
{
	size_t first = str_find(text, '\n') + 1;
	if (first > text.len) {
		s->line += text.len;
		return;
	}
	size_t lines = str_rfind(text, '\n') + 1;
	note_length(s, s->line + end_of_line(text));
	note_lengths(s, str_from(str_upto(text, lines), first));
	/* each line end is two octets, whatever it was */
	s->facts.wire += s->line + lines + (uint64_t)t->nbare;
	s->line = text.len - lines;
}

/* What is not plain is looked at piece by piece, but no more than that. */
enum { ODD_PART = 256 };

static void
feed_body(struct scan *s, struct str rest)
{
	struct piece p;
	while (rest.len > 0) {
		struct tally t = { .nbare = 0 };
		size_t n = s->wire.ncrs == 0 ? wire_plain(rest, &t) : 0;
		if (n > 0) {
			struct str plain = str_upto(rest, n);
			body_text(s, plain, t.is_8bit);
			count_lines(s, plain, &t);
			wire_pass(&s->wire, plain);
		} else {
			n = rest.len < ODD_PART ? rest.len : ODD_PART;
			struct str odd = str_upto(rest, n);
			body_text(s, odd, has_8bit(odd));
			wire_feed(&s->wire, odd.ptr, odd.len);
			while (wire_next(&s->wire, &p))
				count(s, &p);
		}
		rest = str_from(rest, n);
	}
}

bool
scan_feed(struct scan *s, const char *chunk, size_t n, struct err *e)
{
	struct piece p;
	struct str body = { chunk, n };
	s->fed += (off_t)n;
	if (s->place != SCAN_BODY) {
		wire_feed(&s->wire, chunk, n);
		while (s->place != SCAN_BODY && wire_next(&s->wire, &p)) {
			if (!header_piece(s, &p, e))
				return false;
			if (s->place == SCAN_BODY && s->wire.ncrs > 0)
				cut_sequence(s); /* by those at its end */
		}
		body = wire_take_rest(&s->wire);
	}
	feed_body(s, body);
	return true;
}

void
scan_end(struct scan *s)
{
	if (wire_end(&s->wire)) {
		const struct piece p = { .text = STR_INIT, .ends_line = true };
		struct err ignored; /* a line end holds nothing */
		if (s->place == SCAN_BODY)
			count(s, &p);
		else
			(void)header_piece(s, &p, &ignored);
	}
	if (s->place != SCAN_BODY)
		begin_body(s);
	if (s->sequence_len > 0)
		s->facts.is_utf8_body = false;
	s->facts.size = s->fed;
	s->facts.has_nul = s->wire.has_nul;
	s->facts.has_bare_cr = s->wire.has_bare_cr;
}

void
scan_release(struct scan *s)
{
	for (size_t i = 0; i < s->nfields; i++)
		free(s->fields[i].value);
	free(s->fields);
	*s = SCAN_INIT;
}
