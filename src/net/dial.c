// SPDX-License-Identifier: ISC
#include "net/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/idn.h"
#include "base/log.h"
#include "base/lookup.h"

enum { STAGGER_MSEC = 250, ATTEMPTS_MAX = 64 };

/* One address and port to be tried. */
struct attempt {
	struct sockaddr_storage addr;
	socklen_t len;
	unsigned port;
	int fd;
};

/* All attempts, in the order in which they are made. */
struct race {
	struct attempt attempts[ATTEMPTS_MAX];
	size_t nattempts;
	size_t nstarted;
	size_t nrunning;
	struct sockaddr_storage source; /* AF_UNSPEC: any */
	socklen_t source_len;
	int sys;       /* why the last one failed */
	size_t failed; /* which one that was */
};

static void
address_text(const struct sockaddr_storage *addr, char *dst, socklen_t size)
{
	const void *raw = addr->ss_family == AF_INET6
	    ? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr
	    : (const void *)&((const struct sockaddr_in *)addr)->sin_addr;
	if (inet_ntop(addr->ss_family, raw, dst, size) == NULL)
		dst[0] = '\0';
}

static void
add_attempt(struct race *r, const struct addrinfo *ai, unsigned port)
{
	if (r->nattempts == ARRAY_LEN(r->attempts) ||
	    ai->ai_addrlen > sizeof(r->attempts[0].addr))
		return;
	if (r->source_len > 0 && ai->ai_family != r->source.ss_family)
		return;
	struct attempt *a = &r->attempts[r->nattempts++];
	*a = (struct attempt){ .len = ai->ai_addrlen, .port = port, .fd = -1 };
	memcpy(&a->addr, ai->ai_addr, ai->ai_addrlen);
	if (ai->ai_family == AF_INET6)
		((struct sockaddr_in6 *)&a->addr)->sin6_port = htons(
		    (uint16_t)port);
	else
		((struct sockaddr_in *)&a->addr)->sin_port = htons(
		    (uint16_t)port);
}

static const struct addrinfo *
next_of(const struct addrinfo *ai, int family, bool is_same)
{
	while (ai != NULL && (ai->ai_family == family) != is_same)
		ai = ai->ai_next;
	return ai;
}

/* The list's order within a family, the families in turn (RFC 8305 4). */
static void
add_attempts(struct race *r, const struct addrinfo *list, unsigned port)
{
	const struct addrinfo *same = list;
	const struct addrinfo *other = next_of(list, list->ai_family, false);
	while (same != NULL || other != NULL) {
		if (same != NULL) {
			add_attempt(r, same, port);
			same = next_of(same->ai_next, list->ai_family, true);
		}
		if (other != NULL) {
			add_attempt(r, other, port);
			other = next_of(other->ai_next, list->ai_family, false);
		}
	}
}

static void
attempt_failed(struct race *r, struct attempt *a, int sys)
{
	char text[INET6_ADDRSTRLEN];
	struct err why = ERR_INIT;
	address_text(&a->addr, text, sizeof(text));
	errno = sys;
	(void)err_sys(&why, EX_TEMPFAIL, "connect to [%s]:%u", text, a->port);
	log_debug("%s", why.text);
	fd_release(&a->fd);
	r->sys = sys;
	r->failed = (size_t)(a - r->attempts);
}

static int
bind_source(const struct race *r, int fd)
{
	return bind(fd, (const struct sockaddr *)&r->source, r->source_len);
}

/* The address that all attempts are to come from; whether it is ours. */
static bool
set_source(struct race *r, const char *text, struct err *e)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(text, NULL, &hints, &list);
	if (rc != 0)
		return err_set(
		    e, EX_CONFIG, "source_ip %s: %s", text, gai_strerror(rc));
	memcpy(&r->source, list->ai_addr, list->ai_addrlen);
	r->source_len = list->ai_addrlen;
	freeaddrinfo(list);
	AUTO(fd_release)
	int fd = socket(r->source.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 && bind_source(r, fd) == 0)
		return true;
	(void)err_sys(e, EX_TEMPFAIL, "source_ip %s", text);
	return err_hint(e, "is it an address of this machine, and up?");
}

static void
start_next(struct race *r)
{
	struct attempt *a = &r->attempts[r->nstarted++];
	const int on = 1;
	char text[INET6_ADDRSTRLEN];
	address_text(&a->addr, text, sizeof(text));
	log_debug("connecting to [%s]:%u", text, a->port);
	a->fd = socket(
	    a->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd == -1) {
		attempt_failed(r, a, errno);
		return;
	}
	/* what we write is whole groups: waiting for more costs 40 ms */
	(void)setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (r->source_len > 0 && bind_source(r, a->fd) == -1) {
		attempt_failed(r, a, errno);
		return;
	}
	if (connect(a->fd, (const struct sockaddr *)&a->addr, a->len) == -1 &&
	    errno != EINPROGRESS) {
		attempt_failed(r, a, errno);
		return;
	}
	r->nrunning++;
}

/* Who has got an answer; NULL if none. */
static struct attempt *
harvest(struct race *r, struct pollfd *polls)
{
	for (size_t i = 0; i < r->nstarted; i++) {
		struct attempt *a = &r->attempts[i];
		int sys = 0;
		socklen_t len = sizeof(sys);
		if (a->fd == -1 || polls[i].revents == 0)
			continue;
		if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &sys, &len) == -1)
			sys = errno;
		if (sys == 0)
			return a;
		r->nrunning--;
		attempt_failed(r, a, sys);
	}
	return NULL;
}

/* Waits for one of those running, until then; NULL if none answers. */
static struct attempt *
wait_some(struct race *r, int64_t until_msec)
{
	struct pollfd polls[ATTEMPTS_MAX];
	for (size_t i = 0; i < r->nstarted; i++)
		polls[i] = (struct pollfd){
			.fd = r->attempts[i].fd, /* -1 is passed over */
			.events = POLLOUT,
		};
	int n = poll(polls, r->nstarted, clock_msec_left(until_msec));
	return n > 0 ? harvest(r, polls) : NULL;
}

/* The first to answer; NULL when the time is up or all have failed. */
static struct attempt *
run_race(struct race *r, int64_t until_msec)
{
	while (r->nstarted < r->nattempts || r->nrunning > 0) {
		int64_t now = clock_msec();
		int64_t next = until_msec;
		if (now >= until_msec)
			return NULL;
		if (r->nstarted < r->nattempts) {
			size_t before = r->nrunning;
			start_next(r);
			if (r->nrunning == before) /* failed at once */
				continue;
			if (r->nstarted < r->nattempts)
				next = now + STAGGER_MSEC;
		}
		size_t nrunning = r->nrunning;
		struct attempt *a = NULL;
		while (a == NULL && r->nrunning == nrunning &&
		    clock_msec() < (next < until_msec ? next : until_msec))
			a = wait_some(r, next < until_msec ? next : until_msec);
		if (a != NULL)
			return a;
	}
	return NULL;
}

/* The first that has not failed, or could not even be begun in time. */
static const struct attempt *
first_unanswered(const struct race *r)
{
	for (size_t i = 0; i < r->nattempts; i++)
		if (i >= r->nstarted || r->attempts[i].fd != -1)
			return &r->attempts[i];
	return NULL;
}

static bool
race_lost(const struct race *r, const struct dial_target *target, struct err *e)
{
	const struct attempt *a = first_unanswered(r);
	bool is_late = a != NULL;
	char text[INET6_ADDRSTRLEN];
	if (!is_late)
		a = &r->attempts[r->failed];
	address_text(&a->addr, text, sizeof(text));
	if (is_late)
		return err_set(e, EX_TEMPFAIL,
		    "connect to %s [%s] port %u: no answer within %u seconds",
		    target->host, text, a->port, target->timeout_s);
	errno = r->sys;
	return err_sys(e, EX_TEMPFAIL, "connect to %s [%s] port %u",
	    target->host, text, a->port);
}

static void
describe(const struct attempt *a, struct dial_result *result)
{
	struct sockaddr_storage local = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(local);
	char text[INET6_ADDRSTRLEN] = "";
	address_text(&a->addr, result->remote, sizeof(result->remote));
	result->port = a->port;
	if (getsockname(a->fd, (struct sockaddr *)&local, &len) == 0)
		address_text(&local, text, sizeof(text));
	(void)snprintf(result->local, sizeof(result->local), "[%s%s]",
	    local.ss_family == AF_INET6 ? "IPv6:" : "", text);
}

/* All that is to be tried, which is something. */
static bool
line_up(struct race *r, const struct dial_target *target,
    const struct addrinfo *list, struct err *e)
{
	for (size_t i = 0; i < target->nports; i++)
		add_attempts(r, list, target->ports[i]);
	if (r->nattempts > 0)
		return true;
	return err_set(e, EX_CONFIG,
	    "connect to %s: it has no address of the family of source_ip %s",
	    target->host, target->source_ip);
}

bool
dial_host(const struct dial_target *target, int64_t until_msec,
    struct dial_result *result, struct err *e)
{
	AUTO(buf_release) struct buf host = BUF_INIT(1024);
	struct race race = { .nattempts = 0 };
	if (target->host[0] == '\0')
		return err_set(e, EX_CONFIG, "host is empty");
	if (!idn_to_ascii(str_of(target->host), &host, e)) {
		e->exit = EX_CONFIG;
		return err_wrap(e, "host");
	}
	if (target->source_ip != NULL &&
	    !set_source(&race, target->source_ip, e))
		return false;
	struct addrinfo *list = target->known != NULL ? *target->known : NULL;
	if (list == NULL && !lookup_host(buf_cstr(&host), until_msec, &list, e))
		return false;
	bool has_some = line_up(&race, target, list, e);
	if (target->known != NULL)
		*target->known = list;
	else
		freeaddrinfo(list);
	if (!has_some)
		return false;
	log_debug(
	    "%s is looked up, %zu to try", buf_cstr(&host), race.nattempts);
	struct attempt *winner = run_race(&race, until_msec);
	bool ok = winner != NULL || race_lost(&race, target, e);
	if (ok) {
		describe(winner, result);
		result->fd = fd_keep(&winner->fd);
	}
	for (size_t i = 0; i < race.nstarted; i++)
		fd_release(&race.attempts[i].fd);
	return ok;
}
