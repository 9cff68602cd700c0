// SPDX-License-Identifier: ISC
#include "base/process.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
