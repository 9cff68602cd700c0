// SPDX-License-Identifier: ISC
#include "config/keyring.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/command.h"
#include "config/settings.h"
#include "unit.h"

static const struct settings_origin by_file = {
	.source = SETTINGS_RCFILE, .line = 3, .file = "rc"
};

/* A folder with a secret-tool that does what the text says. */
struct world {
	char dir[32];
	char tool[64];
	char path[128];
	struct keyring_places places;
	struct settings s;
	struct buf secret;
	const char *why;
	struct err e;
};

static void
world_init(struct world *w, const char *text)
{
	*w = (struct world){ .dir = "/tmp/keyring.XXXXXX",
		.secret = BUF_INIT(COMMAND_LINE_MAX) };
	CHECK(mkdtemp(w->dir) != NULL);
	(void)snprintf(w->tool, sizeof(w->tool), "%s/secret-tool", w->dir);
	(void)snprintf(
	    w->path, sizeof(w->path), "relative:/nonexistent:%s", w->dir);
	AUTO(fd_release)
	int fd = open(w->tool, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	CHECK(fd != -1 && fd_write_all(fd, "#!/bin/sh\n", 10) &&
	    fd_write_all(fd, text, strlen(text)));
	w->places = (struct keyring_places){ .bus = "x", .path = w->path };
	CHECK(settings_set(&w->s, SETTING_HOST, STR("h"), by_file, &w->e));
	CHECK(settings_set(&w->s, SETTING_USER, STR("u"), by_file, &w->e));
	CHECK(settings_fill_defaults(&w->s, &w->e));
}

static void
world_release(struct world *w)
{
	settings_release(&w->s);
	buf_release(&w->secret);
	(void)unlink(w->tool);
	(void)rmdir(w->dir);
}

static bool
find(struct world *w)
{
	buf_truncate(&w->secret, 0);
	return keyring_find(&w->s, &w->places, &w->secret, &w->why, &w->e);
}

static void
finds_nothing(struct world *w, const char *why)
{
	CHECK(find(w));
	CHECK_EQ(w->secret.len, 0);
	CHECK_STR(w->why, why);
}

TEST(what_the_tool_prints_is_the_password)
{
	AUTO(world_release) struct world w;
	world_init(&w, "echo \"$*\"; echo more\n");
	CHECK(find(&w));
	CHECK_BUF(&w.secret, "lookup host h service smtp user u");
	CHECK(w.why == NULL);
}

TEST(no_shell_sees_the_arguments)
{
	AUTO(world_release) struct world w;
	world_init(&w, "echo \"$7\"\n");
	CHECK(settings_set(
	    &w.s, SETTING_USER, STR("$(id); u  \"'"), by_file, &w.e));
	CHECK(find(&w));
	CHECK_BUF(&w.secret, "$(id); u  \"'");
}

TEST(the_reasons_to_find_nothing_are_told)
{
	AUTO(world_release) struct world w;
	world_init(&w, "echo hunter2; exit 1\n");
	finds_nothing(&w, "has none for host and user");
	w.places.bus = "";
	finds_nothing(&w, "no session bus");
	w.places.bus = NULL;
	w.places.runtime_dir = "/nonexistent";
	finds_nothing(&w, "no session bus");
	w.places.runtime_dir = w.dir; /* where bus is no socket, nor there */
	finds_nothing(&w, "no session bus");
	w.places.bus = "x";
	w.places.path = "/nonexistent";
	finds_nothing(&w, "no secret-tool");
	w.places.path = NULL;
	finds_nothing(&w, "no secret-tool");
	w.s.keyring = false;
	finds_nothing(&w, "is off");
}

TEST(a_tool_that_prints_nothing_has_none)
{
	AUTO(world_release) struct world w;
	world_init(&w, "exit 0\n");
	finds_nothing(&w, "has none for host and user");
}

TEST(a_tool_that_others_could_change_is_none)
{
	AUTO(world_release) struct world w;
	world_init(&w, "echo x\n");
	CHECK(chmod(w.tool, 0722) == 0);
	finds_nothing(&w, "no secret-tool");
	CHECK(chmod(w.tool, 0600) == 0);
	CHECK(chmod(w.dir, 0700) == 0);
	finds_nothing(&w, "no secret-tool");
	CHECK(chmod(w.tool, 0700) == 0);
	CHECK(chmod(w.dir, 0777) == 0);
	finds_nothing(&w, "no secret-tool");
}

TEST(a_tool_that_takes_too_long_is_worth_another_try)
{
	AUTO(world_release) struct world w;
	world_init(&w, "echo hunter2; sleep 60\n");
	CHECK(settings_set(
	    &w.s, SETTING_PASSWORDEVAL_TIMEOUT, STR("1"), by_file, &w.e));
	CHECK(!find(&w));
	CHECK_EQ(w.e.exit, EX_TEMPFAIL);
	CHECK_STR(
	    w.e.text, "secret-tool: the command did not end within 1 seconds");
}
