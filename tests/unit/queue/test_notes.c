// SPDX-License-Identifier: ISC
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/strvec.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "queued.h"
#include "unit.h"

TEST(a_note_is_kept_until_it_is_dropped)
{
	AUTO(note_release) struct note n, again, none;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	note_init(&n, 2);
	n.ntries = 3;
	note_say_rcpt(&n, 1, STR("450 later"));
	CHECK(spool_note_write(&q.spool, QUEUED_ID "0", &n, &e));
	n.ntries = 4;
	CHECK(spool_note_write(&q.spool, QUEUED_ID "0", &n, &e));
	CHECK(spool_note_read(&q.spool, QUEUED_ID "0", 2, &again));
	CHECK_EQ(again.ntries, 4);
	CHECK_STR(again.rcpts[1], "450 later");
	spool_note_drop(&q.spool, QUEUED_ID "0");
	CHECK(!spool_note_read(&q.spool, QUEUED_ID "0", 2, &none));
	CHECK_EQ(none.nrcpts, 2);
	CHECK_EQ(none.ntries, 0);
	queued_end(&q);
}

TEST(a_note_of_any_length_is_read)
{
	static const char said[] = "450 4.2.0 greylisted, come back later";
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	for (size_t nrcpts = 15; nrcpts < 2000; nrcpts += 1 + nrcpts / 10) {
		AUTO(note_release) struct note n, again;
		note_init(&n, nrcpts);
		for (size_t i = 0; i < nrcpts; i++)
			note_say_rcpt(&n, i, STR(said));
		CHECK(spool_note_write(&q.spool, "host-00", &n, &e));
		CHECK(spool_note_read(&q.spool, "host-00", nrcpts, &again));
		for (size_t i = 0; i < nrcpts; i++)
			CHECK_STR(again.rcpts[i], said);
	}
	queued_end(&q);
}

TEST(what_is_no_note_is_none)
{
	AUTO(note_release) struct note fifo, link, folder;
	struct queued q = queued_open();
	int notes = q.spool.places[SPOOL_NOTES];
	CHECK(mkfifoat(notes, "a", 0600) == 0);
	CHECK(symlinkat("/etc/passwd", notes, "b") == 0);
	CHECK(mkdirat(notes, "c", 0700) == 0);
	CHECK_EQ((spool_note_read(&q.spool, "a", 1, &fifo), fifo.ntries), 0);
	CHECK(!spool_note_read(&q.spool, "b", 1, &link));
	CHECK(!spool_note_read(&q.spool, "c", 1, &folder));
	queued_end(&q);
}

TEST(a_note_that_cannot_be_written_is_told)
{
	AUTO(note_release) struct note n;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	note_init(&n, 1);
	CHECK(mkdirat(q.spool.places[SPOOL_NOTES], "a", 0700) == 0);
	CHECK(!spool_note_write(&q.spool, "a", &n, &e));
	CHECK_EQ(e.exit, EX_CANTCREAT);
	CHECK(strstr(e.text, "/notes") != NULL);
	queued_end(&q);
}

TEST(it_is_known_which_notes_there_are)
{
	AUTO(strvec_release) struct strvec names = STRVEC_INIT, none = names;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(spool_notes(&q.spool, &none, &e));
	CHECK(!spool_is_noted(&none, QUEUED_ID "0"));
	queued_forge(&q, SPOOL_NOTES, QUEUED_ID "2", "", 0600);
	queued_forge(&q, SPOOL_NOTES, "host-0123", "", 0600);
	queued_forge(&q, SPOOL_NOTES, QUEUED_ID "0", "", 0600);
	queued_forge(&q, SPOOL_NOTES, ".new-0123", "", 0600);
	CHECK(spool_notes(&q.spool, &names, &e));
	CHECK_EQ(names.len, 3);
	CHECK(spool_is_noted(&names, QUEUED_ID "0"));
	CHECK(!spool_is_noted(&names, QUEUED_ID "1"));
	CHECK(spool_is_noted(&names, QUEUED_ID "2"));
	CHECK(spool_is_noted(&names, "host-0123"));
	queued_end(&q);
}

TEST(the_note_goes_with_its_message)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	AUTO(note_release) struct note n;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	note_init(&n, 1);
	CHECK(queued_put(&q, QUEUED_ID "0", 1, NULL, &e));
	CHECK(spool_note_write(&q.spool, QUEUED_ID "0", &n, &e));
	CHECK_EQ(spool_take(&q.spool, QUEUED_ID "0", &m, &e), SPOOL_TAKEN);
	CHECK(spool_remove(&q.spool, &m, &e));
	CHECK(!queued_has(&q, SPOOL_NOTES, QUEUED_ID "0"));
	queued_end(&q);
}
