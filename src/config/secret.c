// SPDX-License-Identifier: ISC
#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/settings.h"

enum {
	SECRET_MAX = 64 * 1024,
	PIPE_TIMEOUT = 30,   /* seconds */
	PAUSE_MAX_MSEC = 20, /* between two looks at whether it has exited */
};

extern char **environ;

bool
secret_file_is_private(const struct stat *st)
{
	mode_t others = S_IRWXG | S_IRWXO;
	if (st->st_uid == 0)
		others &= ~(mode_t)S_IRGRP;
	else if (st->st_uid != geteuid())
		return false;
	return (st->st_mode & others) == 0;
}

/* To its end, but not for ever: nobody may be writing to it. */
static bool
read_pipe(int fd, struct buf *text, struct err *e)
{
	int64_t until = clock_msec() + (int64_t)PIPE_TIMEOUT * 1000;
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		if (poll(&wait, 1, clock_msec_left(until)) == 0)
			return err_set(e, EX_TEMPFAIL,
			    "its end did not come within %d seconds",
			    PIPE_TIMEOUT);
		size_t want = buf_left(text) < 4096 ? buf_left(text) : 4096;
		char *room = buf_room(text, want);
		if (room == NULL || want == 0)
			return err_set(
			    e, EX_CONFIG, "%zu bytes or more", text->max);
		ssize_t got = fd_read(fd, room, want);
		if (got == 0)
			return true;
		if (got > 0)
			buf_filled(text, (size_t)got);
		else if (errno != EAGAIN)
			return err_sys(e, EX_CONFIG, "read");
	}
}

bool
secret_file_read(
    const char *path, struct buf *text, struct stat *st, struct err *e)
{
	AUTO(fd_release)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && (errno == EACCES || errno == EPERM))
		return err_sys(e, EX_NOPERM, "%s may not be read by uid %lu",
		    path, (unsigned long)geteuid());
	if (fd == -1)
		return err_sys(e, EX_CONFIG, "open %s", path);
	if (fstat(fd, st) == -1)
		return err_sys(e, EX_CONFIG, "look at %s", path);
	if (!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
		return err_set(e, EX_CONFIG, "%s is not a file", path);
	if (S_ISFIFO(st->st_mode))
		return read_pipe(fd, text, e) || err_wrap(e, "%s", path);
	if (!fd_read_to_end(fd, text, e)) {
		e->exit = EX_CONFIG;
		return err_wrap(e, "%s", path);
	}
	return true;
}

/* What ends one line, at the end. */
static struct str
without_line_end(struct str s)
{
	if (s.len > 0 && s.ptr[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.ptr[s.len - 1] == '\r')
		s.len--;
	return s;
}

static bool
keep_secret(struct str text, struct buf *secret, struct err *e)
{
	if (text.len == 0)
		return err_set(e, EX_CONFIG, "the password is empty");
	if (memchr(text.ptr, '\0', text.len) != NULL)
		return err_set(e, EX_CONFIG, "the password holds a NUL byte");
	if (!buf_add_str(secret, text))
		return err_set(e, EX_CONFIG, "the password is too long");
	return true;
}

static bool
from_file(const char *path, struct buf *secret, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(SECRET_MAX);
	struct stat st = { .st_mode = 0 };
	if (!secret_file_read(path, &text, &st, e))
		return false;
	if (!secret_file_is_private(&st))
		return err_set(
			   e, EX_CONFIG, "%s can be read by others", path) ||
		    err_hint(e, "chmod 600 %s", path);
	return keep_secret(without_line_end(buf_str(&text)), secret, e) ||
	    err_wrap(e, "%s", path);
}

/*
 * The command runs in a process group of its own, so that at the deadline it
 * can be ended together with what it has started.  If we are the terminal's
 * foreground group it takes our place there for the time: a background group
 * that asks a question on its terminal is stopped.
 */
struct command {
	pid_t pid;      /* and its process group */
	int out;        /* what it prints */
	int tty;        /* to be taken back, -1 if we are not in front */
	int status;     /* as waitpid(2) gives it */
	bool is_closed; /* end of file was seen */
	bool has_line;  /* line is complete */
	bool is_too_long;
	struct buf line;  /* the first one */
	int64_t deadline; /* clock_msec() */
};

/* So that gpg's agent asks for a passphrase where the user is. */
static void
find_tty(char *variable, size_t size)
{
	const char *set = settings_variable("GPG_TTY");
	int n = snprintf(variable, size, "GPG_TTY=");
	/* /dev/tty's own name would tell the agent nothing */
	for (int fd = STDERR_FILENO; fd >= STDIN_FILENO; fd--)
		if ((set == NULL || *set == '\0') &&
		    ttyname_r(fd, variable + n, size - (size_t)n) == 0)
			return;
	variable[0] = '\0';
}

/* Ours and one variable more, unless it is "". */
static char **
make_environment(char *variable)
{
	size_t n = 0;
	while (environ[n] != NULL)
		n++;
	char **env = mem_zalloc((n + 2) * sizeof(*env));
	memcpy(env, environ, n * sizeof(*env));
	env[n] = variable[0] != '\0' ? variable : NULL;
	return env;
}

/* A group of its own, and signals as a new program expects them. */
static bool
describe(posix_spawnattr_t *attr, posix_spawn_file_actions_t *files, int out)
{
	sigset_t none, defaults;
	(void)sigemptyset(&none);
	(void)sigemptyset(&defaults);
	(void)sigaddset(&defaults, SIGPIPE);
	(void)sigaddset(&defaults, SIGCHLD);
	errno = posix_spawnattr_setsigmask(attr, &none);
	if (errno == 0)
		errno = posix_spawnattr_setsigdefault(attr, &defaults);
	if (errno == 0)
		errno = posix_spawnattr_setpgroup(attr, 0);
	if (errno == 0)
		errno = posix_spawnattr_setflags(attr,
		    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
			POSIX_SPAWN_SETSIGMASK);
	if (errno == 0)
		errno = posix_spawn_file_actions_addopen(
		    files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (errno == 0)
		errno = posix_spawn_file_actions_adddup2(
		    files, out, STDOUT_FILENO);
	return errno == 0;
}

static bool
spawn(const char *text, int out, pid_t *pid, struct err *e)
{
	char gpg_tty[256], sh[] = "sh", flag[] = "-c";
	find_tty(gpg_tty, sizeof(gpg_tty));
	char **env = make_environment(gpg_tty);
	char *copy = str_dup(str_of(text));
	char *argv[] = { sh, flag, copy, NULL };
	posix_spawnattr_t attr;
	posix_spawn_file_actions_t files;
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawn_file_actions_init(&files);
	if (describe(&attr, &files, out))
		errno = posix_spawn(pid, "/bin/sh", &files, &attr, argv, env);
	bool ok = errno == 0 || err_sys(e, EX_OSERR, "start /bin/sh");
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attr);
	free(copy);
	free(env);
	return ok;
}

static void
give_tty(struct command *c)
{
	AUTO(fd_release) int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (tty == -1 || tcgetpgrp(tty) != getpgrp() ||
	    tcsetpgrp(tty, c->pid) == -1)
		return;
	c->tty = fd_keep(&tty);
	(void)kill(-c->pid, SIGCONT); /* if it asked before it was in front */
}

static void
take_tty(struct command *c)
{
	if (c->tty == -1)
		return;
	/* as a background group we should be stopped for this */
	sigset_t ttou, before;
	(void)sigemptyset(&ttou);
	(void)sigaddset(&ttou, SIGTTOU);
	(void)pthread_sigmask(SIG_BLOCK, &ttou, &before);
	(void)tcsetpgrp(c->tty, getpgrp());
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	fd_release(&c->tty);
}

/* Reads once, keeping the first line; false if there was nothing to read. */
static bool
take_output(struct command *c)
{
	char chunk[4096];
	ssize_t got = fd_read(c->out, chunk, sizeof(chunk));
	if (got == -1 && errno == EAGAIN)
		return false;
	if (got <= 0) {
		c->is_closed = true;
		return false;
	}
	struct str text = { chunk, (size_t)got };
	size_t end = str_find(text, '\n');
	if (!c->has_line && !buf_add_str(&c->line, str_upto(text, end)))
		c->is_too_long = true;
	if (end < text.len)
		c->has_line = true;
	explicit_bzero(chunk, sizeof(chunk));
	return true;
}

/* Reads what is there, a bounded part of it. */
static void
take_outputs(struct command *c)
{
	for (int n = 0; n < 64 && !c->is_closed && take_output(c); n++)
		;
}

/*
 * Reads what it prints until it has exited: all of it, so that it does not
 * die of SIGPIPE, but no longer, as what it started may keep the pipe open.
 * False past the deadline.
 */
static bool
run_to_exit(struct command *c)
{
	int pause = 1;
	while (waitpid(c->pid, &c->status, WNOHANG) == 0) {
		int left = clock_msec_left(c->deadline);
		if (left == 0) {
			(void)kill(-c->pid, SIGKILL);
			(void)waitpid(c->pid, &c->status, 0);
			return false;
		}
		struct pollfd p = { .fd = c->out, .events = POLLIN };
		(void)poll(&p, !c->is_closed, left < pause ? left : pause);
		take_outputs(c);
		pause = pause < PAUSE_MAX_MSEC ? pause * 2 : PAUSE_MAX_MSEC;
	}
	take_outputs(c);
	return true;
}

static bool
judge(const struct command *c, struct buf *secret, struct err *e)
{
	if (WIFSIGNALED(c->status))
		return err_set(e, EX_NOPERM, "the command died of signal %d",
		    WTERMSIG(c->status));
	if (WEXITSTATUS(c->status) != 0)
		return err_set(e, EX_NOPERM,
		    "the command exited with status %d",
		    WEXITSTATUS(c->status));
	if (c->is_too_long)
		return err_set(e, EX_NOPERM,
		    "the command printed a line of more than %d bytes",
		    SECRET_MAX);
	struct str line = buf_str(&c->line);
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0)
		return err_set(e, EX_NOPERM, "the command printed no password");
	return keep_secret(line, secret, e);
}

static bool
run(struct command *c, const struct settings *s, struct buf *secret,
    struct err *e)
{
	int ends[2];
	if (pipe(ends) == -1)
		return err_sys(e, EX_OSERR, "make a pipe");
	AUTO(fd_release) int in = ends[0];
	AUTO(fd_release) int out = ends[1];
	c->out = in;
	if (fcntl(in, F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(out, F_SETFD, FD_CLOEXEC) == -1)
		return err_sys(e, EX_OSERR, "make a pipe");
	if (!fd_set_nonblocking(in, e) ||
	    !spawn(s->passwordeval, out, &c->pid, e))
		return false;
	fd_release(&out);
	give_tty(c);
	bool in_time = run_to_exit(c);
	take_tty(c);
	if (!in_time)
		return err_set(e, EX_TEMPFAIL,
		    "the command did not end within %u seconds",
		    s->passwordeval_timeout);
	return judge(c, secret, e);
}

static bool
from_command(const struct settings *s, struct buf *secret, struct err *e)
{
	struct command c = { .tty = -1, .line = BUF_INIT(SECRET_MAX) };
	c.deadline = clock_msec() + (int64_t)s->passwordeval_timeout * 1000;
	/* where it is ignored, as some daemons leave it, no status is kept */
	struct sigaction before, defaults = { .sa_handler = SIG_DFL };
	(void)sigaction(SIGCHLD, &defaults, &before);
	bool ok = run(&c, s, secret, e);
	(void)sigaction(SIGCHLD, &before, NULL);
	buf_release(&c.line);
	return ok;
}

static bool
from_settings(const struct settings *s, struct buf *secret, struct err *e)
{
	return keep_secret(str_of(s->password), secret, e);
}

static bool
from_named_file(const struct settings *s, struct buf *secret, struct err *e)
{
	return from_file(s->password_file, secret, e);
}

bool
secret_get(const struct settings *s, struct buf *secret, struct err *e)
{
	static const struct {
		enum setting_id id;
		bool (*get)(
		    const struct settings *, struct buf *, struct err *);
	} sources[] = {
		{ SETTING_PASSWORD, from_settings },
		{ SETTING_PASSWORDEVAL, from_command },
		{ SETTING_PASSWORD_FILE, from_named_file },
	};
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		enum setting_id id = sources[i].id;
		char where[SETTINGS_WHERE_SIZE];
		if (!settings_is_set(s, id))
			continue;
		settings_where(s, id, where, sizeof(where));
		return sources[i].get(s, secret, e) ||
		    err_wrap(e, "%s: %s", where, setting_table[id].name);
	}
	return err_set(e, EX_CONFIG,
	    "no password: password, passwordeval and password_file are unset");
}
