// SPDX-License-Identifier: ISC
#include "unit.h"

#include <stdint.h>

#include "base/buf.h"
#include "message/returned.h"

#define HEADER(message, want) \
	CHECK_BYTES(returned_header(STR(message), SIZE_MAX), STR(want))

TEST(the_header_ends_at_the_first_empty_line)
{
	HEADER("", "");
	HEADER("A: b\r\n\r\nbody\r\n", "A: b\r\n");
	HEADER("A: b\n\nbody\n", "A: b\n");
	HEADER("A: b\r\n c\r\n\r\n", "A: b\r\n c\r\n");
	HEADER("A: b\r\r\n\r\r\nbody", "A: b\r\r\n");
	HEADER("\r\nbody\r\n", "");
	HEADER("A: b\r\nC: d", "A: b\r\nC: d");
	HEADER("A: \0\r\n\0\r\n\r\nx", "A: \0\r\n\0\r\n");
}

TEST(the_header_is_cut_behind_a_line)
{
	struct str message = STR("A: b\r\nC: d\r\n\r\nbody\r\n");
	CHECK_BYTES(returned_header(message, 12), STR("A: b\r\nC: d\r\n"));
	CHECK_BYTES(returned_header(message, 11), STR("A: b\r\n"));
	CHECK_BYTES(returned_header(message, 6), STR("A: b\r\n"));
	CHECK_BYTES(returned_header(message, 5), STR(""));
}

static void
check_id(struct str header, const char *want, int line)
{
	AUTO(buf_release) struct buf id = BUF_INIT(1000);
	bool is_found = returned_message_id(header, &id);
	unit_check(is_found == (*want != '\0'), __FILE__, line, "is_found");
	unit_check_str(buf_str(&id), str_of(want), __FILE__, line);
}

#define ID(header, want) check_id(STR(header), (want), __LINE__)

TEST(the_message_id_is_found)
{
	ID("To: a@b\r\nMessage-ID: <1@x>\r\nMessage-ID: <2@x>\r\n", "<1@x>");
	ID("message-id:\n\t<1@x> \n", "<1@x>");
	ID("Message-ID: <1@x>", "<1@x>");
}

TEST(what_is_no_message_id_is_none)
{
	ID("", "");
	ID("Subject: <1@x>\r\n", "");
	ID("Message-ID:\r\n", "");
	ID("Message-ID: 1@x\r\n", "");
	ID("Message-ID: <>\r\n", "");
	ID("Message-ID: <1@x> <2@x>\r\n", "");
	ID("Message-ID: <1@x>2>\r\n", "");
	ID("Message-ID: <1<2@x>\r\n", "");
	ID("Message-ID: <1\r\n @x>\r\n", "");
	ID("Message-ID: <1\0@x>\r\n", "");
	ID("Message-ID: <\xc3\xa4@x>\r\n", "");
}

static void
check_part(struct str bytes, bool is_whole, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	struct returned r = returned_plan(bytes, is_whole);
	CHECK(returned_add(&r, &out));
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define PART(bytes, is_whole, want) \
	check_part(STR(bytes), (is_whole), (want), __LINE__)

TEST(a_plain_header_needs_no_encoding)
{
	PART("A: b\r\n c\r\n", false,
	    "Content-Type: text/rfc822-headers\r\n\r\nA: b\r\n c\r\n");
	PART("A: b\nC: d", false,
	    "Content-Type: text/rfc822-headers\r\n\r\nA: b\r\nC: d\r\n");
}

TEST(a_header_in_utf8_is_a_global_one)
{
	PART("A: ä\r\n", false,
	    "Content-Type: message/global-headers\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\nA: ä\r\n");
}

TEST(a_header_in_no_charset_goes_as_ascii)
{
	PART("A: \xe4=\r\n", false,
	    "Content-Type: text/rfc822-headers\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "A: =E4=3D\r\n");
}

TEST(a_cr_that_ends_no_line_and_a_nul_become_blanks)
{
	PART("A: b\rc\0\0d\r\r\n", false,
	    "Content-Type: text/rfc822-headers\r\n\r\nA: b c  d\r\n");
	PART("A: \xe4\rc\0\0\n", false,
	    "Content-Type: text/rfc822-headers\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "A: =E4 c =20\r\n");
}

TEST(a_message_is_one)
{
	PART("A: b\r\n\r\nbody\r\n", true,
	    "Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nbody\r\n");
	PART("A: b\n\nb\xe4", true,
	    "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\nA: b\r\n\r\nb\xe4\r\n");
	PART("A: \xe4\n\nb", true,
	    "Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\nA: \xe4\r\n\r\nb\r\n");
	PART("A: ä\n\nb\xe4\n", true,
	    "Content-Type: message/global\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\nA: ä\r\n\r\nb\xe4\r\n");
}

static size_t
longest_line(struct str text)
{
	size_t longest = 0;
	struct str line;
	while (str_word(&text, "\r\n", &line))
		longest = line.len > longest ? line.len : longest;
	return longest;
}

/* One line so long, with "A: " in front. */
static void
check_long(size_t n, bool is_whole, const char *type, const char *encoding)
{
	AUTO(buf_release) struct buf in = BUF_INIT(2000);
	AUTO(buf_release) struct buf out = BUF_INIT(20000);
	CHECK(buf_printf(&in, "A: "));
	while (in.len < n)
		CHECK(buf_add(&in, "x", 1));
	struct returned r = returned_plan(buf_str(&in), is_whole);
	CHECK_STR(r.type, type);
	CHECK(!r.is_8bit);
	CHECK(returned_add(&r, &out));
	bool has = str_search(buf_str(&out), str_of(encoding)) < out.len;
	CHECK(has);
	CHECK(longest_line(buf_str(&out)) <= 998);
}

TEST(long_lines_are_encoded)
{
	check_long(998, false, "text/rfc822-headers", "\r\n\r\nA: xx");
	check_long(999, false, "text/rfc822-headers", ": quoted-printable\r\n");
	check_long(998, true, "message/rfc822", "\r\n\r\nA: xx");
	check_long(999, true, "application/octet-stream", ": base64\r\n");
	check_long(999, true, "application/octet-stream",
	    "attachment; filename=\"message.eml\"\r\n");
}

TEST(a_full_buffer_is_told)
{
	AUTO(buf_release) struct buf out = BUF_INIT(100);
	struct returned r = returned_plan(
	    STR("A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n"), true);
	CHECK(!returned_add(&r, &out));
}
