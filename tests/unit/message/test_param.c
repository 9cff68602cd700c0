// SPDX-License-Identifier: ISC
#include "unit.h"

#include "base/buf.h"
#include "message/param.h"

static void
check_boundary(const char *params, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	param_find(str_of(params), STR("boundary"), &out);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define BOUNDARY(params, want) check_boundary((params), (want), __LINE__)

TEST(values_are_found_quoted_or_not_among_comments)
{
	BOUNDARY("; boundary=abc", "abc");
	BOUNDARY("; charset=x; BOUNDARY = abc ;y=z", "abc");
	BOUNDARY("; boundary=\"a b;\\\"c\" (d)", "a b;\"c");
	BOUNDARY("; (boundary=no) boundary=yes", "yes");
	BOUNDARY("; name=\"; boundary=no\"; boundary=yes", "yes");
	BOUNDARY("; boundary=----=_Part(1)_2/3", "----=_Part(1)_2/3");
	BOUNDARY("; boundaryx=no; xboundary=no", "");
	BOUNDARY("; boundary", "");
	BOUNDARY("; boundary=", "");
	BOUNDARY("; boundary=\"open", "open");
	BOUNDARY("", "");
	BOUNDARY("; junk junk; =; boundary=yes", "yes");
}

TEST(values_in_pieces_are_put_together)
{
	BOUNDARY("; boundary*0=\"a b\"; boundary*1=c", "a bc");
	BOUNDARY("; boundary*=us-ascii'en'a%20b%3", "a b%3");
	BOUNDARY("; boundary*0*=us-ascii''a%20; boundary*1=%20", "a %20");
	BOUNDARY("; boundary*0*=x'y'a; boundary*1*=b'c'%64", "ab'c'd");
	BOUNDARY("; boundary*0=no; boundary=yes", "yes");
}

TEST(tokens_end_where_they_are_told_to)
{
	struct str rest = STR(" (a (b\\)) c) multipart (x) / mixed; y");
	CHECK_BYTES(param_token(&rest, "/;"), STR("multipart"));
	CHECK_BYTES(rest, STR("/ mixed; y"));
	rest = str_from(rest, 1);
	CHECK_BYTES(param_token(&rest, ";"), STR("mixed"));
	CHECK_BYTES(rest, STR("; y"));
	rest = STR("(open");
	CHECK_BYTES(param_token(&rest, ";"), STR(""));
	CHECK_EQ(rest.len, 0);
}
