// SPDX-License-Identifier: ISC
#include "submit/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "config/settings.h"
#include "unit.h"

struct place {
	char root[64];
	char sessions[128];
	struct settings settings;
};

static struct place
begin(void)
{
	struct place p = { .root = "/tmp/posthaste-cache-XXXXXX" };
	CHECK(mkdtemp(p.root) != NULL);
	(void)snprintf(p.sessions, sizeof(p.sessions),
	    "%s/new/posthaste/tls-sessions", p.root);
	char cache[96];
	(void)snprintf(cache, sizeof(cache), "%s/new", p.root);
	CHECK(setenv("XDG_CACHE_HOME", cache, 1) == 0);
	p.settings = SETTINGS_INIT;
	p.settings.tls_session_cache = true;
	return p;
}

static void
end(struct place *p)
{
	CHECK(unsetenv("XDG_CACHE_HOME") == 0);
	REMOVE_TREE(p->root);
}

TEST(the_folder_is_made_and_found_again)
{
	struct place p = begin();
	struct stat st = { .st_mode = 0 };
	AUTO(fd_release) int fd = cache_open_sessions(&p.settings);
	CHECK(fd != -1);
	CHECK(stat(p.sessions, &st) == 0);
	CHECK_EQ(st.st_mode & 07777, 0700);
	AUTO(fd_release) int again = cache_open_sessions(&p.settings);
	CHECK(again != -1);
	end(&p);
}

TEST(off_is_off)
{
	struct place p = begin();
	p.settings.tls_session_cache = false;
	CHECK_EQ(cache_open_sessions(&p.settings), -1);
	CHECK(access(p.sessions, F_OK) == -1);
	end(&p);
}

TEST(nothing_is_made_where_it_would_be_in_anothers)
{
	struct place p = begin();
	if (geteuid() == 0)
		CHECK(chown(p.root, 12345, 12345) == 0);
	else
		CHECK(setenv("XDG_CACHE_HOME", "/nonexistent/a", 1) == 0);
	CHECK_EQ(cache_open_sessions(&p.settings), -1);
	CHECK(access(p.sessions, F_OK) == -1);
	end(&p);
}
