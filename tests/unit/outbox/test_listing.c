// SPDX-License-Identifier: ISC
#include "outbox/listing.h"

#include <unistd.h>

#include "desk.h"

/* below queue_retry_max, and beyond what a try is put off to */
enum { LATER = 1000, MUCH_LATER = 3000, NEVER = 100000 };

static void
look(struct listing *l, const char *id, struct listed *m)
{
	struct err e = ERR_INIT;
	CHECK_EQ(listing_look(l, SPOOL_NEW, id, m, &e), SPOOL_TAKEN);
}

static struct listing
list(struct desk *d)
{
	struct listing l;
	struct err e = ERR_INIT;
	CHECK(listing_open(&l, d->path, &e));
	return l;
}

TEST(what_was_never_tried_is_due)
{
	struct desk d = desk_begin();
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	look(&l, id, &m);
	CHECK_EQ(m.state, LISTED_WAITING);
	CHECK_EQ(m.next, 0);
	CHECK_EQ(m.ntries, 0);
	CHECK(m.said == NULL);
	desk_end(&d);
}

TEST(a_message_waits_for_itself_and_for_its_server)
{
	struct desk d = desk_begin();
	char first[SPOOL_ID_SIZE], second[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	char host[LANE_HOST_SIZE];
	desk_put(&d, "there.example", first);
	desk_put(&d, "there.example", second);
	desk_put(&d, "elsewhere.example", other);
	desk_name_host(&d, first, host);
	int64_t now = time(NULL);
	desk_note(&d, host, now + LATER, "no route");
	desk_note(&d, second, now + MUCH_LATER, "450 busy");
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	AUTO(listed_release) struct listed n = LISTED_INIT;
	AUTO(listed_release) struct listed o = LISTED_INIT;
	look(&l, first, &m);
	CHECK_EQ(m.next, now + LATER);
	CHECK_EQ(m.ntries, 2);
	CHECK_STR(m.said, "no route");
	look(&l, second, &n);
	CHECK_EQ(n.next, now + MUCH_LATER);
	CHECK_STR(n.said, "450 busy");
	look(&l, other, &o);
	CHECK_EQ(o.next, 0);
	CHECK(o.said == NULL);
	CHECK_EQ(l.nlanes, 2);
	desk_end(&d);
}

TEST(what_is_past_is_now)
{
	struct desk d = desk_begin();
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	desk_note(&d, id, 1000, "450 busy");
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	look(&l, id, &m);
	CHECK_EQ(m.next, 0);
	CHECK_STR(m.said, "450 busy");
	desk_end(&d);
}

TEST(what_is_too_far_off_is_now)
{
	struct desk d = desk_begin();
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", id);
	desk_note(&d, id, time(NULL) + NEVER, "450 busy");
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	look(&l, id, &m);
	CHECK_EQ(m.next, 0);
	desk_end(&d);
}

TEST(settings_that_are_wrong_now_come_before_what_was_said)
{
	struct desk d = desk_begin();
	char id[SPOOL_ID_SIZE];
	desk_put(&d, "/nonexistent/rc", id);
	desk_note(&d, id, 1000, "450 busy");
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	look(&l, id, &m);
	CHECK(strstr(m.said, "/nonexistent/rc") != NULL);
	desk_end(&d);
}

TEST(who_is_being_tried_is_seen_by_the_lock)
{
	struct desk d = desk_begin();
	AUTO(spooled_release) struct spooled taken = SPOOLED_INIT;
	char id[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	struct err e = ERR_INIT;
	desk_put(&d, "there.example", id);
	desk_put(&d, "there.example", other);
	CHECK_EQ(spool_take(&d.spool, id, &taken, &e), SPOOL_TAKEN);
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	AUTO(listed_release) struct listed n = LISTED_INIT;
	look(&l, id, &m);
	CHECK_EQ(m.state,
	    access("/proc/locks", R_OK) == 0 ? LISTED_TRYING : LISTED_WAITING);
	look(&l, other, &n);
	CHECK_EQ(n.state, LISTED_WAITING);
	desk_end(&d);
}

TEST(one_behind_another_that_has_to_wait_is_not_due)
{
	struct desk d = desk_begin();
	char first[SPOOL_ID_SIZE], second[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", first);
	desk_put(&d, "there.example", second);
	desk_put(&d, "elsewhere.example", other);
	desk_note(&d, first, time(NULL) + LATER, "450 busy");
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	AUTO(listed_release) struct listed n = LISTED_INIT;
	AUTO(listed_release) struct listed o = LISTED_INIT;
	look(&l, first, &m);
	CHECK(!m.is_behind);
	look(&l, second, &n);
	CHECK(n.is_behind);
	CHECK_EQ(n.next, 0);
	look(&l, other, &o);
	CHECK(!o.is_behind);
	desk_end(&d);
}

TEST(one_behind_another_that_is_due_is_due_as_well)
{
	struct desk d = desk_begin();
	char first[SPOOL_ID_SIZE], second[SPOOL_ID_SIZE];
	desk_put(&d, "there.example", first);
	desk_put(&d, "there.example", second);
	AUTO(listing_release) struct listing l = list(&d);
	AUTO(listed_release) struct listed m = LISTED_INIT;
	AUTO(listed_release) struct listed n = LISTED_INIT;
	look(&l, first, &m);
	look(&l, second, &n);
	CHECK(!m.is_behind);
	CHECK(!n.is_behind);
	desk_end(&d);
}

TEST(no_queue_is_told_as_such)
{
	struct listing l;
	struct err e = ERR_INIT;
	CHECK(!listing_open(&l, "/nonexistent/queue", &e));
	CHECK_EQ(e.exit, EX_NOINPUT);
	listing_release(&l);
}
