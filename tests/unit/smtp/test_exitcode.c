// SPDX-License-Identifier: ISC
#include "smtp/exitcode.h"

#include <sysexits.h>

#include "base/attr.h"
#include "unit.h"

static const enum smtp_stage heard[] = { SMTP_GREETING, SMTP_EHLO, SMTP_HELO,
	SMTP_STARTTLS, SMTP_AUTH, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_TEXT,
	SMTP_BDAT };

TEST(every_4xx_at_every_stage_is_temporary)
{
	static const char *const enhs[] = { "", "4.7.0", "4.1.1", "4.6.0",
		"4.1.2" };
	for (size_t i = 0; i < ARRAY_LEN(heard); i++)
		for (int code = 400; code < 500; code++)
			for (size_t k = 0; k < ARRAY_LEN(enhs); k++)
				CHECK_EQ(
				    exitcode_of_reply(heard[i], code, enhs[k]),
				    EX_TEMPFAIL);
}

TEST(every_5xx_to_auth_is_no_permission)
{
	for (int code = 500; code < 600; code++)
		CHECK_EQ(
		    exitcode_of_reply(SMTP_AUTH, code, "5.1.2"), EX_NOPERM);
}

TEST(what_refuses_nothing_makes_no_sense)
{
	for (size_t i = 0; i < ARRAY_LEN(heard); i++)
		for (int code = 200; code < 400; code++)
			CHECK_EQ(
			    exitcode_of_reply(heard[i], code, ""), EX_PROTOCOL);
}

/* What holds at every stage but AUTH. */
TEST(some_codes_mean_the_same_at_every_stage)
{
	static const struct {
		int code, exit;
		const char *enh;
	} rows[] = {
		{ 530, EX_NOPERM, "" },
		{ 530, EX_NOPERM, "5.7.0" },
		{ 550, EX_NOPERM, "5.7.1" },
		{ 554, EX_NOPERM, "5.7.26" },
		{ 552, EX_DATAERR, "" },
		{ 552, EX_DATAERR, "5.3.4" },
		{ 554, EX_DATAERR, "5.6.0" },
		{ 554, EX_DATAERR, "5.6.7" },
		{ 500, EX_UNAVAILABLE, "" },
		{ 502, EX_UNAVAILABLE, "5.5.1" },
		{ 554, EX_UNAVAILABLE, "" },
		{ 554, EX_UNAVAILABLE, "5.3.0" },
		{ 599, EX_UNAVAILABLE, "" },
		{ 554, EX_UNAVAILABLE, "5.70.1" },
		{ 554, EX_UNAVAILABLE, "5.60.1" },
	};
	for (size_t i = 0; i < ARRAY_LEN(heard); i++)
		for (size_t k = 0; heard[i] != SMTP_AUTH && k < ARRAY_LEN(rows);
		     k++)
			CHECK_EQ(exitcode_of_reply(
				     heard[i], rows[k].code, rows[k].enh),
			    rows[k].exit);
}

TEST(some_codes_mean_something_at_their_stage)
{
	static const struct {
		enum smtp_stage stage;
		int code;
		const char *enh;
		int exit;
	} rows[] = {
		{ SMTP_RCPT, 550, "", EX_NOUSER },
		{ SMTP_RCPT, 551, "", EX_NOUSER },
		{ SMTP_RCPT, 553, "", EX_NOUSER },
		{ SMTP_RCPT, 550, "5.1.1", EX_NOUSER },
		{ SMTP_RCPT, 554, "5.1.1", EX_NOUSER },
		{ SMTP_RCPT, 556, "5.1.10", EX_NOUSER },
		{ SMTP_RCPT, 550, "5.1.2", EX_NOHOST },
		{ SMTP_RCPT, 550, "5.2.1", EX_NOUSER },
		{ SMTP_RCPT, 550, "5.7.1", EX_NOPERM },
		{ SMTP_RCPT, 550, "5.10.1", EX_NOUSER },
		{ SMTP_RCPT, 554, "5.10.1", EX_UNAVAILABLE },
		{ SMTP_RCPT, 552, "5.2.2", EX_DATAERR },
		{ SMTP_RCPT, 554, "", EX_UNAVAILABLE },
		{ SMTP_RCPT, 501, "", EX_UNAVAILABLE },
		{ SMTP_MAIL, 501, "", EX_DATAERR },
		{ SMTP_MAIL, 553, "", EX_DATAERR },
		{ SMTP_MAIL, 550, "", EX_UNAVAILABLE },
		{ SMTP_MAIL, 550, "5.1.1", EX_UNAVAILABLE },
		{ SMTP_MAIL, 553, "5.7.1", EX_NOPERM },
		{ SMTP_EHLO, 501, "", EX_UNAVAILABLE },
		{ SMTP_EHLO, 550, "", EX_UNAVAILABLE },
		{ SMTP_DATA, 553, "", EX_UNAVAILABLE },
		{ SMTP_TEXT, 550, "", EX_UNAVAILABLE },
		{ SMTP_BDAT, 550, "", EX_UNAVAILABLE },
		{ SMTP_GREETING, 554, "", EX_UNAVAILABLE },
		{ SMTP_STARTTLS, 501, "", EX_UNAVAILABLE },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		CHECK_EQ(
		    exitcode_of_reply(rows[i].stage, rows[i].code, rows[i].enh),
		    rows[i].exit);
}

TEST(a_whole_number_is_compared_in_a_status)
{
	CHECK_EQ(exitcode_of_reply(SMTP_RCPT, 550, "5.1.20"), EX_NOUSER);
}
