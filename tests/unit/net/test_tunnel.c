// SPDX-License-Identifier: ISC
#include "net/tunnel.h"

#include <errno.h>
#include <poll.h>
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
#include "net/dial.h"
#include "net/way.h"
#include "unit.h"

/* A line by that command, to mail.example.org at port 587. */
static bool
dial(const char *command, struct dial_result *line, struct err *e)
{
	const struct dial_target target = {
		.host = "mail.example.org",
		.ports = { 587, 25 },
		.nports = 2,
		.timeout_msec = 5000,
		.tunnel = command,
	};
	*e = ERR_INIT;
	return net_dial(&target, line, e);
}

/* What the command says to its end. */
static void
hear(int fd, struct buf *said)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		char *room = buf_room(said, 1000);
		CHECK(poll(&p, 1, 10000) == 1);
		ssize_t got = room != NULL ? fd_read(fd, room, 1000) : -1;
		if (got <= 0)
			return;
		buf_filled(said, (size_t)got);
	}
}

static void
hang_up(struct dial_result *line)
{
	fd_release(&line->fd);
	net_hang_up(line);
	CHECK_EQ(line->tunnel, 0);
	/* there is no child, dead or alive */
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void
says(const char *command, const char *want)
{
	AUTO(buf_release) struct buf said = BUF_INIT(10000);
	struct dial_result line;
	struct err e;
	CHECK(dial(command, &line, &e));
	hear(line.fd, &said);
	CHECK_STR(buf_cstr(&said), want);
	hang_up(&line);
}

TEST(host_port_and_percent_are_put_in)
{
	says("echo %h:%p", "mail.example.org:587\n");
	says("echo '100%%' %p%h", "100% 587mail.example.org\n");
	says("printf %%s %%h", "%h");
}

TEST(it_reads_what_is_sent_and_prints_what_is_heard)
{
	AUTO(buf_release) struct buf said = BUF_INIT(10000);
	struct dial_result line;
	struct err e;
	CHECK(dial("read a; echo \"got $a\"", &line, &e));
	CHECK_EQ(line.port, 587);
	CHECK_STR(line.local, "[127.0.0.1]");
	CHECK(!line.is_proxied && line.tunnel > 0);
	CHECK(fd_write_all(line.fd, "EHLO x\n", 7));
	hear(line.fd, &said);
	CHECK_STR(buf_cstr(&said), "got EHLO x\n");
	hang_up(&line);
}

TEST(signals_are_as_a_program_expects_them)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	CHECK(sigaction(SIGPIPE, &ignored, NULL) == 0);
	CHECK(sigaction(SIGCHLD, &ignored, NULL) == 0);
	says("trap", "");
	says("sh -c 'kill -PIPE $$'; echo $?", "141\n");
}

/* It leads a session, so it has no terminal and is its group's first. */
TEST(it_has_a_session_of_its_own)
{
	says("set -- $(cat /proc/$$/stat); "
	     "[ $5 = $$ ] && [ $6 = $$ ] && echo own",
	    "own\n");
}

static void
refuses(const char *host, const char *command, const char *why)
{
	const struct dial_target target = {
		.host = host,
		.ports = { 25 },
		.nports = 1,
		.tunnel = command,
	};
	struct dial_result line;
	struct err e = ERR_INIT;
	CHECK(!net_dial(&target, &line, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(e.text, why);
	CHECK_EQ(line.fd, -1);
	CHECK_EQ(line.tunnel, 0);
}

TEST(a_host_that_the_shell_could_take_amiss_is_refused)
{
	static const char *const hosts[] = { "a;id", "$(id)", "a b", "`id`",
		"-oProxyCommand=id", "-v", "a\nb", "a'b", "a|b", "a/b", "a&b",
		"a>b", "*", "a\\b", "%h", "fe80::1%eth0" };
	char why[200];
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		char shown[40];
		str_printable_to(str_of(hosts[i]), shown, sizeof(shown));
		(void)snprintf(why, sizeof(why),
		    "host \"%s\" cannot be given to a tunnel command", shown);
		refuses(hosts[i], "true %h", why);
	}
}

TEST(another_letter_behind_a_percent_is_refused)
{
	const char *why =
	    "of a percent only %h, %p and %% mean something in tunnel";
	refuses("h", "nc %H %p", why);
	refuses("h", "nc %h %", why);
}

TEST(names_in_other_scripts_become_a_labels)
{
	AUTO(buf_release) struct buf said = BUF_INIT(10000);
	const struct dial_target target = {
		.host = "bücher.example",
		.ports = { 25 },
		.nports = 1,
		.tunnel = "echo %h",
	};
	struct dial_result line;
	struct err e = ERR_INIT;
	CHECK(net_dial(&target, &line, &e));
	hear(line.fd, &said);
	CHECK_STR(buf_cstr(&said), "xn--bcher-kva.example\n");
	hang_up(&line);
}

static void
ends(const char *command, int exit, const char *why)
{
	struct dial_result line;
	struct err e;
	CHECK(dial(command, &line, &e));
	(void)err_set(&e, EX_TEMPFAIL, "the line was lost");
	net_explain(&line, &e);
	CHECK_EQ(e.exit, exit);
	CHECK_STR(e.text, why);
	hang_up(&line);
}

TEST(how_it_ended_is_told)
{
	ends("exit 255", EX_TEMPFAIL,
	    "the tunnel command ended with status 255");
	ends("true", EX_TEMPFAIL, "the tunnel command ended with status 0");
	ends("kill -9 $$", EX_TEMPFAIL, "the tunnel command died of signal 9");
	ends("/nowhere/to/be/found 2>/dev/null", EX_CONFIG,
	    "the tunnel command ended with status 127: a program was not "
	    "found");
	ends("/dev/null 2>/dev/null", EX_CONFIG,
	    "the tunnel command ended with status 126: a program may not be "
	    "run");
}

TEST(while_it_runs_the_line_is_what_failed)
{
	ends("exec cat", EX_TEMPFAIL, "the line was lost");
}

/* Its processes, by the number that it prints, are gone. */
static void
leaves_nothing(const char *command, int64_t least_msec, int64_t most_msec)
{
	struct dial_result line;
	struct err e;
	char number[40] = "";
	CHECK(dial(command, &line, &e));
	struct pollfd p = { .fd = line.fd, .events = POLLIN };
	CHECK(poll(&p, 1, 10000) == 1);
	CHECK(fd_read(line.fd, number, sizeof(number) - 1) > 0);
	pid_t pid = (pid_t)strtol(number, NULL, 10);
	CHECK(pid > 1 && kill(pid, 0) == 0);
	int64_t start = clock_msec();
	hang_up(&line);
	int64_t msec = clock_msec() - start;
	CHECK(msec >= least_msec && msec < most_msec);
	/* who was left behind is init's, to be waited for soon */
	for (int i = 0; i < 500 && kill(pid, 0) == 0; i++)
		(void)poll(NULL, 0, 10);
	CHECK(kill(pid, 0) == -1);
}

TEST(a_command_that_ends_by_itself_is_let)
{
	leaves_nothing("echo $$; exec cat >/dev/null", 0, 900);
}

TEST(a_command_that_does_not_end_is_made_to)
{
	leaves_nothing("echo $$; exec sleep 100", 900, 1900);
	leaves_nothing(
	    "trap '' TERM; echo $$; while :; do sleep 100; done", 1900, 9000);
}

/* Such as the reply to QUIT, which nobody waits for. */
TEST(what_it_still_says_can_be_said)
{
	char path[] = "/tmp/tunnel.XXXXXX", command[200];
	struct dial_result line;
	struct err e;
	int fd = mkstemp(path);
	CHECK(fd != -1);
	(void)snprintf(command, sizeof(command),
	    "trap '' PIPE; cat >/dev/null; "
	    "{ echo 221; head -c 1000000 /dev/zero; echo end $? >&2; } 2>%s",
	    path);
	CHECK(dial(command, &line, &e));
	hang_up(&line);
	char said[100] = "";
	CHECK(fd_read(fd, said, sizeof(said) - 1) > 0);
	CHECK_STR(said, "end 0\n");
	fd_release(&fd);
	(void)unlink(path);
}

TEST(what_it_has_started_ends_with_it)
{
	leaves_nothing(
	    "sleep 100 >/dev/null & echo $!; cat >/dev/null", 0, 900);
	leaves_nothing("sleep 100 >/dev/null & echo $!; sleep 100", 900, 1900);
}
