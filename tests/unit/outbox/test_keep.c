// SPDX-License-Identifier: ISC
#include "outbox/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "message/envelope.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"
#include "queue/note.h"
#include "submit/origin.h"
#include "submit/report.h"
#include "unit.h"

/* A call with a message from me@x to a@x, b@x and c@x, and a queue. */
struct story {
	char root[64];
	char dir[96];
	struct settings settings;
	struct origin origin;
	struct envelope envelope;
	struct message message;
	struct source source;
	struct report report;
	struct keep keep;
	struct err e;
};

static void
begin(struct story *s)
{
	static const char *const rcpts[] = { "a@x", "b@x", "c@x" };
	*s = (struct story){
		.root = "/tmp/posthaste-keep-XXXXXX",
		.settings = SETTINGS_INIT,
		.origin = ORIGIN_INIT,
		.envelope = ENVELOPE_INIT,
		.message = MESSAGE_INIT,
		.report = REPORT_INIT,
		.keep = KEEP_INIT,
		.e = ERR_INIT,
	};
	CHECK(mkdtemp(s->root) != NULL);
	(void)snprintf(s->dir, sizeof(s->dir), "%s/queue", s->root);
	s->settings.queue_dir = str_dup(str_of(s->dir));
	s->envelope.sender = str_dup(STR("me@x"));
	for (size_t i = 0; i < ARRAY_LEN(rcpts); i++) {
		strvec_add(&s->envelope.rcpts, str_of(rcpts[i]));
		strvec_add(
		    &s->envelope.originals, i == 1 ? STR("bob") : STR_INIT);
	}
	CHECK(message_from_bytes(
	    &s->message, STR("Subject: x\n\nhello\n"), &s->e));
	source_init(&s->source, &s->message, NULL);
	CHECK(keep_open(&s->keep, &s->origin, &s->settings, &s->e));
	s->e = ERR_INIT;
}

static void
end(struct story *s)
{
	keep_release(&s->keep);
	report_release(&s->report);
	source_release(&s->source);
	message_release(&s->message);
	envelope_release(&s->envelope);
	settings_release(&s->settings);
	REMOVE_TREE(s->root);
}

/* Puts one there as another call would, and gives its id. */
static void
let_wait(struct story *s, const char *sender, const char *rcpt,
    void (*change)(struct entry *), char id[SPOOL_ID_SIZE])
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	entry.sender = str_dup(str_of(sender));
	entry_add_rcpt(&entry, str_of(rcpt), STR_INIT);
	if (change != NULL)
		change(&entry);
	CHECK(spool_put(&s->keep.spool, &entry, &s->source, id, &s->e));
}

static bool
is_behind(const char *sender, const char *rcpt, void (*change)(struct entry *))
{
	struct story s;
	char id[SPOOL_ID_SIZE];
	begin(&s);
	let_wait(&s, sender, rcpt, change, id);
	bool is_behind = keep_is_behind(&s.keep, &s.envelope);
	end(&s);
	return is_behind;
}

static void
hold(struct entry *entry)
{
	entry->is_held = true;
}

static void
take(struct entry *entry)
{
	entry->rcpts[0].fate = ENTRY_TAKEN;
}

static void
set_host(struct entry *entry)
{
	strvec_add(&entry->settings, STR("host elsewhere"));
}

TEST(a_message_is_behind_an_earlier_one_to_one_of_its_recipients)
{
	CHECK(is_behind("me@x", "c@x", NULL));
	CHECK(is_behind("me@x", "C@X", NULL));
	CHECK(!is_behind("me@x", "d@x", NULL));
	CHECK(!is_behind("you@x", "c@x", NULL));
}

TEST(what_goes_another_way_or_goes_no_more_holds_nobody_up)
{
	CHECK(!is_behind("me@x", "c@x", set_host));
	CHECK(!is_behind("me@x", "c@x", hold));
	CHECK(!is_behind("me@x", "c@x", take));
}

TEST(one_that_was_tried_often_holds_nobody_up)
{
	struct story s;
	struct note note;
	char id[SPOOL_ID_SIZE];
	begin(&s);
	let_wait(&s, "me@x", "a@x", NULL, id);
	note_init(&note, 1);
	note.ntries = 3;
	CHECK(spool_note_write(&s.keep.spool, id, &note, &s.e));
	CHECK(keep_is_behind(&s.keep, &s.envelope));
	note.ntries = 4;
	CHECK(spool_note_write(&s.keep.spool, id, &note, &s.e));
	CHECK(!keep_is_behind(&s.keep, &s.envelope));
	note_release(&note);
	end(&s);
}

TEST(an_empty_queue_holds_nobody_up)
{
	struct story s;
	begin(&s);
	CHECK(!keep_is_behind(&s.keep, &s.envelope));
	end(&s);
}

/* What is there now. */
static void
read_kept(const struct story *s, struct spooled *m)
{
	struct err e = ERR_INIT;
	CHECK_EQ(spool_look(&s->keep.spool, SPOOL_NEW, s->keep.id, m, &e),
	    SPOOL_TAKEN);
}

TEST(a_message_is_kept_with_its_whole_envelope)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct story s;
	char notice[100];
	begin(&s);
	envelope_needs_utf8(&s.envelope, "the recipient", STR("\xc3\xa4@x"));
	CHECK(!keep_is_kept(&s.keep));
	CHECK(keep_all(&s.keep, &s.envelope, &s.source, "so it is", &s.e));
	CHECK(keep_is_kept(&s.keep));
	CHECK_EQ(s.keep.why.exit, EX_TEMPFAIL);
	(void)snprintf(notice, sizeof(notice),
	    "kept in the queue as %s: so it is", s.keep.id);
	CHECK_BUF(&s.keep.notice, notice);
	read_kept(&s, &m);
	CHECK_STR(m.entry.sender, "me@x");
	CHECK_EQ(m.entry.nrcpts, 3);
	CHECK(m.entry.rcpts[0].original == NULL);
	CHECK_STR(m.entry.rcpts[1].original, "bob");
	CHECK(m.entry.not_ascii != NULL);
	end(&s);
}

TEST(behind_a_failure_before_the_session_all_is_kept)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct story s;
	begin(&s);
	(void)err_set(&s.e, EX_NOPERM, "AUTH: refused");
	(void)err_hint(&s.e, "check it");
	CHECK(
	    keep_rest(&s.keep, &s.envelope, &s.source, NULL, &s.report, &s.e));
	read_kept(&s, &m);
	CHECK_EQ(m.entry.nrcpts, 3);
	CHECK_EQ(s.keep.why.exit, EX_TEMPFAIL);
	CHECK_STR(s.keep.why.text, "AUTH: refused");
	CHECK(strstr(buf_cstr(&s.keep.notice), ": AUTH: refused; check it") !=
	    NULL);
	end(&s);
}

/* As report_build() would: a is taken, b is refused, c is to wait. */
static void
decide(struct story *s)
{
	s->report.is_settled = mem_alloc(3 * sizeof(bool));
	s->report.is_settled[0] = s->report.is_settled[1] = true;
	s->report.is_settled[2] = false;
	s->report.final_exit = EX_NOUSER;
	s->report.refused_code = 550;
	report_add(&s->report, STR("b@x: no"));
	s->report.lasts[0] = true;
	report_add(&s->report, STR("c@x: later"));
	(void)err_set(&s->e, EX_NOUSER, "accepted for the other 1 of 3");
}

TEST(what_is_refused_for_good_is_the_error_and_the_rest_is_kept)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct story s;
	begin(&s);
	decide(&s);
	CHECK(
	    !keep_rest(&s.keep, &s.envelope, &s.source, NULL, &s.report, &s.e));
	CHECK_EQ(s.e.exit, EX_NOUSER);
	CHECK_STR(s.e.text, "");
	CHECK_EQ(s.keep.why.exit, EX_NOUSER);
	read_kept(&s, &m);
	CHECK_EQ(m.entry.nrcpts, 1);
	CHECK_STR(m.entry.rcpts[0].address, "c@x");
	CHECK(strstr(buf_cstr(&s.keep.notice),
		  " for 1 of 3 recipients: c@x: later") != NULL);
	end(&s);
}

TEST(a_verdict_on_the_message_stays_the_error)
{
	struct story s;
	begin(&s);
	decide(&s);
	s.report.is_final = true;
	s.report.refused_code = 0;
	(void)err_set(&s.e, EX_DATAERR, "message: refused");
	CHECK(
	    !keep_rest(&s.keep, &s.envelope, &s.source, NULL, &s.report, &s.e));
	CHECK_STR(s.e.text, "message: refused");
	CHECK_EQ(s.e.exit, EX_NOUSER);
	CHECK(strstr(buf_cstr(&s.keep.notice), ": c@x: later") != NULL);
	end(&s);
}

TEST(where_all_is_decided_nothing_is_kept)
{
	struct story s;
	begin(&s);
	decide(&s);
	s.report.is_settled[2] = true;
	CHECK(
	    !keep_rest(&s.keep, &s.envelope, &s.source, NULL, &s.report, &s.e));
	CHECK(!keep_is_kept(&s.keep));
	CHECK(spool_is_empty(&s.keep.spool));
	CHECK_STR(s.e.text, "accepted for the other 1 of 3");
	end(&s);
}

TEST(without_a_queue_the_error_is_what_it_was_and_both_are_told)
{
	struct story s;
	struct err no_queue = ERR_INIT;
	begin(&s);
	(void)err_set(&no_queue, EX_CANTCREAT, "the disk is gone");
	(void)err_set(&s.e, EX_TEMPFAIL, "refused");
	CHECK(!keep_rest(
	    &s.keep, &s.envelope, &s.source, &no_queue, &s.report, &s.e));
	CHECK(!keep_is_kept(&s.keep));
	CHECK_EQ(s.e.exit, EX_TEMPFAIL);
	CHECK_STR(s.e.text, "refused");
	CHECK_EQ(s.report.refusals.len, 1);
	CHECK_STR(s.report.refusals.items[0],
	    "not kept in the queue: the disk is gone");
	end(&s);
}

TEST(a_queue_that_breaks_meanwhile_is_told_likewise)
{
	struct story s;
	begin(&s);
	(void)close(s.keep.spool.places[SPOOL_TMP]);
	s.keep.spool.places[SPOOL_TMP] = -1;
	(void)err_set(&s.e, EX_TEMPFAIL, "refused");
	CHECK(
	    !keep_rest(&s.keep, &s.envelope, &s.source, NULL, &s.report, &s.e));
	CHECK(!keep_is_kept(&s.keep));
	CHECK_STR(s.e.text, "refused");
	CHECK_EQ(s.report.refusals.len, 1);
	end(&s);
}
