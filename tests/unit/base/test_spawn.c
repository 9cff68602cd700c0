// SPDX-License-Identifier: ISC
#include "base/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

extern char **environ;

/* What a script prints, which hears only the end of file. */
static void
run(const char *script, bool has_session, struct buf *out)
{
	int ends[2], status = -1;
	char name[] = "sh", option[] = "-c", text[200], chunk[200];
	(void)snprintf(text, sizeof(text), "%s", script);
	char *const argv[] = { name, option, text, NULL };
	struct err e = ERR_INIT;
	pid_t pid;
	CHECK(pipe(ends) == 0);
	const struct spawn_call call = {
		.path = "/bin/sh",
		.argv = argv,
		.env = environ,
		.in = -1,
		.out = ends[1],
		.has_session = has_session,
	};
	CHECK(spawn(&call, &pid, &e));
	fd_release(&ends[1]);
	for (ssize_t n; (n = fd_read(ends[0], chunk, sizeof(chunk))) > 0;)
		CHECK(buf_add(out, chunk, (size_t)n));
	fd_release(&ends[0]);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

TEST(a_program_gets_signals_and_no_core_dump)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	void (*was)(int) = signal(SIGPIPE, SIG_IGN);
	/* of the last 28: those that the C library keeps for itself are above
	 */
	run("ulimit -c; cat; sed -n 's/^\\(Sig[BI].*:\\).*\\(.......\\)$/\\1\\2/p' "
	    "/proc/self/status",
	    false, &out);
	(void)signal(SIGPIPE, was);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	CHECK_BUF(&out, "0\nSigBlk:0000000\nSigIgn:0000000\n");
}

/* Fields of stat: the group is the 5th, the session the 6th. */
static const char places[] =
    "read -r pid name state parent group session rest </proc/$$/stat; "
    "[ \"$group\" = $$ ] && echo group; [ \"$session\" = $$ ] && "
    "echo session; :";

TEST(a_program_has_a_group_of_its_own)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	run(places, false, &out);
	CHECK_BUF(&out, "group\n");
}

TEST(a_program_may_have_a_session_of_its_own)
{
	AUTO(buf_release) struct buf out = BUF_INIT(1000);
	run(places, true, &out);
	CHECK_BUF(&out, "group\nsession\n");
}

/* Below valgrind, which makes a fork of it, only the status tells. */
TEST(a_program_that_is_not_there_is_told_of)
{
	char name[] = "none";
	char *const argv[] = { name, NULL };
	struct err e = ERR_INIT;
	int status = 0;
	pid_t pid;
	const struct spawn_call call = {
		.path = "/nonexistent",
		.argv = argv,
		.env = environ,
		.in = -1,
		.out = STDERR_FILENO,
	};
	if (spawn(&call, &pid, &e)) {
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_EQ(WEXITSTATUS(status), 127);
		return;
	}
	CHECK_EQ(e.exit, EX_OSERR);
	CHECK_EQ(e.sys, ENOENT);
}
