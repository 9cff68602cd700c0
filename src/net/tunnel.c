// SPDX-License-Identifier: ISC
#include "net/tunnel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/idn.h"
#include "base/log.h"
#include "base/spawn.h"
#include "net/dial.h"

enum {
	COMMAND_MAX = 64 * 1024,
	HOST_MAX = 1024,
	EXPLAIN_MSEC = 200, /* from the end of the line to that of its process
			     */
	GRACE_MSEC = 1000,  /* to end by itself, and again when it was told */
	PAUSE_MAX_MSEC = 20,
	STATUS_NO_EXEC = 126, /* the shell's: found, but no program */
	STATUS_NOT_FOUND = 127,
};

extern char **environ;

/* Nothing that the shell, or the command's own options, could take amiss. */
static bool
is_plain(struct str host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!is_alpha(host.ptr[i]) && !is_digit(host.ptr[i]) &&
		    strchr("-._:", host.ptr[i]) == NULL)
			return false;
	return host.len > 0 && host.ptr[0] != '-';
}

/* As the shell is to have it; *out has room for COMMAND_MAX. */
static bool
add_host(const char *host, struct buf *out, struct err *e)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(HOST_MAX);
	char shown[80];
	if (!idn_host_to_ascii(str_of(host), &ascii, e))
		return false;
	str_printable_to(buf_str(&ascii), shown, sizeof(shown));
	if (!is_plain(buf_str(&ascii)))
		return err_set(e, EX_CONFIG,
		    "host \"%s\" cannot be given to a tunnel command", shown);
	return buf_add_str(out, buf_str(&ascii)) ||
	    err_set(e, EX_CONFIG, "host is too long");
}

static bool
add_letter(
    char letter, struct str host, unsigned port, struct buf *out, struct err *e)
{
	bool ok;
	switch (letter) {
	case 'h': ok = buf_add_str(out, host); break;
	case 'p': ok = buf_printf(out, "%u", port); break;
	case '%': ok = buf_add(out, "%", 1); break;
	default:
		return err_set(e, EX_CONFIG,
		    "of a percent only %%h, %%p and %%%% mean "
		    "something in tunnel");
	}
	return ok || err_set(e, EX_CONFIG, "tunnel is too long");
}

static bool
expand(const struct dial_target *target, struct buf *out, struct err *e)
{
	AUTO(buf_release) struct buf host = BUF_INIT(HOST_MAX);
	struct str rest = str_of(target->tunnel);
	if (!add_host(target->host, &host, e))
		return false;
	while (rest.len > 0) {
		size_t n = str_find(rest, '%');
		if (!buf_add_str(out, str_upto(rest, n)))
			return err_set(e, EX_CONFIG, "tunnel is too long");
		rest = str_from(rest, n);
		if (rest.len == 0)
			return true;
		char letter = '\0';
		if (rest.len > 1)
			letter = rest.ptr[1];
		if (!add_letter(
			letter, buf_str(&host), target->ports[0], out, e))
			return false;
		rest = str_from(rest, 2);
	}
	return true;
}

/* What asks for a passphrase must not keep somebody waiting at a terminal. */
static bool
start(char *command, int end, pid_t *pid, struct err *e)
{
	char name[] = "sh", option[] = "-c";
	char *const argv[] = { name, option, command, NULL };
	const struct sigaction defaults = { .sa_handler = SIG_DFL };
	const struct spawn_call call = {
		.path = "/bin/sh",
		.argv = argv,
		.env = environ,
		.in = end,
		.out = end,
		.has_session = true,
	};
	/* where it is ignored, as some daemons leave it, no status is kept */
	(void)sigaction(SIGCHLD, &defaults, NULL);
	return spawn(&call, pid, e);
}

bool
tunnel_dial(
    const struct dial_target *target, struct dial_result *result, struct err *e)
{
	AUTO(buf_release) struct buf command = BUF_INIT(COMMAND_MAX);
	int ends[2];
	pid_t pid = 0;
	if (!expand(target, &command, e))
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
		return err_sys(e, EX_OSERR, "make a pair of sockets");
	AUTO(fd_release) int ours = ends[0];
	AUTO(fd_release) int theirs = ends[1];
	AUTO(fd_release) int again = fcntl(ours, F_DUPFD_CLOEXEC, 0);
	if (again == -1)
		return err_sys(e, EX_OSERR, "make a pair of sockets");
	if (!fd_set_nonblocking(ours, e))
		return false;
	AUTO(cstr_release) char *text = str_dup(buf_str(&command));
	if (!start(text, theirs, &pid, e))
		return false;
	log_debug("the tunnel command runs as process %ld", (long)pid);
	/* RFC 5321 4.1.4: no name of ours is better known there */
	*result = (struct dial_result){
		.port = target->ports[0],
		.local = "[127.0.0.1]",
		.tunnel = pid,
		.tunnel_fd = fd_keep(&again),
	};
	(void)snprintf(result->remote, sizeof(result->remote), "tunnel");
	result->fd = fd_keep(&ours);
	return true;
}

/* Hears what comes until then, and forgets it; -1 is no line. */
static void
rest(int *fd, int msec)
{
	char said[4096];
	struct pollfd p = { .fd = *fd, .events = POLLIN };
	if (poll(&p, 1, msec) > 0 && recv(*fd, said, sizeof(said), 0) <= 0)
		fd_release(fd);
}

/*
 * Waits for that long at most; the process is left to be waited for, so that
 * its number is nobody else's.
 */
static bool
has_ended(pid_t pid, int *fd, unsigned msec, siginfo_t *how)
{
	int64_t until = clock_msec() + msec;
	for (int pause = 1;;
	     pause = pause < PAUSE_MAX_MSEC ? pause * 2 : pause) {
		how->si_pid = 0;
		if (waitid(P_PID, (id_t)pid, how,
			WEXITED | WNOHANG | WNOWAIT) == -1 ||
		    how->si_pid == pid)
			return true;
		int left = clock_msec_left(until);
		if (left == 0)
			return false;
		rest(fd, left < pause ? left : pause);
	}
}

void
tunnel_explain(pid_t pid, struct err *e)
{
	siginfo_t how = { .si_pid = 0 };
	int none = -1; /* what it says is not for here */
	if (!has_ended(pid, &none, EXPLAIN_MSEC, &how) || how.si_pid == 0)
		return;
	int number = how.si_status;
	if (how.si_code != CLD_EXITED)
		(void)err_set(e, EX_TEMPFAIL,
		    "the tunnel command died of signal %d", number);
	else if (number == STATUS_NOT_FOUND)
		(void)err_set(e, EX_CONFIG,
		    "the tunnel command ended with status %d: a program was "
		    "not found",
		    number);
	else if (number == STATUS_NO_EXEC)
		(void)err_set(e, EX_CONFIG,
		    "the tunnel command ended with status %d: a program may "
		    "not be run",
		    number);
	else
		(void)err_set(e, EX_TEMPFAIL,
		    "the tunnel command ended with status %d", number);
}

/*
 * What answers to our QUIT is still to come.  Were it not heard, a command that
 * cannot pass it on would complain of that, though all went well.
 */
void
tunnel_end(pid_t pid, int *fd)
{
	siginfo_t how;
	(void)shutdown(*fd, SHUT_WR);
	bool is_over = has_ended(pid, fd, GRACE_MSEC, &how);
	fd_release(fd);
	/* if it is, what it has left behind */
	(void)kill(-pid, SIGTERM);
	if (!is_over && !has_ended(pid, fd, GRACE_MSEC, &how)) {
		log_debug("the tunnel command does not end, and is killed");
		(void)kill(-pid, SIGKILL);
	}
	(void)waitpid(pid, NULL, 0);
}
