// SPDX-License-Identifier: ISC
#include "unit.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "given.h"
#include "message/dsn.h"
#include "message/recode.h"

/* As STR, in an initialiser of something static. */
#define TEXT(literal)                          \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static const struct dsn_rcpt you = {
	.address = TEXT("you@example.org"),
	.code = 550,
	.enh = TEXT("5.1.1"),
	.said = TEXT("550 5.1.1 no such user"),
};

#define GIVEN                                                               \
	((struct dsn){                                                      \
	    .host = STR("host.example.net"),                                \
	    .server = STR("smtp.example.org"),                              \
	    .from = STR("MAILER-DAEMON@host.example.net"),                  \
	    .to = STR("me@example.net"),                                    \
	    .now = 1766400000,                                              \
	    .arrived = 1766393112,                                          \
	    .message_id = STR("<0@host.example.net>"),                      \
	    .unique = STR("r4nd0m"),                                        \
	    .rcpts = &you,                                                  \
	    .nrcpts = 1,                                                    \
	    .original = STR("Message-ID: <1@example.net>\r\n\r\nbody\r\n"), \
	})

static struct buf
written(const struct dsn *d)
{
	struct buf out = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	(void)setenv("TZ", "UTC0", 1);
	tzset();
	CHECK(dsn_write(d, &out, &e));
	CHECK_STR(e.text, "");
	return out;
}

static bool
has(const struct dsn *d, const char *text)
{
	AUTO(buf_release) struct buf out = written(d);
	return str_search(buf_str(&out), str_of(text)) < out.len;
}

/* The same with one recipient. */
static bool
rcpt_has(struct dsn_rcpt rcpt, enum dsn_kind kind, const char *text)
{
	struct dsn d = GIVEN;
	d.kind = kind;
	d.rcpts = &rcpt;
	return has(&d, text);
}

TEST(a_refusal_is_told_to_humans_and_programs)
{
	struct dsn d = GIVEN;
	AUTO(buf_release) struct buf out = written(&d);
	CHECK_BUF(&out,
	    "Date: Mon, 22 Dec 2025 10:40:00 +0000\r\n"
	    "From: Mail Delivery System <MAILER-DAEMON@host.example.net>\r\n"
	    "To: me@example.net\r\n"
	    "Subject: Undelivered Mail Returned to Sender\r\n"
	    "Message-ID: <0@host.example.net>\r\n"
	    "In-Reply-To: <1@example.net>\r\n"
	    "References: <1@example.net>\r\n"
	    "Auto-Submitted: auto-replied\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    "    boundary=\"posthaste.0.r4nd0m\"\r\n"
	    "\r\n"
	    "This is a message in MIME format.\r\n"
	    "\r\n"
	    "--posthaste.0.r4nd0m\r\n"
	    "Content-Description: Notification\r\n"
	    "Content-Type: text/plain; charset=us-ascii\r\n"
	    "\r\n"
	    "This is posthaste, the program that sends mail on the host "
	    "host.example.net.\r\n"
	    "\r\n"
	    "Your message could not be delivered to the address below, and is "
	    "not tried\r\n"
	    "any more there.\r\n"
	    "\r\n"
	    "<you@example.org>\r\n"
	    "    smtp.example.org said: 550 5.1.1 no such user\r\n"
	    "\r\n"
	    "What you can do: see whether the address is written as it should "
	    "be. If that\r\n"
	    "is not it, and the words above do not tell you what is, show this "
	    "report to\r\n"
	    "whoever looks after your mail. Then send the message again.\r\n"
	    "\r\n"
	    "Commands that tell you more on host.example.net:\r\n"
	    "\r\n"
	    "    mailq\r\n"
	    "        what waits to be sent, and why\r\n"
	    "\r\n"
	    "posthaste was given the message on Mon, 22 Dec 2025 08:45:12 "
	    "+0000. The same\r\n"
	    "follows for programs, and then the header of your message.\r\n"
	    "\r\n"
	    "--posthaste.0.r4nd0m\r\n"
	    "Content-Description: Delivery report\r\n"
	    "Content-Type: message/delivery-status\r\n"
	    "\r\n"
	    "Reporting-MTA: dns; host.example.net\r\n"
	    "Arrival-Date: Mon, 22 Dec 2025 08:45:12 +0000\r\n"
	    "\r\n"
	    "Final-Recipient: rfc822; you@example.org\r\n"
	    "Action: failed\r\n"
	    "Status: 5.1.1\r\n"
	    "Remote-MTA: dns; smtp.example.org\r\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
	    "\r\n"
	    "--posthaste.0.r4nd0m\r\n"
	    "Content-Description: Undelivered message header\r\n"
	    "Content-Type: text/rfc822-headers\r\n"
	    "\r\n"
	    "Message-ID: <1@example.net>\r\n"
	    "\r\n"
	    "--posthaste.0.r4nd0m--\r\n");
	CHECK(!dsn_needs_utf8(&d));
}

TEST(all_that_is_known_has_its_field)
{
	struct dsn d = GIVEN;
	struct dsn_rcpt rcpt = you;
	rcpt.original = STR("friends");
	d.kind = DSN_DELAYED;
	d.rcpts = &rcpt;
	d.tried = 1766399999;
	d.until = 1766825112;
	d.id = STR("20251222-084512-1");
	d.envid = STR("job 7+=");
	CHECK(has(&d,
	    "\r\n\r\n"
	    "Original-Envelope-Id: job 7+=\r\n"
	    "Reporting-MTA: dns; host.example.net\r\n"
	    "Arrival-Date: Mon, 22 Dec 2025 08:45:12 +0000\r\n"
	    "\r\n"
	    "Original-Recipient: rfc822; friends\r\n"
	    "Final-Recipient: rfc822; you@example.org\r\n"
	    "Action: delayed\r\n"
	    "Status: 4.0.0\r\n"
	    "Remote-MTA: dns; smtp.example.org\r\n"
	    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
	    "Last-Attempt-Date: Mon, 22 Dec 2025 10:39:59 +0000\r\n"
	    "Final-Log-ID: 20251222-084512-1\r\n"
	    "Will-Retry-Until: Sat, 27 Dec 2025 08:45:12 +0000\r\n"
	    "\r\n"
	    "--posthaste.0.r4nd0m\r\n"));
	CHECK(has(&d, "\r\n<you@example.org> (you wrote: friends)\r\n"));
	CHECK(has(&d, " and tried\r\nit last on Mon, 22 Dec 2025 10:39:59 "));
}

TEST(a_delay_says_that_nothing_needs_to_be_done)
{
	struct dsn d = GIVEN;
	d.kind = DSN_DELAYED;
	d.until = 1766825112;
	d.id = STR("20251222-084512-1");
	CHECK(has(&d, "\r\nSubject: Delayed Mail (still being retried)\r\n"));
	CHECK(has(&d,
	    "\r\n\r\n"
	    "THIS IS ONLY A WARNING. YOU NEED NOT SEND YOUR MESSAGE AGAIN.\r\n"
	    "\r\n"
	    "Your message has not been delivered yet to the address below. It "
	    "is kept,\r\n"
	    "and tried again until Sat, 27 Dec 2025 08:45:12 +0000. Nothing "
	    "needs to be\r\n"
	    "done. You will be told if it cannot be delivered.\r\n"
	    "\r\n"
	    "<you@example.org>\r\n"
	    "    smtp.example.org said the last time: 550 5.1.1 no such user"
	    "\r\n"));
	CHECK(has(&d,
	    "    posthaste --queue-show 20251222-084512-1\r\n"
	    "        this message\r\n"
	    "    posthaste --queue-retry 20251222-084512-1\r\n"));
	CHECK(!has(&d, "What you can do"));
	CHECK(has(&d, "Content-Description: Delayed message header\r\n"));
}

TEST(an_expiry_tells_what_was_said_last)
{
	struct dsn_rcpt rcpt = {
		.address = STR("you@example.org"),
		.said = STR("smtp.example.org:587: connection refused"),
	};
	struct dsn d = GIVEN;
	d.kind = DSN_EXPIRED;
	d.rcpts = &rcpt;
	CHECK(has(&d, "Subject: Undelivered Mail Returned to Sender\r\n"));
	CHECK(has(&d,
	    "\r\n\r\n"
	    "Your message could not be delivered to the address below. It was "
	    "tried again\r\n"
	    "and again since Mon, 22 Dec 2025 08:45:12 +0000, and is not tried "
	    "any more.\r\n"
	    "\r\n"
	    "<you@example.org>\r\n"
	    "    What went wrong the last time: smtp.example.org:587: "
	    "connection refused\r\n"));
	CHECK(has(&d,
	    "\r\nAction: failed\r\nStatus: 4.4.7\r\n"
	    "Remote-MTA: dns; smtp.example.org\r\n"
	    "Diagnostic-Code: x-posthaste; smtp.example.org:587: connection "
	    "refused\r\n"));
}

TEST(the_status_is_of_the_reports_class)
{
	static const struct {
		const char *enh;
		const char *refused, *expired, *delayed;
	} rows[] = {
		{ "", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.1.1", "5.1.1", "4.4.7", "4.0.0" },
		{ "4.2.1", "5.0.0", "4.4.7", "4.2.1" },
		{ "5.123.456", "5.123.456", "4.4.7", "4.0.0" },
		{ "5.1", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.1.1.1", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.1.1234", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.1.0001", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.1.", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.1.1.", "5.0.0", "4.4.7", "4.0.0" },
		{ "5..1.1", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.x.1", "5.0.0", "4.4.7", "4.0.0" },
		{ "5.1.1\r\nX: y", "5.0.0", "4.4.7", "4.0.0" },
		{ "50.1.1", "5.0.0", "4.4.7", "4.0.0" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dsn_rcpt rcpt = you;
		char want[3][40];
		const char *status[] = { rows[i].refused, rows[i].expired,
			rows[i].delayed };
		rcpt.enh = str_of(rows[i].enh);
		for (size_t k = 0; k < 3; k++) {
			(void)snprintf(want[k], sizeof(want[k]),
			    "\r\nStatus: %s\r\n", status[k]);
			CHECK(rcpt_has(rcpt, (enum dsn_kind)k, want[k]));
		}
	}
}

TEST(the_code_stands_before_the_words_once)
{
	struct dsn_rcpt rcpt = you;
	rcpt.said = STR("go away");
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "said: 550 5.1.1 go away\r\n"));
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "smtp; 550 5.1.1 go away\r\n"));
	rcpt.said = STR("5.1.1 go away");
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "smtp; 550 5.1.1 go away\r\n"));
	rcpt.said = STR("550 go away");
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "smtp; 550 go away\r\n"));
	rcpt.said = STR("");
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "smtp; 550 5.1.1\r\n"));
}

TEST(where_nothing_is_known_nothing_is_made_up)
{
	struct dsn_rcpt rcpt = { .address = STR("you@example.org"),
		.said = STR(" ") };
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "    It is not known why.\r\n"));
	CHECK(!rcpt_has(rcpt, DSN_REFUSED, "Diagnostic-Code"));
	struct dsn d = GIVEN;
	d.server = STR("");
	CHECK(has(&d, "    The mail server said: 550 5.1.1 no such user\r\n"));
	CHECK(!has(&d, "Remote-MTA"));
	d.kind = DSN_DELAYED;
	CHECK(
	    has(&d, "is kept,\r\nand tried again. Nothing needs to be done."));
	CHECK(!has(&d, "Will-Retry-Until"));
	CHECK(!has(&d, "--queue-show"));
}

TEST(what_was_said_of_several_is_said_once)
{
	struct dsn_rcpt rcpts[] = { you, you, you, you };
	struct dsn d = GIVEN;
	rcpts[0].address = STR("a@example.org");
	rcpts[1].address = STR("b@example.org");
	rcpts[3].said = STR("550 5.1.1 something else");
	d.rcpts = rcpts;
	d.nrcpts = 4;
	CHECK(has(&d, "delivered to the addresses below, "));
	CHECK(has(&d,
	    "\r\n\r\n"
	    "<a@example.org>\r\n"
	    "<b@example.org>\r\n"
	    "<you@example.org>\r\n"
	    "    smtp.example.org said: 550 5.1.1 no such user\r\n"
	    "\r\n"
	    "<you@example.org>\r\n"
	    "    smtp.example.org said: 550 5.1.1 something else\r\n"
	    "\r\n"));
	CHECK(has(&d,
	    "no such user\r\n\r\nFinal-Recipient: rfc822; b@example.org\r\n"));
}

TEST(the_lines_of_a_reply_stay_lines)
{
	struct dsn_rcpt rcpt = you;
	rcpt.said = STR("550-5.1.1 no such user\n550 5.1.1 see elsewhere");
	CHECK(rcpt_has(rcpt, DSN_REFUSED,
	    "\r\n    smtp.example.org said: 550-5.1.1 no such user\r\n"
	    "    550 5.1.1 see elsewhere\r\n\r\n"));
	CHECK(rcpt_has(rcpt, DSN_REFUSED,
	    "\r\nDiagnostic-Code: smtp; 550-5.1.1 no such user\r\n"
	    "    550 5.1.1 see elsewhere\r\n\r\n--"));
}

TEST(nothing_foreign_can_make_a_line)
{
	struct dsn_rcpt rcpt = {
		.address = STR("a\r\nAction: delivered@x"),
		.original = STR("b\nX: y"),
		.code = 550,
		.said = STR(
		    "550 no\r\n\r\n--posthaste.0.r4nd0m\r\n\nX: y\r\x1b"),
	};
	struct dsn d = GIVEN;
	d.rcpts = &rcpt;
	d.host = STR("h\r\nX: y");
	d.server = STR("s\r\nX: y");
	d.envid = STR("e\r\n\r\nX: y");
	d.id = STR("i\r\nX: y");
	d.original = STR("Message-ID: <1>\r\n X: y>\r\n\r\n");
	CHECK(!has(&d, "\nX: y"));
	CHECK(!has(&d, "\nAction: delivered"));
	CHECK(!has(&d, "\x1b"));
	CHECK(
	    has(&d, "Final-Recipient: rfc822; a\\x0d\\x0aAction: delivered@x"));
	CHECK(has(&d, "x-local-hostname; h\\x0d\\x0aX: y\r\n"));
	CHECK(!has(&d, "References"));
}

TEST(the_boundary_is_in_none_of_the_parts)
{
	struct dsn d = GIVEN;
	d.is_whole = true;
	d.original = STR(
	    "A: b\r\n\r\n--posthaste.0.r4nd0m\r\nposthaste.1.r4nd0m");
	CHECK(has(&d, "boundary=\"posthaste.2.r4nd0m\"\r\n"));
	CHECK(has(&d, "\r\n--posthaste.2.r4nd0m--\r\n"));
	struct dsn_rcpt rcpt = you;
	rcpt.said = STR("posthaste.0.r4nd0m");
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "\"posthaste.1.r4nd0m\"\r\n"));
}

TEST(the_whole_message_is_given_back)
{
	struct dsn d = GIVEN;
	d.is_whole = true;
	CHECK(has(&d,
	    "Content-Description: Undelivered message\r\n"
	    "Content-Type: message/rfc822\r\n"
	    "\r\n"
	    "Message-ID: <1@example.net>\r\n"
	    "\r\n"
	    "body\r\n"
	    "\r\n"
	    "--posthaste.0.r4nd0m--\r\n"));
	CHECK(has(&d, "follows for programs, and then your message.\r\n"));
	CHECK(!has(&d, "8bit"));
	d.original = STR("A: b\r\n\r\nb\xe4\r\n");
	CHECK(has(&d,
	    "    boundary=\"posthaste.0.r4nd0m\"\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n"));
}

TEST(a_message_that_is_not_there_is_not_given_back)
{
	struct dsn d = GIVEN;
	d.original = STR("");
	CHECK(!has(&d, "Undelivered message"));
	CHECK(has(&d, "\r\nfollows for programs.\r\n"));
	CHECK(has(&d, "no such user\r\n\r\n--posthaste.0.r4nd0m--\r\n"));
}

TEST(addresses_that_are_not_ascii_are_told_as_they_are)
{
	struct dsn_rcpt rcpt = you;
	rcpt.address = STR("jürg@example.org");
	CHECK(rcpt_has(rcpt, DSN_REFUSED,
	    "Content-Type: message/global-delivery-status\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\n"));
	CHECK(rcpt_has(rcpt, DSN_REFUSED,
	    "\r\nFinal-Recipient: utf-8; jürg@example.org\r\n"));
	CHECK(rcpt_has(rcpt, DSN_REFUSED,
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\n"));
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "\r\n<jürg@example.org>\r\n"));
	rcpt = you;
	rcpt.original = STR("jürg");
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "Original-Recipient: utf-8; jürg"));
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "Recipient: rfc822; you@"));
	rcpt.original = STR("j\xfcrg"); /* no UTF-8: nobody can read it */
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "Recipient: rfc822; j\\xfcrg\r\n"));
	CHECK(!rcpt_has(rcpt, DSN_REFUSED, "global"));
}

TEST(words_that_are_not_ascii_are_for_humans)
{
	struct dsn_rcpt rcpt = you;
	rcpt.said = STR("550 ungültig \xe4");
	CHECK(rcpt_has(rcpt, DSN_REFUSED, " said: 550 ungültig \\xe4\r\n"));
	CHECK(rcpt_has(rcpt, DSN_REFUSED, "smtp; 550 ung?ltig ?\r\n"));
	CHECK(rcpt_has(
	    rcpt, DSN_REFUSED, "Type: message/delivery-status\r\n\r\n"));
}

TEST(a_sender_that_is_not_ascii_takes_smtputf8)
{
	struct dsn d = GIVEN;
	d.to = STR("jürg@example.net");
	CHECK(dsn_needs_utf8(&d));
	CHECK(has(&d, "\r\nTo: jürg@example.net\r\n"));
}

TEST(hosts_are_told_by_what_they_are)
{
	static const char *const rows[][2] = {
		{ "smtp.example.org", "dns; smtp.example.org" },
		{ "192.0.2.1", "dns; [192.0.2.1]" },
		{ "2001:db8::1", "dns; [IPv6:2001:db8::1]" },
		{ "::ffff:192.0.2.1", "dns; [IPv6:::ffff:192.0.2.1]" },
		{ "localhost", "x-local-hostname; localhost" },
		{ "/run/lmtp.sock", "x-local-hostname; /run/lmtp.sock" },
		{ "ü.example", "x-local-hostname; ?.example" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dsn d = GIVEN;
		char want[80];
		d.server = str_of(rows[i][0]);
		(void)snprintf(
		    want, sizeof(want), "\r\nRemote-MTA: %s\r\n", rows[i][1]);
		CHECK(has(&d, want));
	}
}

/* Whatever is given back, as far as its own encoding can be changed. */
TEST(a_report_can_go_to_a_server_for_ascii_only)
{
	static const char *const originals[] = {
		"Subject: ä\r\nContent-Type: text/plain\r\n\r\nä\r\n",
		"Subject: \xe4\r\n\r\nbody\r\n",
		("MIME-Version: 1.0\r\n"
		 "Content-Type: text/plain; charset=utf-8\r\n"
		 "Content-Transfer-Encoding: 8bit\r\n\r\nä\r\n"),
	};
	for (size_t i = 0; i < 2 * ARRAY_LEN(originals); i++) {
		struct dsn_rcpt rcpt = you;
		struct dsn d = GIVEN;
		rcpt.address = STR("jürg@example.org");
		rcpt.said = STR("550 später");
		d.rcpts = &rcpt;
		d.original = str_of(originals[i / 2]);
		d.is_whole = i % 2 == 0;
		AUTO(buf_release) struct buf out = written(&d);
		AUTO(buf_release) struct buf ascii = BUF_INIT(1 << 20);
		struct message m = given_message(buf_str(&out));
		struct source s;
		struct err e = ERR_INIT;
		source_init(&s, &m, NULL);
		CHECK(recode_lines(&s, RECODE_LINES_REFUSE, &e));
		CHECK(recode_7bit(&s, &e));
		CHECK_STR(e.text, "");
		source_rewind(&s);
		CHECK(read_all(&s, 4096, &ascii, &e));
		CHECK(str_is_ascii(buf_str(&ascii)));
		source_release(&s);
		message_release(&m);
	}
}

TEST(much_that_is_said_is_cut)
{
	static char words[2 * DSN_SAID_MAX];
	struct dsn_rcpt rcpt = you;
	for (size_t i = 0; i < sizeof(words); i++)
		words[i] = "ab cd\xc3\xa4\n"[i % 8];
	rcpt.said = (struct str){ words, sizeof(words) };
	struct dsn d = GIVEN;
	d.rcpts = &rcpt;
	AUTO(buf_release) struct buf out = written(&d);
	CHECK(out.len < (size_t)5 * DSN_SAID_MAX);
	CHECK(has(&d, " ...\r\n\r\n--posthaste"));
}

TEST(who_cannot_be_written_to_is_refused)
{
	static const char *const addresses[] = { "", "a@b, c@d",
		"a@b\r\nBcc: c@d", "x\xff@b" };
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		AUTO(buf_release) struct buf out = BUF_INIT(1 << 16);
		struct dsn d = GIVEN;
		struct err e = ERR_INIT;
		d.to = str_of(addresses[i]);
		CHECK(!dsn_write(&d, &out, &e));
		CHECK_EQ(e.exit, EX_DATAERR);
		CHECK(e.text[0] != '\0');
	}
}

TEST(a_full_buffer_is_told)
{
	struct dsn d = GIVEN;
	AUTO(buf_release) struct buf whole = written(&d);
	for (size_t max = 0; max < whole.len; max += 7) {
		AUTO(buf_release) struct buf out = BUF_INIT(max);
		struct err e = ERR_INIT;
		CHECK(!dsn_write(&d, &out, &e));
		CHECK_EQ(e.exit, EX_DATAERR);
	}
}
