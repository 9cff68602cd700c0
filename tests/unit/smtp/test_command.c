// SPDX-License-Identifier: ISC
#include "smtp/command.h"

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

static void
check_mail(const struct command_mail *m, const char *want)
{
	struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	CHECK(command_mail(&out, m, &e));
	CHECK_BUF(&out, want);
	buf_release(&out);
}

TEST(ends_a_line_with_crlf)
{
	struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;
	CHECK(command_line(&out, &e, "EHLO %s", "me.example"));
	CHECK(command_line(&out, &e, "%s", ""));
	CHECK_BUF(&out, "EHLO me.example\r\n\r\n");
	buf_release(&out);
}

TEST(lets_no_control_character_pass)
{
	for (int c = 0; c < 256; c++) {
		bool is_control = c < ' ' || c == 0x7f;
		struct buf out = BUF_INIT(1000);
		struct err e = ERR_INIT;
		CHECK(buf_add(&out, "before", 6));
		bool ok = command_line(&out, &e, "RCPT TO:<a%cb@c>", c);
		CHECK_EQ(ok, !is_control);
		if (is_control) {
			CHECK_EQ(e.exit, EX_DATAERR);
			CHECK_BUF(&out, "before");
		}
		buf_release(&out);
	}
}

TEST(refuses_a_line_for_which_there_is_no_room)
{
	struct buf out = BUF_INIT(10);
	struct err e = ERR_INIT;
	CHECK(command_line(&out, &e, "12345678"));
	buf_truncate(&out, 0);
	CHECK(!command_line(&out, &e, "123456789"));
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK_BUF(&out, "");
	buf_release(&out);
}

TEST(mail_says_what_is_needed_and_no_more)
{
	check_mail(&(struct command_mail){ .sender = "" }, "MAIL FROM:<>\r\n");
	check_mail(&(struct command_mail){ .sender = "a@b", .size = 7 },
	    "MAIL FROM:<a@b>\r\n");
	check_mail(
	    &(struct command_mail){
		.sender = "a@b",
		.with_size = true,
		.size = UINT64_MAX,
		.is_8bit = true,
		.is_utf8 = true,
	    },
	    "MAIL FROM:<a@b> SIZE=18446744073709551615 BODY=8BITMIME "
	    "SMTPUTF8\r\n");
}
