// SPDX-License-Identifier: ISC
#include "config/login.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "config/secret.h"
#include "config/settings.h"
#include "unit.h"

static const struct settings_origin by_file = {
	.source = SETTINGS_RCFILE, .line = 3, .file = "rc"
};

static const char *const names[] = {
	"/.netrc",
	"/netrc",
	"/posthaste.password",
	"/posthaste.work.password",
};

/* One folder that is home, /etc and the credentials' directory. */
struct world {
	char root[32];
	struct login_places places;
	struct settings s;
	struct login login;
	struct err e;
};

static void
world_init(struct world *w)
{
	*w = (struct world){ .root = "/tmp/login.XXXXXX", .login = LOGIN_INIT };
	CHECK(mkdtemp(w->root) != NULL);
	w->places = (struct login_places){
		.credentials = w->root, .home = w->root, .sysconfdir = w->root
	};
	CHECK(settings_set(&w->s, SETTING_HOST, STR("h"), by_file, &w->e));
}

static void
full_path(const struct world *w, const char *name, char *dst, size_t size)
{
	(void)snprintf(dst, size, "%s%s", w->root, name);
}

static void
world_release(struct world *w)
{
	settings_release(&w->s);
	login_release(&w->login);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[128];
		full_path(w, names[i], path, sizeof(path));
		(void)unlink(path);
	}
	CHECK(rmdir(w->root) == 0);
}

static void
put(const struct world *w, const char *name, const char *text)
{
	char path[128];
	full_path(w, name, path, sizeof(path));
	AUTO(fd_release) int fd = open(path, O_WRONLY | O_CREAT, 0600);
	CHECK(fd != -1 && fd_write_all(fd, text, strlen(text)));
}

static void
set(struct world *w, enum setting_id id, const char *text)
{
	CHECK(settings_set(&w->s, id, str_of(text), by_file, &w->e));
}

static bool
find(struct world *w, const char *account)
{
	login_release(&w->login);
	return login_find(&w->login, &w->s, account, &w->places, &w->e);
}

/* The password that there is now, and where it is from. */
static void
finds(struct world *w, const char *account, const char *password,
    const char *where)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(1000);
	char is[SETTINGS_WHERE_SIZE];
	bool ok = find(w, account) && secret_get(&w->s, &secret, &w->e);
	unit_check(ok, __FILE__, __LINE__, "%s", w->e.text);
	CHECK_BUF(&secret, password);
	settings_where(&w->s,
	    w->s.password != NULL ? SETTING_PASSWORD : SETTING_PASSWORD_FILE,
	    is, sizeof(is));
	bool is_path = where[0] == '/' &&
	    str_starts_nocase(str_of(is), str_of(w->root));
	CHECK_STR(is + (is_path ? strlen(w->root) : 0), where);
}

/* Nothing is found, and the places are told, "@" being the root. */
static void
finds_nothing(struct world *w, const char *account, const char *tried)
{
	AUTO(buf_release) struct buf want = BUF_INIT(4096);
	CHECK(find(w, account));
	CHECK(w->s.password == NULL && w->s.password_file == NULL);
	for (const char *p = tried; *p != '\0'; p++)
		CHECK(*p == '@' ? buf_printf(&want, "%s", w->root)
				: buf_printf(&want, "%c", *p));
	CHECK_BUF(&w->login.tried, buf_cstr(&want));
}

TEST(netrc_in_the_home_directory_has_the_password)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	put(&w, "/.netrc", "machine h\nlogin me password home\n");
	put(&w, "/netrc", "machine h\nlogin me password etc\n");
	finds(&w, NULL, "home", "/.netrc:2");
}

TEST(the_systems_netrc_is_next)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	put(&w, "/.netrc", "machine other\nlogin me password home\n");
	put(&w, "/netrc", "machine h\nlogin me password etc\n");
	finds(&w, NULL, "etc", "/netrc:2");
}

TEST(netrc_names_the_user_if_a_login_is_asked_for)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_AUTH, "on");
	put(&w, "/.netrc", "machine h login me password p\n");
	finds(&w, NULL, "p", "/.netrc:1");
	CHECK_STR(w.s.user, "me");
}

TEST(a_credential_goes_before_netrc)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	put(&w, "/.netrc", "machine h login me password home\n");
	put(&w, "/posthaste.password", "general\n");
	finds(&w, "work", "general", "CREDENTIALS_DIRECTORY");
}

TEST(the_accounts_credential_goes_before_the_general_one)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	put(&w, "/posthaste.password", "general\n");
	put(&w, "/posthaste.work.password", "special\n");
	finds(&w, "work", "special", "CREDENTIALS_DIRECTORY");
	settings_unset(&w.s, SETTING_PASSWORD_FILE);
	finds(&w, "home", "general", "CREDENTIALS_DIRECTORY");
	settings_unset(&w.s, SETTING_PASSWORD_FILE);
	finds(&w, NULL, "general", "CREDENTIALS_DIRECTORY");
}

TEST(at_a_local_socket_there_are_credentials_too)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	settings_release(&w.s);
	set(&w, SETTING_SOCKET, "/run/lmtp");
	set(&w, SETTING_USER, "me");
	put(&w, "/.netrc", "default login me password of-a-host\n");
	finds_nothing(&w, NULL, "@ (has no posthaste.password)");
	put(&w, "/posthaste.password", "of-the-unit\n");
	finds(&w, NULL, "of-the-unit", "CREDENTIALS_DIRECTORY");
}

TEST(an_accounts_name_does_not_lead_out_of_the_directory)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	char dir[128];
	full_path(&w, "/posthaste.x", dir, sizeof(dir));
	CHECK(mkdir(dir, 0700) == 0);
	put(&w, "/posthaste.password", "general\n");
	put(&w, "/posthaste.work.password", "special\n");
	finds(&w, "x/../posthaste.work", "general", "CREDENTIALS_DIRECTORY");
	CHECK(rmdir(dir) == 0);
}

TEST(a_relative_credentials_directory_is_none)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	w.places.credentials = "tmp";
	w.places.home = NULL;
	finds_nothing(&w, NULL,
	    "CREDENTIALS_DIRECTORY (is no absolute path), @/netrc (missing)");
}

TEST(a_source_that_is_set_is_not_replaced)
{
	static const enum setting_id sources[] = { SETTING_PASSWORD,
		SETTING_PASSWORDEVAL, SETTING_PASSWORD_FILE,
		SETTING_PASSWORD_FD };
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		AUTO(world_release) struct world w;
		world_init(&w);
		set(&w, SETTING_USER, "me");
		set(&w, sources[i],
		    sources[i] == SETTING_PASSWORD_FD ? "9" : "/x");
		put(&w, "/.netrc", "nonsense \"");
		put(&w, "/posthaste.password", "general\n");
		CHECK(find(&w, NULL));
		for (size_t k = 0; k < ARRAY_LEN(sources); k++)
			CHECK(settings_is_set(&w.s, sources[k]) == (k == i));
	}
}

TEST(without_a_login_nothing_is_looked_at)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	put(&w, "/.netrc", "nonsense \"");
	finds_nothing(&w, NULL, "");
	set(&w, SETTING_USER, "me");
	set(&w, SETTING_AUTH, "off");
	finds_nothing(&w, NULL, "");
}

TEST(the_places_that_had_none_are_told)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	finds_nothing(&w, NULL,
	    "@ (has no posthaste.password), @/.netrc (missing), @/netrc "
	    "(missing)");
	w.places.credentials = NULL;
	put(&w, "/.netrc", "machine h login you password p\n");
	put(&w, "/netrc", "machine i login me password p\n");
	finds_nothing(&w, NULL,
	    "@/.netrc (has the host, but not with this user), @/netrc (has "
	    "not the host)");
}

TEST(a_wrong_netrc_is_an_error)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	put(&w, "/.netrc", "machine h login me password \"hunter2\n");
	CHECK(!find(&w, NULL));
	CHECK_EQ(w.e.exit, EX_CONFIG);
	CHECK(strstr(w.e.text, "/.netrc:1: a quote is not closed") != NULL);
}

TEST(a_password_that_cannot_be_one_is_told_with_its_place)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	set(&w, SETTING_USER, "me");
	put(&w, "/.netrc", "machine h login me password \"\"\n");
	CHECK(!find(&w, NULL));
	CHECK(strstr(w.e.text, "/.netrc:1: the password is empty") != NULL);
}

TEST(a_netrc_that_may_not_be_read_is_passed_over)
{
	AUTO(world_release) struct world w;
	world_init(&w);
	char path[128];
	set(&w, SETTING_USER, "me");
	w.places.credentials = NULL;
	put(&w, "/.netrc", "machine h login me password p\n");
	full_path(&w, "/.netrc", path, sizeof(path));
	CHECK(chmod(path, 0) == 0);
	CHECK(chmod(w.root, 0755) == 0);
	CHECK(geteuid() != 0 || seteuid(65534) == 0);
	finds_nothing(
	    &w, NULL, "@/.netrc (may not be read), @/netrc (missing)");
	CHECK(getuid() != 0 || seteuid(0) == 0);
}

/* Whoever runs the tests is not to be asked. */
static void
leave_terminal(void)
{
	AUTO(fd_release) int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (tty != -1)
		(void)ioctl(tty, TIOCNOTTY);
}

TEST(a_password_that_nobody_has_is_told_with_all_places)
{
	AUTO(world_release) struct world w;
	AUTO(buf_release) struct buf secret = BUF_INIT(100);
	world_init(&w);
	leave_terminal();
	set(&w, SETTING_USER, "me");
	set(&w, SETTING_KEYRING, "off");
	w.places = (struct login_places){ .sysconfdir = "/nonexistent" };
	CHECK(find(&w, NULL));
	CHECK(!login_get(&w.login, &w.s, &secret, &w.e));
	CHECK_EQ(w.e.exit, EX_CONFIG);
	CHECK_STR(w.e.text,
	    "rc:3: user is set, but none of password, passwordeval, "
	    "password_file and password_fd; looked into /nonexistent/netrc "
	    "(missing), the keyring (is off), the terminal (there is none), "
	    "too");
}

TEST(a_password_that_is_set_is_got_without_asking)
{
	AUTO(world_release) struct world w;
	AUTO(buf_release) struct buf secret = BUF_INIT(100);
	world_init(&w);
	set(&w, SETTING_USER, "me");
	set(&w, SETTING_PASSWORD, "p");
	CHECK(find(&w, NULL));
	CHECK(login_get(&w.login, &w.s, &secret, &w.e));
	CHECK_BUF(&secret, "p");
	CHECK_EQ(w.login.tried.len, 0);
}
