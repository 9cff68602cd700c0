// SPDX-License-Identifier: ISC
#include "base/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

/* A folder for a test; its files are removed by name. */
struct place {
	char root[64];
	char dir[96];
	int fd;
};

static struct place
begin(const char *name)
{
	struct place p = { .root = "/tmp/posthaste-dir-XXXXXX", .fd = -1 };
	CHECK(mkdtemp(p.root) != NULL);
	(void)snprintf(p.dir, sizeof(p.dir), "%s/%s", p.root, name);
	return p;
}

static void
end(struct place *p)
{
	fd_release(&p->fd);
	REMOVE_TREE(p->root);
}

static mode_t
mode_of(const char *path)
{
	struct stat st = { .st_mode = 0 };
	CHECK(stat(path, &st) == 0);
	return st.st_mode & 07777;
}

TEST(a_folder_is_made_with_those_above_it)
{
	struct err e = ERR_INIT;
	struct place p = begin("a/b");
	CHECK(dir_open_private(p.dir, &p.fd, &e));
	CHECK_EQ(mode_of(p.dir), 0700);
	fd_release(&p.fd);
	CHECK(dir_open_private(p.dir, &p.fd, &e)); /* is there */
	end(&p);
}

TEST(a_folder_is_made_only_where_it_is_asked_for)
{
	struct err e = ERR_INIT;
	struct place p = begin("a");
	CHECK(!dir_find_private(p.dir, &p.fd, &e));
	CHECK_EQ(e.exit, EX_NOINPUT);
	CHECK(access(p.dir, F_OK) == -1);
	end(&p);
}

TEST(a_folder_that_may_not_be_made_is_told_as_that)
{
	struct err e = ERR_INIT;
	struct place p = begin("a/b");
	bool is_root = geteuid() == 0;
	CHECK(chmod(p.root, 0555) == 0);
	CHECK(!is_root || seteuid(65534) == 0);
	bool ok = dir_open_private(p.dir, &p.fd, &e);
	CHECK(!is_root || seteuid(0) == 0);
	CHECK(!ok);
	CHECK_EQ(e.exit, EX_CANTCREAT);
	CHECK(strstr(e.text, "/a: Permission denied") != NULL);
	CHECK(chmod(p.root, 0700) == 0);
	end(&p);
}

TEST(a_folder_for_others_is_refused)
{
	static const mode_t modes[] = { 0710, 0701, 0770, 0707, 0755 };
	struct place p = begin("a");
	CHECK(mkdir(p.dir, 0700) == 0);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct err e = ERR_INIT;
		CHECK(chmod(p.dir, modes[i]) == 0);
		CHECK(!dir_open_private(p.dir, &p.fd, &e));
		CHECK_EQ(e.exit, EX_CONFIG);
		CHECK(strncmp(e.hint, "chmod 700 /", 11) == 0);
		CHECK_EQ(p.fd, -1);
	}
	end(&p);
}

TEST(a_link_in_the_place_of_the_folder_is_refused)
{
	struct err e = ERR_INIT;
	struct place p = begin("a");
	CHECK(symlink(p.root, p.dir) == 0);
	CHECK(!dir_open_private(p.dir, &p.fd, &e));
	CHECK_EQ(e.exit, EX_CANTCREAT);
	CHECK(unlink(p.dir) == 0);
	CHECK(mkfifo(p.dir, 0600) == 0);
	CHECK(!dir_open_private(p.dir, &p.fd, &e));
	CHECK_EQ(e.exit, EX_CANTCREAT);
	end(&p);
}

TEST(a_folder_that_lasts_is_made_like_any)
{
	AUTO(fd_release) int inner = -1;
	struct err e = ERR_INIT;
	struct place p = begin("a/b");
	CHECK(dir_open_lasting(p.dir, &p.fd, &e));
	CHECK_EQ(mode_of(p.dir), 0700);
	CHECK(dir_open_private_at(p.fd, "c", &inner, &e));
	fd_release(&inner);
	CHECK(dir_open_private_at(p.fd, "c", &inner, &e)); /* is there */
	fd_release(&inner);
	CHECK(fchmodat(p.fd, "c", 0750, 0) == 0);
	CHECK(!dir_open_private_at(p.fd, "c", &inner, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.hint, ""); /* whose name alone would mislead */
	end(&p);
}

TEST(root_makes_no_folder_that_lasts_in_one_of_others)
{
	struct err e = ERR_INIT;
	struct place p = begin("a/b");
	if (geteuid() == 0) {
		CHECK(chown(p.root, 1000, 1000) == 0);
		CHECK(!dir_open_lasting(p.dir, &p.fd, &e));
		CHECK_EQ(e.exit, EX_CANTCREAT);
		CHECK(strstr(e.text, "is user 1000's") != NULL);
		CHECK(rmdir(p.root) == 0); /* there is nothing in it */
		CHECK(mkdir(p.root, 0700) == 0);
		CHECK(dir_open_lasting(p.dir, &p.fd, &e));
	}
	end(&p);
}

static void
check_text(int dir, const char *name, const char *want)
{
	AUTO(buf_release) struct buf text = BUF_INIT(100);
	struct err e = ERR_INIT;
	CHECK(dir_read_file(dir, name, &text, &e));
	CHECK_STR(buf_cstr(&text), want);
}

TEST(a_file_is_read_as_it_was_written)
{
	struct err e = ERR_INIT;
	struct place p = begin("a");
	struct stat st;
	CHECK(dir_open_private(p.dir, &p.fd, &e));
	CHECK(dir_write_file(p.fd, "f", STR("one"), false, &e));
	check_text(p.fd, "f", "one");
	CHECK(dir_write_file(p.fd, "f", STR("two"), true, &e));
	check_text(p.fd, "f", "two");
	CHECK(fstatat(p.fd, "f", &st, 0) == 0);
	CHECK_EQ(st.st_mode & 07777, 0600);
	end(&p);
}

static void
check_refused(int dir, const char *name, int exit)
{
	AUTO(buf_release) struct buf text = BUF_INIT(10);
	struct err e = ERR_INIT;
	CHECK(!dir_read_file(dir, name, &text, &e));
	CHECK_EQ(e.exit, exit);
}

TEST(a_file_that_is_not_its_owners_alone_is_not_read)
{
	struct err e = ERR_INIT;
	struct place p = begin("a");
	CHECK(dir_open_private(p.dir, &p.fd, &e));
	check_refused(p.fd, "f", EX_NOINPUT);
	CHECK(dir_write_file(p.fd, "f", STR("12345678901"), false, &e));
	check_refused(p.fd, "f", EX_CONFIG); /* too long */
	CHECK(dir_write_file(p.fd, "f", STR("x"), false, &e));
	CHECK(symlinkat("f", p.fd, "link") == 0);
	check_refused(p.fd, "link", EX_CONFIG);
	CHECK(mkfifoat(p.fd, "fifo", 0600) == 0);
	check_refused(p.fd, "fifo", EX_CONFIG);
	CHECK(fchmodat(p.fd, "f", 0640, 0) == 0);
	check_refused(p.fd, "f", EX_CONFIG);
	end(&p);
}

TEST(a_file_that_is_taken_is_gone)
{
	AUTO(buf_release) struct buf text = BUF_INIT(10);
	struct err e = ERR_INIT;
	struct place p = begin("a");
	CHECK(dir_open_private(p.dir, &p.fd, &e));
	CHECK(!dir_take_file(p.fd, "f", &text, &e));
	CHECK_EQ(e.exit, EX_NOINPUT);
	CHECK(dir_write_file(p.fd, "f", STR("x"), false, &e));
	CHECK(dir_take_file(p.fd, "f", &text, &e));
	CHECK_BUF(&text, "x");
	CHECK(!dir_take_file(p.fd, "f", &text, &e));
	CHECK_EQ(e.exit, EX_NOINPUT);
	CHECK(symlinkat("f", p.fd, "f") == 0);
	CHECK(!dir_take_file(p.fd, "f", &text, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	fd_release(&p.fd);
	CHECK(rmdir(p.dir) == 0); /* it is empty */
	end(&p);
}

TEST(a_file_that_cannot_be_put_in_place_leaves_nothing)
{
	struct err e = ERR_INIT;
	struct place p = begin("a");
	CHECK(dir_open_private(p.dir, &p.fd, &e));
	CHECK(mkdirat(p.fd, "f", 0700) == 0);
	CHECK(mkdirat(p.fd, "f/g", 0700) == 0);
	CHECK(!dir_write_file(p.fd, "f", STR("x"), false, &e));
	CHECK_EQ(e.exit, EX_CANTCREAT);
	CHECK(unlinkat(p.fd, "f/g", AT_REMOVEDIR) == 0);
	CHECK(unlinkat(p.fd, "f", AT_REMOVEDIR) == 0);
	fd_release(&p.fd);
	CHECK(rmdir(p.dir) == 0); /* it is empty */
	end(&p);
}
