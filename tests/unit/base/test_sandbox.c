// SPDX-License-Identifier: ISC
/*
 * Each thing is tried in a child that has given up what it does not need.
 * Where the kernel knows nothing of it (or valgrind does not), there is
 * nothing to be seen.
 */
#include "base/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/seccomp.h"
#include "unit.h"

enum { ABI_PORTS = 4, ABI_SCOPES = 6, KILLED = -1000 };

/* A folder with a file and a folder in it, gone at the end. */
struct place {
	char top[64];
	char file[80];
	char below[80]; /* the folder's file */
	char folder[80];
};

static void
put(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd != -1);
	fd_release(&fd);
}

static void
place_make(struct place *p)
{
	(void)snprintf(p->top, sizeof(p->top), "/tmp/sandbox.XXXXXX");
	CHECK(mkdtemp(p->top) != NULL);
	(void)snprintf(p->file, sizeof(p->file), "%s/file", p->top);
	(void)snprintf(p->folder, sizeof(p->folder), "%s/d", p->top);
	(void)snprintf(p->below, sizeof(p->below), "%s/d/file", p->top);
	CHECK(mkdir(p->folder, 0700) == 0);
	put(p->file);
	put(p->below);
}

static void
place_remove(struct place *p)
{
	(void)unlink(p->below);
	(void)unlink(p->file);
	CHECK(rmdir(p->folder) == 0);
	CHECK(rmdir(p->top) == 0);
}

/* What each child tries; 0, or what it came to. */
typedef int attempt_fn(void *arg);

/* What it returned, or the signal by which it died, taken from KILLED. */
static int
in_child(attempt_fn *attempt, void *arg)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(attempt(arg));
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : KILLED - WTERMSIG(status);
}

static int
has_opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	int sys = fd == -1 ? errno : 0;
	fd_release(&fd);
	return sys;
}

static unsigned
abi(void)
{
	AUTO(sandbox_release) struct sandbox_rules r;
	sandbox_begin(&r);
	return sandbox_has_landlock(&r) ? (unsigned)r.landlock.abi : 0;
}

/* In a child, which must get there. */
static void
enter(const struct sandbox_rules *r)
{
	struct err e = ERR_INIT;
	if (!sandbox_enter(r, false, &e))
		_exit(EX_SOFTWARE);
}

static int
try_without_rules(void *arg)
{
	struct place *p = arg;
	struct sandbox_rules r;
	sandbox_begin(&r);
	enter(&r);
	if (has_opened(p->file, O_RDONLY) != EACCES ||
	    has_opened(p->file, O_WRONLY) != EACCES ||
	    has_opened(p->folder, O_RDONLY | O_DIRECTORY) != EACCES)
		return 1;
	if (unlink(p->file) == 0 || errno != EACCES)
		return 2;
	if (execl("/bin/true", "true", (char *)NULL) != -1 || errno != EACCES)
		return 3;
	return 0;
}

TEST(nothing_can_be_opened_or_run_without_a_rule)
{
	struct place p;
	place_make(&p);
	if (abi() > 0)
		CHECK_EQ(in_child(try_without_rules, &p), 0);
	place_remove(&p);
}

static int
try_reading(void *arg)
{
	struct place *p = arg;
	struct sandbox_rules r;
	sandbox_begin(&r);
	sandbox_allow(&r, p->file, SANDBOX_READ);
	sandbox_allow(&r, "/nonexistent", SANDBOX_READ);
	if (r.npaths != 1)
		return 1;
	enter(&r);
	return has_opened(p->file, O_RDONLY) != 0 ||
	    has_opened(p->file, O_WRONLY) != EACCES ||
	    has_opened(p->below, O_RDONLY) != EACCES;
}

static int
try_reading_below(void *arg)
{
	struct place *p = arg;
	struct sandbox_rules r;
	sandbox_begin(&r);
	sandbox_allow(&r, p->folder, SANDBOX_READ);
	enter(&r);
	return has_opened(p->below, O_RDONLY) != 0 ||
	    has_opened(p->folder, O_RDONLY | O_DIRECTORY) != 0 ||
	    has_opened(p->below, O_WRONLY) != EACCES ||
	    has_opened(p->file, O_RDONLY) != EACCES;
}

TEST(what_may_be_read_is_neither_written_nor_all_there_is)
{
	struct place p;
	place_make(&p);
	if (abi() > 0) {
		CHECK_EQ(in_child(try_reading, &p), 0);
		CHECK_EQ(in_child(try_reading_below, &p), 0);
	}
	place_remove(&p);
}

static int
try_running(void *arg)
{
	struct sandbox_rules r;
	(void)arg;
	sandbox_begin(&r);
	sandbox_allow(&r, "/", SANDBOX_READ);
	enter(&r);
	return execl("/bin/true", "true", (char *)NULL) == -1 ? errno : 0;
}

TEST(what_may_be_read_is_not_run)
{
	if (abi() > 0)
		CHECK_EQ(in_child(try_running, NULL), EACCES);
}

static int
try_link(void *arg)
{
	struct place *p = arg;
	struct sandbox_rules r;
	sandbox_begin(&r);
	sandbox_allow(&r, "link", SANDBOX_READ);
	enter(&r);
	return has_opened("link", O_RDONLY) != 0 ||
	    has_opened(p->file, O_RDONLY) != 0;
}

TEST(a_rule_for_a_link_is_for_what_it_leads_to)
{
	struct place p;
	char here[4096];
	CHECK(getcwd(here, sizeof(here)) != NULL);
	place_make(&p);
	CHECK(chdir(p.top) == 0 && symlink("file", "link") == 0);
	if (abi() > 0)
		CHECK_EQ(in_child(try_link, &p), 0);
	CHECK(unlink("link") == 0 && chdir(here) == 0);
	place_remove(&p);
}

static int
try_writing(void *arg)
{
	struct place *p = arg;
	struct sandbox_rules r;
	sandbox_begin(&r);
	sandbox_allow(&r, p->file, SANDBOX_WRITE);
	enter(&r);
	return has_opened(p->file, O_WRONLY | O_APPEND | O_CREAT) != 0 ||
	    has_opened(p->file, O_RDONLY) != EACCES ||
	    has_opened(p->below, O_WRONLY) != EACCES || unlink(p->file) == 0;
}

TEST(what_may_be_written_is_not_read_or_removed)
{
	struct place p;
	place_make(&p);
	if (abi() > 0)
		CHECK_EQ(in_child(try_writing, &p), 0);
	place_remove(&p);
}

static int
try_keeping(void *arg)
{
	struct place *p = arg;
	char name[96], other[96];
	struct sandbox_rules r;
	(void)snprintf(name, sizeof(name), "%s/new", p->folder);
	(void)snprintf(other, sizeof(other), "%s/d2", p->folder);
	sandbox_begin(&r);
	sandbox_allow(&r, p->folder, SANDBOX_KEEP);
	enter(&r);
	if (has_opened(name, O_WRONLY | O_CREAT | O_EXCL) != 0 ||
	    rename(name, p->below) != 0 || has_opened(p->below, O_RDONLY) != 0)
		return 1;
	if (mkdir(other, 0700) == 0 || symlink("file", other) == 0 ||
	    mkfifo(other, 0600) == 0)
		return 2;
	if (unlink(p->below) != 0)
		return 3;
	return has_opened(p->file, O_RDONLY) != EACCES;
}

TEST(files_of_a_kept_folder_are_made_replaced_and_removed)
{
	struct place p;
	place_make(&p);
	if (abi() > 0)
		CHECK_EQ(in_child(try_keeping, &p), 0);
	place_remove(&p);
}

static int
try_open_file(void *arg)
{
	struct place *p = arg;
	char byte;
	struct sandbox_rules r;
	int fd = open(p->file, O_RDWR | O_CLOEXEC);
	sandbox_begin(&r);
	sandbox_allow_open(&r, fd, SANDBOX_WRITE);
	enter(&r);
	return fd_write_all(fd, "x", 1) && pread(fd, &byte, 1, 0) == 1 &&
		has_opened(p->file, O_WRONLY) == 0 &&
		has_opened(p->file, O_RDONLY) == EACCES
	    ? 0
	    : 1;
}

TEST(what_is_open_stays_open_and_can_have_a_rule)
{
	struct place p;
	place_make(&p);
	if (abi() > 0)
		CHECK_EQ(in_child(try_open_file, &p), 0);
	place_remove(&p);
}

/* Listens; the port is the kernel's choice. */
static int
listener(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*at = (struct sockaddr_in){ .sin_family = AF_INET };
	at->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK(bind(fd, (struct sockaddr *)at, sizeof(*at)) == 0);
	CHECK(listen(fd, 4) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)at, &len) == 0);
	return fd;
}

/* Two ports, one of which is allowed. */
struct ports {
	struct sockaddr_in allowed;
	struct sockaddr_in other;
	bool has_source;
};

static int
connect_to(const struct sockaddr_in *at, bool has_source)
{
	const struct sockaddr_in source = { .sin_family = AF_INET,
		.sin_addr = at->sin_addr };
	AUTO(fd_release)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return errno;
	if (has_source &&
	    bind(fd, (const struct sockaddr *)&source, sizeof(source)) == -1)
		return errno;
	return connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0
	    ? 0
	    : errno;
}

static int
try_ports(void *arg)
{
	struct ports *p = arg;
	struct sandbox_rules r;
	sandbox_begin(&r);
	sandbox_allow_connect(&r, ntohs(p->allowed.sin_port));
	if (p->has_source)
		sandbox_allow_source(&r);
	enter(&r);
	if (connect_to(&p->allowed, false) != 0 ||
	    connect_to(&p->other, false) != EACCES)
		return 1;
	if (connect_to(&p->allowed, true) != (p->has_source ? 0 : EACCES))
		return 2;
	AUTO(fd_release)
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in taken = p->other;
	taken.sin_port = htons((uint16_t)(ntohs(taken.sin_port) ^ 1));
	return bind(fd, (struct sockaddr *)&taken, sizeof(taken)) != -1 ||
	    errno != EACCES;
}

TEST(only_the_ports_named_can_be_connected_to)
{
	struct ports p = { .has_source = false };
	AUTO(fd_release) int a = listener(&p.allowed);
	AUTO(fd_release) int b = listener(&p.other);
	CHECK(a != -1 && b != -1);
	if (abi() < ABI_PORTS)
		return;
	CHECK_EQ(in_child(try_ports, &p), 0);
	p.has_source = true;
	CHECK_EQ(in_child(try_ports, &p), 0);
}

static int
try_signal(void *arg)
{
	const pid_t *parent = arg;
	struct sandbox_rules r;
	sandbox_begin(&r);
	enter(&r);
	return kill(*parent, 0) == -1 && errno == EPERM &&
		kill(getpid(), 0) == 0
	    ? 0
	    : 1;
}

TEST(other_processes_cannot_be_signalled)
{
	pid_t self = getpid();
	if (abi() >= ABI_SCOPES)
		CHECK_EQ(in_child(try_signal, &self), 0);
}

/* What the kernel tells of this process. */
static bool
status_says(const char *line)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	struct err e;
	AUTO(fd_release) int fd = open("/proc/self/status", O_RDONLY);
	return fd != -1 && fd_read_to_end(fd, &text, &e) &&
	    str_search(buf_str(&text), str_of(line)) < text.len;
}

static int
try_privileges(void *arg)
{
	struct sandbox_rules r;
	(void)arg;
	sandbox_begin(&r);
	sandbox_allow(&r, "/proc", SANDBOX_READ);
	enter(&r);
	return !status_says("NoNewPrivs:\t1") || status_says("Seccomp:\t2");
}

TEST(no_new_privileges_can_be_had)
{
	if (abi() > 0)
		CHECK_EQ(in_child(try_privileges, NULL), 0);
}

static int
try_strict(void *arg)
{
	struct sandbox_rules r;
	struct err e = ERR_INIT;
	(void)arg;
	sandbox_begin(&r);
	r.sys = r.sys == 0 ? ENOSYS : r.sys; /* as if there was none */
	if (sandbox_enter(&r, true, &e) || e.exit != EX_UNAVAILABLE)
		return 1;
	return str_search(str_of(e.text), STR("sandbox without Landlock")) > 0;
}

TEST(strict_is_an_error_where_landlock_is_missing)
{
	CHECK_EQ(in_child(try_strict, NULL), 0);
}

/*
 * seccomp
 */

/* Whether there is any; a filter is tried on a child. */
static int
try_filter(void *arg)
{
	const unsigned *kept = arg;
	return landlock_no_new_privs() && seccomp_enter(*kept) ? 0 : errno;
}

static bool
has_seccomp(void)
{
	unsigned kept = 0;
	return in_child(try_filter, &kept) == 0;
}

static void
filter(unsigned kept)
{
	if (!landlock_no_new_privs() || !seccomp_enter(kept))
		_exit(EX_SOFTWARE);
}

static bool
is_refused(long rc)
{
	return rc == -1 && errno == EPERM;
}

static int
try_daily_work(void *arg)
{
	struct place *p = arg;
	int pair[2], left;
	char byte;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 1;
	filter(0);
	char *big = mem_alloc(1 << 22); /* by mmap(2) */
	memset(big, 1, 1 << 22);
	free(big);
	if (write(pair[0], "x", 1) != 1 || read(pair[1], &byte, 1) != 1)
		return 2;
	if (has_opened(p->file, O_RDWR) != 0)
		return 3;
	if (ioctl(pair[0], TIOCOUTQ, &left) != 0 ||
	    ioctl(pair[0], FIONREAD, &left) != 0 ||
	    !is_refused(ioctl(pair[0], TIOCSTI, "x")))
		return 4;
	return getpid() > 0 && time(NULL) > 0 ? 0 : 5;
}

TEST(a_filtered_process_does_its_work)
{
	struct place p;
	place_make(&p);
	if (has_seccomp())
		CHECK_EQ(in_child(try_daily_work, &p), 0);
	place_remove(&p);
}

static int
try_forbidden(void *arg)
{
	char name[] = "true";
	char *argv[] = { name, NULL };
	(void)arg;
	filter(0);
	if (!is_refused(execv("/bin/true", argv)))
		return 1;
	if (!is_refused(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)))
		return 2;
	if (!is_refused(syscall(SYS_ptrace, 0, 0, 0, 0)))
		return 3;
	if (!is_refused(syscall(SYS_mount, "a", "/", "b", 0, NULL)) ||
	    !is_refused(syscall(SYS_bpf, 0, NULL, 0)) ||
	    !is_refused(syscall(SYS_keyctl, 0, 0, 0, 0, 0)))
		return 4;
	if (!is_refused(kill(getppid(), 0)))
		return 5;
	return 0;
}

TEST(programs_processes_and_what_the_kernel_is_attacked_by_are_refused)
{
	if (has_seccomp())
		CHECK_EQ(in_child(try_forbidden, NULL), 0);
}

static int
try_code(void *arg)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const unsigned *kept = arg;
	filter(*kept);
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *data = mmap(NULL, page, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (data == MAP_FAILED)
		return 1;
	if (mprotect(data, page, PROT_READ | PROT_EXEC) == -1)
		return errno;
	return mmap(NULL, page, PROT_READ | PROT_EXEC, flags, -1, 0) ==
		MAP_FAILED
	    ? errno
	    : 0;
}

TEST(memory_with_code_is_refused_unless_it_is_named)
{
	unsigned kept = 0;
	if (!has_seccomp())
		return;
	CHECK_EQ(in_child(try_code, &kept), EPERM);
	kept = SECCOMP_CODE;
	CHECK_EQ(in_child(try_code, &kept), 0);
}

static int
make_socket(int family)
{
	AUTO(fd_release) int fd = socket(family, SOCK_DGRAM, 0);
	return fd == -1 ? errno : 0;
}

/* Which of the three kinds can be made, by bits; and no other one. */
static int
try_sockets(void *arg)
{
	const unsigned *kept = arg;
	filter(*kept);
	int can = 0;
	can |= make_socket(AF_UNIX) == 0 ? 1 : 0;
	can |= make_socket(AF_INET) == 0 ? 2 : 0;
	can |= make_socket(AF_INET6) == EPERM ? 0 : 4;
	can |= make_socket(AF_NETLINK) == EPERM ? 0 : 8;
	can |= make_socket(AF_UNSPEC) == EPERM ? 0 : 8;
	return can;
}

TEST(only_sockets_of_the_kinds_named_can_be_made)
{
	static const struct {
		unsigned kept;
		int can;
	} rows[] = {
		{ 0, 0 },
		{ SECCOMP_UNIX, 1 },
		{ SECCOMP_INET, 6 },
		{ SECCOMP_INET | SECCOMP_UNIX, 7 },
	};
	if (!has_seccomp())
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned kept = rows[i].kept;
		CHECK_EQ(in_child(try_sockets, &kept), rows[i].can);
	}
}

static int
try_abort(void *arg)
{
	(void)arg;
	filter(0);
	abort();
}

TEST(a_filtered_process_can_abort)
{
	if (has_seccomp())
		CHECK_EQ(in_child(try_abort, NULL), KILLED - SIGABRT);
}

static int
try_new_call(void *arg)
{
	(void)arg;
	filter(0);
	/* clone3: what EPERM would be taken for the last word of */
	return syscall(435, NULL, 0) == -1 && errno == ENOSYS ? 0 : 1;
}

TEST(a_call_that_has_an_older_one_in_its_place_seems_not_to_be_there)
{
	if (has_seccomp())
		CHECK_EQ(in_child(try_new_call, NULL), 0);
}

/* Another thread, which is there before the filter. */
struct other {
	pthread_barrier_t barrier;
	int sys;
};

static void *
other_thread(void *arg)
{
	struct other *o = arg;
	(void)pthread_barrier_wait(&o->barrier);
	(void)pthread_barrier_wait(&o->barrier);
	o->sys = make_socket(AF_INET);
	return NULL;
}

static int
try_threads(void *arg)
{
	struct other o;
	pthread_t thread;
	(void)arg;
	if (pthread_barrier_init(&o.barrier, NULL, 2) != 0 ||
	    pthread_create(&thread, NULL, other_thread, &o) != 0)
		return 1;
	(void)pthread_barrier_wait(&o.barrier);
	filter(0);
	(void)pthread_barrier_wait(&o.barrier);
	return pthread_join(thread, NULL) == 0 ? o.sys : 2;
}

TEST(threads_that_there_are_are_filtered_too)
{
	if (has_seccomp())
		CHECK_EQ(in_child(try_threads, NULL), EPERM);
}

#ifdef __x86_64__

/* The same machine has two more sets of numbers. */
static int
try_32_bit(void *arg)
{
	const bool *is_filtered = arg;
	long rc;
	if (*is_filtered)
		filter(0);
	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory");
	return rc > 0 ? 0 : 1; /* getpid */
}

static int
try_x32(void *arg)
{
	(void)arg;
	filter(0);
	(void)syscall(0x40000000L | SYS_getpid);
	return 0;
}

TEST(calls_by_other_numbers_are_death)
{
	bool is_filtered = false;
	if (!has_seccomp())
		return;
	CHECK_EQ(in_child(try_x32, NULL), KILLED - SIGSYS);
	if (in_child(try_32_bit, &is_filtered) != 0)
		return; /* the kernel has none */
	is_filtered = true;
	CHECK_EQ(in_child(try_32_bit, &is_filtered), KILLED - SIGSYS);
}

#endif
