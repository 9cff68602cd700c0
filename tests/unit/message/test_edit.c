// SPDX-License-Identifier: ISC
#include "unit.h"

#include <time.h>

#include "base/strvec.h"
#include "given.h"
#include "message/edit.h"

/* Any identifier is written like this, so that a text can be compared. */
static void
mask_id(struct buf *out)
{
	static const char start[] = "Message-ID: <";
	const char *id = strstr(buf_cstr(out), start);
	const char *end = strstr(buf_cstr(out), "@id.example>\r\n");
	if (id == NULL || end != id + strlen(start) + 32)
		return;
	memset(out->data + (end - out->data) - 32, '?', 32);
}

static const struct edit_wish usual = {
	.author = "me@x",
	.full_name = "My Name",
	.id_domain = "id.example",
	.now = 1000000000,
};

#define FROM "From: My Name <me@x>\r\n"
#define DATE "Date: Sun, 09 Sep 2001 01:46:40 +0000\r\n"
#define ID "Message-ID: <????????????????????????????????@id.example>\r\n"
#define ALL FROM DATE ID

static void
check_wish(
    struct str text, const struct edit_wish *wish, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	struct err e = ERR_INIT;
	struct edit ed = EDIT_INIT;
	struct source s;
	struct message m = given_message(text);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): no threads */
	(void)setenv("TZ", "UTC0", 1);
	tzset();
	CHECK(message_edit(&ed, &m, wish, &e));
	source_init(&s, &m, &ed);
	bool ok = read_all(&s, 1000, &out, &e);
	unit_check(ok, __FILE__, line, "%s", e.text);
	unit_check(out.len == source_size(&s), __FILE__, line,
	    "%zu octets, not %zu", out.len, (size_t)source_size(&s));
	mask_id(&out);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
	edit_release(&ed);
	message_release(&m);
}

#define EDIT(text, want) check_wish(STR(text), &usual, (want), __LINE__)

TEST(a_field_is_changed_at_its_place_or_left_out)
{
	struct edit_wish wish = usual;
	const struct edit_change changes[] = {
		{ .field = 1, .text = STR("To: b@x,\r\n c@x\r\n") },
		{ .field = 2, .text = STR_INIT },
	};
	wish.changes = changes;
	wish.nchanges = ARRAY_LEN(changes);
	check_wish(STR("From: f@x\nTo: a\n b\nX: y\nCc: d\n\nhi\n"), &wish,
	    DATE ID "From: f@x\r\nTo: b@x,\r\n c@x\r\nX: y\r\n\r\nhi\r\n",
	    __LINE__);
}

TEST(text_without_header_gets_one)
{
	EDIT("hi\n", ALL "\r\nhi\r\n");
	EDIT("hi", ALL "\r\nhi\r\n");
	EDIT("\nhi\n", ALL "\r\nhi\r\n");
	EDIT("hi there: you\n\nbye\n", ALL "\r\nhi there: you\r\n\r\nbye\r\n");
	EDIT("", ALL "\r\n");
	EDIT("\n", ALL "\r\n");
}

TEST(header_without_body_gets_its_empty_line)
{
	EDIT("To: a@b\n", ALL "To: a@b\r\n\r\n");
	EDIT("To: a@b", ALL "To: a@b\r\n\r\n");
	EDIT("To: a@b\r", ALL "To: a@b\r\n\r\n");
	EDIT("To: a@b\r\n", ALL "To: a@b\r\n\r\n");
}

TEST(empty_line_before_an_empty_body_survives)
{
	EDIT("To: a@b\n\n", ALL "To: a@b\r\n\r\n");
	EDIT("To: a@b\r\n\r\n", ALL "To: a@b\r\n\r\n");
	EDIT("To: a@b\r\n\r", ALL "To: a@b\r\n\r\n");
}

TEST(body_right_behind_the_header_is_set_apart)
{
	EDIT("To: a@b\nhi there\n", ALL "To: a@b\r\n\r\nhi there\r\n");
}

TEST(complete_messages_stay_as_they_are)
{
	EDIT("date: x\nFROM : y\nmessage-Id:\n <a@b>\n\nhi\n",
	    "date: x\r\nFROM : y\r\nmessage-Id:\r\n <a@b>\r\n\r\nhi\r\n");
}

TEST(only_what_is_missing_is_added)
{
	EDIT("Date: x\nFrom: y\n\n", ID "Date: x\r\nFrom: y\r\n\r\n");
	EDIT("Message-ID: <x@y>\nFrom: y\n\n",
	    DATE "Message-ID: <x@y>\r\nFrom: y\r\n\r\n");
	EDIT("Message-ID: <x@y>\nDate: y\n\n",
	    FROM "Message-ID: <x@y>\r\nDate: y\r\n\r\n");
}

TEST(empty_fields_give_way_to_ours)
{
	EDIT("From:\nDate: \t\nMessage-ID:\n \nTo: a@b\n\n",
	    ALL "To: a@b\r\n\r\n");
	EDIT("From: \nFrom: a@b\nDate: x\nMessage-ID: <y>\n\n",
	    "From: a@b\r\nDate: x\r\nMessage-ID: <y>\r\n\r\n");
}

TEST(bcc_is_taken_out_whole)
{
	EDIT("Bcc: a@b,\n c@d\n\te@f\nTo: g@h\nBCC : i@j\r\nCc: k\nResent-Bcc:"
	     " l\nX-Bcc: m\n\nBcc: body\n",
	    ALL "To: g@h\r\nCc: k\r\nX-Bcc: m\r\n\r\nBcc: body\r\n");
	EDIT("Bcc: a@b", ALL "\r\n");
	EDIT("Bcc: a@b\r", ALL "\r\n");
	EDIT("Bcc: a@b\n\nhi", ALL "\r\nhi\r\n");
	EDIT("To: a\nBcc: b\n \n\nhi", ALL "To: a\r\n\r\nhi\r\n");
}

TEST(mbox_line_is_taken_out_and_the_header_stays_one)
{
	EDIT("From 86c2b2 Mon Sep 17 00:00:00 2001\nSubject: x\n\nhi\n",
	    ALL "Subject: x\r\n\r\nhi\r\n");
	EDIT(">From x\nDate: a\nFrom: b\nMessage-ID: c\n\nFrom d\n",
	    "Date: a\r\nFrom: b\r\nMessage-ID: c\r\n\r\nFrom d\r\n");
}

TEST(resent_fields_ask_for_nothing_more)
{
	EDIT("Resent-From: a\nResent-To: b\nResent-Bcc: c\nFrom: d\nDate: e\n"
	     "Message-ID: f\n\nhi\n",
	    "Resent-From: a\r\nResent-To: b\r\nFrom: d\r\nDate: e\r\n"
	    "Message-ID: f\r\n\r\nhi\r\n");
}

TEST(line_ends_become_crlf_whatever_they_were)
{
	EDIT("To: a\nCc: b\n\nx\ny\n", ALL "To: a\r\nCc: b\r\n\r\nx\r\ny\r\n");
	EDIT("To: a\r\nCc: b\r\n\r\nx\r\ny\r\n",
	    ALL "To: a\r\nCc: b\r\n\r\nx\r\ny\r\n");
	EDIT("To: a\r\nCc: b\r\n\r\nx\ny\n",
	    ALL "To: a\r\nCc: b\r\n\r\nx\r\ny\r\n");
	EDIT("To: a\nCc: b\n\nx\r\ny\r\n",
	    ALL "To: a\r\nCc: b\r\n\r\nx\r\ny\r\n");
	EDIT("To: a\r\r\n\r\r\nx\r\r\n", ALL "To: a\r\n\r\nx\r\n");
}

TEST(an_author_without_name_stands_alone)
{
	struct err e = ERR_INIT;
	struct edit ed = EDIT_INIT;
	struct message m = given_message(STR("Date: x\nMessage-ID: y\n\n"));
	CHECK(message_edit(&ed, &m,
	    &(struct edit_wish){ .author = "me@x", .id_domain = "x" }, &e));
	CHECK_BUF(&ed.front, "From: me@x\r\n");
	edit_release(&ed);
	message_release(&m);
}

TEST(what_cannot_be_written_names_the_field)
{
	static const struct {
		struct edit_wish wish;
		const char *text;
	} rows[] = {
		{ { .author = "me@x", .full_name = "a\nb", .id_domain = "x" },
		    "From: a control character is in the name \"a\\x0ab\"" },
		{ { .author = "me@x\r\n", .id_domain = "x" },
		    "From: a control character is in the address "
		    "\"me@x\\x0d\\x0a\"" },
		{ { .author = "me@x", .id_domain = "a b" },
		    "Message-ID: no Message-ID can have the domain \"a b\"" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct edit ed = EDIT_INIT;
		struct message m = given_message(STR(""));
		CHECK(!message_edit(&ed, &m, &rows[i].wish, &e));
		CHECK_EQ(e.exit, EX_DATAERR);
		CHECK_STR(e.text, rows[i].text);
		CHECK(ed.splices == NULL);
		message_release(&m);
	}
}

/* As EDIT() with one wish more. */
#define WISH(text, want, ...)                                   \
	do {                                                    \
		struct edit_wish wish = usual;                  \
		__VA_ARGS__;                                    \
		check_wish(STR(text), &wish, (want), __LINE__); \
	} while (0)

static char *rcpts[] = { (char[]){ "a@x" }, (char[]){ "b@y" }, NULL };
static const struct strvec two = { .items = rcpts, .len = 2 };

TEST(text_without_header_names_its_recipients)
{
	WISH("hi\n", FROM "To: a@x, b@y\r\n" DATE ID "\r\nhi\r\n",
	    wish.recipients = &two);
	WISH("\nhi\n", FROM "To: a@x, b@y\r\n" DATE ID "\r\nhi\r\n",
	    wish.recipients = &two);
	WISH(
	    "Subject: x\n\n", ALL "Subject: x\r\n\r\n", wish.recipients = &two);
	WISH("hi\n", ALL "\r\nhi\r\n",
	    (wish.recipients = &two, wish.set_to = EDIT_TO_LEAVE));
}

TEST(one_to_takes_the_place_of_all_recipients)
{
	WISH("To: c\nSubject: x\nCc: d\nBcc: e\nResent-To: f\n\n",
	    FROM "To: a@x, b@y\r\n" DATE ID
		 "Subject: x\r\nResent-To: f\r\n\r\n",
	    (wish.recipients = &two, wish.set_to = EDIT_TO_ALL,
		wish.keeps_bcc = true));
	WISH("To: c\nSubject: x\nCc: d\nBcc: e\n\n",
	    FROM "To: undisclosed-recipients:;\r\n" DATE ID
		 "Subject: x\r\n\r\n",
	    (wish.recipients = &two, wish.set_to = EDIT_TO_UNDISCLOSED));
}

TEST(to_with_many_recipients_is_folded)
{
	AUTO(strvec_release) struct strvec many = STRVEC_INIT;
	struct message m = given_message(STR("hi\n"));
	struct edit ed = EDIT_INIT;
	struct edit_wish wish = usual;
	struct err e = ERR_INIT;
	for (size_t i = 0; i < 20000; i++)
		strvec_add(&many, STR("someone@example.org"));
	wish.recipients = &many;
	CHECK(message_edit(&ed, &m, &wish, &e));
	struct str rest = buf_str(&ed.front);
	CHECK(rest.len > 20000 * 20);
	while (rest.len > 0) {
		size_t n = str_find(rest, '\n');
		CHECK(n <= 79);
		rest = str_from(rest, n + 1);
	}
	edit_release(&ed);
	message_release(&m);
}

TEST(from_is_replaced_always_or_never)
{
	WISH("From: a\nDate: x\nMessage-ID: y\nFrom: b\n\n",
	    FROM "Date: x\r\nMessage-ID: y\r\n\r\n",
	    wish.set_from = EDIT_SET_ALWAYS);
	WISH("Date: x\nMessage-ID: y\n\n", "Date: x\r\nMessage-ID: y\r\n\r\n",
	    wish.set_from = EDIT_SET_NEVER);
	WISH("From:\nDate: x\nMessage-ID: y\n\n",
	    "From:\r\nDate: x\r\nMessage-ID: y\r\n\r\n",
	    wish.set_from = EDIT_SET_NEVER);
}

TEST(date_and_message_id_are_left_if_so_wished)
{
	WISH("hi\n", FROM ID "\r\nhi\r\n", wish.set_date = EDIT_SET_NEVER);
	WISH("hi\n", FROM DATE "\r\nhi\r\n", wish.set_id = EDIT_SET_NEVER);
	WISH("Date:\nMessage-ID: \n\n", FROM "Date:\r\nMessage-ID: \r\n\r\n",
	    (wish.set_id = wish.set_date = EDIT_SET_NEVER));
}

TEST(bcc_stays_if_so_wished)
{
	WISH("Bcc: a\nResent-Bcc: b\nTo: c\n\n",
	    ALL "Bcc: a\r\nResent-Bcc: b\r\nTo: c\r\n\r\n",
	    wish.keeps_bcc = true);
}

TEST(reply_to_is_added_where_there_is_none)
{
	WISH("hi\n", FROM "Reply-To: r@x\r\n" DATE ID "\r\nhi\r\n",
	    wish.reply_to = "Reply-To: r@x\r\n");
	WISH("Reply-To: \n\n", FROM "Reply-To: r@x\r\n" DATE ID "\r\n",
	    wish.reply_to = "Reply-To: r@x\r\n");
	WISH("Reply-To: a\n\n", ALL "Reply-To: a\r\n\r\n",
	    wish.reply_to = "Reply-To: r@x\r\n");
	EDIT("Reply-To: \n\n", ALL "Reply-To: \r\n\r\n");
}

#define HEAD "From: d\nDate: e\nMessage-ID: f\n"
#define WIRE_HEAD "From: d\r\nDate: e\r\nMessage-ID: f\r\n"
#define VERSION "MIME-Version: 1.0\r\n"
#define UTF8 "Content-Type: text/plain; charset=utf-8\r\n"
#define CTE "Content-Transfer-Encoding: 8bit\r\n"

TEST(text_that_is_not_ascii_gets_what_mime_wants)
{
	EDIT(
	    HEAD "\n\xc3\xa4\n", VERSION UTF8 CTE WIRE_HEAD "\r\n\xc3\xa4\r\n");
	EDIT(HEAD "\n\xe4\n",
	    VERSION
	    "Content-Type: text/plain; charset=unknown-8bit\r\n" CTE WIRE_HEAD
	    "\r\n\xe4\r\n");
	EDIT(HEAD "\nx\n", WIRE_HEAD "\r\nx\r\n");
	EDIT(HEAD "Subject: \xc3\xa4\n\nx\n",
	    WIRE_HEAD "Subject: \xc3\xa4\r\n\r\nx\r\n");
}

TEST(only_what_mime_misses_is_added)
{
	EDIT(HEAD "mime-version: 1\n\n\xc3\xa4\n",
	    UTF8 CTE WIRE_HEAD "mime-version: 1\r\n\r\n\xc3\xa4\r\n");
	EDIT(HEAD "Content-Type: x/y\n\n\xc3\xa4\n",
	    VERSION CTE WIRE_HEAD "Content-Type: x/y\r\n\r\n\xc3\xa4\r\n");
	EDIT(HEAD "MIME-Version: 1.0\nContent-Type: x/y\n"
		  "Content-Transfer-Encoding: 7bit\n\n\xc3\xa4\n",
	    WIRE_HEAD "MIME-Version: 1.0\r\nContent-Type: x/y\r\n"
		      "Content-Transfer-Encoding: 7bit\r\n\r\n\xc3\xa4\r\n");
}

TEST(tls_on_the_way_on_is_declared_optional_once)
{
	struct edit_wish wish = usual;
	wish.tls_optional = true;
	check_wish(STR("From: f@x\n\nhi\n"), &wish,
	    DATE ID "TLS-Required: No\r\nFrom: f@x\r\n\r\nhi\r\n", __LINE__);
	check_wish(STR("From: f@x\ntls-REQUIRED: no\n\nhi\n"), &wish,
	    DATE ID "From: f@x\r\ntls-REQUIRED: no\r\n\r\nhi\r\n", __LINE__);
}
