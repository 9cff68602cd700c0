// SPDX-License-Identifier: ISC
#include "unit.h"

#include "message/mime.h"

/*
 * What each line is, a letter a line: Field, fOld, Blank, Text, Aside,
 * boundary (-); lower case where it must stay as it is.
 */
static void
check_walk(struct str text, const char *want, int line)
{
	static const char letters[2][7] = { "FOBTA-", "fobta=" };
	struct mime m = MIME_INIT;
	struct buf got = BUF_INIT(1000);
	while (text.len > 0) {
		size_t lf = str_find(text, '\n');
		enum mime_line kind = mime_next(&m, str_upto(text, lf));
		CHECK(buf_add(&got, &letters[m.hold != MIME_FREE][kind], 1));
		text = str_from(text, lf < text.len ? lf + 1 : lf);
	}
	unit_check_str(buf_str(&got), str_of(want), __FILE__, line);
	buf_release(&got);
	mime_release(&m);
}

#define WALK(text, want) check_walk(STR(text), (want), __LINE__)
#define MULTI "Content-Type: multipart/mixed; boundary=a\n\n"

TEST(header_and_text_are_told_apart)
{
	WALK("A: b\n c\n\nText: x\n", "FOBT");
	WALK("A: b\nno field\nx\n", "FTT");
	WALK("\nx\n", "BT");
}

TEST(parts_are_walked)
{
	WALK(MULTI "pre\n--a\nA: b\n\nx\n--b\n--a \n\ny\n--a--\nafter\n",
	    "FBA-FBTT-BT-A");
	WALK(MULTI "--a\n\nx\n--ab\n--a-\n--a--", "FB-BTTT-");
	WALK(MULTI "--a\nA: b\n--a\nno field\n--a--\n", "FB-F-T-");
}

TEST(an_outer_boundary_ends_what_is_within)
{
	WALK(MULTI "--a\nContent-Type: multipart/x; boundary=b\n\n--b\n\n"
		   "x\n--a\n\n--b\n--a--\n",
	    "FB-FB-BT-BT-");
}

TEST(messages_in_messages_are_walked)
{
	WALK("Content-Type: message/rfc822\n\nA: b\n\nx\n", "FBFBT");
	WALK("Content-Type: multipart/digest; boundary=a\n\n--a\n\nA: b\n\nx\n"
	     "--a\nContent-Type: text/plain\n\nA: b\n",
	    "FB-BFBT-FBT");
	WALK("Content-Type: message/rfc822\nContent-Transfer-Encoding: "
	     "base64\n\nA: b\n",
	    "FFBT");
	WALK("Content-Type: message/delivery-status\n\nA: b\n", "FBT");
	WALK("Content-Type: message/rfc822\n\nFrom x\nA: b\n\n", "FBFFB");
}

TEST(what_is_signed_or_encrypted_or_partial_is_held)
{
	WALK("Content-Type: multipart/signed; boundary=a\n\npre\n--a\n\nx\n"
	     "--a--\nafter\n",
	    "Fba=bt-A");
	WALK("Content-Type: (x) Multipart/ENCRYPTED; boundary=a\n\n--a\n\nx\n",
	    "Fb=bt");
	WALK("Content-Type: message/partial\n\nA: b\n", "Fbt");
	WALK("Content-Type: multipart/signed; boundary=a\n\n--a\n"
	     "Content-Type: message/rfc822\n\nA: b\n\nx\n",
	    "Fb=fbfbt");
}

TEST(without_a_boundary_nothing_is_a_part)
{
	WALK("Content-Type: multipart/mixed\n\n--\nx\n", "Fbaa");
	WALK("Content-Type: multipart/mixed; boundary=\"\xc3\xa4\"\n\nx\n",
	    "Fba");
}

TEST(the_first_of_two_fields_counts)
{
	WALK(MULTI "", "FB");
	WALK("Content-Type: text/plain\nContent-Type: multipart/mixed;"
	     " boundary=a\n\n--a\n",
	    "FFBT");
	WALK("Content-Type:\nContent-Type: multipart/mixed; boundary=a\n\n"
	     "--a\n",
	    "FFBT");
	WALK("Content-Type: multipart/mixed;\n boundary=a\n\n--a\n", "FOB-");
}

TEST(depth_has_an_end)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	struct mime m = MIME_INIT;
	for (int i = 0; i < 3 * MIME_DEPTH_MAX; i++)
		CHECK(buf_printf(&text,
		    i % 2 == 0 ? "Content-Type: message/rfc822\n\n"
			       : "Content-Type: multipart/x; boundary=%d\n\n"
				 "--%d\n",
		    i, i));
	struct str rest = buf_str(&text);
	while (rest.len > 0) {
		size_t lf = str_find(rest, '\n');
		(void)mime_next(&m, str_upto(rest, lf));
		rest = str_from(rest, lf + 1);
	}
	CHECK_EQ(m.hold, MIME_DEEP);
	CHECK_EQ(m.depth, MIME_DEPTH_MAX);
	(void)mime_next(&m, STR("--1"));
	CHECK_EQ(m.hold, MIME_FREE);
	CHECK_EQ(m.depth, 2);
	mime_release(&m);
}

TEST(transfer_encodings_are_known)
{
	static const struct {
		const char *field;
		enum mime_cte cte;
	} rows[] = {
		{ "X: y", MIME_CTE_NONE },
		{ "Content-Transfer-Encoding: 7BIT", MIME_CTE_7BIT },
		{ "content-transfer-encoding:(x)8bit;y", MIME_CTE_8BIT },
		{ "Content-Transfer-Encoding: binary", MIME_CTE_BINARY },
		{ "Content-Transfer-Encoding: quoted-printable", MIME_CTE_QP },
		{ "Content-Transfer-Encoding: base64 (x)", MIME_CTE_BASE64 },
		{ "Content-Transfer-Encoding: x-uuencode", MIME_CTE_FOREIGN },
		{ "Content-Transfer-Encoding: utf-8", MIME_CTE_8BIT },
		{ "Content-Transfer-Encoding:", MIME_CTE_NONE },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime m = MIME_INIT;
		(void)mime_next(&m, str_of(rows[i].field));
		(void)mime_next(&m, STR(""));
		CHECK(m.is_header_end);
		CHECK_EQ(m.entity.cte, rows[i].cte);
		mime_release(&m);
	}
}
