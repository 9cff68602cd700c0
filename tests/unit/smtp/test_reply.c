// SPDX-License-Identifier: ISC
#include "smtp/reply.h"

#include "base/err.h"
#include "unit.h"

/* What comes of bytes, given so many at a time. */
struct outcome {
	enum reply_state state;
	struct reply reply;
	struct err err;
	struct buf rest;
	char said[512];
};

static struct outcome
take(struct str bytes, size_t piece)
{
	struct outcome o = { .reply = REPLY_INIT, .err = ERR_INIT };
	struct buf in = BUF_INIT(1 << 20);
	o.rest = BUF_INIT(1 << 20);
	while (bytes.len > 0 && o.state == REPLY_MORE) {
		size_t n = piece < bytes.len ? piece : bytes.len;
		CHECK(buf_add(&in, bytes.ptr, n));
		bytes = str_from(bytes, n);
		o.state = reply_take(&o.reply, &in, &o.err);
	}
	CHECK(buf_add_str(&o.rest, buf_str(&in)));
	CHECK(buf_add_str(&o.rest, bytes));
	reply_said(&o.reply, o.said, sizeof(o.said));
	buf_release(&in);
	return o;
}

static void
outcome_release(struct outcome *o)
{
	reply_release(&o->reply);
	buf_release(&o->rest);
}

/* A whole reply, however it is cut, as the user reads it. */
static void
check_said(const char *bytes, int code, const char *enh, const char *said)
{
	for (size_t piece = 1; piece <= strlen(bytes); piece++) {
		struct outcome o = take(str_of(bytes), piece);
		CHECK_EQ(o.state, REPLY_COMPLETE);
		CHECK_EQ(o.reply.code, code);
		CHECK_STR(o.reply.enh, enh);
		CHECK_STR(o.said, said);
		CHECK_BUF(&o.rest, "");
		outcome_release(&o);
	}
}

static void
check_bad(struct str bytes, const char *text)
{
	static const size_t pieces[] = { 1, 7, 1000, SIZE_MAX };
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct outcome o = take(bytes, pieces[i]);
		CHECK_EQ(o.state, REPLY_BAD);
		CHECK_EQ(o.err.exit, EX_PROTOCOL);
		struct buf told = BUF_INIT(2000);
		CHECK(buf_printf(&told, "%s: %s", o.err.text, o.err.said));
		CHECK_BUF(&told, text);
		buf_release(&told);
		outcome_release(&o);
	}
}

TEST(takes_a_reply_of_one_line)
{
	check_said("220 mx.example ESMTP\r\n", 220, "", "220 mx.example ESMTP");
	check_said("250 \r\n", 250, "", "250");
	check_said("250\r\n", 250, "", "250");
	check_said("200 lowest\r\n", 200, "", "200 lowest");
	check_said("599 highest\r\n", 599, "", "599 highest");
}

TEST(takes_a_reply_of_several_lines)
{
	check_said("220-mx.example\r\n220-be good\r\n220 now\r\n", 220, "",
	    "220 mx.example be good now");
	check_said("220-\r\n220-\r\n220\r\n", 220, "", "220");
	check_said("250-a\r\n250\r\n", 250, "", "250 a");
}

TEST(a_bare_line_feed_ends_a_line)
{
	check_said("220-a\n220 b\n", 220, "", "220 a b");
}

TEST(leaves_what_stands_behind_the_reply)
{
	struct outcome o = take(STR("220 a\r\n250 b\r\n"), 100);
	CHECK_EQ(o.state, REPLY_COMPLETE);
	CHECK_BUF(&o.rest, "250 b\r\n");
	outcome_release(&o);
}

TEST(is_not_complete_without_its_last_line)
{
	static const char *const starts[] = { "2", "220", "220 hi", "220 hi\r",
		"220-hi\r\n", "220-hi\r\n220 there" };
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct outcome o = take(str_of(starts[i]), 3);
		CHECK_EQ(o.state, REPLY_MORE);
		outcome_release(&o);
	}
}

TEST(finds_the_enhanced_status)
{
	check_said("550 5.1.1 no such user\r\n", 550, "5.1.1",
	    "550 5.1.1 no such user");
	check_said("550 5.1.1\r\n", 550, "5.1.1", "550 5.1.1");
	check_said("450 4.999.123\tlater\r\n", 450, "4.999.123",
	    "450 4.999.123\\x09later");
	/* of another class, too long, or only like one */
	check_said("550 4.1.1 odd\r\n", 550, "", "550 4.1.1 odd");
	check_said("550 5.1.1234 odd\r\n", 550, "", "550 5.1.1234 odd");
	check_said("550 5.1.1.1 odd\r\n", 550, "", "550 5.1.1.1 odd");
	check_said("550 5.1 odd\r\n", 550, "", "550 5.1 odd");
	check_said("550 5..1 odd\r\n", 550, "", "550 5..1 odd");
	check_said("550 5.1.1: odd\r\n", 550, "", "550 5.1.1: odd");
}

TEST(says_a_status_that_each_line_repeats_once)
{
	check_said("550-5.1.1 The address\r\n550-5.1.1 does not exist,\r\n"
		   "550 5.1.1  sorry\r\n",
	    550, "5.1.1", "550 5.1.1 The address does not exist, sorry");
}

TEST(makes_what_is_said_printable)
{
	struct outcome o = take(
	    STR("554 \x1b[31mred\x1b]0;owned\x07 \0 a\rb \xff \xc3\xa9\r\n"),
	    100);
	CHECK_EQ(o.state, REPLY_COMPLETE);
	CHECK_STR(o.said,
	    "554 \\x1b[31mred\\x1b]0;owned\\x07 \\x00 a\\x0db \\xff "
	    "\xc3\xa9");
	outcome_release(&o);
	check_bad(STR("\x1b[2J\r\n"), "not an SMTP reply: \"\\x1b[2J\"");
}

TEST(shows_that_it_had_to_cut_what_is_said)
{
	struct reply r = REPLY_INIT;
	struct buf in = BUF_INIT(1000);
	struct err e = ERR_INIT;
	char said[16];
	CHECK(buf_printf(&in, "550 0123456789abcdef\r\n"));
	CHECK(reply_take(&r, &in, &e) == REPLY_COMPLETE);
	reply_said(&r, said, sizeof(said));
	CHECK_STR(said, "550 01234567...");
	reply_release(&r);
	buf_release(&in);
}

TEST(refuses_what_is_no_reply)
{
	check_bad(STR("\r\n"), "not an SMTP reply: \"\"");
	check_bad(STR("\n"), "not an SMTP reply: \"\"");
	check_bad(STR("hello\r\n"), "not an SMTP reply: \"hello\"");
	check_bad(STR("22\r\n"), "not an SMTP reply: \"22\"");
	check_bad(STR("2200 a\r\n"), "not an SMTP reply: \"2200 a\"");
	check_bad(STR("220a\r\n"), "not an SMTP reply: \"220a\"");
	check_bad(STR(" 220 a\r\n"), "not an SMTP reply: \"220 a\"");
	check_bad(STR("199 a\r\n"), "not an SMTP reply: \"199 a\"");
	check_bad(STR("600 a\r\n"), "not an SMTP reply: \"600 a\"");
	check_bad(STR("2x0 a\r\n"), "not an SMTP reply: \"2x0 a\"");
	check_bad(STR("22x a\r\n"), "not an SMTP reply: \"22x a\"");
	check_bad(STR("\0\0\0 a\r\n"),
	    "not an SMTP reply: \"\\x00\\x00\\x00 "
	    "a\"");
	check_bad(STR("HTTP/1.1 400 Bad Request\r\n"),
	    "not an SMTP reply: \"HTTP/1.1 400 Bad Request\"");
}

TEST(refuses_lines_with_different_codes)
{
	check_bad(STR("250-a\r\n251 b\r\n"),
	    "reply whose lines have different codes: \"251 b\"");
}

static struct str
fill(struct buf *b, const char *start, size_t n, const char *end)
{
	CHECK(buf_printf(b, "%s", start));
	while (b->len < n)
		CHECK(buf_add(b, "x", 1));
	CHECK(buf_printf(b, "%s", end));
	return buf_str(b);
}

TEST(takes_a_line_of_the_greatest_length)
{
	struct buf line = BUF_INIT(1 << 20);
	struct str text = fill(&line, "250 ", REPLY_LINE_MAX - 1, "\r\n");
	struct outcome whole = take(text, SIZE_MAX), bytes = take(text, 1);
	CHECK_EQ(whole.state, REPLY_COMPLETE);
	CHECK_EQ(bytes.state, REPLY_COMPLETE);
	CHECK_EQ(whole.reply.text.len, REPLY_LINE_MAX - 5);
	outcome_release(&whole);
	outcome_release(&bytes);
	buf_release(&line);
}

TEST(refuses_a_longer_line)
{
	struct buf line = BUF_INIT(1 << 20);
	const char *text = "line without end: \"250 "
			   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			   "xxxxxxxxxxxx\"";
	check_bad(fill(&line, "250 ", REPLY_LINE_MAX + 1, "\r\n"), text);
	buf_truncate(&line, 0);
	check_bad(fill(&line, "250 ", 40000, ""), text);
	buf_release(&line);
}

TEST(refuses_a_reply_without_end)
{
	struct buf lines = BUF_INIT(1 << 20);
	while (lines.len < 400000)
		CHECK(buf_printf(&lines, "250-\r\n"));
	check_bad(buf_str(&lines), "reply without end: \"250-\"");
	buf_truncate(&lines, 0);
	while (lines.len < 100000)
		CHECK(buf_printf(&lines, "250-0123456789\r\n"));
	check_bad(buf_str(&lines), "reply without end: \"250-0123456789\"");
	buf_release(&lines);
}

TEST(is_empty_again_after_a_reset)
{
	struct reply r = REPLY_INIT;
	struct buf in = BUF_INIT(1000);
	struct err e = ERR_INIT;
	CHECK(buf_printf(&in, "550-5.1.1 a\r\n550 5.1.1 b\r\n250 c\r\n"));
	CHECK(reply_take(&r, &in, &e) == REPLY_COMPLETE);
	reply_reset(&r);
	CHECK_EQ(r.code, 0);
	CHECK_STR(r.enh, "");
	CHECK(reply_take(&r, &in, &e) == REPLY_COMPLETE);
	CHECK_EQ(r.code, 250);
	CHECK_BUF(&r.text, "c");
	reply_release(&r);
	buf_release(&in);
}
