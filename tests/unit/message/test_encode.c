// SPDX-License-Identifier: ISC
#include "unit.h"

#include "base/buf.h"
#include "message/encode.h"

#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10
#define QUJD10 "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD"

/* The lines of text, given in pieces of each length there is. */
static void
check_form(enum encode_form form, struct str text, bool is_boundary,
    const char *want, int line)
{
	for (size_t piece = 1; piece <= text.len + 1; piece++) {
		AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
		struct encode x;
		struct str rest = text;
		encode_init(&x, form, &out);
		while (rest.len > 0) {
			size_t lf = str_find(rest, '\n');
			size_t n = lf < piece ? lf : piece;
			bool is_end = n == lf && lf < rest.len;
			encode_text(&x, str_upto(rest, n), is_end);
			rest = str_from(rest, n + is_end);
		}
		encode_end(&x, is_boundary);
		unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	}
}

#define ENCODE(form, text, want) \
	check_form((form), STR(text), false, (want), __LINE__)

TEST(quoted_printable_escapes_what_it_must)
{
	ENCODE(ENCODE_QP, "a=b\xc3\xa4~\x7f\t.\n", "a=3Db=C3=A4~=7F\t.\r\n");
	ENCODE(ENCODE_QP, "a \nb\t\n \n\n", "a=20\r\nb=09\r\n=20\r\n\r\n");
	ENCODE(ENCODE_QP, "From x\n-- \n", "From x\r\n--=20\r\n");
}

TEST(quoted_printable_lines_have_76_at_most)
{
	ENCODE(ENCODE_QP, X70 "123456\n", X70 "123456\r\n");
	ENCODE(ENCODE_QP, X70 "1234567\n", X70 "12345=\r\n67\r\n");
	ENCODE(ENCODE_QP, X70 "123\xe4\n", X70 "123=E4\r\n");
	ENCODE(ENCODE_QP, X70 "1234\xe4\n", X70 "1234=\r\n=E4\r\n");
	ENCODE(ENCODE_QP,
	    X70 "123\xe4"
		"b\n",
	    X70 "123=\r\n=E4b\r\n");
	ENCODE(ENCODE_QP, X70 "12345 \n", X70 "12345=\r\n=20\r\n");
}

TEST(no_line_that_is_begun_anew_looks_like_a_boundary)
{
	ENCODE(ENCODE_QP, X70 "12345--b\n", X70 "12345=\r\n=2D-b\r\n");
	ENCODE(ENCODE_QP, "--b\n", "--b\r\n");
	ENCODE(ENCODE_QP_AGAIN, X70 "12345--b\n", X70 "12345=\r\n=2D-b\r\n");
	ENCODE(ENCODE_BASE64_AGAIN, QUJD10 QUJD10 "\n",
	    QUJD10 "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\r\nQUJD\r\n");
	ENCODE(ENCODE_BASE64_AGAIN, X70 "123456--b\n", X70 "123456\r\nb\r\n");
}

TEST(base64_has_the_line_ends_in_it)
{
	ENCODE(ENCODE_BASE64, "\xc3\xa4\n", "w6QNCg==\r\n");
	ENCODE(ENCODE_BASE64, "a\n\nb\n", "YQ0KDQpiDQo=\r\n");
	ENCODE(ENCODE_BASE64, "", "");
	ENCODE(ENCODE_BASE64, X70 "\n",
	    "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4"
	    "eHh4eHh4eHh4\r\neHh4eHh4eHh4eHh4eA0K\r\n");
}

TEST(the_line_end_before_a_boundary_is_not_of_the_text)
{
	check_form(
	    ENCODE_BASE64, STR("\xc3\xa4\n"), true, "w6Q=\r\n", __LINE__);
	check_form(ENCODE_BASE64, STR("a\n\n"), true, "YQ0K\r\n", __LINE__);
	check_form(ENCODE_QP, STR("\xe4\n"), true, "=E4\r\n", __LINE__);
}

TEST(quoted_printable_again_means_what_it_meant)
{
	ENCODE(ENCODE_QP_AGAIN, "a=c3=A4=\nb =\n", "a=c3=A4=\r\nb =\r\n");
	ENCODE(ENCODE_QP_AGAIN, "a\xe4=\n", "a=E4=\r\n");
	ENCODE(ENCODE_QP_AGAIN, "a= \t\nb \n", "a=\r\nb\r\n");
	ENCODE(ENCODE_QP_AGAIN, "a=b=4x== x=4\n", "a=3Db=3D4x=3D=3D x=3D4\r\n");
	ENCODE(ENCODE_QP_AGAIN, X70 X10 "=\n", X70 "xxxxx=\r\nxxxxx=\r\n");
	ENCODE(ENCODE_QP_AGAIN, X70 "1234=C3=A4\n", X70 "1234=\r\n=C3=A4\r\n");
}

TEST(what_is_for_nobody_is_cut_and_masked)
{
	AUTO(buf_release) struct buf text = BUF_INIT(4000);
	AUTO(buf_release) struct buf want = BUF_INIT(4000);
	for (int i = 0; i < 998; i++)
		CHECK(buf_add(&text, "x", 1));
	CHECK(buf_add_str(&want, buf_str(&text)));
	CHECK(buf_printf(&text, "--b\n"));
	CHECK(buf_printf(&want, "\r\n --b\r\n"));
	check_form(
	    ENCODE_ASIDE, buf_str(&text), true, buf_cstr(&want), __LINE__);
	ENCODE(ENCODE_ASIDE, "\xc3\xa4 a\n", "** a\r\n");
	ENCODE(ENCODE_NOT, "\xc3\xa4 a\n\n", "\xc3\xa4 a\r\n\r\n");
}
