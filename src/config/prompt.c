// SPDX-License-Identifier: ISC
#include "config/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"

enum outcome { TYPED, STOPPED, FAILED };

bool
prompt_open(struct prompt *p, const char **why)
{
	*p = PROMPT_INIT;
	AUTO(fd_release)
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty == -1)
		*why = "there is none";
	else if (tcgetpgrp(tty) != getpgrp())
		*why = "is another program's";
	else
		p->tty = fd_keep(&tty);
	return p->tty != -1;
}

void
prompt_release(struct prompt *p)
{
	fd_release(&p->tty);
}

/*
 * What ends or stops a program that has said nothing else of it.  Not what
 * stops one in the background that meddles with the terminal: it should.
 */
static void
block_signals(sigset_t *set, sigset_t *before)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM,
		SIGTSTP, SIGALRM, SIGUSR1, SIGUSR2 };
	(void)pthread_sigmask(SIG_BLOCK, NULL, before);
	(void)sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		struct sigaction action;
		if (sigismember(before, signals[i]) == 0 &&
		    sigaction(signals[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			(void)sigaddset(set, signals[i]);
	}
	(void)pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* One line, or what there is of it at end of file; false with errno. */
static bool
take_line(int tty, struct buf *line)
{
	char *room = buf_room(line, buf_left(line));
	ssize_t got = room != NULL ? fd_read(tty, room, buf_left(line)) : -1;
	if (got == -1)
		return false;
	buf_filled(line, (size_t)got);
	return true;
}

/* Until there is a line or a signal, whose number *number is then. */
static enum outcome
wait_for_line(int tty, int signals, int64_t until, struct buf *line,
    int *number, struct err *e)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = tty, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int n;
	do
		n = poll(fds, ARRAY_LEN(fds), clock_msec_left(until));
	while (n == -1 && errno == EINTR);
	if (n == 0) {
		(void)err_set(e, EX_TEMPFAIL, "nothing was typed in time");
		return FAILED;
	}
	if (n > 0 && fds[0].revents != 0 &&
	    fd_read(signals, &info, sizeof(info)) == sizeof(info)) {
		*number = (int)info.ssi_signo;
		return STOPPED;
	}
	if (n > 0 && take_line(tty, line))
		return TYPED;
	(void)err_sys(e, EX_OSERR, "read from the terminal");
	return FAILED;
}

/* One try; the terminal is as it was behind it. */
static enum outcome
ask(int tty, const char *question, int64_t until, struct buf *line, int *number,
    struct err *e)
{
	struct termios shown, hidden;
	sigset_t set, before;
	enum outcome outcome = FAILED;
	block_signals(&set, &before);
	AUTO(fd_release)
	int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals == -1 || tcgetattr(tty, &shown) == -1) {
		(void)err_sys(e, EX_OSERR, "use the terminal");
		goto out;
	}
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	/* whoever calls us may have left it as an editor wants it */
	hidden.c_lflag |= ICANON | ISIG | ECHONL;
	hidden.c_iflag |= ICRNL;
	if (tcsetattr(tty, TCSAFLUSH, &hidden) == -1) {
		(void)err_sys(e, EX_OSERR, "use the terminal");
		goto out;
	}
	if (fd_write_all(tty, question, strlen(question)))
		outcome = wait_for_line(tty, signals, until, line, number, e);
	else
		(void)err_sys(e, EX_OSERR, "write to the terminal");
	if (line->len == 0 || line->data[line->len - 1] != '\n')
		(void)!fd_write_all(tty, "\n", 1); /* nothing was echoed */
	(void)tcsetattr(tty, TCSAFLUSH, &shown);
out:
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return outcome;
}

static bool
judge(struct buf *line, struct buf *secret, struct err *e)
{
	struct str text = buf_str(line);
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (text.len == 0)
		return err_set(e, EX_NOPERM, "nothing was typed");
	if (text.len > PROMPT_MAX)
		return err_set(
		    e, EX_NOPERM, "more than %d bytes were typed", PROMPT_MAX);
	return buf_add_str(secret, text) ||
	    err_set(e, EX_NOPERM, "what was typed is too long");
}

bool
prompt_ask(struct prompt *p, const char *question, unsigned seconds,
    struct buf *secret, struct err *e)
{
	AUTO(buf_release) struct buf line = BUF_INIT(PROMPT_MAX + 2);
	AUTO(buf_release) struct buf text = BUF_INIT(1024);
	int64_t until = clock_msec() + (int64_t)seconds * 1000;
	int number = 0;
	str_printable(STR("posthaste: "), &text);
	str_printable(str_of(question), &text);
	(void)!buf_add_str(&text, STR(": "));
	enum outcome outcome;
	while ((outcome = ask(p->tty, buf_cstr(&text), until, &line, &number,
		    e)) == STOPPED)
		(void)raise(number); /* the end, or a stop: then we ask anew */
	return outcome == TYPED && judge(&line, secret, e);
}
