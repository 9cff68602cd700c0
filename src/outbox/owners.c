// SPDX-License-Identifier: ISC
#include "outbox/owners.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/strvec.h"
#include "queue/place.h"

/*
 * Each has its process for an hour at most: what runs in it may be a command
 * of the owner's, and nobody is to keep the others waiting for ever.
 */
enum {
	AT_ONCE = 32,
	TIME_MSEC = 3600 * 1000,
	TOLD_MAX = 1 << 20,
	SHOWN_MAX = 64 << 20,
	CHUNK = 16 << 10
};

struct owner {
	uid_t uid;
	char name[64];
	pid_t pid; /* and its session */
	int out;   /* what it shows, and what it tells; owned, or -1 */
	int told;
	int64_t deadline; /* clock_msec() */
	struct buf shown;
	struct buf line; /* what is not told yet */
};

/* What is known of a user; none of it need be. */
struct user {
	char name[64];
	char home[4096];
	gid_t gid;
	bool is_known;
};

/*
 * A number without a name (containers have them) gets the group that nobody
 * has, and no home.
 */
static void
find_user(uid_t uid, struct user *u)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	const struct passwd *found = getpwuid(uid);
	*u = (struct user){ .gid = 65534, .is_known = found != NULL };
	(void)snprintf(u->name, sizeof(u->name), "%" PRIuMAX, (uintmax_t)uid);
	(void)snprintf(u->home, sizeof(u->home), "/nonexistent");
	if (found == NULL)
		return;
	u->gid = found->pw_gid;
	(void)snprintf(u->name, sizeof(u->name), "%s", found->pw_name);
	(void)snprintf(u->home, sizeof(u->home), "%s", found->pw_dir);
}

/* For good: with root's rights, all ids are set, the saved ones too. */
static bool
become(uid_t uid, const struct user *u)
{
	bool ok = u->is_known ? initgroups(u->name, u->gid) == 0
			      : setgroups(0, NULL) == 0;
	return ok && setgid(u->gid) == 0 && setuid(uid) == 0 &&
	    setuid(0) == -1 && getuid() == uid && geteuid() == uid;
}

static char *
variable(const char *name, const char *value)
{
	AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
	(void)!buf_printf(&text, "%s=%s", name, value);
	return str_dup(buf_str(&text));
}

/* Nothing of root's environment but the language and the time zone. */
static void
make_environment(const struct user *u, char *env[])
{
	static const char *const kept[] = { "LANG", "LC_ALL", "LC_TIME", "TZ" };
	size_t n = 0;
	env[n++] = variable("PATH", "/usr/local/bin:/usr/bin:/bin");
	env[n++] = variable("HOME", u->home);
	env[n++] = variable("USER", u->name);
	env[n++] = variable("LOGNAME", u->name);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes it */
		const char *value = getenv(kept[i]);
		if (value != NULL)
			env[n++] = variable(kept[i], value);
	}
	env[n] = NULL;
}

/*
 * In the new process.  A session of its own, and no descriptor of root's
 * terminal, from which a command of the owner's could read or to which it
 * could type.
 */
static void __attribute__((noreturn))
be_owner(uid_t uid, int out, int told, const char *const words[])
{
	struct user u;
	char *env[16];
	char **argv;
	find_user(uid, &u);
	make_environment(&u, env);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool ok = null != -1 && setsid() != -1 &&
	    dup2(null, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1 &&
	    dup2(told, STDERR_FILENO) != -1;
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	if (ok && become(uid, &u) && chdir("/") == 0) {
		memcpy(&argv, &words, sizeof(argv)); /* execve writes none */
		(void)execve("/proc/self/exe", argv, env);
	}
	dprintf(STDERR_FILENO, "posthaste: cannot become user %s: %s\n", u.name,
	    strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
	_exit(EX_OSERR);
}

static bool
make_pipe(int ends[2], struct err *e)
{
	if (pipe(ends) == -1 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(ends[1], F_SETFD, FD_CLOEXEC) == -1)
		return err_sys(e, EX_OSERR, "make a pipe");
	return fd_set_nonblocking(ends[0], e);
}

static bool
begin(struct owner *o, const char *const words[], struct err *e)
{
	int out[2] = { -1, -1 }, told[2] = { -1, -1 };
	bool ok = make_pipe(out, e) && make_pipe(told, e);
	if (ok) {
		o->pid = fork();
		if (o->pid == 0)
			be_owner(o->uid, out[1], told[1], words);
		ok = o->pid > 0 || err_sys(e, EX_OSERR, "fork");
	}
	o->deadline = clock_msec() + TIME_MSEC;
	o->out = fd_keep(&out[0]);
	o->told = fd_keep(&told[0]);
	fd_release(&out[1]);
	fd_release(&told[1]);
	if (!ok) {
		fd_release(&o->out);
		fd_release(&o->told);
	}
	return ok;
}

/* Whole lines, without the name that we put in front ourselves. */
static void
tell(struct owner *o, bool is_end)
{
	struct str rest = buf_str(&o->line);
	while (rest.len > 0) {
		size_t end = str_find(rest, '\n');
		if (end == rest.len && !is_end)
			break;
		struct str line = str_upto(rest, end);
		const struct str own = STR("posthaste: ");
		if (str_starts_nocase(line, own))
			line = str_from(line, own.len);
		log_error("%s: %.*s", o->name, STR_FMT(line));
		rest = str_from(rest, end < rest.len ? end + 1 : end);
	}
	buf_consume(&o->line, o->line.len - rest.len);
}

/* What there is; at the end, or if it says more than can be, it is closed. */
static void
take(int *fd, struct buf *to)
{
	char *room = buf_room(to, CHUNK);
	ssize_t n = room != NULL ? fd_read(*fd, room, CHUNK) : 0;
	if (n > 0)
		buf_filled(to, (size_t)n);
	else if (n == 0 || errno != EAGAIN)
		fd_release(fd);
}

/* It has closed both: waits for its end.  Whether all went well. */
static bool
end(struct owner *o)
{
	int status;
	pid_t got;
	tell(o, true);
	do
		got = waitpid(o->pid, &status, 0);
	while (got == -1 && errno == EINTR);
	o->pid = 0;
	if (got == -1 || WIFSIGNALED(status))
		log_error("%s: the run over this queue was ended", o->name);
	return got != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Until one of them has said something, or is late. */
static void
wait_for_some(struct owner *owners, size_t n)
{
	struct pollfd fds[2 * AT_ONCE];
	struct owner *whose[2 * AT_ONCE];
	nfds_t nfds = 0;
	int64_t now = clock_msec(), first = now + TIME_MSEC;
	for (size_t i = 0; i < n; i++) {
		struct owner *o = &owners[i];
		if (o->pid > 0 && o->deadline < first)
			first = o->deadline;
		for (int k = 0; k < 2 && o->pid > 0; k++) {
			whose[nfds] = o;
			fds[nfds++] = (struct pollfd){
				.fd = k == 0 ? o->out : o->told,
				.events = POLLIN,
			};
		}
	}
	(void)poll(fds, nfds, first > now ? (int)(first - now) : 0);
	for (nfds_t i = 0; i < nfds; i++) {
		struct owner *o = whose[i];
		bool is_out = i % 2 == 0;
		if (clock_msec() >= o->deadline)
			(void)kill(-o->pid, SIGKILL);
		if ((fds[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			take(is_out ? &o->out : &o->told,
			    is_out ? &o->shown : &o->line);
		tell(o, false);
	}
}

static void
show(const struct owner *o, bool is_bare, struct buf *out)
{
	if (o->shown.len == 0)
		return;
	if (!is_bare)
		(void)!buf_printf(
		    out, "%sQueue of %s\n", out->len > 0 ? "\n" : "", o->name);
	(void)!buf_add_str(out, buf_str(&o->shown));
}

/* Some of them, each in its process; whether all went well. */
static bool
call_some(
    struct owner *owners, size_t n, const char *const words[], struct err *e)
{
	bool is_well = true;
	size_t nleft = 0;
	for (size_t i = 0; i < n; i++) {
		struct user u;
		find_user(owners[i].uid, &u);
		memcpy(owners[i].name, u.name, sizeof(owners[i].name));
		if (begin(&owners[i], words, e))
			nleft++;
		else
			is_well = false;
	}
	while (nleft > 0) {
		wait_for_some(owners, n);
		for (size_t i = 0; i < n; i++) {
			struct owner *o = &owners[i];
			if (o->pid <= 0 || o->out != -1 || o->told != -1)
				continue;
			is_well = end(o) && is_well;
			nleft--;
		}
	}
	return is_well;
}

bool
owners_call(
    const char *const words[], bool is_bare, struct buf *out, struct err *e)
{
	AUTO(place_owners_release)
	struct place_owners found = PLACE_OWNERS_INIT;
	bool is_well = true;
	if (!place_list(place_top(), &found, e))
		return false;
	if (found.len > 0 && !place_check(place_top(), e))
		return false;
	for (size_t i = 0; i < found.len;) {
		struct owner owners[AT_ONCE];
		size_t n = 0;
		for (; i < found.len && n < AT_ONCE; i++)
			if (found.items[i] != 0)
				owners[n++] = (struct owner){
					.uid = found.items[i],
					.out = -1,
					.told = -1,
					.shown = BUF_INIT(SHOWN_MAX),
					.line = BUF_INIT(TOLD_MAX),
				};
		is_well = call_some(owners, n, words, e) && is_well;
		for (size_t k = 0; k < n; k++) {
			show(&owners[k], is_bare, out);
			buf_release(&owners[k].shown);
			buf_release(&owners[k].line);
		}
	}
	return is_well || e->exit != EX_OK || err_set(e, EX_TEMPFAIL, "%s", "");
}
