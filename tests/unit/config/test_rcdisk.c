// SPDX-License-Identifier: ISC
#include "config/rcdisk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "unit.h"

/* A folder with a pattern's character in its name, and files in it. */
struct world {
	char root[32], dir[64], rc[80];
};

static const char *const names[] = { "b.conf", "a.conf", "B.conf", ".c.conf",
	"d.txt" };

static void
world_path(const struct world *w, const char *name, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%s/%s", w->dir, name);
}

static void
world_init(struct world *w)
{
	*w = (struct world){ .root = "/tmp/rcdisk.XXXXXX" };
	CHECK(mkdtemp(w->root) != NULL);
	(void)snprintf(w->dir, sizeof(w->dir), "%s/[x]*", w->root);
	CHECK(mkdir(w->dir, 0700) == 0);
	world_path(w, "rc", w->rc, sizeof(w->rc));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[128];
		world_path(w, names[i], path, sizeof(path));
		AUTO(fd_release) int fd = open(path, O_WRONLY | O_CREAT, 0600);
		CHECK(fd != -1 && fd_write_all(fd, "text", 4));
	}
}

static void
world_release(struct world *w)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[128];
		world_path(w, names[i], path, sizeof(path));
		(void)unlink(path);
	}
	CHECK(rmdir(w->dir) == 0);
	CHECK(rmdir(w->root) == 0);
}

/* The names without the folder that want stands for. */
static void
lists(const char *from, const char *pattern, const char *dir, const char *want)
{
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	AUTO(buf_release) struct buf is = BUF_INIT(1000);
	struct err e = ERR_INIT;
	bool ok = rcdisk_real.list(from, str_of(pattern), &paths, &e);
	unit_check(ok, __FILE__, __LINE__, "%s: %s", pattern, e.text);
	for (size_t i = 0; i < paths.len; i++) {
		const char *path = paths.items[i];
		bool is_in = strncmp(path, dir, strlen(dir)) == 0;
		CHECK(is_in);
		CHECK(buf_printf(&is, "%s%s", i > 0 ? " " : "",
		    path + (is_in ? strlen(dir) : 0)));
	}
	CHECK_BUF(&is, want);
}

TEST(names_are_relative_to_the_folder_of_the_file)
{
	lists("/etc/rc", "x", "/etc/", "x");
	lists("/etc/rc", "/usr/x", "", "/usr/x");
	lists("rc", "x", "", "x");
	lists("dir/rc", "../x", "dir/", "../x");
}

TEST(a_pattern_lists_what_matches_sorted_by_bytes)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	char dir[80];
	(void)snprintf(dir, sizeof(dir), "%s/", w.dir);
	lists(w.rc, "*.conf", dir, "B.conf a.conf b.conf");
	lists(w.rc, "[ab].conf", dir, "a.conf b.conf");
	lists(w.rc, "?.txt", dir, "d.txt");
	lists(w.rc, "*.none", dir, "");
	lists(w.rc, "nowhere/*.conf", dir, "");
	lists(w.rc, "none.conf", dir, "none.conf");
}

TEST(the_home_stands_for_a_tilde)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	char dir[80];
	(void)snprintf(dir, sizeof(dir), "%s/", w.dir);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	CHECK(setenv("HOME", w.dir, 1) == 0);
	lists("/etc/rc", "~/a.conf", dir, "a.conf");
	lists("/etc/rc", "~/a*", dir, "a.conf");
	lists("/etc/rc", "~a", "/etc/", "~a");
}

TEST(a_folder_that_may_not_be_read_is_told)
{
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	AUTO(world_release) struct world w;
	struct err e = ERR_INIT;
	bool is_root = geteuid() == 0;
	world_init(&w);
	CHECK(chmod(w.root, 0755) == 0 && chmod(w.dir, 0) == 0);
	CHECK(!is_root || seteuid(65534) == 0);
	CHECK(!rcdisk_real.list(w.rc, STR("*.conf"), &paths, &e));
	CHECK_EQ(e.exit, EX_NOPERM);
	CHECK(!is_root || seteuid(0) == 0);
	CHECK(chmod(w.dir, 0700) == 0);
}

TEST(who_can_read_and_change_a_file_is_told)
{
	static const struct {
		mode_t mode;
		bool is_private, is_guarded;
	} cases[] = {
		{ 0600, true, true },
		{ 0644, false, true },
		{ 0664, false, false },
		{ 0602, false, false },
		{ 0620, false, false },
	};
	AUTO(world_release) struct world w;
	world_init(&w);
	char path[128];
	world_path(&w, "a.conf", path, sizeof(path));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rcdisk_text file = { .text = BUF_INIT(RCDISK_TEXT_MAX) };
		struct err e = ERR_INIT;
		CHECK(chmod(path, cases[i].mode) == 0);
		CHECK(rcdisk_real.read(path, &file, &e));
		CHECK_EQ(file.is_private, cases[i].is_private);
		CHECK_EQ(file.is_guarded, cases[i].is_guarded);
		CHECK(file.ino != 0);
		CHECK_BUF(&file.text, "text");
		buf_release(&file.text);
	}
}

TEST(a_command_that_fails_is_a_matter_of_configuration)
{
	AUTO(buf_release) struct buf line = BUF_INIT(1 << 16);
	struct err e = ERR_INIT;
	CHECK(rcdisk_real.run("echo host h; echo x", &line, &e));
	CHECK_BUF(&line, "host h");
	buf_release(&line);
	CHECK(!rcdisk_real.run("no-such-program-here 2>/dev/null", &line, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, "the command exited with status 127");
}
