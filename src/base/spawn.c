// SPDX-License-Identifier: ISC
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include "base/err.h"
#include "base/process.h"

/* glibc names it with _GNU_SOURCE only, until it knows POSIX.1-2024. */
#ifndef POSIX_SPAWN_SETSID
#define POSIX_SPAWN_SETSID 0x80
#endif

static bool
set_signals(posix_spawnattr_t *attr)
{
	sigset_t none, defaults;
	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)sigaddset(&defaults, SIGXFSZ);
	(void)sigaddset(&defaults, SIGCHLD);
	errno = posix_spawnattr_setsigmask(attr, &none);
	if (errno == 0)
		errno = posix_spawnattr_setsigdefault(attr, &defaults);
	return errno == 0;
}

/* The first process of a session has a group, too. */
static bool
set_group(posix_spawnattr_t *attr, bool has_session)
{
	int own = has_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP;
	errno = posix_spawnattr_setpgroup(attr, 0);
	if (errno == 0)
		errno = posix_spawnattr_setflags(attr,
		    (short)(own | POSIX_SPAWN_SETSIGDEF |
			POSIX_SPAWN_SETSIGMASK));
	return errno == 0;
}

static bool
set_files(posix_spawn_file_actions_t *files, int in, int out)
{
	errno = in == -1
	    ? posix_spawn_file_actions_addopen(
		  files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
	    : posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO);
	if (errno == 0)
		errno = posix_spawn_file_actions_adddup2(
		    files, out, STDOUT_FILENO);
	return errno == 0;
}

bool
spawn(const struct spawn_call *call, pid_t *pid, struct err *e)
{
	posix_spawnattr_t attr;
	posix_spawn_file_actions_t files;
	process_limit_core();
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawn_file_actions_init(&files);
	if (set_signals(&attr) && set_group(&attr, call->has_session) &&
	    set_files(&files, call->in, call->out))
		errno = posix_spawn(
		    pid, call->path, &files, &attr, call->argv, call->env);
	bool ok = errno == 0 || err_sys(e, EX_OSERR, "start %s", call->path);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	return ok;
}
