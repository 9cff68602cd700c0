// SPDX-License-Identifier: ISC
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

TEST(a_released_descriptor_is_closed_once)
{
	int fd = open("/dev/null", O_RDONLY);
	int number = fd;
	CHECK(fd != -1);
	fd_release(&fd);
	CHECK_EQ(fd, -1);
	CHECK(fcntl(number, F_GETFD) == -1);
	fd_release(&fd);
	CHECK_EQ(fd, -1);
}

TEST(a_kept_descriptor_stays_open)
{
	int fd = open("/dev/null", O_RDONLY);
	int number = fd;
	int kept = fd_keep(&fd);
	CHECK_EQ(fd, -1);
	CHECK_EQ(kept, number);
	CHECK(fcntl(kept, F_GETFD) != -1);
	fd_release(&kept);
}

/* What the alarm does while the program waits in read(2) or write(2). */
static volatile sig_atomic_t alarm_fd;
static volatile sig_atomic_t nalarms;
static volatile sig_atomic_t ndrained;
static volatile sig_atomic_t is_garbled;

/* SIGALRM every so many microseconds, without SA_RESTART. */
static void
alarm_every(void (*handler)(int), suseconds_t usec)
{
	const struct sigaction action = { .sa_handler = handler };
	const struct timeval interval = { .tv_usec = usec };
	const struct itimerval timer = { interval, interval };
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void
alarm_stop(void)
{
	const struct itimerval off = { .it_value = { .tv_sec = 0 } };
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)signal(SIGALRM, SIG_DFL);
}

static void
write_at_third(int sig)
{
	(void)sig;
	if (++nalarms == 3)
		(void)!write(alarm_fd, "x", 1);
}

TEST(reading_goes_on_after_a_signal)
{
	int ends[2];
	char got = '\0';
	CHECK(pipe(ends) == 0);
	alarm_fd = ends[1];
	nalarms = 0;
	alarm_every(write_at_third, 5000);
	CHECK(fd_read(ends[0], &got, 1) == 1);
	alarm_stop();
	CHECK_EQ(got, 'x');
	CHECK(nalarms >= 3);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static char
pattern(size_t i)
{
	return (char)(i * 7 + i / 1000);
}

/* Takes some bytes out of the pipe, and looks whether they are the next. */
static void
drain(void)
{
	char bytes[4500];
	ssize_t n = read(alarm_fd, bytes, sizeof(bytes));
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] != pattern((size_t)ndrained++))
			is_garbled = 1;
}

/*
 * At every second alarm: at the other the write ends short, and begins anew
 * with a full pipe, so that the next one finds it with nothing written.
 */
static void
drain_sometimes(int sig)
{
	(void)sig;
	if (++nalarms % 2 == 0)
		drain();
}

TEST(all_is_written_whatever_signals_and_short_writes_come)
{
	static char bytes[300000];
	int ends[2];
	struct err e = ERR_INIT;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern(i);
	CHECK(pipe(ends) == 0);
	CHECK(fd_set_nonblocking(ends[0], &e));
	alarm_fd = ends[0];
	nalarms = ndrained = is_garbled = 0;
	alarm_every(drain_sometimes, 1000);
	CHECK(fd_write_all(ends[1], bytes, sizeof(bytes)));
	alarm_stop();
	CHECK(nalarms > 10);
	CHECK(ndrained < (int)sizeof(bytes));
	for (int last = -1; last != ndrained;) {
		last = ndrained;
		drain();
	}
	CHECK_EQ(ndrained, sizeof(bytes));
	CHECK_EQ(is_garbled, 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

TEST(writing_nothing_works_anywhere)
{
	CHECK(fd_write_all(-1, NULL, 0));
}

TEST(a_failed_write_says_why_in_errno)
{
	errno = 0;
	CHECK(!fd_write_all(-1, "x", 1));
	CHECK_EQ(errno, EBADF);
	int fd = open("/dev/full", O_WRONLY);
	if (fd != -1) {
		CHECK(!fd_write_all(fd, "x", 1));
		CHECK_EQ(errno, ENOSPC);
	}
	fd_release(&fd);
}

/* A file with that content, read from its beginning. */
static int
file_with(const char *content)
{
	int fd = -1;
	struct err e = ERR_INIT;
	CHECK(fd_temporary(&fd, &e));
	CHECK(fd_write_all(fd, content, strlen(content)));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

TEST(reading_at_a_place_leaves_the_offset_alone)
{
	int fd = file_with("0123456789");
	char got[4] = "";
	CHECK(fd_pread(fd, got, 3, 5) == 3);
	CHECK_STR(got, "567");
	CHECK(fd_pread(fd, got, 3, 9) == 1);
	CHECK(fd_pread(fd, got, 3, 10) == 0);
	CHECK(fd_read(fd, got, 3) == 3);
	CHECK_STR(got, "012");
	fd_release(&fd);
}

TEST(a_file_is_read_to_its_end_behind_the_content)
{
	int fd = file_with("world");
	struct buf b = BUF_INIT(100);
	struct err e = ERR_INIT;
	CHECK(buf_add_str(&b, STR("hello ")));
	CHECK(fd_read_to_end(fd, &b, &e));
	CHECK_BUF(&b, "hello world");
	CHECK(fd_read_to_end(fd, &b, &e));
	CHECK_BUF(&b, "hello world");
	buf_release(&b);
	fd_release(&fd);
}

TEST(a_file_may_be_as_long_as_the_buffer_and_no_longer)
{
	int fd = file_with("12345");
	struct buf b = BUF_INIT(5);
	struct err e = ERR_INIT;
	CHECK(fd_read_to_end(fd, &b, &e));
	CHECK_BUF(&b, "12345");
	CHECK_EQ(e.exit, EX_OK);
	buf_release(&b);
	b.max = 4;
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(!fd_read_to_end(fd, &b, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, "more than 4 bytes");
	buf_release(&b);
	fd_release(&fd);
}

TEST(a_long_file_is_read_in_pieces)
{
	static char content[50001];
	memset(content, 'x', sizeof(content) - 1);
	int fd = file_with(content);
	struct buf b = BUF_INIT(50000);
	struct err e = ERR_INIT;
	CHECK(fd_read_to_end(fd, &b, &e));
	CHECK_BUF(&b, content);
	buf_release(&b);
	fd_release(&fd);
}

TEST(what_cannot_be_read_is_an_io_error)
{
	struct buf b = BUF_INIT(10);
	struct err e = ERR_INIT;
	int fd = open("/", O_RDONLY);
	CHECK(!fd_read_to_end(fd, &b, &e));
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK_EQ(e.sys, EISDIR);
	CHECK(buf_add_str(&b, STR("0123456789")));
	CHECK(!fd_read_to_end(fd, &b, &e)); /* nor when there is no room */
	CHECK_EQ(e.exit, EX_IOERR);
	buf_release(&b);
	fd_release(&fd);
}

TEST(a_descriptor_is_made_non_blocking)
{
	int ends[2];
	char got;
	struct err e = ERR_INIT;
	CHECK(pipe(ends) == 0);
	CHECK(fd_set_nonblocking(ends[0], &e));
	CHECK(fd_read(ends[0], &got, 1) == -1);
	CHECK_EQ(errno, EAGAIN);
	CHECK((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
	(void)close(ends[0]);
	(void)close(ends[1]);
	CHECK(!fd_set_nonblocking(-1, &e));
	CHECK_EQ(e.exit, EX_OSERR);
	CHECK_EQ(e.sys, EBADF);
}

static unsigned
count_entries(const char *path)
{
	unsigned n = 0;
	DIR *dir = opendir(path);
	CHECK(dir != NULL);
	while (dir != NULL && readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n - 2; /* . and .. */
}

TEST(a_temporary_file_is_private_and_has_no_name)
{
	char dir[] = "/tmp/posthaste-test.XXXXXX";
	int fd = -1;
	struct stat here, there;
	struct err e = ERR_INIT;
	CHECK(mkdtemp(dir) != NULL);
	CHECK(setenv("TMPDIR", dir, 1) == 0);
	mode_t mask = umask(0);
	CHECK(fd_temporary(&fd, &e));
	(void)umask(mask);
	CHECK(fstat(fd, &here) == 0 && stat(dir, &there) == 0);
	CHECK(S_ISREG(here.st_mode));
	CHECK_EQ(here.st_mode & 07777, 0600);
	CHECK_EQ(here.st_nlink, 0);
	CHECK_EQ(here.st_dev, there.st_dev);
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK(count_entries(dir) == 0);
	CHECK(fd_write_all(fd, "x", 1));
	CHECK(unsetenv("TMPDIR") == 0);
	CHECK(rmdir(dir) == 0);
	fd_release(&fd);
}

TEST(a_tmpdir_that_is_no_good_is_passed_over)
{
	char path[5000];
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	const char *const places[] = { "/nonexistent/dir", "relative", "", path,
		"/dev/null" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		int fd = -1;
		struct err e = ERR_INIT;
		CHECK(setenv("TMPDIR", places[i], 1) == 0);
		CHECK(fd_temporary(&fd, &e));
		CHECK(fcntl(fd, F_GETFD) != -1);
		fd_release(&fd);
	}
	CHECK(unsetenv("TMPDIR") == 0);
}

/* In a child process: its exit status, 0 if all is as it should be. */
static int
in_child(int (*run)(void))
{
	int status = 0;
	pid_t child = fork();
	if (child == 0)
		_exit(run());
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int
guard_all_closed(void)
{
	char got;
	(void)close(0);
	(void)close(1);
	(void)close(2);
	if (!fd_guard_stdio())
		return 1;
	if (fcntl(0, F_GETFD) == -1 || fcntl(1, F_GETFD) == -1 ||
	    fcntl(2, F_GETFD) == -1)
		return 2;
	if (read(0, &got, 1) != -1 || errno != EBADF)
		return 3;
	if (write(1, "x", 1) != 1 || write(2, "x", 1) != 1)
		return 4;
	return open("/dev/null", O_RDONLY) > 2 ? 0 : 5;
}

static int
guard_output_closed(void)
{
	int ends[2];
	char got;
	if (pipe(ends) == -1 || dup2(ends[0], 0) != 0 ||
	    dup2(ends[1], 2) != 2 || ends[0] < 3 || ends[1] < 3)
		return 1;
	(void)close(1);
	if (!fd_guard_stdio() || fcntl(1, F_GETFD) == -1)
		return 2;
	if (write(2, "y", 1) != 1 || read(0, &got, 1) != 1 || got != 'y')
		return 3; /* what was open is as it was */
	return 0;
}

static int
guard_all_open(void)
{
	int lowest = dup(2);
	(void)close(lowest);
	if (!fd_guard_stdio())
		return 1;
	return dup(2) == lowest ? 0 : 2;
}

TEST(closed_standard_descriptors_are_taken)
{
	CHECK(in_child(guard_all_closed) == 0);
}

TEST(open_standard_descriptors_stay_as_they_are)
{
	CHECK(in_child(guard_output_closed) == 0);
	CHECK(in_child(guard_all_open) == 0);
}

TEST(a_file_is_read_as_far_as_it_goes)
{
	AUTO(buf_release) struct buf b = BUF_INIT(10);
	struct err e = ERR_INIT;
	int fd = -1;
	CHECK(fd_temporary(&fd, &e));
	CHECK(fd_write_all(fd, "abcdef", 6));
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(fd_read_file(fd, 4, &b, &e)); /* it has grown since */
	CHECK_STR(buf_cstr(&b), "abcd");
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(fd_read_file(fd, 6, &b, &e)); /* just fits */
	CHECK_STR(buf_cstr(&b), "abcdabcdef");
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(!fd_read_file(fd, 6, &b, &e));
	CHECK_STR(e.text, "more than 10 bytes");
	const off_t sizes[] = { 0, 9 }; /* as in /proc, and cut since */
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		buf_truncate(&b, 0);
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		CHECK(fd_read_file(fd, sizes[i], &b, &e));
		CHECK_STR(buf_cstr(&b), "abcdef");
	}
	fd_release(&fd);
}
