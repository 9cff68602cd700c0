// SPDX-License-Identifier: ISC
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Younger than some C libraries; the same on all machines. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

extern char **environ;

/* Those of the file stay where the ids do not change; root has its own. */
static bool
shed_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {
		{ .effective = 0 },
	};
	return getuid() == 0 || syscall(SYS_capset, &head, none) == 0;
}

bool
process_shed_rights(void)
{
	static char *nothing[] = { NULL };
	/* said by the kernel: set-id bits, capabilities of the file, a policy
	 * of the system's */
	if (getauxval(AT_SECURE) == 0)
		return true;
	environ = nothing;
	/* the group first, while we may; both set the saved ids, too */
	return setregid(getgid(), getgid()) == 0 &&
	    setreuid(getuid(), getuid()) == 0 && shed_capabilities();
}

void
process_hide_memory(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		process_limit_core();
}

void
process_limit_core(void)
{
	struct rlimit core;
	if (getrlimit(RLIMIT_CORE, &core) == -1 || core.rlim_cur == 0)
		return;
	core.rlim_cur = 0;
	(void)setrlimit(RLIMIT_CORE, &core);
}

#ifdef __GLIBC__
void
process_settle_heap(void)
{
	enum { PAD = 512 << 10, SLACK = 8 << 20 };
	/* NOLINTBEGIN(concurrency-mt-unsafe): there is one thread yet */
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_TOP_PAD, PAD);
	(void)mallopt(M_TRIM_THRESHOLD, SLACK);
	/* NOLINTEND(concurrency-mt-unsafe) */
}
#else
void
process_settle_heap(void)
{
}
#endif

static void
reset_signals(void)
{
	/* who ignores SIGCHLD does not hear how a command ends */
	static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
		SIGCHLD, SIGALRM, SIGUSR1, SIGUSR2 };
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &plain, NULL);
	(void)sigemptyset(&none);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a child has one thread */
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Behind the standard streams: a pipe that we kept would have no end. */
static void
close_others(void)
{
	enum { FIRST = STDERR_FILENO + 1, OLD_MOST = 1024 };
	if (syscall(SYS_close_range, FIRST, ~0U, 0) == 0)
		return;
	for (int fd = FIRST; fd < OLD_MOST; fd++)
		(void)close(fd);
}

bool
process_leave_caller(int out, int told)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null == -1 || setsid() == -1 || chdir("/") == -1 ||
	    dup2(null, STDIN_FILENO) == -1 ||
	    dup2(out != -1 ? out : null, STDOUT_FILENO) == -1 ||
	    dup2(told != -1 ? told : null, STDERR_FILENO) == -1)
		return false;
	close_others();
	reset_signals();
	return true;
}

/* Who may not ask for another one may not look into the one there is. */
bool
process_leave_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) != -1 ||
	    errno == ENOSYS || errno == EPERM;
}
