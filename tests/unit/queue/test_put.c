// SPDX-License-Identifier: ISC
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"
#include "queue/spool.h"
#include "queued.h"
#include "unit.h"

TEST(what_was_put_is_there_as_it_goes_out)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	AUTO(message_release) struct message text = MESSAGE_INIT;
	const size_t size = sizeof(QUEUED_WIRE) - 1;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	char id[SPOOL_ID_SIZE], bytes[100];
	CHECK(queued_put(&q, NULL, 2, id, &e));
	CHECK(spool_is_id(id));
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 0);
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 1);
	CHECK_EQ(spool_take(&q.spool, id, &m, &e), SPOOL_TAKEN);
	CHECK_STR(m.entry.sender, "me@x");
	CHECK_EQ(m.entry.nrcpts, 2);
	CHECK_EQ(m.entry.size, size);
	CHECK(m.entry.arrived_usec > 0);
	CHECK(spooled_text(&m, &text, &e));
	CHECK_EQ(text.facts.wire, size);
	CHECK_EQ(pread(m.fd, bytes, sizeof(bytes), m.entry.text), size);
	CHECK(memcmp(bytes, QUEUED_WIRE, size) == 0);
	queued_end(&q);
}

TEST(its_file_is_for_its_owner_alone_whatever_the_umask)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	struct queued q = queued_open();
	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		struct err e = ERR_INIT;
		struct stat st;
		char id[SPOOL_ID_SIZE];
		mode_t before = umask(masks[i]);
		CHECK(queued_put(&q, NULL, 1, id, &e));
		(void)umask(before);
		CHECK(fstatat(q.spool.places[SPOOL_NEW], id, &st, 0) == 0);
		CHECK_EQ(st.st_mode & 07777, 0600);
		CHECK_EQ(st.st_nlink, 1);
	}
	queued_end(&q);
}

TEST(under_an_id_that_is_there_nothing_is_put)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, QUEUED_ID "0", 1, NULL, &e));
	CHECK(queued_put(&q, QUEUED_ID "0", 2, NULL, &e));
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 1);
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 0);
	CHECK_EQ(spool_take(&q.spool, QUEUED_ID "0", &m, &e), SPOOL_TAKEN);
	CHECK_EQ(m.entry.nrcpts, 1); /* it is the first */
	queued_end(&q);
}

TEST(what_is_no_message_does_not_pass_for_one)
{
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(mkdirat(q.spool.places[SPOOL_NEW], QUEUED_ID "0", 0700) == 0);
	CHECK(!queued_put(&q, QUEUED_ID "0", 1, NULL, &e));
	CHECK_EQ(e.exit, EX_CANTCREAT);
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 0);
	queued_end(&q);
}

TEST(what_an_id_brings_about_comes_behind_it)
{
	char one[SPOOL_ID_SIZE], again[SPOOL_ID_SIZE], other[SPOOL_ID_SIZE];
	spool_derive_id(QUEUED_ID "f", STR("bounce"), one);
	spool_derive_id(QUEUED_ID "f", STR("bounce"), again);
	spool_derive_id(QUEUED_ID "f", STR("warning"), other);
	CHECK(spool_is_id(one));
	CHECK(spool_is_id(other));
	CHECK_STR(again, one);
	CHECK(strcmp(one, other) != 0);
	CHECK(strcmp(QUEUED_ID "f", one) < 0);
	CHECK(strncmp(one, "20261224-170000-123457-", 23) == 0);
	spool_derive_id(QUEUED_ID "0", STR("bounce"), other);
	CHECK(strcmp(one, other) != 0);
	spool_derive_id("20261224-170009-999999-00000000", STR("x"), one);
	CHECK(strncmp(one, "20261224-170010-000000-", 23) == 0);
}

TEST(a_message_that_cannot_be_read_is_not_put_there)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message m = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	char id[SPOOL_ID_SIZE], name[64] = "/tmp/posthaste-text-XXXXXX";
	int fd = mkstemp(name);
	CHECK(fd != -1);
	CHECK(unlink(name) == 0);
	CHECK_EQ(write(fd, QUEUED_TEXT, 10), 10);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK(ftruncate(fd, 3) == 0);
	source_init(&source, &m, NULL);
	entry.sender = str_dup(STR("me@x"));
	entry_add_rcpt(&entry, STR("a@x"), STR_INIT);
	CHECK(!spool_put(&q.spool, &entry, &source, id, &e));
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 0);
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 0);
	CHECK(close(fd) == 0);
	queued_end(&q);
}

/* Tries it with less of something than it takes. */
static void
check_limited(int what, rlim_t most, const char *why)
{
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	struct rlimit before, less;
	CHECK(getrlimit(what, &before) == 0);
	less = before;
	less.rlim_cur = most;
	CHECK(setrlimit(what, &less) == 0);
	bool ok = queued_put(&q, NULL, 100, NULL, &e);
	CHECK(setrlimit(what, &before) == 0);
	CHECK(!ok);
	CHECK_EQ(e.exit, EX_CANTCREAT);
	CHECK(strstr(e.text, q.path) != NULL);
	CHECK(strstr(e.text, why) != NULL);
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 0);
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 0);
	queued_end(&q);
}

TEST(a_message_for_which_there_is_no_room_is_not_put_there)
{
	(void)signal(SIGXFSZ, SIG_IGN);
	check_limited(RLIMIT_FSIZE, 500, "File too large");
	/* valgrind keeps that limit itself, behind a call that makes a file */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	const char *preloaded = getenv("LD_PRELOAD");
	if (preloaded == NULL || strstr(preloaded, "vgpreload") == NULL)
		check_limited(RLIMIT_NOFILE, 0, "Too many open files");
}
