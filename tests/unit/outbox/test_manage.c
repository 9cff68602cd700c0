// SPDX-License-Identifier: ISC
#include "outbox/manage.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/strvec.h"
#include "desk.h"
#include "outbox/run.h"

/* What would be run, as words. */
static char called[200];

static bool
run_none(const struct run_call *call, struct err *e)
{
	(void)snprintf(called, sizeof(called), "%s",
	    call->choice == RUN_ALL ? "all" : "these:");
	for (size_t i = 0; call->choice == RUN_THESE && i < call->ids->len; i++)
		(void)snprintf(called + strlen(called),
		    sizeof(called) - strlen(called), " %s",
		    call->ids->items[i]);
	return err_set(e, EX_TEMPFAIL, "%s", "");
}

/* The exit code; what was told, and the error, go to said. */
static int
manage_it(
    struct desk *d, enum manage_verb verb, const char *wanted, struct buf *said)
{
	AUTO(strvec_release) struct strvec list = STRVEC_INIT;
	AUTO(strvec_release) struct strvec told = STRVEC_INIT;
	struct err e = ERR_INIT;
	struct str rest = str_of(wanted), word;
	while (str_word(&rest, ",", &word))
		strvec_add(&list, word);
	const struct manage_call call = {
		.path = d->path,
		.verb = verb,
		.wanted = &list,
		.run = run_none,
		.fd = -1,
	};
	called[0] = '\0';
	buf_truncate(said, 0);
	bool ok = manage(&call, &told, &e);
	for (size_t i = 0; i < told.len; i++)
		(void)!buf_printf(said, "%s\n", told.items[i]);
	if (!ok)
		(void)!buf_printf(said, "%s", e.text);
	return ok ? EX_OK : e.exit;
}

#define SAID_INIT BUF_INIT(4096)

static bool
has(struct buf *said, const char *text)
{
	return strstr(buf_cstr(said), text) != NULL;
}

static bool
is_there(struct desk *d, enum spool_place place, const char *name)
{
	return faccessat(d->spool.places[place], name, F_OK, 0) == 0;
}

static bool
is_held(struct desk *d, const char *id)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	CHECK_EQ(spool_look(&d->spool, SPOOL_NEW, id, &m, &e), SPOOL_TAKEN);
	return m.entry.is_held;
}

static int64_t
next_of(struct desk *d, const char *name)
{
	AUTO(note_release) struct note note = NOTE_INIT;
	CHECK(spool_note_read(&d->spool, name, 1, &note));
	CHECK_EQ(note.ntries, 2);
	return note.next;
}

TEST(what_is_removed_is_gone_with_its_note)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	desk_put(&d, "there.example", other);
	desk_note(&d, id, 1000, "450 busy");
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, id, &said), EX_OK);
	CHECK_BUF(&said, "");
	CHECK(!is_there(&d, SPOOL_NEW, id));
	CHECK(!is_there(&d, SPOOL_NOTES, id));
	CHECK(is_there(&d, SPOOL_NEW, other));
	desk_end(&d);
}

TEST(a_part_of_the_id_is_enough_if_no_other_has_it)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	desk_put(&d, "there.example", other);
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, id + 16, &said), EX_OK);
	CHECK(is_held(&d, id));
	CHECK(!is_held(&d, other));
	desk_end(&d);
}

TEST(where_several_have_it_they_are_named_and_nothing_is_done)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE], wanted[64];
	desk_put(&d, "there.example", id);
	desk_put(&d, "there.example", other);
	(void)snprintf(wanted, sizeof(wanted), "%s,-", id);
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, wanted, &said), EX_USAGE);
	CHECK(has(&said, id));
	CHECK(has(&said, other));
	CHECK(has(&said, "\"-\" is in the ids of 2 messages"));
	CHECK(is_there(&d, SPOOL_NEW, id));
	CHECK(is_there(&d, SPOOL_NEW, other));
	desk_end(&d);
}

TEST(what_nobody_has_is_told_and_nothing_is_done)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE], wanted[64];
	desk_put(&d, "there.example", id);
	(void)snprintf(wanted, sizeof(wanted), "%s,nosuch", id);
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, wanted, &said), EX_NOINPUT);
	CHECK(has(&said, "\"nosuch\""));
	CHECK(is_there(&d, SPOOL_NEW, id));
	desk_end(&d);
}

TEST(all_are_none_where_there_is_no_queue)
{
	struct desk d = { .path = "/nonexistent/queue" };
	AUTO(buf_release) struct buf said = SAID_INIT;
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, "all", &said), EX_OK);
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, "all", &said), EX_OK);
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, "1", &said), EX_NOINPUT);
}

TEST(all_is_no_message_to_be_shown)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	CHECK_EQ(manage_it(&d, MANAGE_SHOW, "all", &said), EX_USAGE);
	desk_end(&d);
}

TEST(what_is_set_aside_can_be_removed_and_nothing_else)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	struct err e = ERR_INIT, why = ERR_INIT;
	char damaged[SPOOL_ID_SIZE], failed[SPOOL_ID_SIZE];
	char beside[SPOOL_ID_SIZE + 4];
	desk_put(&d, "there.example", damaged);
	desk_put(&d, "there.example", failed);
	(void)snprintf(beside, sizeof(beside), "%s.why", damaged);
	{
		AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
		AUTO(spooled_release) struct spooled n = SPOOLED_INIT;
		(void)err_set(&why, EX_DATAERR, "line 4 makes no sense");
		CHECK_EQ(spool_take(&d.spool, damaged, &m, &e), SPOOL_TAKEN);
		CHECK(spool_set_aside(&d.spool, &m, &why, &e));
		CHECK_EQ(spool_take(&d.spool, failed, &n, &e), SPOOL_TAKEN);
		CHECK(spool_move(&d.spool, &n, SPOOL_FAILED, &e));
	}
	CHECK(is_there(&d, SPOOL_DAMAGED, beside));
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, failed, &said), EX_NOINPUT);
	CHECK(has(&said, "does not wait any more"));
	CHECK_EQ(manage_it(&d, MANAGE_RETRY, damaged, &said), EX_NOINPUT);
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, damaged, &said), EX_OK);
	CHECK(!is_there(&d, SPOOL_DAMAGED, damaged));
	CHECK(!is_there(&d, SPOOL_DAMAGED, beside));
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, "all", &said), EX_OK);
	CHECK(!is_there(&d, SPOOL_FAILED, failed));
	desk_end(&d);
}

TEST(what_makes_no_sense_can_be_removed)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	int fd = openat(d.spool.places[SPOOL_NEW], id, O_WRONLY | O_TRUNC);
	CHECK(fd != -1 && close(fd) == 0);
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, id, &said), EX_DATAERR);
	CHECK(has(&said, "it is cut short"));
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, id, &said), EX_OK);
	CHECK(!is_there(&d, SPOOL_NEW, id));
	desk_end(&d);
}

TEST(what_is_being_tried_is_left_alone)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	char id[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	desk_put(&d, "there.example", other);
	CHECK_EQ(spool_take(&d.spool, id, &m, &e), SPOOL_TAKEN);
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, "all", &said), EX_TEMPFAIL);
	CHECK(has(&said, id));
	CHECK(has(&said, "being tried right now, and was not held"));
	CHECK(!is_held(&d, id));
	CHECK(is_held(&d, other));
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, "all", &said), EX_TEMPFAIL);
	CHECK(has(&said, "and was not removed"));
	CHECK(is_there(&d, SPOOL_NEW, id));
	CHECK(!is_there(&d, SPOOL_NEW, other));
	desk_end(&d);
}

TEST(what_is_gone_by_then_is_removed)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE], twice[2 * SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	(void)snprintf(twice, sizeof(twice), "%s,%s", id, id);
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, twice, &said), EX_OK);
	CHECK_BUF(&said, "");
	desk_end(&d);
}

TEST(of_two_with_one_id_the_one_that_waits_is_meant)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	CHECK(linkat(d.spool.places[SPOOL_NEW], id,
		  d.spool.places[SPOOL_FAILED], id, 0) == 0);
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, id, &said), EX_OK);
	CHECK(!is_there(&d, SPOOL_NEW, id));
	CHECK(is_there(&d, SPOOL_FAILED, id));
	CHECK_EQ(manage_it(&d, MANAGE_REMOVE, id, &said), EX_OK);
	CHECK(!is_there(&d, SPOOL_FAILED, id));
	desk_end(&d);
}

TEST(the_first_that_fails_makes_the_exit_code)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	char busy[SPOOL_ID_SIZE], broken[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", busy);
	desk_put(&d, "there.example", broken);
	CHECK_EQ(spool_take(&d.spool, busy, &m, &e), SPOOL_TAKEN);
	int fd = openat(d.spool.places[SPOOL_NEW], broken, O_WRONLY | O_TRUNC);
	CHECK(fd != -1 && close(fd) == 0);
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, "all", &said), EX_TEMPFAIL);
	CHECK(has(&said, busy));
	CHECK(has(&said, "it is cut short"));
	desk_end(&d);
}

TEST(who_is_held_is_released_again)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	CHECK_EQ(manage_it(&d, MANAGE_RELEASE, id, &said), EX_OK);
	CHECK(!is_held(&d, id));
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, id, &said), EX_OK);
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, id, &said), EX_OK);
	CHECK(is_held(&d, id));
	CHECK_EQ(manage_it(&d, MANAGE_RELEASE, id, &said), EX_OK);
	CHECK(!is_held(&d, id));
	desk_end(&d);
}

TEST(a_retry_waits_for_nothing_more)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	AUTO(buf_release) struct buf want = BUF_INIT(100);
	enum { LATER = 2000000000 };
	char id[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	char host[LANE_HOST_SIZE];
	desk_put(&d, "elsewhere.example", other);
	desk_name_host(&d, id, host);
	desk_note(&d, host, LATER, "no route");
	desk_note(&d, id, LATER, "450 busy");
	desk_note(&d, other, LATER, "450 busy");
	desk_note(&d, "host-0123456789abcdef", LATER, "no route");
	CHECK_EQ(manage_it(&d, MANAGE_RETRY, id, &said), EX_TEMPFAIL);
	(void)!buf_printf(&want, "these: %s", id);
	CHECK_STR(called, buf_cstr(&want));
	CHECK_EQ(next_of(&d, id), 0);
	CHECK_EQ(next_of(&d, host), 0);
	CHECK_EQ(next_of(&d, other), LATER);
	CHECK_EQ(next_of(&d, "host-0123456789abcdef"), LATER);
	CHECK_EQ(manage_it(&d, MANAGE_RETRY, "all", &said), EX_TEMPFAIL);
	CHECK_STR(called, "all");
	CHECK_EQ(next_of(&d, other), 0);
	CHECK_EQ(next_of(&d, "host-0123456789abcdef"), 0);
	desk_end(&d);
}

TEST(what_is_held_is_not_retried)
{
	struct desk d = desk_begin();
	AUTO(buf_release) struct buf said = SAID_INIT;
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	CHECK_EQ(manage_it(&d, MANAGE_HOLD, id, &said), EX_OK);
	CHECK_EQ(manage_it(&d, MANAGE_RETRY, id, &said), EX_TEMPFAIL);
	CHECK(has(&said, "is held; --queue-release lets it be tried"));
	CHECK_STR(called, "");
	(void)manage_it(&d, MANAGE_RETRY, "all", &said);
	CHECK(has(&said, "is held"));
	desk_end(&d);
}
