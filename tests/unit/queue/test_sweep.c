// SPDX-License-Identifier: ISC
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "queue/spool.h"
#include "queued.h"
#include "unit.h"

enum { MINUTE = 60, DAY = 24 * 60 * 60 };

TEST(what_a_dead_process_was_writing_is_swept_away)
{
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_TMP, QUEUED_ID "0", "post", 0600);
	spool_sweep(&q.spool);
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 0);
	queued_end(&q);
}

TEST(what_somebody_writes_stays)
{
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_TMP, QUEUED_ID "0", "post", 0600);
	AUTO(fd_release)
	int fd = openat(
	    q.spool.places[SPOOL_TMP], QUEUED_ID "0", O_RDWR | O_CLOEXEC);
	CHECK(flock(fd, LOCK_EX) == 0);
	spool_sweep(&q.spool);
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 1);
	queued_end(&q);
}

TEST(who_sweeps_does_not_disturb_who_puts)
{
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	pid_t parent = getpid(), sweeper = fork();
	while (sweeper == 0 && getppid() == parent)
		spool_sweep(&q.spool);
	if (sweeper == 0)
		_exit(1);
	for (size_t i = 0; i < 200; i++)
		CHECK(queued_put(&q, NULL, 1, NULL, &e));
	CHECK(kill(sweeper, SIGKILL) == 0);
	CHECK_EQ(waitpid(sweeper, NULL, 0), sweeper);
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 200);
	queued_end(&q);
}

TEST(a_note_without_a_message_is_swept_away)
{
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, QUEUED_ID "0", 1, NULL, &e));
	queued_forge(&q, SPOOL_NOTES, QUEUED_ID "0", "tries 1\n", 0600);
	queued_forge(&q, SPOOL_NOTES, QUEUED_ID "1", "tries 1\n", 0600);
	spool_sweep(&q.spool);
	CHECK(queued_has(&q, SPOOL_NOTES, QUEUED_ID "0"));
	CHECK(!queued_has(&q, SPOOL_NOTES, QUEUED_ID "1"));
	queued_end(&q);
}

TEST(a_note_of_a_host_is_kept_for_a_week)
{
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_NOTES, "host-0", "tries 1\n", 0600);
	queued_forge(&q, SPOOL_NOTES, "host-1", "tries 1\n", 0600);
	queued_age(&q, SPOOL_NOTES, "host-0", 6 * DAY);
	queued_age(&q, SPOOL_NOTES, "host-1", 8 * DAY);
	spool_sweep(&q.spool);
	CHECK(queued_has(&q, SPOOL_NOTES, "host-0"));
	CHECK(!queued_has(&q, SPOOL_NOTES, "host-1"));
	queued_end(&q);
}

TEST(what_was_not_put_in_its_place_is_swept_away_later)
{
	static const enum spool_place places[] = { SPOOL_NOTES, SPOOL_DAMAGED };
	struct queued q = queued_open();
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		queued_forge(&q, places[i], ".new-0", "", 0600);
		queued_forge(&q, places[i], ".new-1", "", 0600);
		queued_age(&q, places[i], ".new-1", 61 * MINUTE);
	}
	spool_sweep(&q.spool);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		CHECK(queued_has(&q, places[i], ".new-0"));
		CHECK(!queued_has(&q, places[i], ".new-1"));
	}
	queued_end(&q);
}

TEST(a_reason_without_a_message_is_swept_away_later)
{
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_DAMAGED, QUEUED_ID "0", "", 0600);
	for (char c = '0'; c < '3'; c++) {
		char name[] = QUEUED_ID "0.why";
		name[sizeof(QUEUED_ID) - 1] = c;
		queued_forge(&q, SPOOL_DAMAGED, name, "why\n", 0600);
		if (c != '2')
			queued_age(&q, SPOOL_DAMAGED, name, 61 * MINUTE);
	}
	spool_sweep(&q.spool);
	CHECK(queued_has(&q, SPOOL_DAMAGED, QUEUED_ID "0.why"));
	CHECK(!queued_has(&q, SPOOL_DAMAGED, QUEUED_ID "1.why"));
	CHECK(queued_has(&q, SPOOL_DAMAGED, QUEUED_ID "2.why"));
	queued_end(&q);
}

TEST(a_lock_that_nobody_has_is_kept_for_a_day)
{
	AUTO(fd_release) int fd = -1;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(spool_lock(&q.spool, "held", false, &fd, &e));
	queued_forge(&q, SPOOL_LOCKS, "young", "", 0600);
	queued_forge(&q, SPOOL_LOCKS, "old", "", 0600);
	queued_age(&q, SPOOL_LOCKS, "held", 25 * 60 * MINUTE);
	queued_age(&q, SPOOL_LOCKS, "young", 23 * 60 * MINUTE);
	queued_age(&q, SPOOL_LOCKS, "old", 25 * 60 * MINUTE);
	spool_sweep(&q.spool);
	CHECK(queued_has(&q, SPOOL_LOCKS, "held"));
	CHECK(queued_has(&q, SPOOL_LOCKS, "young"));
	CHECK(!queued_has(&q, SPOOL_LOCKS, "old"));
	queued_end(&q);
}

/* Adds to a counter, with the lock, so often. */
static void
count(struct queued *q, unsigned *counter, unsigned n)
{
	struct err e = ERR_INIT;
	for (unsigned i = 0; i < n; i++) {
		AUTO(fd_release) int fd = -1;
		unsigned before;
		if (!spool_lock(&q->spool, "lane", true, &fd, &e))
			_exit(1);
		queued_age(q, SPOOL_LOCKS, "lane", 2 * DAY);
		before = *(volatile unsigned *)counter;
		(void)sched_yield();
		*(volatile unsigned *)counter = before + 1;
	}
}

TEST(who_sweeps_locks_lets_one_at_a_time_have_each)
{
	enum { TIMES = 300, PROCESSES = 3 };
	struct queued q = queued_open();
	pid_t counting[PROCESSES], sweepers[2], parent = getpid();
	unsigned *counter = mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < ARRAY_LEN(sweepers); i++) {
		sweepers[i] = fork();
		while (sweepers[i] == 0 && getppid() == parent)
			spool_sweep(&q.spool);
		if (sweepers[i] == 0)
			_exit(1);
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		counting[i] = fork();
		if (counting[i] == 0) {
			count(&q, counter, TIMES);
			_exit(0);
		}
	}
	for (size_t i = 0; i < PROCESSES; i++)
		CHECK_EQ(waitpid(counting[i], NULL, 0), counting[i]);
	for (size_t i = 0; i < ARRAY_LEN(sweepers); i++) {
		CHECK(kill(sweepers[i], SIGKILL) == 0);
		CHECK_EQ(waitpid(sweepers[i], NULL, 0), sweepers[i]);
	}
	CHECK_EQ(*counter, (unsigned)PROCESSES * TIMES);
	CHECK(munmap(counter, sizeof(*counter)) == 0);
	queued_end(&q);
}
