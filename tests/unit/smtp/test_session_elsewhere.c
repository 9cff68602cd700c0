// SPDX-License-Identifier: ISC
/* Behind which failures another server may be asked, and behind which not. */
#include "play.h"
#include "smtp/session.h"
#include "unit.h"

#define HELLO(offers) \
	"S 220 mx\nC EHLO me.example\nS 250-mx\n" offers "S 250 HELP\n"
#define MAIL "C MAIL FROM:<a@example>\n"
#define RCPT "C RCPT TO:<b@example>\n"
#define RCPT_C "C RCPT TO:<c@example>\n"
#define OK "S 250 ok\n"
#define TEXT "C Subject: x\nC \nC hi\nC .\n"
#define AT_MAIL HELLO("") MAIL
#define AT_RCPT AT_MAIL OK RCPT
#define AT_DATA AT_RCPT OK "C DATA\n"
#define AT_END AT_DATA "S 354 go\n" TEXT
#define TWO "b@example c@example"

/* A session of one recipient that ends so. */
struct end {
	const char *script;
	int exit;
	int code;
};

static void
ends(const char *elsewhere, const struct end *ends, size_t n)
{
	for (size_t i = 0; i < n; i++)
		PLAY(.script = ends[i].script, .exit = ends[i].exit,
		    .code = ends[i].code, .keeps_line = true,
		    .elsewhere = elsewhere);
}

TEST(a_server_that_does_not_begin_is_none)
{
	static const struct end rows[] = {
		{ "X\n", EX_TEMPFAIL, 0 },
		{ "S 421 busy\n", EX_TEMPFAIL, 421 },
		{ "S 554 no\n", EX_UNAVAILABLE, 554 },
		{ "S what\n", EX_PROTOCOL, 0 },
		{ "S 220 mx\nC EHLO me.example\nX\n", EX_TEMPFAIL, 0 },
		{ "S 220 mx\nC EHLO me.example\nS 550 no\n", EX_UNAVAILABLE,
		    550 },
		{ "S 220 mx\nC EHLO me.example\nS what\n", EX_PROTOCOL, 0 },
		{ "S 220 mx\nC EHLO me.example\nS 500 ?\nC HELO me.example\n"
		  "S 554 no\n",
		    EX_UNAVAILABLE, 554 },
	};
	ends("yes", rows, ARRAY_LEN(rows));
}

TEST(one_without_the_tls_or_login_that_we_need_is_none)
{
	PLAY(.script = HELLO(""), .tls = SMTP_TLS_REQUIRED, .keeps_line = true,
	    .exit = EX_PROTOCOL, .elsewhere = "yes");
	PLAY(.script = HELLO("S 250-STARTTLS\n") "C STARTTLS\nS 554 no\n",
	    .tls = SMTP_TLS_REQUIRED, .keeps_line = true,
	    .exit = EX_UNAVAILABLE, .code = 554, .elsewhere = "yes");
	PLAY(.script = HELLO("S 250-STARTTLS\n") "C STARTTLS\nS 220 go\nN\n",
	    .tls = SMTP_TLS_REQUIRED, .keeps_line = true,
	    .exit = EX_UNAVAILABLE, .elsewhere = "yes");
	PLAY(.script = HELLO(""), .user = "u", .password = "secret",
	    .keeps_line = true, .exit = EX_UNAVAILABLE, .elsewhere = "yes");
}

/* Logs in by EXTERNAL, and hears that. */
static void
login_ends(const char *elsewhere, const char *says, int exit, int code)
{
	AUTO(buf_release) struct buf script = BUF_INIT(1000);
	CHECK(buf_printf(&script, "%s%s\n",
	    HELLO("S 250-AUTH EXTERNAL\n") "C AUTH EXTERNAL dQ==\n", says));
	PLAY(.script = buf_cstr(&script), .user = "u", .mechanisms = "external",
	    .tls = SMTP_TLS_NEVER, .keeps_line = true, .exit = exit,
	    .code = code, .elsewhere = elsewhere);
}

TEST(a_login_that_is_refused_is_shown_to_no_other)
{
	login_ends("no", "S 535 no", EX_NOPERM, 535);
	login_ends("no", "S 504 no", EX_NOPERM, 504);
	login_ends("no", "S what", EX_PROTOCOL, 0);
	login_ends("yes", "S 454 later", EX_TEMPFAIL, 454);
	login_ends("yes", "X", EX_TEMPFAIL, 0);
}

TEST(later_may_mean_elsewhere)
{
	static const struct end rows[] = {
		{ AT_MAIL "S 451 no\n", EX_TEMPFAIL, 451 },
		{ AT_MAIL "X\n", EX_TEMPFAIL, 0 },
		{ AT_RCPT "S 450 no\n", EX_TEMPFAIL, 450 },
		{ AT_RCPT "S 421 bye\n", EX_TEMPFAIL, 421 },
		{ AT_DATA "S 451 no\n", EX_TEMPFAIL, 451 },
		{ AT_END "S 451 no\n", EX_TEMPFAIL, 451 },
	};
	ends("yes", rows, ARRAY_LEN(rows));
}

TEST(never_does_not)
{
	static const struct end rows[] = {
		{ AT_MAIL "S 550 no\n", EX_UNAVAILABLE, 550 },
		{ AT_MAIL "S 530 no\n", EX_NOPERM, 530 },
		{ AT_MAIL "S what\n", EX_PROTOCOL, 0 },
		{ AT_RCPT "S 550 no\n", EX_NOUSER, 550 },
		{ AT_RCPT "S 503 no\n", EX_UNAVAILABLE, 503 },
		{ AT_DATA "S 554 no\n", EX_UNAVAILABLE, 554 },
		{ AT_END "S 554 no\n", EX_UNAVAILABLE, 554 },
	};
	ends("no", rows, ARRAY_LEN(rows));
	PLAY(.script = HELLO("S 250-SIZE 17\n"), .keeps_line = true,
	    .exit = EX_DATAERR, .elsewhere = "no");
}

TEST(what_may_have_arrived_goes_nowhere_else)
{
	static const struct end rows[] = {
		{ AT_END "X\n", EX_TEMPFAIL, 0 },
		{ AT_END "S 354 what\n", EX_PROTOCOL, 354 },
	};
	ends("no", rows, ARRAY_LEN(rows));
	PLAY(.script = AT_END OK, .keeps_line = true, .is_accepted = true,
	    .elsewhere = "no");
}

TEST(nor_does_what_was_taken_for_some)
{
	PLAY(.script = AT_RCPT OK RCPT_C "S 450 no\nC DATA\nS 354 go\n" TEXT OK,
	    .rcpts = TWO, .keeps_line = true, .is_accepted = true,
	    .exit = EX_TEMPFAIL, .code = 450, .elsewhere = "no");
	PLAY(.is_lmtp = true, .keeps_line = true,
	    .script = "S 220 mx\nC LHLO me.example\nS 250 mx\n" MAIL OK RCPT OK
		RCPT_C OK "C DATA\nS 354 go\n" TEXT "S 452 full\n" OK,
	    .rcpts = TWO, .is_accepted = true, .exit = EX_TEMPFAIL, .code = 452,
	    .elsewhere = "no");
}

TEST(one_recipient_refused_for_good_keeps_all_here)
{
	PLAY(.script = AT_RCPT "S 550 no\n" RCPT_C "S 450 no\n", .rcpts = TWO,
	    .keeps_line = true, .exit = EX_NOUSER, .code = 550,
	    .elsewhere = "no");
	PLAY(.script = AT_RCPT "S 550 no\n" RCPT_C OK "C DATA\nS 354 go\n" TEXT
			       "S 451 no\n",
	    .rcpts = TWO, .keeps_line = true, .exit = EX_TEMPFAIL, .code = 451,
	    .elsewhere = "no");
	PLAY(.script = AT_RCPT OK RCPT_C "S 450 no\n", .rcpts = TWO,
	    .all_or_none = true, .keeps_line = true, .exit = EX_TEMPFAIL,
	    .code = 450, .elsewhere = "yes");
	PLAY(.is_lmtp = true, .keeps_line = true,
	    .script = "S 220 mx\nC LHLO me.example\nS 250 mx\n" MAIL OK RCPT OK
		RCPT_C OK "C DATA\nS 354 go\n" TEXT "S 452 full\nS 452 full\n",
	    .rcpts = TWO, .exit = EX_TEMPFAIL, .code = 452, .elsewhere = "yes");
}

TEST(what_is_wrong_on_our_side_is_so_everywhere)
{
	struct play *p = play_open(
	    &(struct scene){ .tls = SMTP_TLS_REQUIRED, .keeps_line = true },
	    SPLIT_NOT, __FILE__, __LINE__);
	play_step(p);
	play_give(p, STR("220 mx\r\n"));
	play_step(p);
	play_lose(p, EX_CONFIG, "tls_trust_file: no such file");
	CHECK(!smtp_may_go_elsewhere(&p->session));
	play_close(p);
}
