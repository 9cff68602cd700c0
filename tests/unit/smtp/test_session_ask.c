// SPDX-License-Identifier: ISC
/* What is asked of the server besides delivery. */
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define TEXT "C Subject: x\nC \nC hi\n"
#define MAIL(more) "C MAIL FROM:<a@example>" more "\nS 250 ok\n"
#define RCPT(more) "C RCPT TO:<b@example>" more "\nS 250 ok\n"
#define DATA "C DATA\nS 354 go\n" TEXT "C .\nS 250 ok\nC QUIT\n"
#define DSN HELLO("S 250-DSN\n")
#define ASKS(...)                                       \
	.asks = (const struct smtp_ask[SMTP_ASK_COUNT]) \
	{                                               \
		__VA_ARGS__                             \
	}

TEST(asks_for_reports)
{
	PLAY(ASKS([SMTP_ASK_NOTIFY] = { .value = "SUCCESS,FAILURE" },
		 [SMTP_ASK_RET] = { .value = "HDRS" },
		 [SMTP_ASK_ENVID] = { .value = "a+b c" }),
	    .script = DSN MAIL(" RET=HDRS ENVID=a+2Bb+20c")
		RCPT(" NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@example") DATA,
	    .is_accepted = true);
}

TEST(the_address_before_aliases_is_told)
{
	PLAY(.originals = "ro+ot",
	    .script = DSN MAIL("") RCPT(" ORCPT=rfc822;ro+2Bot") DATA,
	    .is_accepted = true);
	PLAY(.originals = "jos\xc3\xa9@x",
	    .script = DSN MAIL("") RCPT(" ORCPT=utf-8;jos\\x{E9}@x") DATA,
	    .is_accepted = true);
	PLAY(.originals = "jos\xe9@x", .script = DSN MAIL("") RCPT("") DATA,
	    .is_accepted = true);
	PLAY(.originals = "-", .script = DSN MAIL("") RCPT("") DATA,
	    .is_accepted = true);
	PLAY(.originals = "root", .script = HELLO("") MAIL("") RCPT("") DATA,
	    .is_accepted = true);
}

TEST(what_does_not_matter_is_left_out_where_it_is_not_offered)
{
	PLAY(ASKS([SMTP_ASK_NOTIFY] = { .value = "FAILURE" },
		 [SMTP_ASK_RET] = { .value = "FULL" },
		 [SMTP_ASK_PRIORITY] = { .value = "3" },
		 [SMTP_ASK_AUTH] = { .value = "<>" }),
	    .script = HELLO("") MAIL("") RCPT("") DATA, .is_accepted = true);
}

TEST(the_trace_says_what_is_left_out)
{
	const struct smtp_ask asks[SMTP_ASK_COUNT] = {
		[SMTP_ASK_PRIORITY] = { .value = "3" },
	};
	const struct scene sc = { .asks = asks };
	struct play *p = play_open(&sc, SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_give(p, STR("250 mx\r\n"));
	CHECK(play_has_told(p,
	    STR("-- MT-PRIORITY is not offered: MT-PRIORITY is left out\n")));
	play_close(p);
}

TEST(what_matters_is_refused_before_mail_where_it_is_not_offered)
{
	static const struct {
		enum smtp_ask_kind kind;
		const char *keyword;
	} rows[] = {
		{ SMTP_ASK_NOTIFY, "DSN" },
		{ SMTP_ASK_ENVID, "DSN" },
		{ SMTP_ASK_BY, "DELIVERBY" },
		{ SMTP_ASK_HOLDFOR, "FUTURERELEASE" },
		{ SMTP_ASK_HOLDUNTIL, "FUTURERELEASE" },
		{ SMTP_ASK_REQUIRETLS, "REQUIRETLS" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct smtp_ask asks[SMTP_ASK_COUNT] = { { .value = NULL } };
		char text[100];
		asks[rows[i].kind] = (struct smtp_ask){ .value = "x",
			.who = "foo (rc:3)",
			.hint = "do without",
			.is_needed = true };
		(void)snprintf(text, sizeof(text),
		    "MAIL FROM:<a@example>: the server does not offer %s, "
		    "which foo (rc:3) asks for",
		    rows[i].keyword);
		PLAY(.asks = asks, .script = HELLO("") "C QUIT\n",
		    .exit = EX_UNAVAILABLE, .text = text, .hint = "do without");
	}
}

TEST(the_rest_goes_with_mail_as_well)
{
	PLAY(ASKS([SMTP_ASK_BY] = { .value = "120;RT", .number = 120 },
		 [SMTP_ASK_HOLDFOR] = { .value = "60", .number = 60 },
		 [SMTP_ASK_PRIORITY] = { .value = "-4" },
		 [SMTP_ASK_REQUIRETLS] = { .value = "" },
		 [SMTP_ASK_AUTH] = { .value = "e+f@example" }),
	    .script = HELLO("S 250-DELIVERBY\nS 250-FUTURERELEASE\n"
			    "S 250-MT-PRIORITY MIXER\nS 250-REQUIRETLS\n"
			    "S 250-AUTH PLAIN\n")
		MAIL(" BY=120;RT HOLDFOR=60 MT-PRIORITY=-4 REQUIRETLS "
		     "AUTH=e+2Bf@example") RCPT("") DATA,
	    .is_accepted = true);
	PLAY(ASKS([SMTP_ASK_HOLDUNTIL] = { .value = "2030-01-01T00:00:00Z",
		      .number = 1893456000 },
		 [SMTP_ASK_AUTH] = { .value = "<>" }),
	    .script = HELLO("S 250-FUTURERELEASE 600 2031-01-01T00:00:00Z\n"
			    "S 250-AUTH PLAIN\n")
		MAIL(" HOLDUNTIL=2030-01-01T00:00:00Z AUTH=<>") RCPT("") DATA,
	    .is_accepted = true);
}

TEST(a_deadline_to_return_has_a_least)
{
	PLAY(ASKS([SMTP_ASK_BY] = { .value = "29;R",
		      .who = "foo",
		      .hint = "h",
		      .number = 29 }),
	    .script = HELLO("S 250-DELIVERBY 30\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "takes no less than 30 seconds to deliver, and foo asks "
		    "for 29",
	    .hint = "h");
	PLAY(ASKS([SMTP_ASK_BY] = { .value = "30;R", .number = 30 }),
	    .script = HELLO("S 250-DELIVERBY 30\n") MAIL(" BY=30;R") RCPT("")
		DATA,
	    .is_accepted = true);
	PLAY(ASKS([SMTP_ASK_BY] = { .value = "29;N", .number = 29 }),
	    .script = HELLO("S 250-DELIVERBY 30\n") MAIL(" BY=29;N") RCPT("")
		DATA,
	    .is_accepted = true);
}

TEST(holding_has_a_most)
{
	PLAY(ASKS([SMTP_ASK_HOLDFOR] = { .value = "601",
		      .who = "foo",
		      .hint = "h",
		      .number = 601 }),
	    .script = HELLO("S 250-FUTURERELEASE 600\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "for 600 seconds at most, and foo asks for 601");
	PLAY(ASKS([SMTP_ASK_HOLDFOR] = { .value = "600", .number = 600 }),
	    .script = HELLO("S 250-FUTURERELEASE 600\n") MAIL(" HOLDFOR=600")
		RCPT("") DATA,
	    .is_accepted = true);
	PLAY(ASKS([SMTP_ASK_HOLDUNTIL] = { .value = "2030-01-01T00:00:01Z",
		      .who = "foo",
		      .hint = "h",
		      .number = 1893456001 }),
	    .script = HELLO(
		"S 250-FUTURERELEASE 600 2030-01-01T00:00:00Z\n") "C QUIT\n",
	    .exit = EX_UNAVAILABLE,
	    .text = "until 2030-01-01T00:00:00Z at most, and foo asks for "
		    "2030-01-01T00:00:01Z");
}

TEST(an_original_that_is_too_long_is_left_out)
{
	char original[600];
	memset(original, 'x', sizeof(original));
	original[sizeof(original) - 1] = '\0';
	PLAY(.originals = original, .script = DSN MAIL("") RCPT("") DATA,
	    .is_accepted = true);
}
