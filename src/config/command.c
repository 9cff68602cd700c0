// SPDX-License-Identifier: ISC
#include "config/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/spawn.h"
#include "config/settings.h"

enum {
	PAUSE_MAX_MSEC = 20, /* between two looks at whether it has exited */
};

extern char **environ;

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
	struct buf *line; /* the first one */
	int64_t deadline; /* clock_msec() */
};

/*
 * The name of the terminal that /dev/tty stands for, where all of 0, 1 and 2
 * lead elsewhere; /dev/tty's own name would tell the agent nothing.
 */
static bool
name_of_tty(char *name, size_t size)
{
	AUTO(fd_release)
	int tty = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	unsigned device; /* its number, the kernel's way to write it */
	struct stat st;
	if (tty == -1 || ioctl(tty, TIOCGDEV, &device) == -1)
		return false;
	for (size_t i = 0; i < 2; i++) {
		static const char *const forms[] = { "/dev/pts/", "/dev/tty" };
		(void)snprintf(name, size, "%s%u", forms[i], minor(device));
		if (stat(name, &st) == 0 && S_ISCHR(st.st_mode) &&
		    st.st_rdev == device)
			return true;
	}
	return false;
}

/* So that gpg's agent asks for a passphrase where the user is. */
static void
find_tty(char *variable, size_t size)
{
	const char *set = settings_variable("GPG_TTY");
	int n = snprintf(variable, size, "GPG_TTY=");
	bool is_found = false;
	if (set == NULL || *set == '\0') {
		for (int fd = STDERR_FILENO; fd >= STDIN_FILENO && !is_found;
		     fd--)
			is_found = ttyname_r(
				       fd, variable + n, size - (size_t)n) == 0;
		is_found = is_found ||
		    name_of_tty(variable + n, size - (size_t)n);
	}
	if (!is_found)
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

static bool
start(const char *path, char *const *argv, int out, pid_t *pid, struct err *e)
{
	char gpg_tty[256];
	find_tty(gpg_tty, sizeof(gpg_tty));
	char **env = make_environment(gpg_tty);
	const struct spawn_call call = {
		.path = path,
		.argv = argv,
		.env = env,
		.in = -1,
		.out = out,
	};
	bool ok = spawn(&call, pid, e);
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
	if (!c->has_line && !buf_add_str(c->line, str_upto(text, end)))
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
 * Ctrl-Z at the question stops the command alone, as it is in front, and the
 * shell waits for us: so we stop, too, and both go on.
 */
static void
stop_with(struct command *c)
{
	int64_t start = clock_msec();
	if (c->tty != -1) {
		take_tty(c);
		(void)raise(SIGTSTP);
		give_tty(c);
	}
	(void)kill(-c->pid, SIGCONT);
	c->deadline += clock_msec() - start;
}

/* Whether it has exited. */
static bool
has_exited(struct command *c)
{
	pid_t pid = waitpid(c->pid, &c->status, WNOHANG | WUNTRACED);
	if (pid == 0)
		return false;
	if (pid == -1 || !WIFSTOPPED(c->status))
		return true;
	if (WSTOPSIG(c->status) == SIGTSTP)
		stop_with(c);
	return false;
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
	while (!has_exited(c)) {
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
run(struct command *c, const char *path, char *const *argv, unsigned seconds,
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
	if (!fd_set_nonblocking(in, e) || !start(path, argv, out, &c->pid, e))
		return false;
	fd_release(&out);
	give_tty(c);
	bool in_time = run_to_exit(c);
	take_tty(c);
	return in_time ||
	    err_set(e, EX_TEMPFAIL, "the command did not end within %u seconds",
		seconds);
}

bool
command_run(const char *path, const char *const *argv, unsigned seconds,
    struct command_outcome *outcome, struct buf *line, struct err *e)
{
	struct command c = { .tty = -1, .line = line };
	size_t n = 0;
	while (argv[n] != NULL)
		n++;
	/* posix_spawn() would have them changeable, and changes nothing */
	char **copies = mem_zalloc((n + 1) * sizeof(*copies));
	for (size_t i = 0; i < n; i++)
		copies[i] = str_dup(str_of(argv[i]));
	int64_t start = clock_msec();
	c.deadline = start + (int64_t)seconds * 1000;
	/* where it is ignored, as some daemons leave it, no status is kept */
	struct sigaction before, defaults = { .sa_handler = SIG_DFL };
	(void)sigaction(SIGCHLD, &defaults, &before);
	bool ok = run(&c, path, copies, seconds, e);
	/* its text may hold a secret */
	log_debug("a command %s, in %" PRId64 " ms", ok ? "ran" : "failed",
	    clock_msec() - start);
	(void)sigaction(SIGCHLD, &before, NULL);
	for (size_t i = 0; i < n; i++)
		free(copies[i]);
	free(copies);
	if (ok && c.has_line && line->len > 0 &&
	    line->data[line->len - 1] == '\r')
		buf_truncate(line, line->len - 1);
	*outcome = (struct command_outcome){
		.status = ok && WIFEXITED(c.status) ? WEXITSTATUS(c.status) : 0,
		.signal = ok && WIFSIGNALED(c.status) ? WTERMSIG(c.status) : 0,
		.is_too_long = c.is_too_long,
	};
	return ok;
}

bool
command_judge(const struct command_outcome *o, struct err *e)
{
	if (o->signal != 0)
		return err_set(
		    e, EX_NOPERM, "the command died of signal %d", o->signal);
	if (o->status != 0)
		return err_set(e, EX_NOPERM,
		    "the command exited with status %d", o->status);
	return !o->is_too_long ||
	    err_set(e, EX_NOPERM,
		"the command printed a line of more than %d bytes",
		COMMAND_LINE_MAX);
}

bool
command_first_line(
    const char *text, unsigned seconds, struct buf *line, struct err *e)
{
	const char *const argv[] = { "sh", "-c", text, NULL };
	struct command_outcome outcome;
	return command_run("/bin/sh", argv, seconds, &outcome, line, e) &&
	    command_judge(&outcome, e);
}
