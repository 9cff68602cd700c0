// SPDX-License-Identifier: ISC
#include "outbox/busy.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "unit.h"

TEST(only_whole_locks_of_flock_count)
{
	struct busy b = BUSY_INIT;
	busy_parse(&b,
	    STR("1: POSIX  ADVISORY  WRITE 412 fe:00:11 0 EOF\n"
		"2: FLOCK  ADVISORY  WRITE 3978 fe:00:8589934592 0 EOF\n"
		"2: -> FLOCK  ADVISORY  WRITE 3979 fe:00:12 0 EOF\n"
		"3: FLOCK  ADVISORY  READ  1 00:1f:7 0 EOF\n"
		"4: FLOCK  ADVISORY  WRITE 1 <none>:0 0 EOF\n"
		"\n"
		"5: FLOCK  ADVISORY  WRITE 1 fe:00:nonsense 0 EOF\n"
		"6: FLOCK  ADVISORY  WRITE 1 fe\n"
		"7: FLOCK"));
	CHECK_EQ(b.len, 3);
	CHECK_EQ(b.inodes[0], 0);
	CHECK_EQ(b.inodes[1], 7);
	CHECK_EQ(b.inodes[2], 8589934592);
	busy_release(&b);
}

TEST(nothing_is_busy_where_nothing_is_known)
{
	const struct busy b = BUSY_INIT;
	CHECK(!busy_has(&b, STDIN_FILENO));
	CHECK(!busy_has(&b, -1));
}

TEST(who_has_the_lock_is_seen_and_not_disturbed)
{
	struct busy b = BUSY_INIT;
	char path[] = "/tmp/posthaste-busy-XXXXXX", again[64];
	int holder = mkstemp(path);
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", holder);
	FILE *other = fopen(again, "r");
	CHECK(other != NULL && flock(holder, LOCK_EX) == 0);
	busy_read(&b);
	CHECK(access("/proc/locks", R_OK) != 0 || busy_has(&b, fileno(other)));
	CHECK(flock(holder, LOCK_UN) == 0);
	/* the list is old by now */
	CHECK(!busy_has(&b, fileno(other)));
	CHECK(flock(holder, LOCK_EX | LOCK_NB) == 0);
	busy_release(&b);
	(void)fclose(other);
	(void)close(holder);
	CHECK(unlink(path) == 0);
}
