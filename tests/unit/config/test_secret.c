// SPDX-License-Identifier: ISC
#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/settings.h"
#include "unit.h"

static const struct settings_origin by_file = {
	.source = SETTINGS_RCFILE, .line = 3, .file = "rc"
};

/* What a setting of that text leads to. */
static bool
get(enum setting_id id, const char *text, struct buf *secret, struct err *e)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	*e = ERR_INIT;
	CHECK(settings_set(
	    &s, SETTING_PASSWORDEVAL_TIMEOUT, STR("20"), by_file, e));
	CHECK(settings_set(&s, id, str_of(text), by_file, e));
	return secret_get(&s, secret, e);
}

static void
prints(const char *command, const char *want)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(100000);
	struct err e;
	bool ok = get(SETTING_PASSWORDEVAL, command, &secret, &e);
	unit_check(ok, __FILE__, __LINE__, "%s: %s", command, e.text);
	CHECK_BUF(&secret, want);
}

static void
refuses(const char *command, const char *why)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(100000);
	struct err e;
	CHECK(!get(SETTING_PASSWORDEVAL, command, &secret, &e));
	CHECK_EQ(e.exit, EX_NOPERM);
	CHECK_STR(e.text, why);
	CHECK_EQ(secret.len, 0);
}

TEST(without_any_source_there_is_no_password)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(100);
	struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(!secret_get(&s, &secret, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
}

TEST(a_password_of_the_rc_file_is_taken_as_it_stands)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(100);
	struct err e;
	CHECK(get(SETTING_PASSWORD, " a b ", &secret, &e));
	CHECK_BUF(&secret, " a b ");
}

TEST(the_first_line_that_the_command_prints_is_the_password)
{
	prints("echo secret", "secret");
	prints("printf secret", "secret");
	prints("printf ' a b \\nsecond\\n'", " a b ");
	prints("printf 'a\\r\\n'", "a");
	prints("printf 'a\\r'", "a\r"); /* no line ends there */
	prints("printf 'a\\r\\r\\nb'", "a\r");
	prints("printf 'a\\n\\n'", "a");
	prints("printf a; sleep 0.1; printf 'b\\nc'", "ab");
}

TEST(the_command_is_one_of_the_shell)
{
	prints("x='a b'; echo \"$x\" | tr a-z A-Z", "A B");
}

TEST(a_command_that_prints_on_gets_no_broken_pipe)
{
	prints("echo a; head -c 300000 /dev/zero || exit 1", "a");
}

TEST(a_line_has_a_greatest_length)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(100000);
	struct err e;
	const char *longest = "head -c 65536 /dev/zero | tr '\\0' x; echo";
	CHECK(get(SETTING_PASSWORDEVAL, longest, &secret, &e));
	CHECK_EQ(secret.len, 65536);
	refuses("head -c 65537 /dev/zero | tr '\\0' x; echo",
	    "rc:3: passwordeval: the command printed a line of more than "
	    "65536 bytes");
}

TEST(a_command_that_exits_with_a_status_is_refused_without_its_output)
{
	refuses("echo hunter2; exit 3",
	    "rc:3: passwordeval: the command exited with status 3");
	refuses("exec /nonexistent/x 2>/dev/null",
	    "rc:3: passwordeval: the command exited with status 127");
}

TEST(a_command_that_dies_of_a_signal_is_refused)
{
	refuses("echo hunter2; kill -9 $$",
	    "rc:3: passwordeval: the command died of signal 9");
}

TEST(a_command_that_prints_no_password_is_refused)
{
	const char *why = "rc:3: passwordeval: the command printed no password";
	refuses("true", why);
	refuses("echo", why);
	refuses("printf '\\r\\n'", why);
	refuses("printf '\\nsecond\\n'", why);
}

TEST(a_nul_byte_in_a_password_is_refused)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(100);
	struct err e;
	CHECK(!get(SETTING_PASSWORDEVAL, "printf 'a\\0b\\n'", &secret, &e));
	CHECK_STR(e.text, "rc:3: passwordeval: the password holds a NUL byte");
}

TEST(standard_input_of_the_command_is_empty)
{
	prints("cat; echo a", "a");
}

TEST(the_command_has_none_of_our_descriptors)
{
	AUTO(fd_release) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char command[200];
	/* the pipe's two ends have the next numbers */
	(void)snprintf(command, sizeof(command),
	    "for n in %d %d %d; do test ! -e /proc/$$/fd/$n || echo $n; done; "
	    "echo none",
	    fd, fd + 1, fd + 2);
	prints(command, "none");
}

TEST(the_command_has_signals_as_a_new_program_expects)
{
	/* nohup and the like, of which we may be run, stay as they are */
	static const int asked_for[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	for (size_t i = 0; i < ARRAY_LEN(asked_for); i++)
		CHECK(signal(asked_for[i], SIG_DFL) != SIG_ERR);
	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	prints("sed -n 's/^SigIgn:.*\\(.....\\)/\\1/p' /proc/self/status",
	    "00000");
	struct sigaction now;
	CHECK(sigaction(SIGCHLD, NULL, &now) == 0);
	CHECK(now.sa_handler == SIG_IGN);
	CHECK(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
	CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
}

TEST(a_status_is_heard_where_sigchld_is_ignored)
{
	CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
	refuses("echo a; exit 1",
	    "rc:3: passwordeval: the command exited with status 1");
	CHECK(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
}

TEST(what_the_command_leaves_running_does_not_hold_us)
{
	int64_t start = clock_msec();
	/* standard error is what runs us waits for */
	prints("echo a; sleep 15 2>/dev/null &", "a");
	CHECK(clock_msec() - start < 10000);
}

TEST(a_command_that_closes_its_output_is_waited_for)
{
	refuses("echo a; exec >&-; sleep 0.2; exit 4",
	    "rc:3: passwordeval: the command exited with status 4");
}

static bool
is_running(const char *pid)
{
	uint64_t n;
	CHECK(parse_uint(str_of(pid), 1, 1 << 30, &n));
	for (int i = 0; i < 500; i++) {
		char path[40], state[64] = "";
		(void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
		AUTO(fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd == -1 || fd_read(fd, state, sizeof(state) - 1) <= 0 ||
		    strstr(state, ") Z") != NULL)
			return false;
		(void)usleep(10000);
	}
	return true;
}

TEST(a_command_that_hangs_is_ended_with_all_it_has_started)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf secret = BUF_INIT(100);
	AUTO(buf_release) struct buf pid = BUF_INIT(100);
	struct err e = ERR_INIT;
	char dir[] = "/tmp/secret.XXXXXX", command[200], path[60];
	CHECK(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/pid", dir);
	(void)snprintf(command, sizeof(command),
	    "echo hunter2; (sleep 60 & printf $! >%s; wait)", path);
	CHECK(settings_set(
	    &s, SETTING_PASSWORDEVAL, str_of(command), by_file, &e));
	CHECK(settings_set(
	    &s, SETTING_PASSWORDEVAL_TIMEOUT, STR("1"), by_file, &e));
	int64_t start = clock_msec();
	CHECK(!secret_get(&s, &secret, &e));
	int64_t took = clock_msec() - start;
	CHECK(took >= 1000 && took < 10000);
	CHECK_EQ(e.exit, EX_TEMPFAIL);
	CHECK_STR(e.text,
	    "rc:3: passwordeval: the command did not end within 1 seconds");
	AUTO(fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd != -1 && fd_read_to_end(fd, &pid, &e));
	CHECK(!is_running(buf_cstr(&pid)));
	(void)unlink(path);
	(void)rmdir(dir);
}

TEST(no_child_is_left_behind)
{
	prints("echo a", "a");
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* A password file with that content, removed at the end. */
struct fixture {
	char path[32];
};

static void
fixture_release(struct fixture *f)
{
	(void)unlink(f->path);
}

static void
write_file(struct fixture *f, struct str text, mode_t mode)
{
	*f = (struct fixture){ .path = "/tmp/secret.XXXXXX" };
	AUTO(fd_release) int fd = mkstemp(f->path);
	CHECK(fd != -1);
	CHECK(fd_write_all(fd, text.ptr, text.len));
	CHECK(fchmod(fd, mode) == 0);
}

static void
holds(struct str text, const char *want)
{
	AUTO(fixture_release) struct fixture f;
	AUTO(buf_release) struct buf secret = BUF_INIT(1000);
	struct err e;
	write_file(&f, text, 0600);
	CHECK(get(SETTING_PASSWORD_FILE, f.path, &secret, &e));
	CHECK_BUF(&secret, want);
}

TEST(a_file_holds_the_password_and_maybe_a_line_end)
{
	holds(STR("secret"), "secret");
	holds(STR("secret\n"), "secret");
	holds(STR("secret\r\n"), "secret");
	holds(STR("secret\r"), "secret\r"); /* no line ends there */
	holds(STR("secret\n\n"), "secret\n");
	holds(STR(" two\nlines \n"), " two\nlines ");
}

TEST(a_wrong_password_file_is_refused_without_its_content)
{
	static const struct {
		struct str text;
		mode_t mode;
		const char *why, *hint;
	} cases[] = {
		{ { "", 0 }, 0600, ": the password is empty", "" },
		{ { "\n", 1 }, 0600, ": the password is empty", "" },
		{ { "hunter2\0", 8 }, 0600, ": the password holds a NUL byte",
		    "" },
		{ { "hunter2", 7 }, 0644, " can be read by others",
		    "chmod 600 " },
		{ { "hunter2", 7 }, 0660, " can be read by others",
		    "chmod 600 " },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(fixture_release) struct fixture f;
		AUTO(buf_release) struct buf secret = BUF_INIT(1000);
		struct err e;
		char want[200];
		write_file(&f, cases[i].text, cases[i].mode);
		CHECK(!get(SETTING_PASSWORD_FILE, f.path, &secret, &e));
		CHECK_EQ(e.exit, EX_CONFIG);
		(void)snprintf(want, sizeof(want), "rc:3: password_file: %s%s",
		    f.path, cases[i].why);
		CHECK_STR(e.text, want);
		(void)snprintf(want, sizeof(want), "%s%s", cases[i].hint,
		    cases[i].hint[0] != '\0' ? f.path : "");
		CHECK_STR(e.hint, want);
		CHECK_EQ(secret.len, 0);
	}
}

TEST(a_missing_password_file_is_told)
{
	AUTO(buf_release) struct buf secret = BUF_INIT(1000);
	struct err e;
	CHECK(!get(SETTING_PASSWORD_FILE, "/nonexistent/p", &secret, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text,
	    "rc:3: password_file: open /nonexistent/p: No such file or "
	    "directory");
}

TEST(a_password_file_that_may_not_be_read_is_told_as_such)
{
	AUTO(fixture_release) struct fixture f;
	AUTO(buf_release) struct buf secret = BUF_INIT(1000);
	struct err e;
	bool is_root = geteuid() == 0;
	write_file(&f, STR("hunter2"), 0);
	CHECK(!is_root || seteuid(65534) == 0);
	CHECK(!get(SETTING_PASSWORD_FILE, f.path, &secret, &e));
	CHECK_EQ(e.exit, EX_NOPERM);
	CHECK(strstr(e.text, "may not be read by uid ") != NULL);
	CHECK(!is_root || seteuid(0) == 0);
}

TEST(a_file_is_private_by_owner_and_mode)
{
	uid_t me = geteuid() != 0 ? geteuid() : 1000;
	bool is_root = geteuid() == 0;
	static const struct {
		mode_t mode;
		bool of_root;
		bool is_private;
	} cases[] = {
		{ 0600, false, true },
		{ 0400, false, true },
		{ 0700, false, true },
		{ 0640, false, false },
		{ 0604, false, false },
		{ 0620, false, false },
		{ 0602, false, false },
		{ 0610, false, false },
		{ 0600, true, true },
		{ 0640, true, true },
		{ 0440, true, true },
		{ 0660, true, false },
		{ 0650, true, false },
		{ 0644, true, false },
	};
	CHECK(!is_root || seteuid(me) == 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stat st = { .st_mode = S_IFREG | cases[i].mode,
			.st_uid = cases[i].of_root ? 0 : me };
		CHECK(secret_file_is_private(&st) == cases[i].is_private);
	}
	struct stat other = { .st_mode = S_IFREG | 0600, .st_uid = me + 1 };
	CHECK(!secret_file_is_private(&other));
	CHECK(!is_root || seteuid(0) == 0);
}

/* A descriptor with a number of its own from which that text can be read. */
static int
give(struct str text)
{
	int ends[2];
	CHECK(pipe(ends) == 0);
	CHECK(fd_write_all(ends[1], text.ptr, text.len));
	(void)close(ends[1]);
	int fd = fcntl(ends[0], F_DUPFD, 20);
	(void)close(ends[0]);
	CHECK(fd >= 20);
	return fd;
}

static bool
get_from_descriptor(int fd, struct buf *secret, struct err *e)
{
	char number[12];
	(void)snprintf(number, sizeof(number), "%d", fd);
	return get(SETTING_PASSWORD_FD, number, secret, e);
}

TEST(the_first_line_at_a_descriptor_is_the_password)
{
	static const struct {
		struct str text;
		const char *want;
	} cases[] = {
		{ { "secret", 6 }, "secret" },
		{ { "secret\n", 7 }, "secret" },
		{ { "secret\r\n", 8 }, "secret" },
		{ { " a b \nmore\n", 11 }, " a b " },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_release) struct buf secret = BUF_INIT(100);
		struct err e;
		int fd = give(cases[i].text);
		CHECK(get_from_descriptor(fd, &secret, &e));
		CHECK_BUF(&secret, cases[i].want);
		CHECK(fcntl(fd, F_GETFD) == -1); /* it is closed */
	}
}

TEST(a_descriptor_that_gives_no_password_is_told)
{
	static const struct {
		struct str text;
		const char *why;
	} cases[] = {
		{ { "", 0 }, "the password is empty" },
		{ { "\nx\n", 3 }, "the password is empty" },
		{ { "hunter2\0\n", 9 }, "the password holds a NUL byte" },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_release) struct buf secret = BUF_INIT(100);
		struct err e;
		char want[100];
		CHECK(!get_from_descriptor(give(cases[i].text), &secret, &e));
		CHECK_EQ(e.exit, EX_CONFIG);
		(void)snprintf(
		    want, sizeof(want), "rc:3: password_fd: %s", cases[i].why);
		CHECK_STR(e.text, want);
	}
}

TEST(a_descriptor_of_our_own_is_not_the_callers)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(fd_release) int fd = give(STR("secret"));
	struct err e = ERR_INIT;
	char number[12], want[100];
	(void)snprintf(number, sizeof(number), "%d", fd);
	CHECK(
	    settings_set(&s, SETTING_PASSWORD_FD, str_of(number), by_file, &e));
	CHECK(secret_claim_descriptor(&s, &e));
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK(!secret_claim_descriptor(&s, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	(void)snprintf(
	    want, sizeof(want), "rc:3: password_fd: %d is not open", fd);
	CHECK_STR(e.text, want);
	CHECK(settings_set(&s, SETTING_PASSWORD_FD, STR("60000"), by_file, &e));
	CHECK(!secret_claim_descriptor(&s, &e));
	CHECK_STR(e.text, "rc:3: password_fd: 60000 is not open");
	settings_unset(&s, SETTING_PASSWORD_FD);
	CHECK(secret_claim_descriptor(&s, &e));
}

TEST(a_passphrase_has_sources_of_its_own)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf secret = BUF_INIT(100);
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_PASSWORD, STR("p"), by_file, &e));
	CHECK(settings_set(
	    &s, SETTING_TLS_KEY_PASSWORDEVAL, STR("echo sesame"), by_file, &e));
	s.passwordeval_timeout = 20;
	CHECK(secret_source(&s, GIVES_PASSWORD) == SETTING_PASSWORD);
	CHECK(secret_source(&s, GIVES_PASSPHRASE) ==
	    SETTING_TLS_KEY_PASSWORDEVAL);
	CHECK(secret_get_passphrase(&s, "passphrase of k", &secret, &e));
	CHECK_BUF(&secret, "sesame");
}

TEST(a_key_file_is_private_or_refused)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(fixture_release) struct fixture f;
	struct err e = ERR_INIT;
	write_file(&f, STR("key"), 0600);
	CHECK(secret_check_key(&s, &e));
	CHECK(settings_set(
	    &s, SETTING_TLS_KEY_FILE, str_of(f.path), by_file, &e));
	CHECK(secret_check_key(&s, &e));
	CHECK(chmod(f.path, 0644) == 0);
	CHECK(!secret_check_key(&s, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK(strstr(e.text, "can be read by others") != NULL);
	CHECK(settings_set(
	    &s, SETTING_TLS_KEY_FILE, STR("pkcs11:token=x"), by_file, &e));
	CHECK(secret_check_key(&s, &e));
}
