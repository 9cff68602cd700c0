// SPDX-License-Identifier: ISC
/* What is final, what may go better another time, and what nobody knows. */
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define MAIL "C MAIL FROM:<a@example>\n"
#define RCPT "C RCPT TO:<b@example>\n"
#define OK "S 250 ok\n"
#define TEXT "C Subject: x\nC \nC hi\nC .\n"
#define TO_DATA HELLO("") MAIL OK RCPT OK "C DATA\n"
#define TO_END TO_DATA "S 354 go\n" TEXT
#define EAGER                                       \
	HELLO("S 250-PIPELINING\nS 250-CHUNKING\n") \
	MAIL RCPT "C BDAT 18 LAST\nC Subject: x\nC \nC hi\n"

/* Where a session is refused, and what was said until then. */
static const struct place {
	enum smtp_stage stage;
	const char *script;
} at_mail = { SMTP_MAIL, HELLO("") MAIL },
  at_rcpt = { SMTP_RCPT, HELLO("") MAIL OK RCPT },
  at_data = { SMTP_DATA, TO_DATA }, at_end = { SMTP_TEXT, TO_END };

static void
refuse(struct place at, int code, const char *state, const char *fates)
{
	struct buf script = BUF_INIT(10000);
	CHECK(buf_printf(&script, "%sS %d no\n", at.script, code));
	PLAY(.script = buf_cstr(&script), .keeps_line = true, .code = code,
	    .exit = exitcode_of_reply(at.stage, code, ""), .said = "no",
	    .state = state, .fates = fates);
	buf_release(&script);
}

TEST(a_5xx_is_final_and_a_4xx_is_not)
{
	const struct place places[] = { at_mail, at_data, at_end };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		refuse(places[i], 550, "fbg", "R");
		refuse(places[i], 552, "fbg", "R");
		refuse(places[i], 451, "bg", "L");
	}
	refuse(at_rcpt, 550, "bg", "R");
	refuse(at_rcpt, 450, "bg", "L");
}

TEST(what_speaks_of_the_login_or_the_sequence_is_not_final)
{
	static const int codes[] = { 503, 530, 534, 535, 538 };
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		refuse(at_mail, codes[i], "bg", "L");
		refuse(at_rcpt, codes[i], "bg", "L");
		refuse(at_end, codes[i], "bg", "L");
	}
}

TEST(what_the_server_does_not_offer_is_final_and_leaves_the_line)
{
	PLAY(.script = HELLO("S 250-SIZE 17\n"), .keeps_line = true,
	    .exit = EX_DATAERR, .text = "17 at most", .state = "fg",
	    .fates = "R");
	PLAY(.script = HELLO(""), .needs_utf8 = true, .keeps_line = true,
	    .exit = EX_DATAERR, .state = "fg", .fates = "R");
	PLAY(.script = HELLO("S 250-LIMITS RCPTMAX=1\n"), .all_or_none = true,
	    .rcpts = "b@example c@example", .keeps_line = true,
	    .exit = EX_UNAVAILABLE, .state = "fg", .fates = "RR");
	const struct smtp_ask asks[SMTP_ASK_COUNT] = {
		[SMTP_ASK_REQUIRETLS] = { .value = "",
		    .who = "relay_tls",
		    .hint = "see there",
		    .is_needed = true },
	};
	PLAY(.script = HELLO(""), .asks = asks, .keeps_line = true,
	    .exit = EX_UNAVAILABLE, .state = "fg", .fates = "R");
}

TEST(an_address_that_would_be_two_commands_is_final)
{
	PLAY(.script = HELLO(""), .sender = "a\x01@example", .keeps_line = true,
	    .exit = EX_DATAERR, .state = "fg", .fates = "R");
}

TEST(nothing_before_mail_is_final)
{
	PLAY(.script = "S 554 no\nC QUIT\n", .exit = EX_UNAVAILABLE,
	    .code = 554, .state = "", .fates = "L");
	PLAY(.script = "S 220 mx\nC EHLO me.example\nS 550 no\nC QUIT\n",
	    .exit = EX_UNAVAILABLE, .code = 550, .state = "", .fates = "L");
	PLAY(.script = HELLO("") "C QUIT\n", .tls = SMTP_TLS_REQUIRED,
	    .exit = EX_PROTOCOL, .state = "", .fates = "L");
	PLAY(.script = HELLO("") "C QUIT\n", .user = "u", .password = "secret",
	    .exit = EX_UNAVAILABLE, .state = "", .fates = "L");
	PLAY(.script = HELLO("S 250-AUTH EXTERNAL\n") "C AUTH EXTERNAL dQ==\n"
						      "S 535 no\nC QUIT\n",
	    .user = "u", .mechanisms = "external", .tls = SMTP_TLS_NEVER,
	    .exit = EX_NOPERM, .code = 535, .state = "", .fates = "L");
}

TEST(what_the_line_did_is_its_fault)
{
	PLAY(.script = "X\n", .exit = EX_TEMPFAIL, .state = "l", .fates = "L");
	PLAY(.script = HELLO("") MAIL "X\n", .exit = EX_TEMPFAIL, .state = "lb",
	    .fates = "L");
	PLAY(.script = HELLO("") MAIL "S 421 bye\n", .exit = EX_TEMPFAIL,
	    .code = 421, .state = "lb", .fates = "L");
	PLAY(.script = HELLO("") MAIL "S what\n", .exit = EX_PROTOCOL,
	    .state = "lb", .fates = "L");
	PLAY(.script = HELLO("") MAIL "S 354 what\n", .exit = EX_PROTOCOL,
	    .code = 354, .state = "lb", .fates = "L");
	PLAY(.script = TO_END "S 421 bye\n", .exit = EX_TEMPFAIL, .code = 421,
	    .state = "lb", .fates = "L");
}

TEST(a_line_lost_behind_the_end_leaves_it_uncertain)
{
	PLAY(.script = TO_END "X\n", .exit = EX_TEMPFAIL, .state = "lub",
	    .fates = "L");
	PLAY(.script = EAGER "X\n", .exit = EX_TEMPFAIL, .state = "lub",
	    .fates = "L");
	PLAY(.script = EAGER OK "S 550 no\nX\n", .exit = EX_TEMPFAIL,
	    .state = "lb", .fates = "R");
	PLAY(.script = TO_END "S 354 what\n", .exit = EX_PROTOCOL, .code = 354,
	    .state = "lub", .fates = "L");
}

TEST(each_recipient_has_a_fate_of_its_own)
{
	PLAY(.script = HELLO("S 250-PIPELINING\n") MAIL RCPT
	    "C RCPT TO:<c@example>\nC RCPT TO:<d@example>\nC DATA\n" OK
	    "S 550 5.1.1 no\n" OK "S 450 4.2.1 later\nS 354 go\n" TEXT OK,
	    .rcpts = "b@example c@example d@example", .keeps_line = true,
	    .is_accepted = true, .exit = EX_NOUSER, .code = 550, .enh = "5.1.1",
	    .said = "550 5.1.1 no", .state = "bg", .fates = "RTL");
	PLAY(.script = HELLO("S 250-PIPELINING\n") MAIL RCPT
	    "C RCPT TO:<c@example>\nC RCPT TO:<d@example>\nC DATA\n" OK
	    "S 550 5.1.1 no\n" OK OK "S 354 go\n" TEXT "S 554 5.6.0 spam\n",
	    .rcpts = "b@example c@example d@example", .keeps_line = true,
	    .exit = EX_DATAERR, .code = 554, .enh = "5.6.0", .state = "fbg",
	    .fates = "RRR");
	PLAY(.script = HELLO("S 250-PIPELINING\n") MAIL RCPT
	    "C RCPT TO:<c@example>\nC RCPT TO:<d@example>\nC DATA\n" OK
	    "S 550 5.1.1 no\n" OK OK "S 354 go\n" TEXT "S 451 4.6.0 later\n",
	    .rcpts = "b@example c@example d@example", .keeps_line = true,
	    .exit = EX_TEMPFAIL, .code = 451, .enh = "4.6.0", .state = "bg",
	    .fates = "RLL");
}

TEST(where_it_is_all_or_none_one_refusal_decides_for_all)
{
	PLAY(.script = HELLO("") MAIL OK RCPT OK
	    "C RCPT TO:<c@example>\nS 550 no\n",
	    .rcpts = "b@example c@example", .all_or_none = true,
	    .keeps_line = true, .exit = EX_NOUSER, .code = 550, .state = "bg",
	    .fates = "RR");
	PLAY(.script = HELLO("") MAIL OK RCPT OK
	    "C RCPT TO:<c@example>\nS 450 no\n",
	    .rcpts = "b@example c@example", .all_or_none = true,
	    .keeps_line = true, .exit = EX_TEMPFAIL, .code = 450, .state = "bg",
	    .fates = "LL");
}

TEST(an_lmtp_server_decides_for_each_behind_the_message)
{
	PLAY(.is_lmtp = true, .keeps_line = true,
	    .script = "S 220 mx\nC LHLO me.example\nS 250 mx\n" MAIL OK RCPT OK
		      "C RCPT TO:<c@example>\n" OK "C RCPT TO:<d@example>\n" OK
		      "C DATA\nS 354 go\n" TEXT "S 452 4.2.2 full\n" OK
		      "S 552 5.2.2 full\n",
	    .rcpts = "b@example c@example d@example", .is_accepted = true,
	    .exit = EX_DATAERR, .code = 552, .enh = "5.2.2",
	    .said = "552 5.2.2 full", .state = "bg", .fates = "LTR");
}
