// SPDX-License-Identifier: ISC
#include "net/stream.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

/* A stream, and the other end of its line. */
struct line {
	struct stream st;
	int peer;
	struct buf in;
	struct buf out;
	struct err e;
};

enum { IN_MAX = 65536, OUT_MAX = 1 << 21 };

static void
line_open(struct line *l, int type, unsigned seconds)
{
	int ends[2] = { -1, -1 };
	*l = (struct line){ .in = BUF_INIT(IN_MAX), .out = BUF_INIT(OUT_MAX) };
	CHECK(socketpair(AF_UNIX, type, 0, ends) == 0);
	CHECK(fd_set_nonblocking(ends[0], &l->e));
	stream_init(&l->st, ends[0]);
	l->peer = ends[1];
	stream_allow(&l->st, seconds);
}

/* The same over TCP, where a line can be reset. */
static void
line_open_tcp(struct line *l, unsigned seconds)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	*l = (struct line){ .in = BUF_INIT(IN_MAX), .out = BUF_INIT(OUT_MAX) };
	CHECK(bind(listener, (struct sockaddr *)&addr, len) == 0);
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&addr, &len) == 0);
	CHECK(connect(fd, (struct sockaddr *)&addr, len) == 0);
	l->peer = accept(listener, NULL, NULL);
	CHECK(l->peer != -1);
	(void)close(listener);
	CHECK(fd_set_nonblocking(fd, &l->e));
	stream_init(&l->st, fd);
	stream_allow(&l->st, seconds);
}

static void
line_close(struct line *l)
{
	fd_release(&l->st.fd);
	fd_release(&l->peer);
	buf_release(&l->in);
	buf_release(&l->out);
}

static bool
pump(struct line *l, enum stream_goal goal)
{
	return stream_pump(&l->st, goal, &l->in, &l->out, &l->e);
}

static void
peer_says(struct line *l, const char *text)
{
	CHECK(fd_write_all(l->peer, text, strlen(text)));
}

/* What the peer finds there now. */
static void
check_peer_hears(struct line *l, const char *want)
{
	char got[1000];
	ssize_t n = recv(l->peer, got, sizeof(got), MSG_DONTWAIT);
	CHECK_BYTES(((struct str){ got, n > 0 ? (size_t)n : 0 }), str_of(want));
}

static void
fill_out(struct line *l, size_t n)
{
	char *room = buf_room(&l->out, n);
	CHECK(room != NULL);
	for (size_t i = 0; room != NULL && i < n; i++)
		room[i] = (char)(i % 251);
	buf_filled(&l->out, n);
}

static void
set_send_buffer(int fd, int size)
{
	CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0);
}

static pid_t
start_child(struct line *l, void (*run)(int peer))
{
	pid_t child = fork();
	CHECK(child != -1);
	if (child == 0) {
		(void)close(l->st.fd);
		run(l->peer);
		_exit(0);
	}
	fd_release(&l->peer);
	return child;
}

static int
wait_child(pid_t child)
{
	int status = 0;
	CHECK(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void
kill_child(pid_t child)
{
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

TEST(a_group_of_commands_goes_in_one_write)
{
	struct line l;
	line_open(&l, SOCK_SEQPACKET, 5); /* keeps writes apart */
	CHECK(buf_add_str(&l.out, STR("MAIL FROM:<a>\r\n")));
	CHECK(buf_add_str(&l.out, STR("RCPT TO:<b>\r\nDATA\r\n")));
	CHECK(pump(&l, STREAM_ROOM));
	CHECK_EQ(l.out.len, 0);
	check_peer_hears(&l, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n");
	check_peer_hears(&l, "");
	line_close(&l);
}

TEST(the_goal_of_room_waits_for_no_answer)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 0); /* it would fail if it waited */
	CHECK(buf_add_str(&l.out, STR("text")));
	CHECK(pump(&l, STREAM_ROOM));
	CHECK_EQ(l.in.len, 0);
	check_peer_hears(&l, "text");
	CHECK(pump(&l, STREAM_ROOM)); /* with nothing to do */
	line_close(&l);
}

TEST(the_goal_of_room_takes_what_is_there)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 0);
	peer_says(&l, "250 ok\r\n");
	CHECK(buf_add_str(&l.out, STR("text")));
	CHECK(pump(&l, STREAM_ROOM));
	CHECK_BUF(&l.in, "250 ok\r\n");
	check_peer_hears(&l, "text");
	line_close(&l);
}

TEST(the_goal_of_input_sends_and_waits_for_the_answer)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 5);
	peer_says(&l, "250 ok\r\n");
	CHECK(buf_add_str(&l.in, STR("220 ")));
	CHECK(buf_add_str(&l.out, STR("NOOP\r\n")));
	CHECK(pump(&l, STREAM_INPUT));
	CHECK_BUF(&l.in, "220 250 ok\r\n"); /* behind what was there */
	CHECK_EQ(l.out.len, 0);
	check_peer_hears(&l, "NOOP\r\n");
	line_close(&l);
}

/* Talks much before it listens at all; leaves if it heard all in order. */
static void
talk_then_listen(int peer)
{
	static char bytes[1 << 20];
	size_t nheard = 0;
	(void)alarm(20);
	if (!fd_write_all(peer, bytes, sizeof(bytes)))
		_exit(1);
	while (nheard < sizeof(bytes)) {
		ssize_t n = fd_read(peer, bytes, 5000);
		if (n <= 0)
			_exit(2);
		for (ssize_t i = 0; i < n; i++, nheard++)
			if (bytes[i] != (char)(nheard % 251))
				_exit(3);
	}
	(void)!fd_write_all(peer, "!", 1);
}

TEST(a_peer_that_talks_while_we_send_does_not_block_us)
{
	for (int first = STREAM_ROOM; first <= STREAM_INPUT; first++) {
		struct line l;
		enum stream_goal goal = (enum stream_goal)first;
		size_t nheard = 0;
		char last = '\0';
		line_open(&l, SOCK_STREAM, 20);
		set_send_buffer(l.st.fd, 4096);
		set_send_buffer(l.peer, 4096);
		fill_out(&l, 1 << 20);
		pid_t child = start_child(&l, talk_then_listen);
		while (nheard <= 1 << 20 && pump(&l, goal)) {
			nheard += l.in.len;
			if (l.in.len > 0)
				last = l.in.data[l.in.len - 1];
			buf_consume(&l.in, l.in.len);
			if (l.out.len == 0)
				goal = STREAM_INPUT;
		}
		CHECK_EQ(l.out.len, 0);
		CHECK_EQ(nheard, (1 << 20) + 1);
		CHECK_EQ(last, '!');
		CHECK_EQ(l.e.exit, EX_OK);
		CHECK(wait_child(child) == 0);
		line_close(&l);
	}
}

TEST(what_did_not_go_stays_in_order_in_out)
{
	struct line l;
	static char got[1 << 20];
	size_t nheard = 0;
	line_open(&l, SOCK_STREAM, 0);
	set_send_buffer(l.st.fd, 4096);
	fill_out(&l, sizeof(got));
	while (nheard < sizeof(got)) {
		/* the deadline is past: as much as goes at once, no more */
		bool ok = pump(&l, STREAM_ROOM);
		CHECK(ok == (l.out.len == 0));
		ssize_t n = recv(
		    l.peer, got + nheard, sizeof(got) - nheard, MSG_DONTWAIT);
		CHECK(n > 0);
		if (n <= 0)
			break;
		nheard += (size_t)n;
	}
	for (size_t i = 0; i < nheard; i++)
		if (got[i] != (char)(i % 251)) {
			CHECK_EQ(i, -1);
			break;
		}
	line_close(&l);
}

TEST(silence_ends_at_the_deadline)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 1);
	int64_t start = clock_msec();
	CHECK(!pump(&l, STREAM_INPUT));
	int64_t passed = clock_msec() - start;
	CHECK(passed >= 900 && passed < 5000);
	CHECK_EQ(l.e.exit, EX_TEMPFAIL);
	CHECK(strstr(l.e.text, "within 1 seconds") != NULL);
	line_close(&l);
}

TEST(a_peer_that_takes_nothing_ends_at_the_deadline)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 1);
	fill_out(&l, 1 << 20);
	int64_t start = clock_msec();
	CHECK(!pump(&l, STREAM_ROOM));
	int64_t passed = clock_msec() - start;
	CHECK(passed >= 900 && passed < 5000);
	CHECK_EQ(l.e.exit, EX_TEMPFAIL);
	CHECK(l.out.len > 0);
	line_close(&l);
}

static void
trickle(int peer)
{
	for (int i = 0; i < 200; i++) {
		if (send(peer, "x", 1, MSG_NOSIGNAL) == -1)
			return;
		(void)poll(NULL, 0, 50);
	}
}

TEST(a_byte_now_and_then_does_not_move_the_deadline)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 1);
	pid_t child = start_child(&l, trickle);
	int64_t start = clock_msec();
	while (pump(&l, STREAM_INPUT))
		continue;
	int64_t passed = clock_msec() - start;
	CHECK(passed >= 900 && passed < 5000);
	CHECK_EQ(l.e.exit, EX_TEMPFAIL);
	CHECK(l.in.len > 1);
	kill_child(child);
	line_close(&l);
}

static volatile sig_atomic_t nalarms;

static void
count_alarm(int sig)
{
	(void)sig;
	nalarms++;
}

TEST(signals_neither_end_nor_prolong_the_wait)
{
	const struct sigaction action = { .sa_handler = count_alarm };
	const struct timeval interval = { .tv_usec = 20000 };
	const struct itimerval timer = { interval, interval };
	const struct itimerval off = { .it_value = { .tv_sec = 0 } };
	struct line l;
	line_open(&l, SOCK_STREAM, 1);
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	int64_t start = clock_msec();
	CHECK(!pump(&l, STREAM_INPUT));
	int64_t passed = clock_msec() - start;
	(void)setitimer(ITIMER_REAL, &off, NULL);
	(void)signal(SIGALRM, SIG_DFL);
	CHECK(nalarms > 5);
	CHECK(passed >= 900 && passed < 5000);
	CHECK_EQ(l.e.exit, EX_TEMPFAIL);
	CHECK_EQ(l.e.sys, 0);
	line_close(&l);
}

TEST(a_closed_line_is_told)
{
	for (int goal = STREAM_ROOM; goal <= STREAM_INPUT; goal++) {
		struct line l;
		line_open(&l, SOCK_STREAM, 5);
		fd_release(&l.peer);
		CHECK(!pump(&l, (enum stream_goal)goal));
		CHECK_EQ(l.e.exit, EX_TEMPFAIL);
		CHECK_STR(l.e.text, "the server closed the connection");
		line_close(&l);
	}
}

TEST(what_was_said_before_the_line_was_closed_is_heard_first)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 5);
	peer_says(&l, "554 go away\r\n");
	fd_release(&l.peer);
	CHECK(pump(&l, STREAM_INPUT));
	CHECK_BUF(&l.in, "554 go away\r\n");
	CHECK(!pump(&l, STREAM_INPUT));
	CHECK_STR(l.e.text, "the server closed the connection");
	CHECK_BUF(&l.in, "554 go away\r\n");
	line_close(&l);
}

/* The peer is gone while we still have things to say. */
static void
check_last_words_are_heard(struct line *l, enum stream_goal goal)
{
	peer_says(l, "421 too much\r\n");
	fd_release(&l->peer);
	(void)poll(&(struct pollfd){ l->st.fd, POLLHUP, 0 }, 1, 1000);
	fill_out(l, 1 << 20);
	unsigned npumps = 0;
	while (l->in.len == 0 && npumps < 10 && pump(l, goal))
		npumps++;
	CHECK_BUF(&l->in, "421 too much\r\n");
	while (npumps < 10 && pump(l, goal))
		npumps++;
	CHECK(npumps < 10);
	CHECK_EQ(l->e.exit, EX_TEMPFAIL);
	CHECK(l->e.text[0] != '\0');
	CHECK(l->out.len > 0);
}

TEST(last_words_are_heard_though_the_peer_takes_no_more)
{
	for (int goal = STREAM_ROOM; goal <= STREAM_INPUT; goal++) {
		struct line l;
		line_open(&l, SOCK_STREAM, 5);
		check_last_words_are_heard(&l, (enum stream_goal)goal);
		line_close(&l);
		line_open_tcp(&l, 5);
		check_last_words_are_heard(&l, (enum stream_goal)goal);
		line_close(&l);
	}
}

/* Hears the beginning, says no and hangs up with the rest unheard. */
static void
refuse_midway(int peer)
{
	char bytes[100];
	static const char no[] = "552 too large\r\n";
	if (fd_read(peer, bytes, sizeof(bytes)) > 0 &&
	    fd_write_all(peer, no, sizeof(no) - 1))
		(void)poll(NULL, 0, 50);
	(void)close(peer); /* which resets the line */
}

TEST(a_refusal_before_a_reset_is_heard)
{
	struct line l;
	line_open_tcp(&l, 5);
	set_send_buffer(l.st.fd, 4096); /* or all of it goes at once */
	fill_out(&l, 1 << 21);
	pid_t child = start_child(&l, refuse_midway);
	unsigned npumps = 0;
	while (l.in.len == 0 && npumps < 100 && pump(&l, STREAM_ROOM))
		npumps++;
	CHECK_BUF(&l.in, "552 too large\r\n");
	while (npumps < 100 && pump(&l, STREAM_INPUT))
		npumps++;
	CHECK(npumps < 100);
	CHECK_EQ(l.e.exit, EX_TEMPFAIL);
	CHECK(wait_child(child) == 0);
	line_close(&l);
}

TEST(a_peer_that_only_stopped_listening_is_still_heard)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 1);
	CHECK(shutdown(l.peer, SHUT_RD) == 0);
	peer_says(&l, "421 ");
	CHECK(buf_add_str(&l.out, STR("DATA\r\n")));
	CHECK(pump(&l, STREAM_ROOM));
	CHECK(l.st.is_deaf);
	CHECK_BUF(&l.in, "421 ");
	peer_says(&l, "bye\r\n");
	CHECK(pump(&l, STREAM_ROOM)); /* waits, as for input */
	CHECK_BUF(&l.in, "421 bye\r\n");
	int64_t start = clock_msec();
	CHECK(!pump(&l, STREAM_ROOM));
	CHECK(clock_msec() - start < 5000);
	CHECK_EQ(l.e.exit, EX_TEMPFAIL);
	CHECK_BUF(&l.out, "DATA\r\n");
	line_close(&l);
}

/* CPU time of this process. */
static int64_t
cpu_msec(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

TEST(a_full_buffer_ends_it_at_once)
{
	for (int goal = STREAM_ROOM; goal <= STREAM_INPUT; goal++) {
		struct line l;
		line_open(&l, SOCK_STREAM, 2);
		l.in.max = 10;
		peer_says(&l, "0123456789 and more");
		CHECK(pump(&l, STREAM_INPUT));
		CHECK_BUF(&l.in, "0123456789");
		fill_out(&l, 1 << 20);
		int64_t start = cpu_msec();
		CHECK(!pump(&l, (enum stream_goal)goal));
		CHECK(cpu_msec() - start < 500);
		CHECK(clock_msec_left(l.st.deadline_msec) > 500);
		CHECK_EQ(l.e.exit, EX_PROTOCOL);
		CHECK_BUF(&l.in, "0123456789");
		line_close(&l);
	}
}

TEST(waiting_takes_no_processor_time)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 1);
	fill_out(&l, 1 << 20);
	int64_t start = cpu_msec();
	CHECK(!pump(&l, STREAM_INPUT));
	CHECK(cpu_msec() - start < 500);
	line_close(&l);
}

TEST(waiting_ends_with_the_event)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 1);
	CHECK(stream_wait(&l.st, POLLOUT, &l.e));
	peer_says(&l, "x");
	CHECK(stream_wait(&l.st, POLLIN, &l.e));
	stream_allow(&l.st, 0);
	CHECK(!stream_wait(&l.st, POLLIN, &l.e));
	CHECK_EQ(l.e.exit, EX_TEMPFAIL);
	stream_allow(&l.st, 5); /* a new deadline counts from now */
	CHECK(stream_wait(&l.st, POLLIN, &l.e));
	line_close(&l);
}

TEST(the_last_words_go_before_the_line_is_closed)
{
	struct line l;
	char got[10];
	line_open(&l, SOCK_STREAM, 0);
	CHECK(buf_add_str(&l.out, STR("QUIT\r\n")));
	stream_finish(&l.st, &l.out);
	CHECK_EQ(l.st.fd, -1);
	CHECK(fd_read(l.peer, got, sizeof(got)) == 6);
	CHECK(memcmp(got, "QUIT\r\n", 6) == 0);
	CHECK(fd_read(l.peer, got, sizeof(got)) == 0);
	line_close(&l);
}

TEST(finishing_waits_for_nobody)
{
	struct line l;
	line_open(&l, SOCK_STREAM, 60);
	fill_out(&l, 1 << 21); /* more than the line takes */
	int64_t start = clock_msec();
	stream_finish(&l.st, &l.out);
	CHECK(clock_msec() - start < 5000);
	CHECK_EQ(l.st.fd, -1);
	line_close(&l);
	line_open(&l, SOCK_STREAM, 60);
	fd_release(&l.peer);
	CHECK(buf_add_str(&l.out, STR("QUIT\r\n")));
	stream_finish(&l.st, &l.out); /* and no SIGPIPE */
	line_close(&l);
}

/* As TLS with a ticket and a reply that came in one piece: the ticket first. */
static ssize_t
say_in_two(
    struct stream *st, char *dst, size_t room, short *events, struct err *e)
{
	(void)e;
	CHECK(room > 0);
	*events = POLLIN;
	if (st->nsent++ == 0)
		return TRANSPORT_WAIT;
	*dst = 'x';
	return 1;
}

static ssize_t
take_nothing(
    struct stream *st, const char *src, size_t n, short *events, struct err *e)
{
	(void)st;
	(void)src;
	(void)n;
	(void)e;
	*events = POLLIN; /* for which nobody can wait */
	return TRANSPORT_WAIT;
}

static bool
has_more(const struct stream *st)
{
	return st->nsent < 2;
}

TEST(what_waits_in_memory_is_not_waited_for)
{
	static const struct transport two = {
		.record = 1,
		.send = take_nothing,
		.recv = say_in_two,
		.is_pending = has_more,
	};
	static const enum stream_goal goals[] = { STREAM_ROOM, STREAM_INPUT };
	for (size_t i = 0; i < ARRAY_LEN(goals); i++) {
		struct line l;
		line_open(&l, SOCK_STREAM, 1);
		l.st.transport = &two;
		fill_out(&l, 1000);
		CHECK(pump(&l, goals[i]));
		CHECK_BYTES(buf_str(&l.in), STR("x"));
		line_close(&l);
	}
}
