// SPDX-License-Identifier: ISC
#include "queue/spool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "queued.h"
#include "unit.h"

static const char *const places[] = { "tmp", "new", "failed", "damaged",
	"notes", "locks" };

TEST(it_is_made_for_its_owner_alone)
{
	struct queued q = queued_open();
	struct stat st;
	CHECK(stat(q.path, &st) == 0);
	CHECK_EQ(st.st_mode & 07777, 0700);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		CHECK(fstat(q.spool.places[i], &st) == 0);
		CHECK_EQ(st.st_mode & 07777, 0700);
	}
	queued_end(&q);
}

TEST(one_that_is_not_there_is_made_only_where_it_is_asked_for)
{
	struct err e = ERR_INIT;
	struct queued q = queued_begin();
	CHECK(!spool_open_existing(&q.spool, q.path, &e));
	CHECK_EQ(e.exit, EX_NOINPUT);
	CHECK(access(q.path, F_OK) == -1);
	CHECK(spool_open(&q.spool, q.path, &e));
	spool_release(&q.spool);
	CHECK(spool_open_existing(&q.spool, q.path, &e));
	queued_end(&q);
}

static void
check_refused(struct queued *q, int exit, const char *where)
{
	struct err e = ERR_INIT;
	spool_release(&q->spool);
	CHECK(!spool_open(&q->spool, q->path, &e));
	CHECK_EQ(e.exit, exit);
	CHECK(strstr(e.text, where) != NULL);
}

TEST(a_folder_that_others_can_look_into_is_refused)
{
	struct queued q = queued_open();
	struct err e = ERR_INIT;
	char path[128], hint[160];
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", q.path, places[i]);
		(void)snprintf(hint, sizeof(hint), "chmod 700 %s", path);
		CHECK(chmod(path, 0750) == 0);
		check_refused(&q, EX_CONFIG, places[i]);
		CHECK(!spool_open(&q.spool, q.path, &e));
		CHECK_STR(e.hint, hint);
		CHECK(chmod(path, 0700) == 0);
	}
	CHECK(chmod(q.path, 0711) == 0);
	check_refused(&q, EX_CONFIG, "mode 0711");
	queued_end(&q);
}

TEST(a_link_in_the_place_of_a_folder_is_refused)
{
	struct queued q = queued_open();
	char path[128], other[128];
	(void)snprintf(other, sizeof(other), "%s/other", q.path);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", q.path, places[i]);
		CHECK(rename(path, other) == 0);
		CHECK(symlink(other, path) == 0);
		check_refused(&q, EX_CANTCREAT, places[i]);
		CHECK(unlink(path) == 0);
		CHECK(rename(other, path) == 0);
	}
	(void)snprintf(path, sizeof(path), "%s/link", q.root);
	CHECK(symlink(q.path, path) == 0);
	struct err e = ERR_INIT;
	CHECK(!spool_open(&q.spool, path, &e));
	CHECK_EQ(e.exit, EX_CANTCREAT);
	queued_end(&q);
}

TEST(a_folder_of_somebody_else_is_refused)
{
	if (geteuid() != 0)
		return; /* nothing can be given away */
	struct queued q = queued_open();
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/new", q.path);
	CHECK(chown(path, 65534, (gid_t)-1) == 0);
	check_refused(&q, EX_CONFIG, "it is user 65534's");
	CHECK(chown(q.path, 65534, (gid_t)-1) == 0);
	check_refused(&q, EX_CONFIG, "it is user 65534's");
	queued_end(&q);
}

TEST(they_are_listed_in_the_order_in_which_they_came)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	char wanted[20][SPOOL_ID_SIZE];
	CHECK(spool_is_empty(&q.spool));
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		CHECK(queued_put(&q, NULL, 1, wanted[i], &e));
	CHECK(!spool_is_empty(&q.spool));
	CHECK(spool_list(&q.spool, SPOOL_NEW, &ids, &e));
	CHECK_EQ(ids.len, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ids.len; i++)
		CHECK_STR(ids.items[i], wanted[i]);
	queued_end(&q);
}

TEST(what_is_no_message_is_not_listed)
{
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_NEW, "core", "", 0600);
	queued_forge(&q, SPOOL_NEW, QUEUED_ID "g", "", 0600);
	queued_forge(&q, SPOOL_NEW, QUEUED_ID "0.swp", "", 0600);
	CHECK(spool_is_empty(&q.spool));
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 0);
	queued_end(&q);
}

TEST(an_id_is_found_by_a_part_of_it_wherever_it_is)
{
	AUTO(spool_matches_release)
	struct spool_matches found = SPOOL_MATCHES_INIT, none = found;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_DAMAGED, QUEUED_ID "1", "", 0600);
	queued_forge(&q, SPOOL_DAMAGED, QUEUED_ID "1.why", "x", 0600);
	queued_forge(&q, SPOOL_FAILED, QUEUED_ID "0", "", 0600);
	queued_forge(&q, SPOOL_NEW, QUEUED_ID "2", "", 0600);
	queued_forge(
	    &q, SPOOL_NEW, "20271224-170000-123456-11111111", "", 0600);
	queued_forge(&q, SPOOL_TMP, QUEUED_ID "3", "", 0600);
	CHECK(spool_find(&q.spool, "9abcde", &found, &e));
	CHECK_EQ(found.len, 3);
	CHECK_STR(found.items[0].id, QUEUED_ID "2");
	CHECK_EQ(found.items[0].place, SPOOL_NEW);
	CHECK_STR(found.items[1].id, QUEUED_ID "0");
	CHECK_EQ(found.items[1].place, SPOOL_FAILED);
	CHECK_STR(found.items[2].id, QUEUED_ID "1");
	CHECK_EQ(found.items[2].place, SPOOL_DAMAGED);
	CHECK(spool_find(&q.spool, "abcdef0", &none, &e));
	CHECK_EQ(none.len, 0);
	CHECK(spool_find(&q.spool, "", &found, &e));
	CHECK_EQ(found.len, 3 + 4);
	queued_end(&q);
}

TEST(one_at_a_time_has_a_lock)
{
	AUTO(fd_release) int fd = -1, other = -1;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(spool_lock(&q.spool, "0123456789abcdef", false, &fd, &e));
	CHECK(fd != -1);
	CHECK(spool_lock(&q.spool, "0123456789abcdef", false, &other, &e));
	CHECK_EQ(other, -1);
	CHECK(spool_lock(&q.spool, "fedcba9876543210", false, &other, &e));
	CHECK(other != -1); /* another line */
	fd_release(&fd);
	fd_release(&other);
	CHECK(spool_lock(&q.spool, "0123456789abcdef", true, &other, &e));
	CHECK(other != -1);
	queued_end(&q);
}

TEST(a_lock_that_cannot_be_made_is_told)
{
	AUTO(fd_release) int fd = -1;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(symlinkat("x", q.spool.places[SPOOL_LOCKS], "link") == 0);
	CHECK(!spool_lock(&q.spool, "link", true, &fd, &e));
	CHECK_EQ(e.exit, EX_CANTCREAT);
	CHECK_EQ(fd, -1);
	queued_end(&q);
}

TEST(a_list_that_cannot_be_had_is_not_an_empty_one)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	struct rlimit limit, none;
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	bool is_empty = spool_is_empty(&q.spool);
	bool is_listed = spool_list(&q.spool, SPOOL_NEW, &ids, &e);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK(!is_empty);
	CHECK(!is_listed);
	CHECK_EQ(e.exit, EX_IOERR);
	queued_end(&q);
}
