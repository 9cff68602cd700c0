// SPDX-License-Identifier: ISC
/*
 * delayline: a TCP proxy on loopback that makes the other end seem far away.
 *
 * What comes in is stamped with the time it may go out, half a round trip
 * later, and waits in its direction's queue; the end of a stream waits in line
 * like the bytes before it.  One loop serves all connections and sleeps until
 * a socket or the next stamp is ready.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* NOLINTBEGIN(concurrency-mt-unsafe): there are no threads here */

enum { CHUNK = 65536, QUEUE_MOST = 64 * 1024 * 1024 };

static const int64_t NSEC_PER_SEC = 1000000000;
static const int64_t NSEC_PER_MSEC = 1000000;

static volatile sig_atomic_t stopping;

struct chunk {
	struct chunk *next;
	int64_t due; /* nanoseconds */
	size_t len;  /* 0: the end of the stream */
	size_t at;
	char bytes[];
};

struct direction {
	int from;
	int to;
	struct chunk *first;
	struct chunk **tail;
	size_t waiting;
	uint64_t bytes;
	bool read_all;
	bool wrote_all;
};

struct connection {
	struct connection *next;
	unsigned number;
	int client;
	int server;
	struct direction up;
	struct direction down;
	bool client_spoke; /* the last that flowed at the client's end */
	bool broken;
	unsigned flips;
};

struct line {
	int listener;
	int64_t half; /* nanoseconds */
	struct addrinfo *target;
	int counts_fd;
	unsigned count;
	struct connection *connections;
};

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static int64_t
now_nsec(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		err(EX_OSERR, "read the clock");
	return (int64_t)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static void
set_up_socket(int fd)
{
	int on = 1;
	if (fd >= FD_SETSIZE)
		errx(EX_OSERR, "too many connections");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(EX_OSERR, "set up a socket");
}

/* Closes with a reset, as the far end would. */
static void
reset(int fd)
{
	struct linger now = { .l_onoff = 1 };
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)close(fd);
}

static struct direction
direction(int from, int to)
{
	return (struct direction){ .from = from, .to = to };
}

static void
accept_one(struct line *l)
{
	int client = accept(l->listener, NULL, NULL);
	if (client == -1)
		return;
	int server = socket(l->target->ai_family, SOCK_STREAM, 0);
	if (server == -1 ||
	    connect(server, l->target->ai_addr, l->target->ai_addrlen) == -1) {
		warn("connect to the target");
		reset(client);
		if (server != -1)
			(void)close(server);
		return;
	}
	set_up_socket(client);
	set_up_socket(server);
	struct connection *c = calloc(1, sizeof(*c));
	if (c == NULL)
		err(EX_OSERR, "accept");
	c->number = ++l->count;
	c->client = client;
	c->server = server;
	c->up = direction(client, server);
	c->down = direction(server, client);
	c->up.tail = &c->up.first;
	c->down.tail = &c->down.first;
	c->next = l->connections;
	l->connections = c;
}

static void
queue(struct direction *d, const char *p, size_t n, int64_t due)
{
	struct chunk *chunk = malloc(sizeof(*chunk) + n);
	if (chunk == NULL)
		err(EX_OSERR, "keep %zu bytes", n);
	chunk->next = NULL;
	chunk->due = due;
	chunk->len = n;
	chunk->at = 0;
	if (n > 0)
		memcpy(chunk->bytes, p, n);
	*d->tail = chunk;
	d->tail = &chunk->next;
	d->waiting += n;
	d->bytes += n;
}

static bool
wants_read(const struct direction *d)
{
	return !d->read_all && d->waiting < QUEUE_MOST;
}

static bool
may_write(const struct direction *d, int64_t now)
{
	return d->first != NULL && d->first->due <= now;
}

/* False if the connection broke; *some tells whether bytes came. */
static bool
take_in(struct direction *d, int64_t due, bool *some)
{
	char block[CHUNK];
	ssize_t n = recv(d->from, block, sizeof(block), 0);
	*some = n > 0;
	if (n == -1)
		return errno == EAGAIN || errno == EINTR;
	d->read_all = n == 0;
	queue(d, block, (size_t)n, due);
	return true;
}

static bool
pass_on(struct direction *d, int64_t now, bool *some)
{
	*some = false;
	while (may_write(d, now)) {
		struct chunk *chunk = d->first;
		if (chunk->len == 0) {
			d->wrote_all = true;
			if (shutdown(d->to, SHUT_WR) == -1)
				return false;
		} else {
			ssize_t n = send(d->to, chunk->bytes + chunk->at,
			    chunk->len - chunk->at, MSG_NOSIGNAL);
			if (n == -1)
				return errno == EAGAIN || errno == EINTR;
			*some = true;
			chunk->at += (size_t)n;
			d->waiting -= (size_t)n;
			if (chunk->at < chunk->len)
				return true;
		}
		d->first = chunk->next;
		if (d->first == NULL)
			d->tail = &d->first;
		free(chunk);
	}
	return true;
}

/* Both flows are counted where the client sees them. */
static void
serve(struct connection *c, const fd_set *readable, int64_t half)
{
	int64_t now = now_nsec();
	bool some = false;
	bool ok = pass_on(&c->down, now, &some);
	if (some)
		c->client_spoke = false;
	if (ok && wants_read(&c->up) && FD_ISSET(c->client, readable)) {
		ok = take_in(&c->up, now + half, &some);
		if (some && !c->client_spoke)
			c->flips++;
		c->client_spoke = c->client_spoke || some;
	}
	if (ok && wants_read(&c->down) && FD_ISSET(c->server, readable))
		ok = take_in(&c->down, now + half, &some);
	c->broken = !(ok && pass_on(&c->up, now, &some));
}

static void
free_queue(struct direction *d)
{
	while (d->first != NULL) {
		struct chunk *chunk = d->first;
		d->first = chunk->next;
		free(chunk);
	}
}

static void
finish(struct line *l, struct connection *c)
{
	if (l->counts_fd != -1 &&
	    dprintf(l->counts_fd, "connection=%u flips=%u up=%llu down=%llu\n",
		c->number, c->flips, (unsigned long long)c->up.bytes,
		(unsigned long long)c->down.bytes) < 0)
		warn("write the counts");
	if (c->broken) {
		reset(c->client);
		reset(c->server);
	} else {
		(void)close(c->client);
		(void)close(c->server);
	}
	free_queue(&c->up);
	free_queue(&c->down);
	free(c);
}

static void
finish_all(struct line *l, bool even_open)
{
	struct connection **at = &l->connections;
	while (*at != NULL) {
		struct connection *c = *at;
		bool over = c->broken || (c->up.wrote_all && c->down.wrote_all);
		if (!over && !even_open) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		finish(l, c);
	}
}

struct waiting {
	fd_set readable;
	fd_set writable;
	int most;
	int64_t due; /* INT64_MAX: nothing in line */
};

static void
wait_for_direction(struct waiting *w, const struct direction *d, int64_t now)
{
	if (wants_read(d)) {
		FD_SET(d->from, &w->readable);
		w->most = d->from > w->most ? d->from : w->most;
	}
	if (may_write(d, now)) {
		FD_SET(d->to, &w->writable);
		w->most = d->to > w->most ? d->to : w->most;
	} else if (d->first != NULL && d->first->due < w->due) {
		w->due = d->first->due;
	}
}

/* False: a signal came, nothing is ready. */
static bool
wait_for_all(struct line *l, struct waiting *w, const sigset_t *mask)
{
	int64_t now = now_nsec();
	*w = (struct waiting){ .most = l->listener, .due = INT64_MAX };
	FD_ZERO(&w->readable);
	FD_ZERO(&w->writable);
	FD_SET(l->listener, &w->readable);
	for (struct connection *c = l->connections; c != NULL; c = c->next) {
		wait_for_direction(w, &c->up, now);
		wait_for_direction(w, &c->down, now);
	}
	int64_t left = w->due == INT64_MAX ? 0 : w->due - now;
	struct timespec t = {
		.tv_sec = (time_t)(left / NSEC_PER_SEC),
		.tv_nsec = (long)(left % NSEC_PER_SEC),
	};
	int n = pselect(w->most + 1, &w->readable, &w->writable, NULL,
	    w->due == INT64_MAX ? NULL : &t, mask);
	if (n == -1 && errno != EINTR)
		err(EX_OSERR, "wait");
	return n != -1;
}

static void
run(struct line *l, const sigset_t *mask)
{
	struct waiting w;
	while (!stopping) {
		if (!wait_for_all(l, &w, mask))
			continue;
		for (struct connection *c = l->connections; c != NULL;
		     c = c->next)
			serve(c, &w.readable, l->half);
		finish_all(l, false);
		if (FD_ISSET(l->listener, &w.readable))
			accept_one(l);
	}
	finish_all(l, true);
}

/* HOST:PORT, [HOST]:PORT; the text is cut up. */
static struct addrinfo *
find_target(char *text)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *info = NULL;
	char *colon = strrchr(text, ':');
	if (colon == NULL)
		errx(EX_USAGE, "--to HOST:PORT");
	*colon = '\0';
	if (text[0] == '[' && colon > text && colon[-1] == ']') {
		colon[-1] = '\0';
		text++;
	}
	int code = getaddrinfo(text, colon + 1, &hints, &info);
	if (code != 0)
		errx(EX_NOHOST, "%s: %s", text, gai_strerror(code));
	return info;
}

static int
listen_somewhere(void)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1 ||
	    bind(fd, (struct sockaddr *)&addr, len) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) == -1)
		err(EX_OSERR, "listen");
	if (printf("port %u\n", (unsigned)ntohs(addr.sin_port)) < 0 ||
	    fflush(stdout) != 0)
		err(EX_IOERR, "say the port");
	return fd;
}

static void
catch_signals(sigset_t *former)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t held;
	(void)sigemptyset(&held);
	(void)sigaddset(&held, SIGTERM);
	(void)sigaddset(&held, SIGINT);
	if (sigaction(SIGTERM, &action, NULL) == -1 ||
	    sigaction(SIGINT, &action, NULL) == -1 ||
	    sigprocmask(SIG_BLOCK, &held, former) == -1)
		err(EX_OSERR, "catch signals");
}

static int64_t
parse_msec(const char *text)
{
	char *end = NULL;
	errno = 0;
	double msec = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(msec >= 0) ||
	    msec > 3600000)
		errx(EX_USAGE, "--rtt '%s' is no time", text);
	return (int64_t)(msec * (double)NSEC_PER_MSEC);
}

static const char help[] =
    "usage: delayline --rtt MS --to HOST:PORT [--counts FILE]\n"
    "Prints \"port N\" when it listens on 127.0.0.1; ends with SIGTERM.\n"
    "Each byte comes out half of MS later.  Connections are accepted at\n"
    "once: the round trip of TCP's own handshake must be added.\n"
    "--counts appends, at the end of each connection, connection=N flips=F\n"
    "up=BYTES down=BYTES; flips is how often the client began to talk after\n"
    "something had come to it, or for the first time.\n";

static void
parse_command_line(struct line *l, int argc, char **argv)
{
	static const struct option options[] = {
		{ "rtt", required_argument, NULL, 'r' },
		{ "to", required_argument, NULL, 't' },
		{ "counts", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int code;
	while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (code) {
		case 'r': l->half = parse_msec(optarg) / 2; break;
		case 't': l->target = find_target(optarg); break;
		case 'c':
			l->counts_fd = open(optarg,
			    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
			if (l->counts_fd == -1)
				err(EX_CANTCREAT, "open %s", optarg);
			break;
		case 'h': (void)fputs(help, stdout); exit(EX_OK);
		default: exit(EX_USAGE);
		}
	}
	if (l->target == NULL || optind < argc)
		errx(EX_USAGE, "--rtt MS --to HOST:PORT");
}

int
main(int argc, char **argv)
{
	struct line l = { .counts_fd = -1 };
	sigset_t mask;
	parse_command_line(&l, argc, argv);
	catch_signals(&mask);
	l.listener = listen_somewhere();
	run(&l, &mask);
	(void)close(l.listener);
	freeaddrinfo(l.target);
	return EX_OK;
}

/* NOLINTEND(concurrency-mt-unsafe) */
