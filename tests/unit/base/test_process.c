// SPDX-License-Identifier: ISC
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
	struct rlimit before, core;
	if (getrlimit(RLIMIT_CORE, &before) == -1)
		return 2;
	process_hide_memory();
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 3;
	if (getrlimit(RLIMIT_CORE, &core) == -1)
		return 2;
	return core.rlim_cur == 0 && core.rlim_max == before.rlim_max;
}

TEST(memory_is_hidden_and_not_dumped)
{
	CHECK_EQ(in_child(hide), 1);
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
	if (pipe(ends) == -1 || !process_leave_caller())
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
