// SPDX-License-Identifier: ISC
#include "net/race.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/lookup.h"
#include "net/dial.h"

enum {
	STAGGER_MSEC = 250,
	TICK_MSEC = 20, /* how often late addresses are looked for */
};

void
race_address_text(
    const struct sockaddr_storage *addr, char *dst, socklen_t size)
{
	const void *raw = addr->ss_family == AF_INET6
	    ? (const void *)&((const struct sockaddr_in6 *)addr)->sin6_addr
	    : (const void *)&((const struct sockaddr_in *)addr)->sin_addr;
	if (inet_ntop(addr->ss_family, raw, dst, size) == NULL)
		dst[0] = '\0';
}

static void
set_port(struct sockaddr_storage *addr, unsigned port)
{
	in_port_t n = htons((uint16_t)port);
	if (addr->ss_family == AF_INET6)
		((struct sockaddr_in6 *)addr)->sin6_port = n;
	else
		((struct sockaddr_in *)addr)->sin_port = n;
}

static bool
is_started(const struct race *r, const struct runner *a)
{
	for (size_t i = 0; i < r->nstarted; i++)
		if (r->runners[i].len == a->len &&
		    memcmp(&r->runners[i].addr, &a->addr, a->len) == 0)
			return true;
	return false;
}

static void
add_runner(struct race *r, const struct addrinfo *list,
    const struct addrinfo *ai, unsigned port)
{
	struct runner a = {
		.len = ai->ai_addrlen, .port = port, .list = list, .fd = -1
	};
	if (r->nrunners == ARRAY_LEN(r->runners) ||
	    ai->ai_addrlen > sizeof(a.addr))
		return;
	if (r->source_len > 0 && ai->ai_family != r->source.ss_family)
		return;
	memcpy(&a.addr, ai->ai_addr, ai->ai_addrlen);
	set_port(&a.addr, port);
	if (!is_started(r, &a))
		r->runners[r->nrunners++] = a;
}

/* Where one stands in a list: the next of that family, or of others. */
struct place {
	const struct addrinfo *list;
	const struct addrinfo *ai;
	int family;
	bool is_same;
};

static const struct addrinfo *
next_of(struct place *p)
{
	while (p->ai != NULL && (p->ai->ai_family == p->family) != p->is_same)
		p->ai = p->ai->ai_next;
	const struct addrinfo *found = p->ai;
	if (found != NULL)
		p->ai = found->ai_next;
	return found;
}

static struct place
place_of(const struct addrinfo *list, bool is_same)
{
	return (struct place){ list, list, list->ai_family, is_same };
}

/* The lists' order within a family, the families in turn (RFC 8305 4). */
static void
add_runners(struct race *r, unsigned port)
{
	struct place one = place_of(r->lists[0], true);
	struct place two = place_of(r->lists[0], false);
	if (r->nlists == 2)
		two = place_of(r->lists[1], true);
	if (r->nlists == 2 && r->nstarted > 0) { /* whose turn it is */
		struct place first = one;
		one = two;
		two = first;
	}
	const struct addrinfo *a, *b;
	do {
		if ((a = next_of(&one)) != NULL)
			add_runner(r, one.list, a, port);
		if ((b = next_of(&two)) != NULL)
			add_runner(r, two.list, b, port);
	} while (a != NULL || b != NULL);
}

void
race_use_time(struct race *r)
{
	if (!r->has_used_time && r->target->meanwhile != NULL)
		r->target->meanwhile();
	r->has_used_time = true;
}

/* All that is to be tried, behind what has been begun. */
void
race_line_up(struct race *r)
{
	r->nrunners = r->nstarted;
	for (size_t i = 0; i < r->target->nports; i++)
		add_runners(r, r->target->ports[i]);
	log_debug("%s is looked up, %zu to try", r->target->host, r->nrunners);
}

/* Takes the lists that have come by then. */
void
race_take_addresses(struct race *r, int64_t until_msec)
{
	const struct addrinfo *list;
	size_t before = r->nlists;
	while (r->lookup != NULL && r->nlists < RACE_LISTS_MAX &&
	    (list = lookup_next(r->lookup, until_msec)) != NULL) {
		r->lists[r->nlists++] = list;
		until_msec = 0; /* for the first alone it is waited */
	}
	if (r->nlists > before)
		race_line_up(r);
}

bool
race_awaits_addresses(const struct race *r)
{
	return r->lookup != NULL && r->nlists < RACE_LISTS_MAX &&
	    !lookup_is_over(r->lookup);
}

/* How near to the server we came. */
static int
nearness(int sys)
{
	switch (sys) {
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ETIMEDOUT: return 0;
	case ECONNREFUSED: return 1;
	default: return 2;
	}
}

/* Whether it is to be told, and not the one before: the last port's first. */
static bool
tells_more(const struct race *r, const struct runner *a, int sys)
{
	int was = nearness(r->sys), is = nearness(sys);
	if (r->sys == 0 || is != was)
		return r->sys == 0 || is > was;
	return a->port != r->runners[r->failed].port;
}

static void
runner_failed(struct race *r, struct runner *a, int sys)
{
	char text[INET6_ADDRSTRLEN];
	struct err why = ERR_INIT;
	race_address_text(&a->addr, text, sizeof(text));
	errno = sys;
	(void)err_sys(&why, EX_TEMPFAIL, "connect to [%s]:%u", text, a->port);
	log_debug("%s", why.text);
	fd_release(&a->fd);
	if (!tells_more(r, a, sys))
		return;
	r->sys = sys;
	r->failed = (size_t)(a - r->runners);
}

int
race_bind_source(const struct race *r, int fd)
{
	return bind(fd, (const struct sockaddr *)&r->source, r->source_len);
}

/* Begins one; whether it stands already, as local ones may. */
static bool
start_next(struct race *r)
{
	struct runner *a = &r->runners[r->nstarted++];
	const int on = 1;
	char text[INET6_ADDRSTRLEN];
	race_address_text(&a->addr, text, sizeof(text));
	log_debug("connecting to [%s]:%u", text, a->port);
	a->fd = socket(
	    a->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd == -1) {
		runner_failed(r, a, errno);
		return false;
	}
	/* what we write is whole groups: waiting for more costs 40 ms */
	(void)setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (r->source_len > 0 && race_bind_source(r, a->fd) == -1) {
		runner_failed(r, a, errno);
		return false;
	}
	if (connect(a->fd, (const struct sockaddr *)&a->addr, a->len) == 0)
		return true;
	if (errno == EINPROGRESS)
		r->nrunning++;
	else
		runner_failed(r, a, errno);
	return false;
}

/* Who has got an answer; NULL if none. */
static struct runner *
harvest(struct race *r, const struct pollfd *polls)
{
	for (size_t i = 0; i < r->nstarted; i++) {
		struct runner *a = &r->runners[i];
		int sys = 0;
		socklen_t len = sizeof(sys);
		if (a->fd == -1)
			continue;
		short events = polls++->revents;
		if (events == 0)
			continue;
		if (events == POLLOUT)
			return a;
		if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &sys, &len) == -1)
			sys = errno;
		if (sys == 0)
			return a;
		r->nrunning--;
		runner_failed(r, a, sys);
	}
	return NULL;
}

/*
 * Waits for one of those running, until then; NULL if none answers.  Those that
 * are over are left out, as poll(2) takes no more than there may be open files.
 */
static struct runner *
wait_some(struct race *r, int64_t until_msec)
{
	struct pollfd polls[RACE_RUNNERS_MAX];
	nfds_t npolls = 0;
	for (size_t i = 0; i < r->nstarted; i++)
		if (r->runners[i].fd != -1)
			polls[npolls++] = (struct pollfd){
				.fd = r->runners[i].fd,
				.events = POLLOUT,
			};
	int n = poll(polls, npolls, clock_msec_left(until_msec));
	return n > 0 ? harvest(r, polls) : NULL;
}

/* When something is to be done though nobody answers. */
static int64_t
next_turn(const struct race *r, int64_t start_msec, int64_t until_msec)
{
	int64_t next = until_msec;
	if (r->nstarted < r->nrunners && start_msec < next)
		next = start_msec;
	int64_t tick = clock_msec() + TICK_MSEC;
	return race_awaits_addresses(r) && tick < next ? tick : next;
}

/* The first to answer; NULL when the time is up or all have failed. */
struct runner *
race_run(struct race *r, int64_t until_msec)
{
	int64_t start_msec = 0; /* of the next */
	while (r->nstarted < r->nrunners || r->nrunning > 0 ||
	    race_awaits_addresses(r)) {
		int64_t now = clock_msec();
		size_t nrunning = r->nrunning;
		if (now >= until_msec)
			return NULL;
		if (r->nlists > 0)
			race_take_addresses(r, 0);
		if (r->nstarted < r->nrunners && now >= start_msec) {
			if (start_next(r))
				return &r->runners[r->nstarted - 1];
			if (r->nrunning == nrunning) /* failed at once */
				continue;
			start_msec = now + STAGGER_MSEC;
			nrunning = r->nrunning;
			race_use_time(r);
		}
		struct runner *a = wait_some(
		    r, next_turn(r, start_msec, until_msec));
		if (a != NULL)
			return a;
		if (r->nrunning < nrunning) /* one failed */
			start_msec = 0;
	}
	return NULL;
}

/* The first that has not failed, or could not even be begun in time. */
static const struct runner *
first_unanswered(const struct race *r)
{
	for (size_t i = 0; i < r->nrunners; i++)
		if (i >= r->nstarted || r->runners[i].fd != -1)
			return &r->runners[i];
	return NULL;
}

bool
race_lost(const struct race *r, struct err *e)
{
	const struct dial_target *target = r->target;
	const struct runner *a = first_unanswered(r);
	bool is_late = a != NULL;
	char text[INET6_ADDRSTRLEN];
	if (!is_late)
		a = &r->runners[r->failed];
	race_address_text(&a->addr, text, sizeof(text));
	if (is_late)
		return err_set(e, EX_TEMPFAIL,
		    "connect to %s [%s] port %u: no answer within %g seconds",
		    target->host, text, a->port,
		    clock_seconds(target->timeout_msec));
	errno = r->sys;
	return err_sys(e, EX_TEMPFAIL, "connect to %s [%s] port %u",
	    target->host, text, a->port);
}

void
race_end(struct race *r)
{
	for (size_t i = 0; i < r->nstarted; i++)
		fd_release(&r->runners[i].fd);
}
