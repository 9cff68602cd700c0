// SPDX-License-Identifier: ISC
#include "unit.h"

#include "given.h"
#include "message/address.h"
#include "message/edit.h"
#include "message/locals.h"
#include "message/repair.h"

static char *local_names[] = { (char[]){ "localhost" }, (char[]){ "box" },
	(char[]){ "box.example.org" }, NULL };
static const struct locals locals = { .domains = {
					  .items = local_names, .len = 3 } };

static struct repair_rules
rules_for(enum repair_mode mode)
{
	return (struct repair_rules){
		.mode = mode,
		.own = STR("me@x.org"),
		.full_name = STR("My Name"),
		.host = STR("box"),
		.locals = &locals,
		.wants_reply_to = true,
	};
}

/* Appends the message's fields as they go out, those that change only. */
static void
changed(struct str text, const struct repair_rules *rules, struct buf *out)
{
	struct message m = given_message(text);
	struct repairs r = REPAIRS_INIT;
	const struct edit_wish wish = { .set_to = EDIT_TO_LEAVE };
	struct err e = ERR_INIT;
	bool ok = repair_message(&r, &m, &wish, rules, &e);
	CHECK(ok);
	CHECK_STR(e.text, "");
	for (size_t i = 0; i < r.nchanges; i++)
		CHECK(buf_add_str(out, r.changes[i].text));
	if (r.reply_to != NULL)
		CHECK(buf_add_str(out, str_of(r.reply_to)));
	if (r.not_ascii != NULL)
		CHECK(buf_printf(out, "%s in %s", r.not_ascii,
		    field_name(r.not_ascii_field)));
	repairs_release(&r);
	message_release(&m);
}

static void
check(struct str text, enum repair_mode mode, const char *want, int line)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 20);
	const struct repair_rules rules = rules_for(mode);
	changed(text, &rules, &out);
	unit_check_str(buf_str(&out), str_of(want), __FILE__, line);
}

#define INVALID(text, want) check(STR(text), REPAIR_INVALID, (want), __LINE__)
#define ALWAYS(text, want) check(STR(text), REPAIR_ALWAYS, (want), __LINE__)
#define NEVER(text, want) check(STR(text), REPAIR_NEVER, (want), __LINE__)

TEST(addresses_of_this_host_only_need_repair)
{
	struct repair_rules rules = rules_for(REPAIR_INVALID);
	CHECK(repair_is_needed(&rules, STR("root")));
	CHECK(repair_is_needed(&rules, STR("root@LOCALHOST")));
	CHECK(repair_is_needed(&rules, STR("root@box.example.org.")));
	CHECK(repair_is_needed(&rules, STR("\"a@x.org\"")));
	CHECK(!repair_is_needed(&rules, STR("root@example.org")));
	CHECK(!repair_is_needed(&rules, STR("other@x.org")));
	rules.mode = REPAIR_NEVER;
	CHECK(!repair_is_needed(&rules, STR("root")));
	rules.mode = REPAIR_ALWAYS;
	CHECK(repair_is_needed(&rules, STR("other@x.org")));
	CHECK(repair_is_needed(&rules, STR("")));
	CHECK(!repair_is_needed(&rules, STR("me@X.ORG")));
}

TEST(the_own_domain_is_never_local)
{
	struct repair_rules rules = rules_for(REPAIR_INVALID);
	rules.own = STR("me@box.example.org");
	CHECK(!repair_is_needed(&rules, STR("root@Box.example.org")));
	CHECK(repair_is_needed(&rules, STR("root@box")));
	CHECK(repair_is_needed(&rules, STR("root")));
}

TEST(without_an_own_address_nothing_is_repaired)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	struct repair_rules rules = rules_for(REPAIR_ALWAYS);
	rules.own = STR_INIT;
	CHECK(!repair_is_needed(&rules, STR("root")));
	changed(
	    STR("From: root\nSender: a b\nResent-From: <>\n\n"), &rules, &out);
	CHECK_BUF(&out, "");
}

TEST(a_full_address_stays_byte_for_byte)
{
	INVALID("From:  Me  <me@x.org> (x)\n\n", "");
	INVALID("FROM: \"a, b\" <a@b.example>,\n\tc@d.example\n\n", "");
	INVALID("Sender: other@x.org\nResent-From: a@b\n\n", "");
	NEVER("From: root\nSender: a b\nResent-From: <>\n\n", "");
}

TEST(a_display_name_stays_as_it_is_written)
{
	INVALID("From: Anacron <root>\n\n", "From: Anacron <me@x.org>\r\n");
	INVALID("From: mdadm monitoring <root>\n\n",
	    "From: mdadm monitoring <me@x.org>\r\n");
	INVALID("From: \"(Cron Daemon)\" <root>\n\n",
	    "From: \"(Cron Daemon)\" <me@x.org>\r\n");
	INVALID(
	    "From: MAILER-DAEMON <>\n\n", "From: MAILER-DAEMON <me@x.org>\r\n");
	INVALID("From: =?UTF-8?Q?J=C3=B6rg?= <joerg@box> (x)\n\n",
	    "From: =?UTF-8?Q?J=C3=B6rg?= <me@x.org> (x)\r\n");
	INVALID("From: J\xc3\xb6rg <joerg@box>\n\n",
	    "From: J\xc3\xb6rg <me@x.org>\r\n");
}

TEST(a_comment_becomes_the_display_name)
{
	INVALID(
	    "From: root (Cron Daemon)\n\n", "From: Cron Daemon <me@x.org>\r\n");
	INVALID("From: root@localhost (a (b) \\) \"c\")\n\n",
	    "From: \"a (b) ) \\\"c\\\"\" <me@x.org>\r\n");
	INVALID("From: <root> (Cron)\n\n", "From: Cron <me@x.org>\r\n");
	INVALID("From: root (J\xc3\xb6rg)\n\n",
	    "From: =?UTF-8?B?SsO2cmc=?= <me@x.org>\r\n");
	INVALID("From: root (a\tb\x01"
		"c)\n\n",
	    "From: a b c <me@x.org>\r\n");
	/* what may stand in a comment may not in a name */
	INVALID("From: root (=?UTF-8?Q?a,b?=)\n\n",
	    "From: me@x.org (=?UTF-8?Q?a,b?=)\r\n");
}

TEST(an_address_without_a_name_gets_one)
{
	INVALID("From: root\n\n", "From: root on box <me@x.org>\r\n");
	INVALID("From: <www-data@localhost>\n\n",
	    "From: www-data on box <me@x.org>\r\n");
	INVALID("From: \"a \\\"b\"@box\n\n",
	    "From: \"a \\\"b on box\" <me@x.org>\r\n");
	INVALID("From: <>\n\n", "From: My Name <me@x.org>\r\n");
	ALWAYS("From: other@far.example\n\n",
	    "From: My Name <me@x.org>\r\nReply-To: other@far.example\r\n");
}

TEST(of_several_only_those_that_need_it_are_replaced)
{
	INVALID("From: A <a@b.example>, root, C <c@d.example>\n\n",
	    "From: A <a@b.example>, root on box <me@x.org>, C <c@d.example>"
	    "\r\n");
	INVALID("From: Team: root, a@b.example;\n\n",
	    "From: Team: root on box <me@x.org>, a@b.example;\r\n");
}

TEST(what_becomes_the_same_is_written_once)
{
	INVALID("From: root, A <root@localhost>, b\n\n",
	    "From: root on box <me@x.org>\r\n");
	INVALID("From: root, Me <me@X.org>, b\n\n", "From: Me <me@X.org>\r\n");
	ALWAYS("From: A <a@x.org>, Me <me@x.org>\n\n",
	    "From: Me <me@x.org>\r\nReply-To: A <a@x.org>\r\n");
}

TEST(a_second_from_that_becomes_the_same_is_left_out)
{
	ALWAYS("From: A <a@y.org>\nFrom: B <b@y.org>\n\n",
	    "From: A <me@x.org>\r\nReply-To: A <a@y.org>\r\n");
	INVALID("From: A <root>\nFrom: b c d\nFrom: <root>\n\n",
	    "From: A <me@x.org>\r\n");
	INVALID("From: me@x.org\nFrom: root\n\n", "");
	/* somebody else is in it */
	INVALID("From: root\nFrom: b@y.org, root\n\n",
	    "From: root on box <me@x.org>\r\n"
	    "From: b@y.org, root on box <me@x.org>\r\n");
	INVALID("Resent-From: root\nReceived: x\nResent-From: root\n\n",
	    "Resent-From: root on box <me@x.org>\r\n"
	    "Resent-From: root on box <me@x.org>\r\n");
	check(STR("From: root\nFrom: root\n\n"), REPAIR_NEVER, "", __LINE__);
}

TEST(what_cannot_be_read_becomes_the_name)
{
	INVALID("From: Foo Bar root\n\n", "From: Foo Bar root <me@x.org>\r\n");
	INVALID("From: \"Foo <a@b.example>\n\n",
	    "From: \"\\\"Foo <a@b.example>\" <me@x.org>\r\n");
	INVALID("From: a@b@c\n\n", "From: \"a@b@c\" <me@x.org>\r\n");
	INVALID("From: a\n\tb \xff\n\n",
	    "From: =?unknown-8bit?B?YSBiIP8=?= <me@x.org>\r\n");
	INVALID("From: nobody:;\n\n", "From: \"nobody:;\" <me@x.org>\r\n");
	INVALID("From: (hi)\n\n", "From: \"(hi)\" <me@x.org>\r\n");
}

TEST(all_who_send_are_looked_at)
{
	INVALID("Sender: root\nResent-From: root (x)\nResent-Sender: <>\n"
		"Reply-To: root\nTo: root\nCc: root\nResent-To: root\n\n",
	    "Sender: root on box <me@x.org>\r\n"
	    "Resent-From: x <me@x.org>\r\n"
	    "Resent-Sender: My Name <me@x.org>\r\n");
	ALWAYS("From: a@b.example\nSender: Me <c@d.example>\n\n",
	    "From: My Name <me@x.org>\r\nSender: Me <me@x.org>\r\n"
	    "Reply-To: a@b.example\r\n");
}

TEST(an_empty_sender_becomes_the_own_address)
{
	INVALID("Sender: \n\n", "Sender: My Name <me@x.org>\r\n");
	/* a From of ours is written in its place */
	INVALID("From: \n\n", "");
}

TEST(an_address_that_can_be_reached_is_kept_in_reply_to)
{
	INVALID("From: A <a@box.example.org>, root, b@localhost\n\n",
	    "From: A <me@x.org>\r\nReply-To: A <a@box.example.org>\r\n");
	ALWAYS("From: B <b@b\xc3\xbc.example>\nFrom: c@d.example\n\n",
	    "From: B <me@x.org>\r\n"
	    "Reply-To: B <b@xn--b-eha.example>\r\n");
}

TEST(what_nobody_can_reply_to_is_not_kept)
{
	ALWAYS("From: A <a@localhost.localdomain>, b@host\n\n",
	    "From: A <me@x.org>\r\n");
	ALWAYS("Sender: A <a@b.example>\n\n", "Sender: A <me@x.org>\r\n");
}

TEST(domains_become_a_labels_in_every_address_field)
{
	static const char *const names[] = { "Bcc", "Cc", "From", "Reply-To",
		"Resent-Bcc", "Resent-Cc", "Resent-From", "Resent-Sender",
		"Resent-To", "Sender", "To" };
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(buf_release) struct buf in = BUF_INIT(1000);
		AUTO(buf_release) struct buf want = BUF_INIT(1000);
		struct message m = MESSAGE_INIT;
		struct repairs r = REPAIRS_INIT;
		const struct edit_wish wish = { .set_to = EDIT_TO_LEAVE,
			.keeps_bcc = true };
		const struct repair_rules rules = rules_for(REPAIR_INVALID);
		struct err e = ERR_INIT;
		CHECK(buf_printf(&in,
		    "%s: B <a@b\xc3\xbc"
		    "cher.example>, c@d.example\n\n",
		    names[i]));
		CHECK(buf_printf(&want,
		    "%s: B <a@xn--bcher-kva.example>, c@d.example\r\n",
		    names[i]));
		CHECK(message_from_bytes(&m, buf_str(&in), &e));
		CHECK(repair_message(&r, &m, &wish, &rules, &e));
		CHECK_EQ(r.nchanges, 1);
		CHECK(r.nchanges == 1 &&
		    str_eq(r.changes[0].text, buf_str(&want)));
		repairs_release(&r);
		message_release(&m);
	}
}

TEST(what_is_no_domain_name_or_no_address_stays)
{
	INVALID("To: a@\xe2\x84\x80.example\n\n", "");
	INVALID("To: a\xc3\xa4 b\xc3\xa4\n\n", "");
	INVALID("To: J\xc3\xb6rg <a@b.example>\n\n", "");
	INVALID("Subject: a@b\xc3\xbc.example\n\n", "");
}

TEST(a_local_part_that_is_not_ascii_is_told)
{
	INVALID("To: J\xc3\xb6rg <a@b.example>\nCc: X <j\xc3\xb6@b.example>\n"
		"Reply-To: j\xc3\xa4@x\n\n",
	    "j\xc3\xb6@b.example in Cc");
	INVALID("From: j\xc3\xb6@localhost\n\n",
	    "From: =?UTF-8?B?asO2IG9uIGJveA==?= <me@x.org>\r\n");
}

TEST(fields_that_do_not_go_out_are_not_looked_at)
{
	struct message m = given_message(
	    STR("From: root\nTo: \xc3\xa4@x\nCc: \xc3\xa4@x\nBcc: \xc3\xa4@x\n"
		"Resent-Bcc: \xc3\xa4@x\n\n"));
	struct repairs r = REPAIRS_INIT;
	const struct edit_wish wish = { .set_to = EDIT_TO_ALL,
		.set_from = EDIT_SET_ALWAYS };
	const struct repair_rules rules = rules_for(REPAIR_INVALID);
	struct err e = ERR_INIT;
	CHECK(repair_message(&r, &m, &wish, &rules, &e));
	CHECK_EQ(r.nchanges, 0);
	CHECK(r.not_ascii == NULL);
	repairs_release(&r);
	message_release(&m);
}

TEST(names_of_any_length_are_folded)
{
	AUTO(buf_release) struct buf in = BUF_INIT(1 << 20);
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 22);
	const struct repair_rules rules = rules_for(REPAIR_INVALID);
	CHECK(buf_add_str(&in, STR("From: ")));
	for (size_t i = 0; i < 10000; i++)
		CHECK(buf_add_str(&in, STR("many words. ")));
	CHECK(buf_add_str(&in, STR("\n\n")));
	changed(buf_str(&in), &rules, &out);
	struct str rest = buf_str(&out);
	CHECK(rest.len > in.len);
	while (rest.len > 0) {
		size_t n = str_find(rest, '\n');
		CHECK(n <= 79);
		rest = str_from(rest, n + 1);
	}
}
