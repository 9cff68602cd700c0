// SPDX-License-Identifier: ISC
#include "base/json.h"

#include "base/buf.h"
#include "unit.h"

static void
check_text(struct str text, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(10000);
	struct json j = JSON_INIT(&out);
	json_text(&j, NULL, text);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define TEXT(literal, want) check_text(STR(literal), (want), __LINE__)

TEST(an_object_has_commas_between_its_members_and_nowhere_else)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	struct json j = JSON_INIT(&out);
	json_open(&j, NULL, JSON_OBJECT);
	json_open(&j, "none", JSON_OBJECT);
	json_close(&j, JSON_OBJECT);
	json_open(&j, "list", JSON_LIST);
	json_text(&j, NULL, STR("a"));
	json_open(&j, NULL, JSON_LIST);
	json_close(&j, JSON_LIST);
	json_uint(&j, NULL, 18446744073709551615U);
	json_int(&j, NULL, -5);
	json_close(&j, JSON_LIST);
	json_bool(&j, "yes", true);
	json_bool(&j, "no", false);
	json_close(&j, JSON_OBJECT);
	CHECK_BUF(&out,
	    "{\"none\":{},\"list\":[\"a\",[],18446744073709551615,-5],"
	    "\"yes\":true,\"no\":false}");
}

TEST(a_key_is_a_string_like_others)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	struct json j = JSON_INIT(&out);
	json_open(&j, NULL, JSON_OBJECT);
	json_text(&j, "a\"b", STR(""));
	json_close(&j, JSON_OBJECT);
	CHECK_BUF(&out, "{\"a\\\"b\":\"\"}");
}

TEST(what_ends_a_string_is_escaped)
{
	TEXT("", "\"\"");
	TEXT("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	TEXT("\"", "\"\\\"\"");
}

TEST(controls_are_escaped)
{
	TEXT("\0\n\x1b[m\x7f", "\"\\u0000\\u000a\\u001b[m\\u007f\"");
	TEXT("\xc2\x9b", "\"\\u009b\"");
}

TEST(what_deceives_the_eye_is_escaped_and_not_lost)
{
	TEXT("a\u202eb\u200bc\ufeff", "\"a\\u202eb\\u200bc\\ufeff\"");
	TEXT("\U000e0041", "\"\\udb40\\udc41\"");
	TEXT("\U0010ffff", "\"\\udbff\\udfff\"");
}

TEST(letters_of_any_script_stay)
{
	TEXT("\u00fc\u65e5\U0001f600", "\"\u00fc\u65e5\U0001f600\"");
}

TEST(bytes_that_are_no_utf8_are_replaced_one_by_one)
{
	TEXT("a\x80\xff", "\"a\\ufffd\\ufffd\"");
	TEXT("\xe2\x82", "\"\\ufffd\\ufffd\"");            /* cut off */
	TEXT("\xc0\x80", "\"\\ufffd\\ufffd\"");            /* too long a form */
	TEXT("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
	TEXT("\xc3(", "\"\\ufffd(\"");
}
