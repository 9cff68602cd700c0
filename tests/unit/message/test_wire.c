// SPDX-License-Identifier: ISC
#include "unit.h"

#include "given.h"
#include "message/wire.h"
#include "texts.h"

static void
add_piece(struct buf *out, const struct piece *p)
{
	CHECK(buf_add_str(out, p->text));
	for (uint64_t i = 0; i < p->nblanks; i++)
		CHECK(buf_add(out, " ", 1));
	if (p->ends_line)
		CHECK(buf_add(out, "\r\n", 2));
}

static void
feed(struct wire *w, struct str text, struct buf *out)
{
	struct piece p;
	char *chunk = str_dup(text); /* so that a sanitizer sees its end */
	wire_feed(w, chunk, text.len);
	while (wire_next(w, &p))
		add_piece(out, &p);
	CHECK_EQ(wire_left(w), 0);
	free(chunk);
}

TEST(lines_are_the_same_however_the_input_is_cut)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct str text = messages[i];
		AUTO(buf_release) struct buf want = BUF_INIT(4096);
		plain_wire(text, &want);
		for (size_t cut = 0; cut <= text.len; cut++) {
			AUTO(buf_release) struct buf out = BUF_INIT(4096);
			struct wire w = WIRE_INIT;
			feed(&w, str_upto(text, cut), &out);
			feed(&w, str_from(text, cut), &out);
			if (wire_end(&w))
				CHECK(buf_add(&out, "\r\n", 2));
			CHECK_BYTES(buf_str(&out), buf_str(&want));
		}
	}
}

TEST(a_chunk_that_ends_in_crs_waits_for_the_next_byte)
{
	AUTO(buf_release) struct buf out = BUF_INIT(100);
	struct wire w = WIRE_INIT;
	feed(&w, STR("a\r\r"), &out);
	CHECK_BUF(&out, "a");
	feed(&w, STR("\r"), &out);
	CHECK_BUF(&out, "a");
	feed(&w, STR("b\r"), &out);
	CHECK_BUF(&out, "a   b");
	CHECK(w.has_bare_cr);
	feed(&w, STR("\n"), &out);
	CHECK_BUF(&out, "a   b\r\n");
	CHECK(!wire_end(&w));
}

TEST(the_last_line_wants_its_end)
{
	static const struct {
		struct str text;
		bool due;
	} rows[] = {
		{ BYTES(""), false },
		{ BYTES("a\n"), false },
		{ BYTES("\r\n"), false },
		{ BYTES("a"), true },
		{ BYTES("\0"), true },
		{ BYTES("\r"), true },
		{ BYTES("a\n\r\r"), true },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT(100);
		struct wire w = WIRE_INIT;
		feed(&w, rows[i].text, &out);
		bool due = wire_end(&w);
		CHECK_EQ(due, rows[i].due);
		CHECK(!wire_end(&w));
	}
}

TEST(no_lf_goes_out_of_a_piece)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct wire w = WIRE_INIT;
		struct piece p;
		wire_feed(&w, messages[i].ptr, messages[i].len);
		while (wire_next(&w, &p)) {
			CHECK_EQ(str_find(p.text, '\n'), p.text.len);
			CHECK_EQ(str_find(p.text, '\r'), p.text.len);
			CHECK_EQ(str_find(p.text, '\0'), p.text.len);
		}
	}
}

/* What is plain, byte by byte; the LFs without a CR before them. */
static bool
is_plain(struct str text, int64_t *nbare)
{
	*nbare = 0;
	for (size_t i = 0; i < text.len; i++) {
		bool has_lf = i + 1 < text.len && text.ptr[i + 1] == '\n';
		if (text.ptr[i] == '\0' || (text.ptr[i] == '\r' && !has_lf))
			return false;
		bool has_cr = i > 0 && text.ptr[i - 1] == '\r';
		*nbare += text.ptr[i] == '\n' && !has_cr;
	}
	return true;
}

TEST(what_is_plain_is_plain_byte_by_byte)
{
	uint32_t seed = 1;
	int64_t nbare;
	for (int i = 0; i < 500; i++) {
		AUTO(buf_release) struct buf all = BUF_INIT(1 << 20);
		struct tally t;
		add_any_text(&all, &seed);
		size_t start = next_number(&seed, all.len + 1);
		struct str text = str_from(buf_str(&all), start);
		text.len = next_number(&seed, text.len + 1);
		char *chunk = str_dup(text);
		size_t n = wire_plain((struct str){ chunk, text.len }, &t);
		CHECK(n <= text.len);
		struct str plain = str_upto(text, n);
		CHECK(is_plain(plain, &nbare));
		CHECK_EQ(t.nbare, nbare);
		CHECK_EQ(t.is_8bit, !str_is_ascii(plain));
		if (is_plain(text, &nbare))
			CHECK_EQ(n, text.len);
		free(chunk);
	}
}

TEST(odd_bytes_are_seen_wherever_they_stand)
{
	static const char odd[] = { '\0', '\r' };
	char text[700];
	struct tally t;
	for (size_t i = 0; i < 2 * sizeof(text); i++) {
		size_t at = i / 2;
		memset(text, 'x', sizeof(text));
		text[at] = odd[i % 2];
		CHECK(wire_plain((struct str){ text, sizeof(text) }, &t) <= at);
		if (at + 1 == sizeof(text))
			break;
		text[at] = '\r';
		text[at + 1] = '\n';
		CHECK_EQ(wire_plain((struct str){ text, sizeof(text) }, &t),
		    sizeof(text));
		CHECK_EQ(t.nbare, 0);
		CHECK(!t.is_8bit);
		text[at] = '\x80';
		CHECK_EQ(wire_plain((struct str){ text, sizeof(text) }, &t),
		    sizeof(text));
		CHECK_EQ(t.nbare, 1);
		CHECK(t.is_8bit);
	}
}
