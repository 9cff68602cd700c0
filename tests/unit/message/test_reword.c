// SPDX-License-Identifier: ISC
#include "unit.h"

#include "base/buf.h"
#include "base/err.h"
#include "message/reword.h"

static void
check_ascii(const char *field, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	AUTO(buf_release) struct buf all = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	CHECK(buf_printf(&all, "%s\r\n", field));
	bool ok = reword_ascii(&out, buf_str(&all), &e);
	unit_check(ok || want[0] == '!', __FILE__, line, "%s", e.text);
	if (want[0] == '!') {
		unit_check(!ok, __FILE__, line, "not refused");
		unit_check_str(
		    str_of(e.text), str_of(want + 1), __FILE__, line);
		CHECK_EQ(e.exit, EX_DATAERR);
		return;
	}
	unit_check_str(
	    str_upto(buf_str(&out), out.len - 2), str_of(want), __FILE__, line);
}

#define ASCII(field, want) check_ascii((field), (want), __LINE__)
#define A_UML "\xc3\xa4"

TEST(text_becomes_encoded_words)
{
	ASCII("Subject: " A_UML, "Subject: =?UTF-8?B?w6Q=?=");
	ASCII("Subject: \xe4", "Subject: =?unknown-8bit?B?5A==?=");
	ASCII("Subject: a " A_UML " b", "Subject: a =?UTF-8?B?w6Q=?= b");
	ASCII("Subject:" A_UML, "Subject:=?UTF-8?B?w6Q=?=");
	ASCII("Subject: " A_UML " ", "Subject: =?UTF-8?B?w6Q=?= ");
	ASCII("Subject: a\r\n\t" A_UML, "Subject: a\t=?UTF-8?B?w6Q=?=");
}

TEST(blanks_between_encoded_words_are_kept)
{
	ASCII("S: " A_UML "  " A_UML, "S: =?UTF-8?B?w6QgIMOk?=");
	ASCII("S: =?x?q?y?= " A_UML, "S: =?x?q?y?= =?UTF-8?B?IMOk?=");
	ASCII("S: " A_UML " =?x?q?y?=", "S: =?UTF-8?B?w6Qg?= =?x?q?y?=");
}

TEST(names_become_encoded_words_and_addresses_stay)
{
	ASCII("To: " A_UML " <a@b>", "To: =?UTF-8?B?w6Q=?= <a@b>");
	ASCII("To: \"x, \\\"" A_UML "\" <a@b>, c@d",
	    "To: =?UTF-8?B?eCwgIsOk?= <a@b>, c@d");
	ASCII("To: g" A_UML ": a@b;, \"q\" <c@d>",
	    "To: =?UTF-8?B?Z8Ok?=: a@b;, \"q\" <c@d>");
	ASCII(
	    "To: a@b (" A_UML " (x\\)))", "To: a@b (=?UTF-8?B?w6QgKHgpKQ==?=)");
	ASCII("To: " A_UML " (x) <a@b>", "To: =?UTF-8?B?w6Q=?= (x) <a@b>");
	ASCII("Resent-Cc: Van " A_UML " X <a@b>",
	    "Resent-Cc: Van =?UTF-8?B?w6Q=?= X <a@b>");
}

TEST(what_the_grammar_cannot_say_is_refused)
{
	ASCII("To: " A_UML "@b",
	    "!an address in it has 8-bit characters, which cannot be encoded "
	    "there");
	ASCII("To: x <a@" A_UML ">",
	    "!an address in it has 8-bit characters, which cannot be encoded "
	    "there");
	ASCII("To: x <" A_UML ":c@d>",
	    "!an address in it has 8-bit characters, which cannot be encoded "
	    "there");
	ASCII("Message-ID: <" A_UML "@b>",
	    "!its value has 8-bit characters, which cannot be encoded there");
	ASCII("Content-Type: " A_UML "/b",
	    "!its value has 8-bit characters, which cannot be encoded there");
	ASCII("Received: from a (" A_UML ") by b",
	    "Received: from a (=?UTF-8?B?w6Q=?=) by b");
}

TEST(parameters_become_extended_ones)
{
	ASCII("Content-Type: a/b; x=y; name=\"" A_UML " \\\".txt\"; z=\"q\"",
	    "Content-Type: a/b; x=y; name*=UTF-8''%C3%A4%20%22.txt; z=\"q\"");
	ASCII("Content-Disposition: attachment; filename=\xe4",
	    "Content-Disposition: attachment;"
	    " filename*=unknown-8bit''%E4");
	ASCII("Content-Type: a/b; n*=utf-8''" A_UML "%20; m*0=\"" A_UML "\"",
	    "Content-Type: a/b; n*=utf-8''%C3%A4%20; m*0*=UTF-8''%C3%A4");
	ASCII("Content-Type: a/b; n=\"" A_UML
	      "2345678901234567890123456789012345678901234567890123456789\"",
	    "Content-Type: a/b;\r\n n*0*=UTF-8''%C3%A4234567890123456789012345"
	    "678901234567890123456789012345;\r\n n*1*=6789");
}

TEST(what_gets_long_is_folded)
{
	ASCII("Subject: one two three four five six seven eight nine ten "
	      "eleven " A_UML " twelve thirteen",
	    "Subject: one two three four five six seven eight nine ten eleven"
	    "\r\n =?UTF-8?B?w6Q=?= twelve thirteen");
}

static size_t
fold(const char *start, size_t nword, size_t nwords, struct err *e)
{
	AUTO(buf_release) struct buf in = BUF_INIT(1 << 20);
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	size_t longest = 0;
	CHECK(buf_printf(&in, "%s", start));
	for (size_t i = 0; i < nwords; i++)
		CHECK(buf_printf(&in, " %0*d", (int)nword, 1));
	CHECK(buf_add(&in, "\r\n", 2));
	if (!reword_fold(&out, buf_str(&in), e))
		return 0;
	/* unfolded it is what it was */
	AUTO(buf_release) struct buf flat = BUF_INIT(1 << 20);
	for (struct str rest = buf_str(&out); rest.len > 0;) {
		size_t lf = str_find(rest, '\n');
		CHECK(buf_add_str(&flat, str_upto(rest, lf - 1)));
		longest = lf - 1 > longest ? lf - 1 : longest;
		rest = str_from(rest, lf + 1);
	}
	CHECK(buf_add(&flat, "\r\n", 2));
	CHECK_BYTES(buf_str(&flat), buf_str(&in));
	return longest;
}

TEST(long_lists_of_addresses_are_folded_behind_commas)
{
	AUTO(buf_release) struct buf in = BUF_INIT(4000);
	AUTO(buf_release) struct buf out = BUF_INIT(4000);
	struct err e = ERR_INIT;
	CHECK(buf_printf(&in, "To:a,\"b,c\",(d,e)\r\n f,"));
	for (size_t i = 0; i < 250; i++)
		CHECK(buf_printf(&in, "u%03zu,", i));
	CHECK(buf_printf(&in, "z\r\n"));
	CHECK(reword_fold(&out, buf_str(&in), &e));
	CHECK_STR(e.text, "");
	struct str want = STR(
	    "To:a, \"b,c\", (d,e)\r\n"
	    " f, u000, u001, u002, u003, u004, u005, u006, u007, u008, u009, "
	    "u010, u011,\r\n u012, u013,");
	CHECK_BYTES(str_upto(buf_str(&out), want.len), want);
}

TEST(long_lines_are_folded_at_blanks)
{
	struct err e = ERR_INIT;
	CHECK(fold("S:", 10, 200, &e) <= 78);
	CHECK_EQ(fold("S:", 997, 3, &e), 998);
	CHECK_EQ(fold("S:", 12, 70, &e), 12 + 69 * 13 + 3); /* short: stays */
	CHECK_EQ(fold("S:", 998, 2, &e), 0);
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK_STR(e.text,
	    "a line of it has 999 octets, more than 998, and no blanks to fold "
	    "it at");
}
