// SPDX-License-Identifier: ISC
#include "base/seccomp.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * What the numbers are those of.  Machines where one system call stands for
 * many, or where the words of an argument are the other way round, are left
 * out.
 */
#if defined(__x86_64__) && !defined(__ILP32__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__LP64__) && !defined(__AARCH64EB__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && defined(__LP64__)
#define MACHINE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define MACHINE AUDIT_ARCH_PPC64LE
#else
#define MACHINE 0
#endif

/* x86-64's other set of numbers, x32, is the same machine; others have none */
enum { X32_BIT = 0x40000000 };

/*
 * From here on the numbers are the same on all machines, and the calls so new
 * that the C library has another way where the kernel says ENOSYS; of EPERM
 * it would make an error.
 */
enum { FIRST_WITH_FALLBACK = 424 };

/*
 * The most frequent first, as they are gone through in order.  Those in #if
 * have been superseded on newer machines.
 */
static const uint32_t allowed[] = {
	SYS_read,
	SYS_write,
	SYS_sendmsg,
	SYS_recvfrom,
	SYS_recvmsg,
	SYS_sendto,
#ifdef SYS_poll
	SYS_poll,
#endif
	SYS_ppoll,
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	SYS_futex,
	SYS_getrandom,
	SYS_clock_gettime,
	SYS_gettimeofday,
	SYS_clock_nanosleep,
	SYS_nanosleep,
	SYS_restart_syscall,
	SYS_pread64,
	SYS_pwrite64,
	SYS_readv,
	SYS_writev,
	SYS_lseek,
	SYS_close,
	SYS_fcntl,
	SYS_fstat,
	SYS_statx,
	SYS_newfstatat,
#ifdef SYS_stat
	SYS_stat,
	SYS_lstat,
#endif
	SYS_openat,
#ifdef SYS_open
	SYS_open,
#endif
	SYS_faccessat,
#ifdef SYS_access
	SYS_access,
#endif
	SYS_readlinkat,
#ifdef SYS_readlink
	SYS_readlink,
#endif
	SYS_getdents64,
	SYS_mkdirat,
#ifdef SYS_mkdir
	SYS_mkdir,
#endif
	SYS_linkat,
	SYS_unlinkat,
#ifdef SYS_unlink
	SYS_unlink,
#endif
#ifdef SYS_renameat
	SYS_renameat,
#endif
	SYS_renameat2,
#ifdef SYS_rename
	SYS_rename,
#endif
	SYS_ftruncate,
	SYS_fsync,
	SYS_fdatasync,
	SYS_flock,
	SYS_getsockopt,
	SYS_setsockopt,
	SYS_getsockname,
	SYS_getpeername,
	SYS_shutdown,
	SYS_uname,
	SYS_sysinfo,
	SYS_getrusage,
	SYS_getpid,
	SYS_gettid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_exit,
	SYS_exit_group,
};

/* A program for the kernel's filter. */
struct program {
	struct sock_filter code[ARRAY_LEN(allowed) + 64];
	unsigned short len;
};

static void
emit(struct program *p, uint16_t code, uint8_t then, uint8_t otherwise,
    uint32_t k)
{
	assert(p->len < ARRAY_LEN(p->code));
	p->code[p->len++] = (struct sock_filter){ code, then, otherwise, k };
}

static void
load(struct program *p, size_t offset)
{
	emit(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

/* An argument's lower word, which is all that the kernel looks at in ints. */
static void
load_argument(struct program *p, unsigned n)
{
	load(p, offsetof(struct seccomp_data, args) + n * sizeof(uint64_t));
}

static void
end_with(struct program *p, uint32_t verdict)
{
	emit(p, BPF_RET | BPF_K, 0, 0, verdict);
}

static void
end_with_errno(struct program *p, int sys)
{
	end_with(p, SECCOMP_RET_ERRNO | (uint32_t)sys);
}

/* One more instruction is run if what was loaded is k. */
static void
one_if(struct program *p, uint32_t k)
{
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, k);
}

static void
check_machine(struct program *p)
{
	load(p, offsetof(struct seccomp_data, arch));
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, MACHINE);
	end_with(p, SECCOMP_RET_KILL_PROCESS);
	load(p, offsetof(struct seccomp_data, nr));
	emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, X32_BIT);
	end_with(p, SECCOMP_RET_KILL_PROCESS);
}

static void
allow_listed(struct program *p)
{
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
		emit(p, BPF_JMP | BPF_JEQ | BPF_K,
		    (uint8_t)(ARRAY_LEN(allowed) - i), 0, allowed[i]);
	emit(p, BPF_JMP | BPF_JA, 0, 0, 1);
	end_with(p, SECCOMP_RET_ALLOW);
}

static void
allow(struct program *p, long nr)
{
	one_if(p, (uint32_t)nr);
	end_with(p, SECCOMP_RET_ALLOW);
}

/* If argument n is one of those; else EPERM. */
static void
allow_with(struct program *p, long nr, unsigned n, const uint32_t *values,
    size_t nvalues)
{
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, (uint8_t)(2 * nvalues + 2),
	    (uint32_t)nr);
	load_argument(p, n);
	for (size_t i = 0; i < nvalues; i++)
		allow(p, values[i]);
	end_with_errno(p, EPERM);
}

/* Memory, but no new code. */
static void
allow_data(struct program *p, long nr)
{
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 4, (uint32_t)nr);
	load_argument(p, 2);
	emit(p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, PROT_EXEC);
	end_with(p, SECCOMP_RET_ALLOW);
	end_with_errno(p, EPERM);
}

static void
allow_memory(struct program *p, bool has_code)
{
	static const long calls[] = { SYS_mmap, SYS_mprotect };
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		if (has_code)
			allow(p, calls[i]);
		else
			allow_data(p, calls[i]);
	}
}

static void
allow_sockets(struct program *p, unsigned kept)
{
	uint32_t families[3];
	size_t n = 0;
	if ((kept & SECCOMP_UNIX) != 0)
		families[n++] = AF_UNIX;
	if ((kept & SECCOMP_INET) != 0) {
		families[n++] = AF_INET;
		families[n++] = AF_INET6;
		allow(p, SYS_bind); /* for a source address */
	}
	if (n == 0)
		return;
	allow(p, SYS_connect);
	allow_with(p, SYS_socket, 0, families, n);
}

static void
write_program(struct program *p, unsigned kept)
{
	static const uint32_t queues[] = { TIOCOUTQ, FIONREAD };
	const uint32_t own = (uint32_t)getpid(); /* for abort(3) */
	*p = (struct program){ .len = 0 };
	check_machine(p);
	allow_listed(p);
	allow_memory(p, (kept & SECCOMP_CODE) != 0);
	allow_with(p, SYS_ioctl, 1, queues, ARRAY_LEN(queues));
	allow_with(p, SYS_tgkill, 0, &own, 1);
	allow_sockets(p, kept);
	emit(p, BPF_JMP | BPF_JGE | BPF_K, 0, 1, FIRST_WITH_FALLBACK);
	end_with_errno(p, ENOSYS);
	end_with_errno(p, EPERM);
}

bool
seccomp_enter(unsigned kept)
{
	struct program p;
	errno = ENOSYS;
	if (MACHINE == 0)
		return false;
	write_program(&p, kept);
	const struct sock_fprog filter = { .len = p.len, .filter = p.code };
	long rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &filter);
	if (rc > 0) /* a thread that has another filter */
		errno = EBUSY;
	return rc == 0;
}
