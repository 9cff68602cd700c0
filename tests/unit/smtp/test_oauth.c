// SPDX-License-Identifier: ISC
#include "smtp/oauth.h"

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

/* RFC 7628 4.1 and 4.2, with a token of ours */
TEST(a_bearer_message_names_user_host_and_port)
{
	struct buf message = BUF_INIT(1000);
	struct err e = ERR_INIT;
	const struct oauth_grant g = { .user = STR("user@example.com"),
		.token = STR("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="),
		.host = STR("server.example.com"),
		.port = 587 };
	CHECK(oauth_bearer(&g, &message, &e));
	CHECK_BUF(&message,
	    "n,a=user@example.com,\1host=server.example.com\1port=587\1"
	    "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\1\1");
	buf_release(&message);
}

TEST(separators_in_the_user_are_escaped_where_they_separate)
{
	struct buf message = BUF_INIT(1000);
	struct err e = ERR_INIT;
	const struct oauth_grant g = { .user = STR("a,b=c"),
		.token = STR("t") };
	CHECK(oauth_bearer(&g, &message, &e));
	CHECK_BUF(&message, "n,a=a=2Cb=3Dc,\1auth=Bearer t\1\1");
	buf_truncate(&message, 0);
	CHECK(oauth_xoauth2(&g, &message, &e));
	CHECK_BUF(&message, "user=a,b=c\1auth=Bearer t\1\1");
	buf_release(&message);
}

TEST(a_bearer_message_needs_no_user)
{
	struct buf message = BUF_INIT(1000);
	struct err e = ERR_INIT;
	const struct oauth_grant g = { .user = STR_INIT, .token = STR("t") };
	CHECK(oauth_bearer(&g, &message, &e));
	CHECK_BUF(&message, "n,,\1auth=Bearer t\1\1");
	buf_release(&message);
}

TEST(a_token_too_long_is_refused)
{
	struct buf message = BUF_INIT(20);
	struct err e = ERR_INIT;
	const struct oauth_grant g = { .user = STR("user"),
		.token = STR("0123456789012345678901234567890") };
	CHECK(!oauth_bearer(&g, &message, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	buf_truncate(&message, 0);
	CHECK(!oauth_xoauth2(&g, &message, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	buf_release(&message);
}

static void
explains(const char *challenge, const char *want)
{
	struct buf words = BUF_INIT(1000);
	oauth_explain(str_of(challenge), &words);
	CHECK_BUF(&words, want);
	buf_release(&words);
}

TEST(status_and_scope_are_told)
{
	explains("{\"status\":\"invalid_token\",\"scope\":\"mail\"}",
	    "status invalid_token, scope mail");
	explains(" { \"status\" : \"400\" ,\r\n \"x\":\"y\" } ", "status 400");
	explains("{\"a\":1,\"b\":null,\"c\":[1,{\"status\":\"no\"}],"
		 "\"d\":{\"status\":\"no\"},\"status\":\"yes\"}",
	    "status yes");
	explains("{\"a\":\"}\",\"status\":\"yes\"}", "status yes");
	explains("{\"a\":[\"]\"],\"status\":\"yes\"}", "status yes");
	explains("{\"status\":\"\",\"scope\":\"x\"}", "scope x");
}

TEST(escapes_are_decoded)
{
	explains("{\"status\":\"a\\\"b\\\\c\\/\\u0041\\u00e9\"}",
	    "status a\"b\\c/A?");
	explains("{\"st\\u0061tus\":\"x\"}", "status x");
}

TEST(what_tells_nothing_is_told_as_it_is)
{
	explains("no json\r\n", "no json");
	explains("", "");
	explains("{}", "{}");
	explains("{\"error\":\"x\"}", "{\"error\":\"x\"}");
	explains("{\"status\":401,\"scope\":[1]}", "status 401");
	explains("{\"status\":-1.5}", "{\"status\":-1.5}");
	explains("{\"status\":\"unended", "{\"status\":\"unended");
	explains("{\"status\":\"bad\\q\"}", "{\"status\":\"bad\\q\"}");
	explains("{\"status\":\"bad\\u12\"}", "{\"status\":\"bad\\u12\"}");
	explains("{\"a\":]", "{\"a\":]");
	explains("[\"status\",\"x\"]", "[\"status\",\"x\"]");
}

TEST(what_comes_before_the_fault_is_told)
{
	explains("{\"status\":\"x\",\"scope\":", "status x");
	explains("{\"status\":\"x\" \"scope\":\"y\"}", "status x");
}
