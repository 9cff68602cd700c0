// SPDX-License-Identifier: ISC
#include "config/places.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "config/account.h"
#include "config/rcfile.h"
#include "unit.h"

static const char *const dirs[] = {
	"",
	"/home",
	"/home/.config",
	"/home/.config/posthaste",
	"/home/.config/posthaste/posthasterc.d",
	"/home/.config/msmtp",
	"/etc",
	"/etc/posthasterc.d",
};

static const char *const files[] = {
	"/home/.config/posthaste/posthasterc",
	"/home/.posthasterc",
	"/home/.config/posthaste/posthasterc.d/1.conf",
	"/home/.config/posthaste/posthasterc.d/2.conf",
	"/home/.config/posthaste/posthasterc.d/3.conf.bak",
	"/home/.msmtprc",
	"/home/.config/msmtp/config",
	"/etc/posthasterc",
	"/etc/posthasterc.d/a.conf",
	"/etc/msmtprc",
};

struct world {
	char root[32], home[64], etc[64];
	struct account_places places;
};

static void
world_init(struct world *w)
{
	*w = (struct world){ .root = "/tmp/places.XXXXXX" };
	CHECK(mkdtemp(w->root) != NULL);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		char path[128];
		(void)snprintf(path, sizeof(path), "%s%s", w->root, dirs[i]);
		(void)mkdir(path, 0755);
		CHECK(chmod(path, 0755) == 0);
	}
	(void)snprintf(w->home, sizeof(w->home), "%s/home", w->root);
	(void)snprintf(w->etc, sizeof(w->etc), "%s/etc", w->root);
	w->places = (struct account_places){ .home = w->home,
		.sysconfdir = w->etc };
}

static void
world_release(struct world *w)
{
	char path[128];
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", w->root, files[i]);
		(void)unlink(path);
	}
	for (size_t i = ARRAY_LEN(dirs); i > 0; i--) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", w->root, dirs[i - 1]);
		CHECK(rmdir(path) == 0);
	}
}

/* A file with one harmless line. */
static void
put(const struct world *w, const char *name)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "%s%s", w->root, name);
	AUTO(fd_release) int fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd != -1 && fd_write_all(fd, "host h\n", 7));
}

static void
take_out(const struct world *w, const char *name)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "%s%s", w->root, name);
	CHECK(unlink(path) == 0);
}

/* The files read, without the root, a blank between them. */
static void
reads(const struct world *w, enum places_class class, const char *want,
    bool is_msmtp)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(strvec_release) struct strvec missing = STRVEC_INIT;
	AUTO(buf_release) struct buf is = BUF_INIT(4096);
	struct err e = ERR_INIT;
	bool ok = places_load(&w->places, class, &rc, &missing, NULL, &e);
	unit_check(ok, __FILE__, __LINE__, "%s", e.text);
	for (size_t i = 0; i < rc.files.len; i++)
		CHECK(buf_printf(&is, "%s%s", i > 0 ? " " : "",
		    rc.files.items[i] + strlen(w->root)));
	CHECK_BUF(&is, want);
	CHECK_EQ(rc.is_msmtp, is_msmtp);
}

/* Whether a file with a password that everybody can read is taken. */
static bool
takes_open_password(
    const struct world *w, enum places_class class, const char *name)
{
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(strvec_release) struct strvec missing = STRVEC_INIT;
	char path[128];
	struct err e = ERR_INIT;
	(void)snprintf(path, sizeof(path), "%s%s", w->root, name);
	AUTO(fd_release) int fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd != -1 && fd_write_all(fd, "password x\n", 11));
	CHECK(fchmod(fd, 0644) == 0);
	bool ok = places_load(&w->places, class, &rc, &missing, NULL, &e);
	CHECK_EQ(ok ? 0 : e.exit, ok ? 0 : EX_CONFIG);
	CHECK(unlink(path) == 0);
	return ok;
}

TEST(only_the_systems_file_of_msmtp_may_show_its_password)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	CHECK(takes_open_password(&w, PLACES_SYSTEM, "/etc/msmtprc"));
	CHECK(!takes_open_password(&w, PLACES_SYSTEM, "/etc/posthasterc"));
	CHECK(!takes_open_password(&w, PLACES_USER, "/home/.msmtprc"));
}

TEST(drop_ins_are_read_behind_the_users_file_in_order)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, "/home/.posthasterc");
	put(&w, "/home/.config/posthaste/posthasterc.d/2.conf");
	put(&w, "/home/.config/posthaste/posthasterc.d/1.conf");
	put(&w, "/home/.config/posthaste/posthasterc.d/3.conf.bak");
	put(&w, "/home/.msmtprc");
	reads(&w, PLACES_USER,
	    "/home/.posthasterc "
	    "/home/.config/posthaste/posthasterc.d/1.conf "
	    "/home/.config/posthaste/posthasterc.d/2.conf",
	    false);
}

TEST(drop_ins_are_read_behind_the_systems_file)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, "/etc/posthasterc");
	put(&w, "/etc/posthasterc.d/a.conf");
	put(&w, "/etc/msmtprc");
	put(&w, "/home/.posthasterc");
	reads(&w, PLACES_SYSTEM, "/etc/posthasterc /etc/posthasterc.d/a.conf",
	    false);
}

TEST(a_folder_of_drop_ins_is_enough)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, "/etc/posthasterc.d/a.conf");
	put(&w, "/etc/msmtprc");
	put(&w, "/home/.config/posthaste/posthasterc.d/1.conf");
	put(&w, "/home/.msmtprc");
	reads(&w, PLACES_SYSTEM, "/etc/posthasterc.d/a.conf", false);
	reads(&w, PLACES_USER, "/home/.config/posthaste/posthasterc.d/1.conf",
	    false);
}

TEST(msmtps_files_are_read_where_none_of_ours_is)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, "/home/.config/msmtp/config");
	put(&w, "/etc/msmtprc");
	reads(&w, PLACES_USER, "/home/.config/msmtp/config", true);
	put(&w, "/home/.msmtprc");
	reads(&w, PLACES_USER, "/home/.msmtprc", true);
	reads(&w, PLACES_SYSTEM, "/etc/msmtprc", true);
	put(&w, "/home/.config/posthaste/posthasterc");
	reads(&w, PLACES_USER, "/home/.config/posthaste/posthasterc", false);
	reads(&w, PLACES_SYSTEM, "/etc/msmtprc", true);
	take_out(&w, "/home/.config/posthaste/posthasterc");
	w.places.config_home = "relative";
	reads(&w, PLACES_USER, "/home/.msmtprc", true);
}

TEST(without_a_home_there_is_nothing_of_the_users)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, "/home/.msmtprc");
	put(&w, "/etc/msmtprc");
	w.places.home = NULL;
	reads(&w, PLACES_USER, "", false);
	reads(&w, PLACES_SYSTEM, "/etc/msmtprc", true);
}

TEST(with_nothing_there_our_paths_are_told)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(strvec_release) struct strvec missing = STRVEC_INIT;
	struct err e = ERR_INIT;
	CHECK(places_load(&w.places, PLACES_USER, &rc, &missing, NULL, &e));
	CHECK_EQ(rc.files.len, 0);
	CHECK_EQ(missing.len, 2);
	CHECK(strstr(missing.items[1], "/home/.posthasterc (missing)") != NULL);
}

TEST(a_folder_of_drop_ins_that_may_not_be_read_is_told)
{
	AUTO(world_release) struct world w;
	AUTO(rcfile_release) struct rcfile rc = RCFILE_INIT;
	AUTO(strvec_release) struct strvec missing = STRVEC_INIT;
	bool is_root = geteuid() == 0;
	struct err e = ERR_INIT;
	char path[128];
	world_init(&w);
	(void)snprintf(path, sizeof(path), "%s/etc/posthasterc.d", w.root);
	CHECK(chmod(path, 0) == 0);
	CHECK(!is_root || seteuid(65534) == 0);
	CHECK(!places_load(&w.places, PLACES_SYSTEM, &rc, &missing, NULL, &e));
	CHECK_EQ(e.exit, EX_NOPERM);
	CHECK(!is_root || seteuid(0) == 0);
	CHECK(chmod(path, 0755) == 0);
}

TEST(somebody_elses_folder_has_no_drop_ins_for_us)
{
	AUTO(world_release) struct world w;
	bool is_root = geteuid() == 0;
	char path[128];
	world_init(&w);
	put(&w, "/home/.config/posthaste/posthasterc.d/1.conf");
	(void)snprintf(path, sizeof(path), "%s/home/.config/posthaste", w.root);
	CHECK(chmod(path, 0) == 0);
	CHECK(!is_root || seteuid(65534) == 0);
	reads(&w, PLACES_USER, "", false);
	CHECK(!is_root || seteuid(0) == 0);
	CHECK(chmod(path, 0755) == 0);
}

TEST(a_file_of_msmtps_is_known_by_its_name)
{
	CHECK(places_is_msmtp("/etc/msmtprc"));
	CHECK(places_is_msmtp("msmtprc"));
	CHECK(places_is_msmtp("/home/me/.msmtprc"));
	CHECK(places_is_msmtp("/home/me/.config/msmtp/config"));
	CHECK(!places_is_msmtp("/home/me/config"));
	CHECK(!places_is_msmtp("/home/me/xmsmtprc"));
	CHECK(!places_is_msmtp("/etc/posthasterc"));
	CHECK(!places_is_msmtp(""));
}
