// SPDX-License-Identifier: ISC
#include "killat.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TASKS_MOST = 64, CALL_STOP = SIGTRAP | 0x80 };

/* A process or thread that is watched. */
struct task {
	pid_t pid;
	bool is_dying; /* behind the call it is in */
};

struct watch {
	const struct killat *k;
	struct killat_end *end;
	pid_t first;
	bool is_counting;
	bool is_over; /* all were killed */
	struct task tasks[TASKS_MOST];
	size_t ntasks;
};

struct name {
	const char *text;
	long call;
	bool is_of_files; /* changes them, or syncs them */
};

/* Some are not there on newer architectures, which have but the -at form. */
static const struct name names[] = {
	{ "close", SYS_close, true },
	{ "connect", SYS_connect, false },
	{ "copy_file_range", SYS_copy_file_range, true },
	{ "execve", SYS_execve, false },
	{ "fallocate", SYS_fallocate, true },
	{ "fchmod", SYS_fchmod, true },
	{ "fchown", SYS_fchown, true },
	{ "fdatasync", SYS_fdatasync, true },
	{ "flock", SYS_flock, true },
	{ "fstat", SYS_fstat, false },
	{ "fsync", SYS_fsync, true },
	{ "ftruncate", SYS_ftruncate, true },
	{ "getdents64", SYS_getdents64, false },
	{ "linkat", SYS_linkat, true },
	{ "lseek", SYS_lseek, false },
	{ "mkdirat", SYS_mkdirat, true },
	{ "newfstatat", SYS_newfstatat, false },
	{ "openat", SYS_openat, true },
	{ "pread64", SYS_pread64, false },
	{ "pwrite64", SYS_pwrite64, true },
	{ "pwritev", SYS_pwritev, true },
	{ "read", SYS_read, false },
	{ "readv", SYS_readv, false },
	{ "recvfrom", SYS_recvfrom, false },
	{ "recvmsg", SYS_recvmsg, false },
	{ "renameat2", SYS_renameat2, true },
	{ "sendmsg", SYS_sendmsg, false },
	{ "sendto", SYS_sendto, false },
	{ "statx", SYS_statx, false },
	{ "unlinkat", SYS_unlinkat, true },
	{ "utimensat", SYS_utimensat, true },
	{ "write", SYS_write, true },
	{ "writev", SYS_writev, true },
#ifdef SYS_link
	{ "link", SYS_link, true },
#endif
#ifdef SYS_mkdir
	{ "mkdir", SYS_mkdir, true },
#endif
#ifdef SYS_open
	{ "open", SYS_open, true },
#endif
#ifdef SYS_rename
	{ "rename", SYS_rename, true },
#endif
#ifdef SYS_renameat
	{ "renameat", SYS_renameat, true },
#endif
#ifdef SYS_rmdir
	{ "rmdir", SYS_rmdir, true },
#endif
#ifdef SYS_unlink
	{ "unlink", SYS_unlink, true },
#endif
};

enum { NAMES_COUNT = sizeof(names) / sizeof(names[0]) };

bool
killat_add(bool *only, const char *name)
{
	bool is_group = strcmp(name, "files") == 0, is_known = false;
	for (size_t i = 0; i < NAMES_COUNT; i++)
		if (is_group ? names[i].is_of_files
			     : strcmp(names[i].text, name) == 0)
			only[names[i].call] = is_known = true;
	return is_known;
}

const char *
killat_name(long call)
{
	static char text[32];
	for (size_t i = 0; i < NAMES_COUNT; i++)
		if (names[i].call == call)
			return names[i].text;
	(void)snprintf(text, sizeof(text), "call %ld", call);
	return text;
}

/*
 * A call is kept from being made by another number than any call has, and what
 * it is to have returned is put there.  Each architecture has registers of its
 * own.
 */
#if defined(__x86_64__)
static void
change(struct user_regs_struct *regs, int error)
{
	regs->orig_rax = (unsigned long long)-1;
	regs->rax = (unsigned long long)-(long long)error;
}
#elif defined(__aarch64__)
static void
change(struct user_regs_struct *regs, int error)
{
	regs->regs[0] = (unsigned long long)-(long long)error;
}
#endif

#if defined(__aarch64__)
static bool
skip_number(pid_t pid)
{
	enum { ARM_SYSTEM_CALL = 0x404 };
	int none = -1;
	struct iovec io = { &none, sizeof(none) };
	return ptrace(PTRACE_SETREGSET, pid, ARM_SYSTEM_CALL, &io) == 0;
}
#else
static bool
skip_number(pid_t pid)
{
	(void)pid; /* it is one of the registers */
	return true;
}
#endif

static bool
skip_call(pid_t pid, int error)
{
	enum { GENERAL_REGISTERS = 1 };
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };
	if (ptrace(PTRACE_GETREGSET, pid, GENERAL_REGISTERS, &io) == -1)
		return false;
	change(&regs, error);
	return ptrace(PTRACE_SETREGSET, pid, GENERAL_REGISTERS, &io) == 0 &&
	    skip_number(pid);
}

/* Those whose second argument is a path. */
static const long of_paths[] = { SYS_linkat, SYS_mkdirat, SYS_newfstatat,
	SYS_openat, SYS_statx, SYS_unlinkat };

enum { OF_PATHS_COUNT = sizeof(of_paths) / sizeof(of_paths[0]) };

static bool
is_watched(const struct killat *k, long call)
{
	bool is_of_paths = false;
	for (size_t i = 0; k->from != NULL && i < OF_PATHS_COUNT; i++)
		is_of_paths = is_of_paths || of_paths[i] == call;
	return is_of_paths || k->only == NULL || k->only[call];
}

/* The watcher is asked at each call that is watched, and at no other. */
static bool
filter(const struct killat *k)
{
	static const struct sock_filter load = BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	static const struct sock_filter ask = BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	static const struct sock_filter pass = BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_filter rows[2 * KILLAT_CALLS + 2];
	struct sock_fprog program = { .filter = rows };
	rows[program.len++] = load;
	for (unsigned call = 0; call < KILLAT_CALLS; call++) {
		if (k->only == NULL || !is_watched(k, call))
			continue;
		rows[program.len++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
		rows[program.len++] = ask;
	}
	rows[program.len++] = k->only == NULL ? ask : pass;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool
killat_begin(const struct killat *k)
{
	/* the filter comes second: without a watcher its calls would fail */
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 &&
	    raise(SIGSTOP) == 0 && filter(k);
}

/* What a call is about, as it stands in the other process. */
static void
read_path(pid_t pid, uint64_t number, char *path, size_t size)
{
	enum { PAGE = 4096 };
	size_t got = 0;
	while (got < size - 1 && memchr(path, '\0', got) == NULL) {
		union {
			uint64_t number;
			void *address;
		} at = { .number = number + got };
		/* page by page, as the next one may not be there */
		size_t n = PAGE - (size_t)(at.number % PAGE);
		if (n > size - 1 - got)
			n = size - 1 - got;
		struct iovec here = { path + got, n },
			     there = { at.address, n };
		if (process_vm_readv(pid, &here, 1, &there, 1, 0) != (ssize_t)n)
			break;
		got += n;
	}
	path[got] = '\0';
}

/* Whether the path that the call is about has that in it. */
static bool
names_path(
    pid_t pid, const struct __ptrace_syscall_info *info, const char *part)
{
	char path[PATH_MAX];
	for (size_t i = 0; i < OF_PATHS_COUNT; i++) {
		if ((long)info->seccomp.nr != of_paths[i])
			continue;
		read_path(pid, info->seccomp.args[1], path, sizeof(path));
		return strstr(path, part) != NULL;
	}
	return false;
}

static struct task *
find_task(struct watch *w, pid_t pid)
{
	for (size_t i = 0; i < w->ntasks; i++)
		if (w->tasks[i].pid == pid)
			return &w->tasks[i];
	return NULL;
}

static void
forget_task(struct watch *w, pid_t pid)
{
	struct task *t = find_task(w, pid);
	if (t != NULL)
		*t = w->tasks[--w->ntasks];
}

static void
kill_all(struct watch *w)
{
	for (size_t i = 0; i < w->ntasks; i++)
		if (w->k->follows || w->tasks[i].pid == w->first)
			(void)kill(w->tasks[i].pid, SIGKILL);
	w->is_over = true;
}

static bool
counts(struct watch *w, pid_t pid, const struct __ptrace_syscall_info *info)
{
	long call = (long)info->seccomp.nr;
	if (w->is_over || (pid != w->first && !w->k->follows))
		return false;
	if (!w->is_counting)
		w->is_counting = names_path(pid, info, w->k->from);
	return w->is_counting &&
	    (w->k->only == NULL ||
		(call >= 0 && call < KILLAT_CALLS && w->k->only[call]));
}

/* It is about to make a call that is watched. */
static bool
at_call(struct watch *w, struct task *t)
{
	struct __ptrace_syscall_info info;
	struct killat_end *end = w->end;
	union {
		size_t number;
		void *address;
	} size = { .number = sizeof(info) };
	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, size.address, &info) <= 0)
		return errno == ESRCH;
	if (!counts(w, t->pid, &info) || ++end->ncalls != w->k->n ||
	    w->k->how == KILLAT_COUNT)
		return true;
	end->is_hit = true;
	end->call = (long)info.seccomp.nr;
	if (w->k->how == KILLAT_FAIL)
		return skip_call(t->pid, w->k->error);
	if (w->k->how == KILLAT_BEFORE)
		kill_all(w);
	t->is_dying = w->k->how == KILLAT_BEHIND;
	return true;
}

/* It stands still: look why, and let it go on. */
static bool
stopped(struct watch *w, pid_t pid, int status)
{
	struct task *t = find_task(w, pid);
	int sig = WSTOPSIG(status);
	if (t == NULL) {
		if (w->ntasks == TASKS_MOST)
			return false;
		t = &w->tasks[w->ntasks++];
		*t = (struct task){ .pid = pid };
		sig = 0; /* what it is born with */
		if (w->is_over && w->k->follows)
			(void)kill(pid, SIGKILL);
	} else if (status >> 16 == PTRACE_EVENT_SECCOMP) {
		sig = 0;
		if (!at_call(w, t))
			return false;
	} else if (sig == CALL_STOP) {
		sig = 0;
		kill_all(w); /* it is behind its call */
	} else if (status >> 16 != 0) {
		sig = 0; /* another event, such as a fork */
	}
	union {
		intptr_t number;
		void *address;
	} handed = { .number = sig };
	return ptrace(t->is_dying ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL,
		   handed.address) == 0 ||
	    errno == ESRCH;
}

static bool
attach(struct watch *w, pid_t child)
{
	int status;
	union {
		long number;
		void *address;
	} options = {
		/* all of them have the filter, and need somebody to ask */
		.number = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD |
		    PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
		    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		    PTRACE_O_TRACESECCOMP,
	};
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return false;
	w->tasks[w->ntasks++] = (struct task){ .pid = child };
	return ptrace(PTRACE_SETOPTIONS, child, NULL, options.address) == 0 &&
	    ptrace(PTRACE_CONT, child, NULL, NULL) == 0;
}

bool
killat_watch(const struct killat *k, pid_t child, struct killat_end *end)
{
	struct watch w = {
		.k = k,
		.end = end,
		.first = child,
		.is_counting = k->from == NULL,
	};
	*end = (struct killat_end){ .is_hit = false };
	bool ok = attach(&w, child);
	while (ok && w.ntasks > 0) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid == -1 && errno == EINTR)
			continue;
		if (pid == -1)
			break;
		if (WIFSTOPPED(status)) {
			ok = stopped(&w, pid, status);
			continue;
		}
		forget_task(&w, pid);
		if (pid == w.first)
			end->status = status;
	}
	if (!ok)
		kill_all(&w);
	return ok;
}
