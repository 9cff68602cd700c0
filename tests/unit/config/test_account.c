// SPDX-License-Identifier: ISC
#include "config/account.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/settings.h"
#include "unit.h"

/* A home and an /etc, with the files that rc files can be. */
enum place { XDG, CONFIG, DOT, SYSTEM, NPLACES };

static const char *const dirs[] = {
	"",
	"/xdg",
	"/xdg/posthaste",
	"/home",
	"/home/.config",
	"/home/.config/posthaste",
	"/etc",
};

static const char *const files[] = {
	[XDG] = "/xdg/posthaste/posthasterc",
	[CONFIG] = "/home/.config/posthaste/posthasterc",
	[DOT] = "/home/.posthasterc",
	[SYSTEM] = "/etc/posthasterc",
};

struct world {
	char root[32];
	char home[64], xdg[64], etc[64];
	struct account_places places;
	struct settings s;
	struct account_files f;
	struct account_choice choice;
	struct err e;
};

static void
full_path(const struct world *w, const char *name, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%s%s", w->root, name);
}

static void
world_init(struct world *w)
{
	*w = (struct world){ .root = "/tmp/account.XXXXXX" };
	CHECK(mkdtemp(w->root) != NULL);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		char path[128];
		full_path(w, dirs[i], path, sizeof(path));
		(void)mkdir(path, 0755);
		CHECK(chmod(path, 0755) == 0);
	}
	full_path(w, "/home", w->home, sizeof(w->home));
	full_path(w, "/xdg", w->xdg, sizeof(w->xdg));
	full_path(w, "/etc", w->etc, sizeof(w->etc));
	w->places = (struct account_places){ .home = w->home,
		.sysconfdir = w->etc };
}

static void
world_release(struct world *w)
{
	settings_release(&w->s);
	account_files_release(&w->f);
	char path[128];
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		full_path(w, files[i], path, sizeof(path));
		(void)unlink(path);
	}
	for (size_t i = ARRAY_LEN(dirs); i > 0; i--) {
		full_path(w, dirs[i - 1], path, sizeof(path));
		CHECK(rmdir(path) == 0);
	}
}

static void
put(const struct world *w, enum place place, const char *text)
{
	char path[128];
	full_path(w, files[place], path, sizeof(path));
	AUTO(fd_release) int fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd != -1);
	CHECK(fd_write_all(fd, text, strlen(text)));
	CHECK(fchmod(fd, 0644) == 0);
}

/* Over what is set already. */
static bool
find_more(struct world *w, const struct account_wish *wish)
{
	account_files_release(&w->f);
	return account_read(&w->f, wish->name, &w->places, &w->e) &&
	    account_choose(&w->f, wish, &w->choice, &w->e) &&
	    account_apply(&w->choice, &w->s, &w->e);
}

static bool
find(struct world *w, const char *name)
{
	settings_release(&w->s);
	return find_more(w, &(struct account_wish){ .name = name });
}

/* The host that the account of that name has. */
static void
finds(struct world *w, const char *name, const char *host)
{
	bool ok = find(w, name);
	unit_check(ok, __FILE__, __LINE__, "%s", w->e.text);
	CHECK_STR(w->s.host != NULL ? w->s.host : "", host);
}

/* The error, in which every "@" stands for the world's root. */
static void
refuses(struct world *w, const char *name, int exit, const char *why)
{
	AUTO(buf_release) struct buf want = BUF_INIT(4096);
	CHECK(!find(w, name));
	CHECK_EQ(w->e.exit, exit);
	for (const char *p = why; *p != '\0'; p++)
		CHECK(*p == '@' ? buf_printf(&want, "%s", w->root)
				: buf_printf(&want, "%c", *p));
	CHECK_STR(w->e.text, buf_cstr(&want));
}

TEST(the_users_own_file_goes_before_the_systems)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, SYSTEM, "host system\naccount s\nhost s\n");
	finds(&w, NULL, "system");
	put(&w, DOT, "host dot\n");
	finds(&w, NULL, "dot");
	put(&w, CONFIG, "host config\n");
	finds(&w, NULL, "config");
	finds(&w, "s", "s");
	put(&w, XDG, "host xdg\n");
	w.places.config_home = w.xdg;
	finds(&w, NULL, "xdg");
}

TEST(an_account_of_the_users_own_needs_no_other_file)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, DOT, "account a\nhost a\n");
	put(&w, SYSTEM, "account b\nhost b\n");
	finds(&w, "a", "a");
	CHECK_EQ(w.f.shared.naccounts, 0);
	finds(&w, "b", "b");
	CHECK_EQ(w.f.shared.naccounts, 1);
}

TEST(a_broken_system_file_is_told_to_who_needs_it)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, SYSTEM, "nonsense\n");
	put(&w, DOT, "account a\nhost a\n");
	finds(&w, "a", "a");
	refuses(&w, NULL, EX_CONFIG,
	    "@/etc/posthasterc:1: unknown setting \"nonsense\"");
}

TEST(a_pattern_that_means_nothing_is_told_of_any_account)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, DOT, "host h\naccount a\nfrom %X@h\n");
	refuses(&w, NULL, EX_CONFIG,
	    "@/home/.posthasterc:3: from: \"%X\" is not one of %U, %H, %C, "
	    "%M, %F");
}

TEST(msmtps_variables_stand_in_for_files_that_are_missing)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	w.places.smtpserver = "smtp";
	refuses(&w, NULL, EX_CONFIG,
	    "no rc file: @/home/.config/posthaste/posthasterc (missing), "
	    "@/home/.posthasterc (missing), @/etc/posthasterc (missing), "
	    "SMTPSERVER (but EMAIL is not set)");
	w.places.email = "";
	CHECK(!find(&w, NULL));
	w.places.email = "me@example.org";
	finds(&w, NULL, "smtp");
	CHECK_STR(w.s.from, "me@example.org");
	CHECK_STR(w.s.origin[SETTING_HOST].file, "SMTPSERVER");
	put(&w, DOT, "host own\n");
	finds(&w, NULL, "own");
	w.places.email = "\n";
	CHECK(!find(&w, NULL));
	CHECK_STR(w.e.text, "EMAIL: holds a control character");
}

TEST(a_relative_config_home_is_ignored)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, CONFIG, "host config\n");
	w.places.config_home = "xdg";
	finds(&w, NULL, "config");
}

TEST(the_users_account_replaces_the_systems_as_a_whole)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, SYSTEM, "account a\nhost system\nuser u\n");
	put(&w, DOT, "account a\nhost own\n");
	finds(&w, "a", "own");
	CHECK(w.s.user == NULL);
}

TEST(a_broken_system_file_does_not_hurt_whoever_has_his_own)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, SYSTEM, "nonsense\n");
	put(&w, DOT, "host own\n");
	finds(&w, NULL, "own");
}

TEST(without_a_home_the_systems_file_works)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, SYSTEM, "host system\n");
	w.places.home = NULL;
	finds(&w, NULL, "system");
}

TEST(a_named_file_is_read_alone)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	char path[128];
	full_path(&w, files[XDG], path, sizeof(path));
	put(&w, XDG, "account x\nhost x\n");
	put(&w, DOT, "host own\n");
	w.places.file = path;
	finds(&w, "x", "x");
	refuses(&w, NULL, EX_CONFIG,
	    "no account \"default\": @/xdg/posthaste/posthasterc (has x)");
}

TEST(a_named_file_must_be_there)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, DOT, "host own\n");
	w.places.file = "/nonexistent/rc";
	refuses(&w, NULL, EX_CONFIG,
	    "open /nonexistent/rc: No such file or directory");
}

TEST(flags_go_before_the_account)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	struct settings_origin flag = { .source = SETTINGS_FLAG };
	put(&w, DOT, "host own\nport 25\n");
	CHECK(settings_set(&w.s, SETTING_PORT, STR("26"), flag, &w.e));
	CHECK(find_more(&w, &(struct account_wish){ .name = NULL }));
	CHECK_EQ(w.s.port, 26);
	CHECK_STR(w.s.host, "own");
}

TEST(a_host_that_is_set_overrides_that_of_a_named_account)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	struct settings_origin flag = { .source = SETTINGS_FLAG };
	put(&w, DOT, "account a\nhost a\nuser u\n");
	CHECK(settings_set(&w.s, SETTING_HOST, STR("h"), flag, &w.e));
	CHECK(find_more(&w, &(struct account_wish){ .name = "a" }));
	CHECK_STR(w.s.host, "h");
	CHECK_STR(w.s.user, "u");
}

TEST(an_unknown_account_is_told_with_those_there_are)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, DOT, "account a\nhost h\naccount b\nhost h\n");
	put(&w, SYSTEM, "# nothing\n");
	refuses(&w, "x", EX_CONFIG,
	    "no account \"x\": @/home/.config/posthaste/posthasterc "
	    "(missing), @/home/.posthasterc (has a, b), @/etc/posthasterc "
	    "(is empty)");
}

TEST(with_no_file_at_all_the_paths_are_told)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	refuses(&w, NULL, EX_CONFIG,
	    "no rc file: @/home/.config/posthaste/posthasterc (missing), "
	    "@/home/.posthasterc (missing), @/etc/posthasterc (missing)");
	CHECK_STR(w.e.hint, "write one, or use --host or POSTHASTE_HOST");
}

TEST(many_accounts_are_told_in_part)
{
	AUTO(world_release) struct world w;
	AUTO(buf_release) struct buf text = BUF_INIT(100000);
	world_init(&w);
	for (int i = 0; i < 1000; i++)
		CHECK(buf_printf(&text, "account a%d\nhost h\n", i));
	put(&w, SYSTEM, buf_cstr(&text));
	w.places.home = NULL;
	CHECK(!find(&w, "x"));
	CHECK(strstr(w.e.text, "(has a0, a1, a2") != NULL);
	CHECK(strstr(w.e.text, ", ...)") != NULL);
}

TEST(an_account_without_a_host_is_told)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, DOT, "account a\nuser u\n");
	refuses(&w, "a", EX_CONFIG,
	    "@/home/.posthasterc:1: account \"a\" has no host");
}

TEST(a_wrong_file_ends_the_search)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, DOT, "tsl on\n");
	put(&w, SYSTEM, "host system\n");
	refuses(&w, NULL, EX_CONFIG,
	    "@/home/.posthasterc:1: unknown setting \"tsl\", did you mean "
	    "\"tls\"?");
}

/* root may read everything: become somebody who may not. */
static bool
drop(void)
{
	return geteuid() != 0 || seteuid(65534) == 0;
}

static void
restore(void)
{
	CHECK(getuid() != 0 || seteuid(0) == 0);
}

TEST(a_file_that_may_not_be_read_is_told_as_such)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	char path[128], want[300];
	put(&w, DOT, "host own\n");
	put(&w, SYSTEM, "host system\n");
	full_path(&w, files[DOT], path, sizeof(path));
	CHECK(chmod(path, 0) == 0);
	CHECK(drop());
	(void)snprintf(want, sizeof(want),
	    "%s may not be read by uid %lu: Permission denied", path,
	    (unsigned long)geteuid());
	refuses(&w, NULL, EX_NOPERM, want);
	restore();
}

TEST(somebody_elses_home_is_passed_over)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, DOT, "host own\n");
	CHECK(chmod(w.home, 0) == 0);
	CHECK(drop());
	refuses(&w, NULL, EX_CONFIG,
	    "no rc file: @/home/.config/posthaste/posthasterc (may not be "
	    "searched), @/home/.posthasterc (may not be searched), "
	    "@/etc/posthasterc (missing)");
	restore();
	put(&w, SYSTEM, "host system\n");
	CHECK(drop());
	finds(&w, NULL, "system");
	restore();
	CHECK(chmod(w.home, 0755) == 0);
}

/* NULL takes the variable out. */
static void
put_variable(const char *name, const char *value)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	CHECK((value != NULL ? setenv(name, value, 1) : unsetenv(name)) == 0);
}

/* The host of account x. */
static void
loads(struct world *w, const char *host)
{
	const struct account_wish wish = { .name = "x" };
	settings_release(&w->s);
	account_files_release(&w->f);
	CHECK(account_load(&w->f, "x", NULL, &w->e));
	CHECK(account_choose(&w->f, &wish, &w->choice, &w->e));
	CHECK(account_apply(&w->choice, &w->s, &w->e));
	CHECK_STR(w->s.host, host);
}

TEST(the_environment_names_the_users_places)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, XDG, "account x\nhost xdg\n");
	put(&w, DOT, "account x\nhost dot\n");
	put_variable("HOME", w.home);
	put_variable("XDG_CONFIG_HOME", w.xdg);
	loads(&w, "xdg");
	put_variable("XDG_CONFIG_HOME", NULL);
	loads(&w, "dot");
}
