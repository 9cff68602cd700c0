// SPDX-License-Identifier: ISC
#include "outbox/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "config/settings.h"
#include "message/intake.h"
#include "message/source.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "unit.h"

enum { MINUTE = 60, DAY = 86400, LIFETIME = 5 * DAY };

/* A queue with one message in it, taken. */
struct desk {
	char root[64];
	struct spool spool;
	struct settings settings;
	struct spooled m;
	struct note note;
	int64_t age;
	unsigned ntries;
};

static struct desk
begin(const char *sender)
{
	struct err e = ERR_INIT;
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message text = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	AUTO(buf_release) struct buf path = BUF_INIT(256);
	char id[SPOOL_ID_SIZE];
	struct desk d = {
		.root = "/tmp/posthaste-settle-XXXXXX",
		.ntries = SETTLE_TRIES,
	};
	CHECK(mkdtemp(d.root) != NULL);
	(void)!buf_printf(&path, "%s/queue", d.root);
	CHECK(spool_open(&d.spool, buf_cstr(&path), &e));
	CHECK(settings_fill_defaults(&d.settings, &e));
	CHECK(message_from_bytes(
	    &text, STR("Subject: one\nMessage-ID: <1@me>\n\nhello\n"), &e));
	source_init(&source, &text, NULL);
	entry.sender = str_dup(str_of(sender));
	entry.account = str_dup(STR("work"));
	strvec_add(&entry.settings, STR("timeout 60"));
	entry_add_rcpt(&entry, STR("a@there.example"), STR_INIT);
	entry_add_rcpt(&entry, STR("b@there.example"), STR_INIT);
	CHECK(spool_put(&d.spool, &entry, &source, id, &e));
	CHECK_EQ(spool_take(&d.spool, id, &d.m, &e), SPOOL_TAKEN);
	note_init(&d.note, 2);
	return d;
}

static void
end(struct desk *d)
{
	note_release(&d->note);
	spooled_release(&d->m);
	settings_release(&d->settings);
	spool_release(&d->spool);
	REMOVE_TREE(d->root);
}

static void
mark(struct desk *d, enum entry_fate first, enum entry_fate second)
{
	const enum entry_fate fates[] = { first, second };
	struct err e = ERR_INIT;
	CHECK(spooled_mark(&d->m, fates, &e));
}

static enum settled
settle_it(struct desk *d)
{
	enum settled how = SETTLED_WAITS;
	struct err e = ERR_INIT;
	const struct settle_call call = {
		.spool = &d->spool,
		.settings = &d->settings,
		.server = "mx.example:587",
		.now = d->m.entry.arrived_usec / 1000000 + d->age,
		.ntries = d->ntries,
	};
	CHECK(settle_age(&call, &d->m, &e));
	CHECK(settle(&call, &d->m, &d->note, &how, &e));
	return how;
}

static size_t
count(const struct desk *d, enum spool_place place)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	CHECK(spool_list(&d->spool, place, &ids, &e));
	return ids.len;
}

/* The report in the queue, as text; there is but one, behind the message. */
static void
read_report(struct desk *d, struct entry *entry, struct buf *text)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct spooled found;
	struct err e = ERR_INIT;
	CHECK(spool_list(&d->spool, SPOOL_NEW, &ids, &e));
	CHECK(ids.len > 0);
	CHECK_EQ(spool_look(
		     &d->spool, SPOOL_NEW, ids.items[ids.len - 1], &found, &e),
	    SPOOL_TAKEN);
	char *room = buf_room(text, 65536);
	ssize_t n = fd_pread(found.fd, room, 65536, found.entry.text);
	CHECK(n > 0);
	buf_filled(text, (size_t)n);
	*entry = found.entry;
	found.entry = ENTRY_INIT;
	spooled_release(&found);
}

static bool
holds(const struct buf *text, const char *part)
{
	return str_search(buf_str(text), str_of(part)) < text->len;
}

TEST(who_has_it_leaves_the_queue)
{
	struct desk d = begin("me@here.example");
	mark(&d, ENTRY_TAKEN, ENTRY_TAKEN);
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	CHECK_EQ(count(&d, SPOOL_NEW), 0);
	CHECK_EQ(count(&d, SPOOL_FAILED), 0);
	end(&d);
}

TEST(who_waits_stays)
{
	struct desk d = begin("me@here.example");
	mark(&d, ENTRY_TAKEN, ENTRY_PENDING);
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 1);
	end(&d);
}

TEST(a_refusal_is_told_to_the_sender_by_nobody_in_the_same_lane)
{
	struct desk d = begin("me@here.example");
	AUTO(entry_release) struct entry report = ENTRY_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	char ours[ENTRY_KEY_SIZE], its[ENTRY_KEY_SIZE];
	struct err e = ERR_INIT;
	note_say_rcpt(&d.note, 1, STR("550 5.1.1 no such user"));
	mark(&d, ENTRY_TAKEN, ENTRY_REFUSED);
	CHECK(entry_key(&d.m.entry, ours, &e));
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	CHECK_EQ(count(&d, SPOOL_NEW), 1);
	read_report(&d, &report, &text);
	CHECK_STR(report.sender, "");
	CHECK_EQ(report.nrcpts, 1);
	CHECK_STR(report.rcpts[0].address, "me@here.example");
	CHECK(entry_key(&report, its, &e));
	CHECK_STR(its, ours);
	CHECK(holds(&text, "report-type=delivery-status"));
	CHECK(holds(&text, "Final-Recipient: rfc822; b@there.example"));
	CHECK(!holds(&text, "Final-Recipient: rfc822; a@there.example"));
	CHECK(holds(&text, "Status: 5.1.1"));
	CHECK(holds(&text, "no such user"));
	CHECK(holds(&text, "Message-ID: <1@me>"));
	CHECK(!holds(&text, "hello"));
	end(&d);
}

TEST(dsn_return_full_gives_the_message_back)
{
	struct desk d = begin("me@here.example");
	AUTO(entry_release) struct entry report = ENTRY_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	d.settings.dsn_return = DSN_RETURN_FULL;
	mark(&d, ENTRY_TAKEN, ENTRY_REFUSED);
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	read_report(&d, &report, &text);
	CHECK(holds(&text, "hello"));
	end(&d);
}

TEST(while_others_wait_the_refused_are_told_once)
{
	struct desk d = begin("me@here.example");
	mark(&d, ENTRY_REFUSED, ENTRY_PENDING);
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(d.m.entry.rcpts[0].fate, ENTRY_REPORTED);
	CHECK_EQ(count(&d, SPOOL_NEW), 2);
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 2);
	end(&d);
}

TEST(a_report_made_before_a_crash_is_not_made_again)
{
	struct desk d = begin("me@here.example");
	mark(&d, ENTRY_REFUSED, ENTRY_PENDING);
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	mark(&d, ENTRY_REFUSED, ENTRY_PENDING); /* as if not noted */
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 2);
	end(&d);
}

TEST(mail_of_nobody_is_set_aside_and_nobody_is_told)
{
	struct desk d = begin("");
	struct note kept;
	struct err e = ERR_INIT;
	note_say_rcpt(&d.note, 0, STR("550 no"));
	CHECK(spool_note_write(&d.spool, d.m.id, &d.note, &e));
	mark(&d, ENTRY_REFUSED, ENTRY_TAKEN);
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	spool_sweep(&d.spool);
	CHECK(spool_note_read(&d.spool, d.m.id, 2, &kept));
	CHECK_STR(kept.rcpts[0], "550 no");
	note_release(&kept);
	CHECK_EQ(count(&d, SPOOL_NEW), 0);
	CHECK_EQ(count(&d, SPOOL_FAILED), 1);
	end(&d);
}

TEST(notify_never_is_obeyed)
{
	struct desk d = begin("me@here.example");
	d.settings.dsn_notify = str_dup(STR("never"));
	mark(&d, ENTRY_REFUSED, ENTRY_TAKEN);
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	CHECK_EQ(count(&d, SPOOL_NEW), 0);
	CHECK_EQ(count(&d, SPOOL_FAILED), 0);
	end(&d);
}

TEST(more_reports_a_day_than_allowed_are_none)
{
	struct desk d = begin("me@here.example");
	d.settings.queue_bounces = 0;
	mark(&d, ENTRY_REFUSED, ENTRY_TAKEN);
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	CHECK_EQ(count(&d, SPOOL_NEW), 0);
	CHECK_EQ(count(&d, SPOOL_FAILED), 1);
	end(&d);
}

/* It would not be shorter the next time. */
TEST(of_what_no_report_can_hold_nobody_is_told)
{
	struct desk d = begin("me@here.example");
	struct entry_rcpt *r = &d.m.entry.rcpts[0];
	AUTO(buf_release) struct buf address = BUF_INIT(17 << 20);
	memset(buf_room(&address, 16 << 20), 'a', 16 << 20);
	buf_filled(&address, 16 << 20);
	mark(&d, ENTRY_REFUSED, ENTRY_TAKEN);
	free(r->address);
	r->address = str_dup(buf_str(&address));
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	CHECK_EQ(count(&d, SPOOL_NEW), 0);
	CHECK_EQ(count(&d, SPOOL_FAILED), 1);
	end(&d);
}

TEST(what_the_settings_spoil_is_told_when_they_are_right)
{
	struct desk d = begin("me@here.example");
	enum settled how;
	struct err e = ERR_INIT;
	const struct settle_call call = {
		.spool = &d.spool,
		.settings = &d.settings,
		.now = d.m.entry.arrived_usec / 1000000,
	};
	d.settings.domain = str_dup(STR("here. example"));
	mark(&d, ENTRY_REFUSED, ENTRY_TAKEN);
	CHECK(!settle(&call, &d.m, &d.note, &how, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_EQ(count(&d, SPOOL_NEW), 1);
	d.settings.domain[4] = '-';
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	CHECK_EQ(count(&d, SPOOL_FAILED), 0);
	end(&d);
}

TEST(the_cap_is_for_a_day)
{
	struct desk d = begin("me@here.example");
	struct note used = { .ntries = 1 };
	struct err e = ERR_INIT;
	d.settings.queue_bounces = 1;
	used.next = d.m.entry.arrived_usec / 1000000 / DAY;
	CHECK(spool_note_write(&d.spool, "bounces", &used, &e));
	mark(&d, ENTRY_REFUSED, ENTRY_PENDING);
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 1);
	d.age = DAY;
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 2);
	end(&d);
}

TEST(what_is_too_old_expires_with_the_last_words)
{
	struct desk d = begin("me@here.example");
	AUTO(entry_release) struct entry report = ENTRY_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	note_say_rcpt(&d.note, 0, STR("450 4.2.0 greylisted"));
	d.age = LIFETIME;
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	d.age = LIFETIME + 1;
	CHECK_EQ(settle_it(&d), SETTLED_GONE);
	read_report(&d, &report, &text);
	CHECK(holds(&text, "Status: 4.4.7"));
	CHECK(holds(&text, "greylisted"));
	CHECK(holds(&text, "Final-Recipient: rfc822; a@there.example"));
	CHECK(holds(&text, "Final-Recipient: rfc822; b@there.example"));
	end(&d);
}

TEST(what_was_seldom_tried_does_not_expire)
{
	struct desk d = begin("me@here.example");
	d.age = 10 * LIFETIME;
	d.ntries = SETTLE_TRIES - 1;
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 1);
	end(&d);
}

TEST(a_warning_is_sent_once_and_only_if_wanted)
{
	struct desk d = begin("me@here.example");
	AUTO(entry_release) struct entry report = ENTRY_INIT;
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	d.age = DAY;
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 1);
	d.settings.queue_warn_after = MINUTE;
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 2);
	CHECK(d.m.entry.is_warned);
	read_report(&d, &report, &text);
	CHECK(holds(&text, "Action: delayed"));
	CHECK(holds(&text, "Will-Retry-Until: "));
	CHECK_EQ(settle_it(&d), SETTLED_WAITS);
	CHECK_EQ(count(&d, SPOOL_NEW), 2);
	end(&d);
}
