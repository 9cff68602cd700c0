// SPDX-License-Identifier: ISC
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* As the exit status of a process of its own. */
static int
in_child(int (*look)(void))
{
	int status;
	pid_t pid = fork();
	CHECK(pid != -1);
	if (pid == 0)
		_exit(look());
	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int
shed(void)
{
	return process_shed_rights() && getenv("PATH") != NULL;
}

TEST(who_has_no_more_rights_than_the_caller_keeps_the_environment)
{
	CHECK(getenv("PATH") != NULL);
	CHECK_EQ(in_child(shed), 1);
}

static int
hide(void)
{
	process_hide_memory();
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static int
limit(void)
{
	struct rlimit before, core;
	if (getrlimit(RLIMIT_CORE, &before) == -1)
		return 2;
	before.rlim_cur = before.rlim_max;
	if (setrlimit(RLIMIT_CORE, &before) == -1)
		return 3;
	process_limit_core();
	if (getrlimit(RLIMIT_CORE, &core) == -1)
		return 2;
	return core.rlim_cur == 0 && core.rlim_max == before.rlim_max;
}

TEST(memory_is_hidden_and_not_dumped)
{
	CHECK_EQ(in_child(hide), 1);
	CHECK_EQ(in_child(limit), 1);
}

static bool
is_nowhere(int fd)
{
	struct stat st, null;
	return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 &&
	    st.st_rdev == null.st_rdev;
}

/* As a caller may be, in ways that children inherit. */
static int
leave(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };
	char here[8];
	sigset_t blocked;
	int ends[2];
	(void)sigaction(SIGCHLD, &action, NULL);
	(void)sigaction(SIGPIPE, &action, NULL);
	(void)sigemptyset(&blocked);
	(void)sigaddset(&blocked, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &blocked, NULL);
	if (pipe(ends) == -1 || !process_leave_caller(-1, -1))
		return 2;
	if (getsid(0) != getpid() || getcwd(here, sizeof(here)) == NULL ||
	    strcmp(here, "/") != 0)
		return 3;
	if (fcntl(ends[1], F_GETFD) != -1 || errno != EBADF)
		return 4;
	if (!is_nowhere(0) || !is_nowhere(1) || !is_nowhere(2))
		return 5;
	(void)sigprocmask(SIG_BLOCK, NULL, &blocked);
	if (sigismember(&blocked, SIGTERM) != 0)
		return 6;
	(void)sigaction(SIGCHLD, NULL, &action);
	if (action.sa_handler != SIG_DFL)
		return 7;
	(void)sigaction(SIGPIPE, NULL, &action);
	return action.sa_handler == SIG_IGN ? 1 : 8;
}

TEST(who_goes_on_alone_has_nothing_of_the_caller_left)
{
	CHECK_EQ(in_child(leave), 1);
}

/* What it prints goes where it was told to. */
static int
leave_for(void)
{
	int out[2], told[2];
	char got[2];
	if (pipe(out) == -1 || pipe(told) == -1)
		return 2;
	pid_t pid = fork();
	if (pid == 0)
		_exit(process_leave_caller(out[1], told[1]) &&
		    write(STDOUT_FILENO, "a", 1) == 1 &&
		    write(STDERR_FILENO, "b", 1) == 1);
	(void)waitpid(pid, NULL, 0);
	return read(out[0], &got[0], 1) == 1 &&
		read(told[0], &got[1], 1) == 1 && memcmp(got, "ab", 2) == 0
	    ? 1
	    : 3;
}

TEST(who_goes_on_alone_prints_where_it_is_told_to)
{
	CHECK_EQ(in_child(leave_for), 1);
}

static long
session_keyring(void)
{
	return syscall(
	    SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1);
}

/* 1: there is another one; 0: there is none for us anyway. */
static int
leave_keyring(void)
{
	long before = session_keyring();
	if (!process_leave_keyring())
		return 2;
	if (before == -1)
		return 0;
	return session_keyring() != before ? 1 : 3;
}

TEST(keys_of_the_session_are_left_behind)
{
	CHECK(in_child(leave_keyring) <= 1);
}
