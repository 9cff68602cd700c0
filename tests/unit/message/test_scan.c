// SPDX-License-Identifier: ISC
#include "unit.h"

#include "given.h"
#include "message/scan.h"
#include "texts.h"

static struct scan
scanned(struct str text, size_t first, size_t rest)
{
	struct scan s = SCAN_INIT;
	struct err e = ERR_INIT;
	size_t n = first < text.len ? first : text.len;
	while (text.len > 0) {
		n = n < text.len ? n : text.len;
		/* of its own, so that a sanitizer sees its end */
		char *chunk = str_dup(str_upto(text, n));
		CHECK(scan_feed(&s, chunk, n, &e));
		free(chunk);
		text = str_from(text, n);
		n = rest;
	}
	scan_end(&s);
	return s;
}

static struct scan
scan_of(const char *text)
{
	return scanned(str_of(text), strlen(text), 1);
}

static bool
same_field(const struct field *a, const struct field *b)
{
	return a->id == b->id && a->start == b->start && a->end == b->end &&
	    a->wire == b->wire && a->nreceived == b->nreceived &&
	    str_eq((struct str){ a->value, a->len },
		(struct str){ b->value, b->len });
}

static bool
same_facts(const struct scan_facts *a, const struct scan_facts *b)
{
	return a->size == b->size && a->wire == b->wire && a->body == b->body &&
	    a->has_blank == b->has_blank && a->is_8bit == b->is_8bit &&
	    a->is_8bit_header == b->is_8bit_header &&
	    a->is_8bit_body == b->is_8bit_body &&
	    a->is_utf8_body == b->is_utf8_body && a->has_nul == b->has_nul &&
	    a->has_bare_cr == b->has_bare_cr &&
	    a->longest_line == b->longest_line;
}

static bool
same_scan(const struct scan *a, const struct scan *b)
{
	if (a->nfields != b->nfields || !same_facts(&a->facts, &b->facts))
		return false;
	for (size_t i = 0; i < a->nfields; i++)
		if (!same_field(&a->fields[i], &b->fields[i]))
			return false;
	return true;
}

TEST(chunk_boundaries_make_no_difference)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct str text = messages[i];
		struct scan whole = scanned(text, text.len, 1);
		for (size_t cut = 0; cut < text.len; cut++) {
			/* 0: byte by byte */
			size_t first = cut > 0 ? cut : 1;
			size_t rest = cut > 0 ? text.len : 1;
			struct scan split = scanned(text, first, rest);
			if (!same_scan(&whole, &split))
				CHECK_EQ(i * 1000 + cut, -1);
			scan_release(&split);
		}
		scan_release(&whole);
	}
}

TEST(wire_size_is_what_the_plain_rules_give)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		AUTO(buf_release) struct buf wire = BUF_INIT(4096);
		struct scan s = scanned(messages[i], 5, 3);
		plain_wire(messages[i], &wire);
		CHECK_EQ(s.facts.wire, wire.len);
		CHECK_EQ(s.facts.size, messages[i].len);
		scan_release(&s);
	}
}

TEST(header_ends_at_the_empty_line)
{
	static const char *const texts[] = { "To: a@b\nX-Y: z\n\nTo: c\n",
		"To: a@b\r\nX-Y: z\r\n\r\nTo: c\n",
		"To: a@b\r\r\nX-Y: z\n\r\r\nTo: c\n" };
	static const off_t bodies[] = { 15, 17, 17 };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct scan s = scan_of(texts[i]);
		CHECK_EQ(s.facts.body, bodies[i]);
		CHECK(s.facts.has_blank);
		CHECK_EQ(s.nfields, 1);
		scan_release(&s);
	}
}

TEST(header_ends_at_a_line_that_is_no_field)
{
	static const struct {
		const char *text;
		off_t body;
	} rows[] = {
		{ "To: a\nhello\n\nTo: b\n", 6 },
		{ "To: a\nhello", 6 },
		{ "To: a\nhello ", 6 },
		{ "To: a\nhello world: x\n", 6 },
		{ "To: a\n: b\n", 6 },
		{ "To: a\nb\xc3\xa4: b\n", 6 },
		{ "To: a\nb\x7f: b\n", 6 },
		{ "To: a\n", 6 },
		{ "To: a", 5 },
		{ "hello\n", 0 },
		{ " To: a\n", 0 },
		{ "", 0 },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scan s = scan_of(rows[i].text);
		CHECK_EQ(s.facts.body, rows[i].body);
		CHECK(!s.facts.has_blank);
		CHECK_EQ(s.nfields, rows[i].body > 0);
		scan_release(&s);
	}
}

TEST(body_after_an_empty_first_line_has_no_header)
{
	struct scan s = scan_of("\nTo: a\n");
	CHECK_EQ(s.facts.body, 0);
	CHECK(s.facts.has_blank);
	CHECK_EQ(s.nfields, 0);
	scan_release(&s);
}

TEST(names_are_known_in_any_case_and_with_blanks_before_the_colon)
{
	struct scan s = scan_of("rEsEnT-bCC:a\nMESSAGE-id \t : b\n"
				"Tox: c\nT: d\nDate::e\n\n");
	CHECK_EQ(s.nfields, 3);
	CHECK_EQ(s.fields[0].id, FIELD_RESENT_BCC);
	CHECK_STR(s.fields[0].value, "a");
	CHECK_EQ(s.fields[1].id, FIELD_MESSAGE_ID);
	CHECK_STR(s.fields[1].value, " b");
	CHECK_EQ(s.fields[2].id, FIELD_DATE);
	CHECK_STR(s.fields[2].value, ":e");
	scan_release(&s);
}

TEST(every_kept_field_has_its_name)
{
	static const char text[] =
	    "Bcc:\nCc:\nDate:\nFrom:\nMessage-ID:\nResent-Bcc:\nResent-Cc:\n"
	    "Resent-From:\nResent-Sender:\nResent-To:\nSender:\nTo:\n\n";
	struct scan s = scan_of(text);
	CHECK_EQ(s.nfields, 12);
	for (size_t i = 0; i < s.nfields; i++) {
		struct str name = str_of(field_name(s.fields[i].id));
		CHECK(
		    str_starts_nocase(str_of(text + s.fields[i].start), name));
	}
	scan_release(&s);
}

TEST(folded_values_are_joined_and_their_range_is_whole)
{
	struct scan s = scan_of("X: y\nBcc: a,\r\n b,\n\tc\n \n  d\nTo: e\n\n");
	CHECK_EQ(s.nfields, 2);
	CHECK_STR(s.fields[0].value, " a, b,\tc   d");
	CHECK_EQ(s.fields[0].len, 12);
	CHECK_EQ(s.fields[0].start, 5);
	CHECK_EQ(s.fields[0].end, 27);
	CHECK_EQ(s.fields[0].wire, 26);
	CHECK_EQ(s.fields[1].start, 27);
	scan_release(&s);
}

TEST(a_line_of_blanks_belongs_to_its_field)
{
	struct scan s = scan_of("To: a\n \t\nCc: b\n\n");
	CHECK_EQ(s.nfields, 2);
	CHECK_EQ(s.facts.body, 15);
	scan_release(&s);
}

TEST(cr_and_nul_are_blanks_to_the_scanner)
{
	static const char text[] = "To: a\rb\0c\r\r\nC\rc: x\n\n";
	struct scan s = scanned((struct str){ text, sizeof(text) - 1 }, 4, 3);
	CHECK_EQ(s.nfields, 1);
	CHECK_STR(s.fields[0].value, " a b c");
	CHECK(s.facts.has_nul);
	CHECK(s.facts.has_bare_cr);
	CHECK_EQ(s.facts.body, 12);
	CHECK(!s.facts.has_blank);
	scan_release(&s);
}

TEST(a_line_that_begins_with_nul_goes_on_with_the_field)
{
	static const char text[] = "To: a\n\0b\n\0\0c\n\n";
	struct scan s = scanned((struct str){ text, sizeof(text) - 1 }, 4, 3);
	CHECK_EQ(s.nfields, 1);
	CHECK_STR(s.fields[0].value, " a b  c");
	scan_release(&s);
}

TEST(crs_before_a_line_end_are_not_bare)
{
	struct scan s = scan_of("To: a\r\n\r\nhi\r\r\n\r");
	CHECK(!s.facts.has_bare_cr);
	CHECK(!s.facts.has_nul);
	CHECK_EQ(s.facts.wire, 15);
	scan_release(&s);
}

TEST(mbox_line_is_told_from_the_first_field)
{
	static const char *const texts[] = { "From a Mon Sep 17\nTo: b\n\n",
		">From a: Sep 17\nTo: b\n\n", "From \nTo: b\n\n" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct scan s = scan_of(texts[i]);
		CHECK_EQ(s.nfields, 2);
		CHECK_EQ(s.fields[0].id, FIELD_FROM_LINE);
		CHECK_EQ(s.fields[0].start, 0);
		CHECK_EQ(s.fields[0].end, s.fields[1].start);
		CHECK_EQ(s.fields[1].id, FIELD_TO);
		CHECK(s.facts.has_blank);
		scan_release(&s);
	}
}

TEST(mbox_line_is_known_in_the_first_line_only)
{
	struct scan s = scan_of("To: b\nFrom a\nCc: c\n\n");
	CHECK_EQ(s.nfields, 1);
	CHECK_EQ(s.facts.body, 6);
	scan_release(&s);
}

TEST(text_that_begins_with_from_is_no_mbox_line)
{
	static const char *const texts[] = { "From me to you\n\nbye\n",
		"From me to you", "From me\nto you: this\n", "From me\n to\n" };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct scan s = scan_of(texts[i]);
		CHECK_EQ(s.nfields, 0);
		CHECK_EQ(s.facts.body, 0);
		CHECK(!s.facts.has_blank);
		scan_release(&s);
	}
}

TEST(from_field_with_a_blank_before_the_colon_is_a_field)
{
	struct scan s = scan_of("From : a@b\n\n");
	CHECK_EQ(s.nfields, 1);
	CHECK_EQ(s.fields[0].id, FIELD_FROM);
	scan_release(&s);
}

TEST(bytes_above_127_are_told_from_those_in_the_header)
{
	static const struct {
		const char *text;
		bool anywhere, header;
	} rows[] = {
		{ "To: a\n\nb\n", false, false },
		{ "To: a\n\nb\xe4\n", true, false },
		{ "X: \xe4\n\nb\n", true, true },
		{ "To: a\n \xe4\n\nb\n", true, true },
		{ "To: a\n\xe4: b\n", true, false },
		{ "To: a\n\n1234567890123456789012345678901234567890\xe4", true,
		    false },
		{ "To: a\n\n12345678\x80"
		  "1234567890123456789012345678901234567890\n",
		    true, false },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scan s = scan_of(rows[i].text);
		CHECK_EQ(s.facts.is_8bit, rows[i].anywhere);
		CHECK_EQ(s.facts.is_8bit_header, rows[i].header);
		scan_release(&s);
		s = scanned(str_of(rows[i].text), 2, 1);
		CHECK_EQ(s.facts.is_8bit, rows[i].anywhere);
		CHECK_EQ(s.facts.is_8bit_header, rows[i].header);
		scan_release(&s);
	}
}

TEST(longest_line_counts_without_its_end)
{
	static const size_t lengths[] = { 998, 999, 1000, 4998, 100000 };
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		AUTO(buf_release) struct buf text = BUF_INIT(200000);
		CHECK(buf_add(&text, "A: b\n\n", 6));
		for (size_t k = 0; k < lengths[i]; k++)
			CHECK(buf_add(&text, "x", 1));
		CHECK(buf_add(&text, "\r\ny", i % 2 == 0 ? 3 : 2));
		struct scan s = scanned(buf_str(&text), 1000, 777);
		CHECK_EQ(s.facts.longest_line, lengths[i]);
		scan_release(&s);
	}
}

/* Of lines up to SCAN_LINE_MAX nobody wants to know. */
static size_t
plain_longest(struct str wire)
{
	size_t longest = SCAN_LINE_MAX;
	while (wire.len > 0) {
		size_t n = str_find(wire, '\n') + 1; /* each ends in CRLF */
		longest = n - 2 > longest ? n - 2 : longest;
		wire = str_from(wire, n);
	}
	return longest;
}

/* Each followed by something else than CRs and an LF, or the end. */
static bool
has_bare_cr(struct str in)
{
	for (size_t i = 0; i < in.len; i++) {
		size_t k = i;
		while (k < in.len && in.ptr[k] == '\r')
			k++;
		if (k > i && k < in.len && in.ptr[k] != '\n')
			return true;
	}
	return false;
}

TEST(any_text_is_counted_as_the_plain_rules_say)
{
	uint32_t seed = 2;
	for (int i = 0; i < 400; i++) {
		AUTO(buf_release) struct buf in = BUF_INIT(1 << 20);
		AUTO(buf_release) struct buf out = BUF_INIT(1 << 21);
		if (i % 4 != 0)
			CHECK(buf_printf(&in, "A: b\n\n"));
		add_any_text(&in, &seed);
		struct str text = buf_str(&in);
		plain_wire(text, &out);
		struct scan s = scanned(text, next_number(&seed, text.len + 1),
		    1 + next_number(&seed, i % 3 == 0 ? 300 : 20000));
		CHECK_EQ(s.facts.size, (off_t)text.len);
		CHECK_EQ(s.facts.wire, out.len);
		CHECK_EQ(s.facts.longest_line, plain_longest(buf_str(&out)));
		CHECK_EQ(s.facts.is_8bit, !str_is_ascii(text));
		CHECK_EQ(s.facts.has_nul, str_find(text, '\0') < text.len);
		CHECK_EQ(s.facts.has_bare_cr, has_bare_cr(text));
		scan_release(&s);
	}
}

TEST(received_fields_are_counted_not_kept)
{
	struct scan s = scan_of("Received: a\nResent-To: b\nReceived: c\n"
				"received: d\nResent-To: e\n\nReceived: f\n");
	CHECK_EQ(s.nfields, 2);
	CHECK_EQ(s.fields[0].nreceived, 1);
	CHECK_EQ(s.fields[1].nreceived, 3);
	scan_release(&s);
}

/* Feeds n times the text. */
static bool
feed_often(struct scan *s, struct str text, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!scan_feed(s, text.ptr, text.len, e))
			return false;
	return true;
}

static struct str
filler(void)
{
	static char text[1 << 20];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	return (struct str){ text, sizeof(text) };
}

TEST(other_fields_of_any_length_take_no_memory)
{
	static const char *const starts[] = { "X-Long: ", "no-colon", "From a",
		"", "To: a\n\n" };
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct scan s = SCAN_INIT;
		struct err e = ERR_INIT;
		CHECK(scan_feed(&s, starts[i], strlen(starts[i]), &e));
		CHECK(feed_often(&s, filler(), 32, &e));
		CHECK(s.held < 4096);
		scan_end(&s);
		CHECK_EQ(s.facts.size, strlen(starts[i]) + (32 << 20));
		scan_release(&s);
	}
}

TEST(a_header_of_many_fields_is_fine)
{
	struct scan s = SCAN_INIT;
	struct err e = ERR_INIT;
	CHECK(
	    feed_often(&s, STR("X-Some-Field: with some value\n"), 40000, &e));
	CHECK(feed_often(&s, STR("Bcc: somebody@example.org\n"), 20000, &e));
	CHECK(feed_often(&s, STR("\nbody"), 1, &e));
	scan_end(&s);
	CHECK_EQ(s.nfields, 20000);
	CHECK(s.facts.has_blank);
	scan_release(&s);
}

TEST(kept_values_past_the_maximum_are_refused_in_words)
{
	struct scan s = SCAN_INIT;
	struct err e = ERR_INIT;
	CHECK(scan_feed(&s, "To: ", 4, &e));
	CHECK(feed_often(&s, filler(), 15, &e));
	CHECK(!feed_often(&s, filler(), 2, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK_STR(e.text, "the message's address fields take more than 16 MiB");
	scan_release(&s);

	CHECK(!feed_often(&s, STR("To:\n"), 1 << 20, &e));
	CHECK_EQ(e.exit, EX_DATAERR);
	scan_release(&s);
}

TEST(text_that_is_not_ascii_is_told_to_be_utf8_or_not)
{
	static const struct {
		const char *text;
		bool body, utf8;
	} rows[] = {
		{ "To: a\n\nb\n", false, true },
		{ "X: \xe4\n\nb\n", false, true },
		{ "To: a\n\n\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n", true,
		    true },
		{ "\n\xc3\xa4", true, true },
		{ "\n\xc3", true, false },
		{ "\n\xe4\n", true, false },
		{ "\n\xc3\n\xa4", true, false },
		{ "\n\xc0\xaf\n", true, false },
		{ "\n\xc3\xa4 \x80\n", true, false },
		{ "\xc3\xa4\nx\n", true, true },
		{ "a \xe4\nx\n", true, false },
		{ "From \xe4\n\nx\n", true, false },
		{ "From \xc3\xa4\n\nx\n", true, true },
		{ "From \xc3\n\n\xa4\n", true, false },
		{ "From \xc3\xa4\n\n\xc3\xa4\n", true, true },
		{ "From \xe4\nTo: a\n\n\xc3\xa4\n", true, true },
		{ "\x01\xc3\r\xa4\n", true, false },
		{ "\x01\xc3\n\xa4\n", true, false },
		{ "From \xc3\x01\xa4 no\nx\n", true, false },
		{ "From \xc3\x01\nTo: a\n\nx\n", false, true },
		{ "X: \xe4\nno field \xc3\xa4\n", true, true },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t piece = 1; piece < 9; piece++) {
			struct scan s = scanned(str_of(rows[i].text), piece, 1);
			unit_check(s.facts.is_8bit_body == rows[i].body &&
				s.facts.is_utf8_body == rows[i].utf8,
			    __FILE__, __LINE__, "row %zu by %zu: %d %d", i,
			    piece, s.facts.is_8bit_body, s.facts.is_utf8_body);
			scan_release(&s);
		}
}
