// SPDX-License-Identifier: ISC
#include "smtp/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "message/intake.h"
#include "message/source.h"
#include "unit.h"

enum { PIECE = 32768 };

/* The message's text as it goes out, taken up to goal octets at a time. */
static struct buf
carry(struct str text, enum body_form form, size_t goal)
{
	struct buf all = BUF_INIT(16 << 20), out = BUF_INIT(1 << 20);
	struct message m;
	struct err e = ERR_INIT;
	struct source *source = mem_alloc(sizeof(*source));
	struct body b;
	CHECK(message_from_bytes(&m, text, &e));
	source_init(source, &m, NULL);
	body_init(&b, source, form);
	while (!b.is_done) {
		bool ok = body_fill(&b, &out, goal, &e);
		CHECK(ok);
		if (!ok)
			break;
		CHECK(b.is_done || out.len >= goal);
		CHECK(out.len <= goal + PIECE);
		CHECK(form == BODY_DOT || out.len <= goal);
		CHECK(buf_add_str(&all, buf_str(&out)));
		buf_truncate(&out, 0);
	}
	CHECK(b.nread == source_size(source));
	free(source);
	message_release(&m);
	buf_release(&out);
	return all;
}

static void
check(const char *text, const char *dotted, const char *chunk)
{
	for (size_t goal = 1; goal < 40; goal += 13) {
		struct buf dot = carry(str_of(text), BODY_DOT, goal);
		struct buf raw = carry(str_of(text), BODY_CHUNK, goal);
		CHECK_BUF(&dot, dotted);
		CHECK_BUF(&raw, chunk);
		buf_release(&dot);
		buf_release(&raw);
	}
}

TEST(ends_the_text_with_a_dot)
{
	check("a: b\n\nhi\n", "a: b\r\n\r\nhi\r\n.\r\n", "a: b\r\n\r\nhi\r\n");
	check("a: b\n\nhi", "a: b\r\n\r\nhi\r\n.\r\n", "a: b\r\n\r\nhi\r\n");
}

TEST(an_empty_message_is_a_lone_dot)
{
	check("", ".\r\n", "");
}

TEST(doubles_the_dots_at_the_start_of_lines)
{
	check("\n.\n", "\r\n..\r\n.\r\n", "\r\n.\r\n");
	check("\n..\n", "\r\n...\r\n.\r\n", "\r\n..\r\n");
	check("\n.x\n.", "\r\n..x\r\n..\r\n.\r\n", "\r\n.x\r\n.\r\n");
	check("\nx.\n.\n", "\r\nx.\r\n..\r\n.\r\n", "\r\nx.\r\n.\r\n");
	check(".x: y\n\n", "..x: y\r\n\r\n.\r\n", ".x: y\r\n\r\n");
	check(
	    "\n...\n...\n", "\r\n....\r\n....\r\n.\r\n", "\r\n...\r\n...\r\n");
}

/* What a server undoes, and where it sees the end. */
static bool
is_undone_to(struct str dotted, struct str text)
{
	bool is_start = true;
	while (dotted.len > 0 && text.len > 0) {
		if (is_start && dotted.ptr[0] == '.') {
			dotted = str_from(dotted, 1);
			if (dotted.len == 0 || dotted.ptr[0] == '\r')
				if (text.ptr[0] != '.')
					return false;
		}
		if (dotted.len == 0 || dotted.ptr[0] != text.ptr[0])
			return false;
		is_start = text.ptr[0] == '\n';
		dotted = str_from(dotted, 1);
		text = str_from(text, 1);
	}
	return text.len == 0 && str_eq(dotted, STR(".\r\n"));
}

TEST(nothing_in_the_text_ends_it)
{
	const struct str texts[] = { STR("\n.\n"), STR("\n.\r\n"),
		STR("\r.\r\n"), STR("\r\n.\r"), STR("\r\r\n.\r\r\n"),
		STR("\n\n.\n\nMAIL FROM:<x@y>\n"), STR("\r.\r"),
		STR("\r\n.\r\r\n"), STR("\n\0.\n"), STR("\n.\0\n") };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct buf head = BUF_INIT(100);
		CHECK(buf_printf(&head, "a: b\n\n"));
		CHECK(buf_add_str(&head, texts[i]));
		CHECK(buf_printf(&head, "c\n"));
		struct buf dot = carry(buf_str(&head), BODY_DOT, 7);
		struct buf raw = carry(buf_str(&head), BODY_CHUNK, 7);
		CHECK(is_undone_to(buf_str(&dot), buf_str(&raw)));
		/* and there is no end before the end for a lax server either */
		for (size_t k = 0; k + 4 < dot.len; k++) {
			const char *at = dot.data + k;
			CHECK(at[0] != '\r' || at[1] == '\n');
			CHECK((k > 0 && at[-1] == '\r') || at[0] != '\n');
			CHECK(
			    memcmp(at, "\n.\r\n", 4) != 0 || k + 4 == dot.len);
		}
		buf_release(&head);
		buf_release(&dot);
		buf_release(&raw);
	}
}

TEST(doubles_the_dots_at_every_edge_of_a_piece)
{
	for (size_t shift = 0; shift < 8; shift++) {
		struct buf text = BUF_INIT(1 << 20);
		CHECK(buf_printf(&text, "\n"));
		while (text.len < PIECE - 4 - shift)
			CHECK(buf_add(&text, "x", 1));
		for (int i = 0; i < 8; i++)
			CHECK(buf_printf(&text, "\n."));
		while (text.len < (size_t)5 * PIECE)
			CHECK(buf_printf(&text, ".\n..\nyy\n"));
		struct buf dot = carry(buf_str(&text), BODY_DOT, PIECE);
		struct buf raw = carry(buf_str(&text), BODY_CHUNK, PIECE);
		CHECK(is_undone_to(buf_str(&dot), buf_str(&raw)));
		CHECK(dot.len > raw.len + 3);
		buf_release(&text);
		buf_release(&dot);
		buf_release(&raw);
	}
}

/* The rule, octet by octet (RFC 5321 4.5.2). */
static void
dot_plainly(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_start = i == 0 || text.ptr[i - 1] == '\n';
		if (is_start && text.ptr[i] == '.')
			CHECK(buf_add(out, ".", 1));
		CHECK(buf_add(out, text.ptr + i, 1));
	}
	CHECK(buf_add(out, ".\r\n", 3));
}

/* Any five octets, where those that are looked at together begin and end. */
TEST(finds_the_dots_wherever_they_stand)
{
	static const char octets[] = { '\n', '.', 'x' };
	enum { AT = 252, CASES = 3 * 3 * 3 * 3 * 3 };
	struct buf text = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
	CHECK(buf_printf(&text, "\n"));
	for (int c = 0; c < CASES; c++) {
		for (int i = 0, rest = c; i < AT + c % 7; i++)
			if (i < AT + c % 7 - 5)
				CHECK(buf_add(&text, "x", 1));
			else {
				CHECK(buf_add(&text, &octets[rest % 3], 1));
				rest /= 3;
			}
	}
	for (size_t goal = 100; goal < 20000; goal += 1 + goal / 3) {
		struct buf raw = carry(buf_str(&text), BODY_CHUNK, goal);
		struct buf dot = carry(buf_str(&text), BODY_DOT, goal);
		buf_truncate(&want, 0);
		dot_plainly(buf_str(&raw), &want);
		CHECK_BYTES(buf_str(&dot), buf_str(&want));
		buf_release(&raw);
		buf_release(&dot);
	}
	buf_release(&text);
	buf_release(&want);
}

TEST(text_of_dots_only_doubles)
{
	struct buf text = BUF_INIT(1 << 20);
	CHECK(buf_printf(&text, "\n"));
	while (text.len < (size_t)4 * PIECE)
		CHECK(buf_printf(&text, ".\n"));
	struct buf dot = carry(buf_str(&text), BODY_DOT, 65536);
	struct buf raw = carry(buf_str(&text), BODY_CHUNK, 65536);
	CHECK(is_undone_to(buf_str(&dot), buf_str(&raw)));
	buf_release(&text);
	buf_release(&dot);
	buf_release(&raw);
}

TEST(goes_on_behind_what_is_in_the_buffer)
{
	struct buf out = BUF_INIT(1 << 20);
	struct message m;
	struct err e = ERR_INIT;
	struct source *source = mem_alloc(sizeof(*source));
	struct body b;
	CHECK(message_from_bytes(&m, STR("\n.\n"), &e));
	source_init(source, &m, NULL);
	body_init(&b, source, BODY_CHUNK);
	CHECK(buf_printf(&out, "BDAT 5 LAST\r\n"));
	CHECK(body_fill(&b, &out, 10, &e)); /* full enough */
	CHECK(!b.is_done);
	CHECK_BUF(&out, "BDAT 5 LAST\r\n");
	CHECK(body_fill(&b, &out, 100, &e));
	CHECK(b.is_done);
	CHECK_BUF(&out, "BDAT 5 LAST\r\n\r\n.\r\n");
	free(source);
	message_release(&m);
	buf_release(&out);
}

TEST(writes_no_end_when_the_source_fails)
{
	struct err e = ERR_INIT;
	int fd = -1;
	CHECK(fd_temporary(&fd, &e));
	for (int i = 0; i < 2000; i++)
		CHECK(fd_write_all(fd, "0123456789\n", 11));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	for (enum body_form form = BODY_DOT; form <= BODY_CHUNK; form++) {
		struct buf out = BUF_INIT(1 << 20);
		struct message m;
		struct source *source = mem_alloc(sizeof(*source));
		struct body b;
		CHECK(ftruncate(fd, 22000) == 0);
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
		source_init(source, &m, NULL);
		body_init(&b, source, form);
		CHECK(ftruncate(fd, 21000) == 0);
		CHECK(!body_fill(&b, &out, 100000, &e));
		CHECK_EQ(e.exit, EX_IOERR);
		CHECK(!b.is_done);
		CHECK(out.len < 3 ||
		    memcmp(out.data + out.len - 3, ".\r\n", 3) != 0);
		free(source);
		message_release(&m);
		buf_release(&out);
	}
	fd_release(&fd);
}

/* It would end the message for the server. */
TEST(lets_the_last_octet_go_only_with_the_end_confirmed)
{
	for (enum body_form form = BODY_DOT; form <= BODY_CHUNK; form++) {
		struct buf out = BUF_INIT(1 << 20);
		struct message m;
		struct err e = ERR_INIT;
		struct source *source = mem_alloc(sizeof(*source));
		struct body b;
		CHECK(message_from_bytes(&m, STR("\nab\n"), &e));
		source_init(source, &m, NULL);
		body_init(&b, source, form);
		CHECK(body_fill(&b, &out, 6, &e)); /* all there is */
		CHECK(b.is_done);
		free(source);
		message_release(&m);
		buf_release(&out);
	}
}
