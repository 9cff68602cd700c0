// SPDX-License-Identifier: ISC
#include "outbox/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"

/*
 * Each has its process for an hour at most: what runs in it may be a command
 * of the owner's, and nobody is to keep the others waiting for ever.
 */
enum {
	TIME_MSEC = 3600 * 1000,
	TOLD_MAX = 256 << 10,
	SHOWN_MAX = 64 << 20,
	CHUNK = 16 << 10
};

/* What is known of a user; none of it need be. */
struct user {
	char name[256];
	char home[4096];
	gid_t gid;
	bool is_known;
};

/* Whole, or not at all. */
static bool
copy(char *dst, size_t size, const char *src)
{
	int n = snprintf(dst, size, "%s", src);
	return n >= 0 && (size_t)n < size;
}

/*
 * A number without a name (containers have them) gets the group that nobody
 * has, and no home.
 */
static void
find_user(uid_t uid, struct user *u)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	const struct passwd *found = getpwuid(uid);
	if (found != NULL && copy(u->name, sizeof(u->name), found->pw_name) &&
	    copy(u->home, sizeof(u->home), found->pw_dir)) {
		u->gid = found->pw_gid;
		u->is_known = true;
		return;
	}
	*u = (struct user){ .gid = 65534, .home = "/nonexistent" };
	(void)snprintf(u->name, sizeof(u->name), "%" PRIuMAX, (uintmax_t)uid);
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

/* Who ends root's run means this one, too. */
static bool
follow(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	return getppid() == parent;
}

/*
 * In the new process.  A command of the owner's could read from any descriptor
 * that is left, type at a terminal that is, or use a key.
 */
static void __attribute__((noreturn)) be_owner(
    uid_t uid, const struct user *u, pid_t parent, const char *const words[])
{
	char *env[16];
	char **argv;
	make_environment(u, env);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)signal(SIGXFSZ, SIG_DFL);
	/* the kernel forgets whom we follow when the ids change */
	if (process_leave_keyring() && become(uid, u) && follow(parent)) {
		memcpy(&argv, &words, sizeof(argv)); /* execve writes none */
		(void)execve("/proc/self/exe", argv, env);
	}
	dprintf(STDERR_FILENO, "posthaste: cannot become user %s: %s\n",
	    u->name, strerror(errno)); /* NOLINT(concurrency-mt-unsafe) */
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
start(struct owner *o, int out, int told, const char *const words[],
    struct err *e)
{
	struct user u;
	pid_t parent = getpid();
	find_user(o->uid, &u);
	memcpy(o->name, u.name, sizeof(o->name));
	pid_t pid = fork();
	if (pid == -1)
		return err_sys(e, EX_OSERR, "fork");
	if (pid == 0) {
		if (process_leave_caller(out, told))
			be_owner(o->uid, &u, parent, words);
		_exit(EX_OSERR);
	}
	o->pid = pid;
	o->deadline = clock_msec() + TIME_MSEC;
	return true;
}

struct owner
owner_of(uid_t uid)
{
	return (struct owner){
		.uid = uid,
		.shown = { -1, SHOWN_MAX, BUF_INIT(SHOWN_MAX) },
		.told = { -1, TOLD_MAX, BUF_INIT(TOLD_MAX) },
	};
}

bool
owner_begin(struct owner *o, const char *const words[], struct err *e)
{
	int out[2] = { -1, -1 }, told[2] = { -1, -1 };
	bool ok = make_pipe(out, e) && make_pipe(told, e) &&
	    start(o, out[1], told[1], words, e);
	if (ok) {
		o->shown.fd = fd_keep(&out[0]);
		o->told.fd = fd_keep(&told[0]);
	}
	for (int i = 0; i < 2; i++) {
		fd_release(&out[i]);
		fd_release(&told[i]);
	}
	return ok;
}

/* Whole lines, without the name that we put in front ourselves. */
static void
tell(struct owner *o, bool is_end)
{
	struct buf *text = &o->told.text;
	struct str rest = buf_str(text);
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
	buf_consume(text, text->len - rest.len);
}

/* One piece of it; false if there is none now, or no more at all. */
static bool
take(struct owner *o, struct owner_stream *from)
{
	size_t most = from->left < CHUNK ? from->left : CHUNK;
	if (from->fd == -1)
		return false;
	if (most == 0) {
		fd_release(&from->fd);
		log_error("%s: there is more than is %s here", o->name,
		    from == &o->told ? "told" : "shown");
		return false;
	}
	ssize_t n = fd_read(from->fd, buf_room(&from->text, most), most);
	if (n > 0) {
		buf_filled(&from->text, (size_t)n);
		from->left -= (size_t)n;
	} else if (n == 0 || errno != EAGAIN)
		fd_release(&from->fd);
	return n > 0;
}

void
owner_hear(struct owner *o, struct owner_stream *from)
{
	(void)take(o, from);
	tell(o, false);
}

void
owner_watch(struct owner *o, int64_t now)
{
	if (now < o->deadline)
		return;
	(void)kill(-o->pid, SIGKILL);
	o->deadline = INT64_MAX;
}

/* What is in the pipe, not what may still come. */
static void
take_rest(struct owner *o, struct owner_stream *from)
{
	for (int n = 0; n < 64 && take(o, from); n++)
		;
	fd_release(&from->fd);
}

bool
owner_is_over(struct owner *o, bool *is_well)
{
	int status = 0;
	pid_t got = waitpid(o->pid, &status, WNOHANG);
	if (got == 0)
		return false;
	take_rest(o, &o->shown);
	take_rest(o, &o->told);
	tell(o, true);
	o->pid = 0;
	if (got == -1 || WIFSIGNALED(status))
		log_error("%s: the run over this queue was ended", o->name);
	*is_well = got != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return true;
}

void
owner_release(struct owner *o)
{
	fd_release(&o->shown.fd);
	fd_release(&o->told.fd);
	buf_release(&o->shown.text);
	buf_release(&o->told.text);
}
