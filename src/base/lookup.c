// SPDX-License-Identifier: ISC
/*
 * getaddrinfo(3) for both families waits until both have been answered, and a
 * name server that drops the question for one, as some do, costs five seconds
 * or more.  So when that takes long, each family is asked for by itself, too,
 * and whoever waits gets what comes first (RFC 8305 3).  Where all goes well
 * there is one call, in one thread.
 */
#include "base/lookup.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/errand.h"

/* glibc answers these to everybody, and names them with _GNU_SOURCE only */
#ifndef EAI_NODATA
#define EAI_NODATA (-5)
#endif
#ifndef EAI_ADDRFAMILY
#define EAI_ADDRFAMILY (-9)
#endif

enum {
	PATIENCE_MSEC = 250, /* then each family is asked for by itself */
	DELAY_MSEC = 50,     /* IPv4's answer waits for IPv6's; RFC 8305 3 */
	TICK_MSEC = 10,      /* how often several threads are looked at */
	ASKS_MAX = 3,
};

/* getaddrinfo(3) waits as long as the resolver's own configuration says. */
struct query {
	char *host;
	int family;
	int flags; /* of getaddrinfo(3) */
	struct addrinfo *list;
	int rc;
	int sys;
};

/* A query and how far it is. */
struct ask {
	int family;
	struct query *query;   /* until it is done, nobody's to look at */
	struct errand *errand; /* owns the query; NULL if it needs none */
	bool is_done;
	bool is_told; /* its list was handed out */
};

struct lookup {
	char *host;
	int family;
	struct ask asks[ASKS_MAX];
	size_t nasks;
	bool is_split;       /* the families are asked for by themselves */
	int64_t begun_msec;  /* when it began */
	int64_t answer_msec; /* when IPv4's answer came; 0: it did not */
};

static void
query_free(void *work)
{
	struct query *q = work;
	if (q->list != NULL)
		freeaddrinfo(q->list);
	free(q->host);
	free(q);
}

static void
query_run(void *work)
{
	struct query *q = work;
	const struct addrinfo hints = {
		.ai_family = q->family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = q->flags,
	};
	q->rc = getaddrinfo(q->host, NULL, &hints, &q->list);
	q->sys = errno;
}

static struct query *
query_new(const char *host, int family, int flags)
{
	struct query *q = mem_zalloc(sizeof(*q));
	q->host = str_dup(str_of(host));
	q->family = family;
	q->flags = flags;
	return q;
}

/* Whether that is an answer, and not want of one. */
static bool
is_none(const struct query *q)
{
	return q->rc == EAI_NONAME || q->rc == EAI_NODATA ||
	    q->rc == EAI_ADDRFAMILY;
}

/* In a thread, which owns the query until it is done. */
static bool
ask_thread(struct lookup *l, int family, struct err *e)
{
	struct query *q = query_new(l->host, family, 0);
	struct errand *errand = errand_begin(q, query_run, query_free, e);
	if (errand == NULL)
		return false;
	l->asks[l->nasks++] = (struct ask){
		.family = family, .query = q, .errand = errand
	};
	return true;
}

/* An address, for which nobody is asked; false if it is none. */
static bool
ask_literal(struct lookup *l, const char *text)
{
	struct query *q = query_new(text, AF_UNSPEC, AI_NUMERICHOST);
	query_run(q);
	if (q->rc == EAI_NONAME) {
		query_free(q);
		return false;
	}
	if (q->rc == 0 && l->family != AF_UNSPEC &&
	    q->list->ai_family != l->family) {
		freeaddrinfo(q->list);
		q->list = NULL;
		q->rc = EAI_ADDRFAMILY;
	}
	l->asks[l->nasks++] = (struct ask){ .query = q, .is_done = true };
	return true;
}

bool
lookup_is_local(const char *host)
{
	return strcasecmp(host, "localhost") == 0 ||
	    strcasecmp(host, "localhost.") == 0;
}

/*
 * Programs are to know by themselves where that is (RFC 6761 6.3), which
 * spares them much.  Servers for this host listen at 127.0.0.1, most of them
 * there alone, so it comes first.
 */
static bool
ask_localhost(struct lookup *l)
{
	static const struct {
		int family;
		const char *text;
	} loopback[] = { { AF_INET, "127.0.0.1" }, { AF_INET6, "::1" } };
	if (!lookup_is_local(l->host))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(loopback); i++)
		if (l->family == AF_UNSPEC || l->family == loopback[i].family)
			(void)ask_literal(l, loopback[i].text);
	return true;
}

struct lookup *
lookup_begin(const char *host, int family, struct err *e)
{
	struct lookup *l = mem_zalloc(sizeof(*l));
	l->host = str_dup(str_of(host));
	l->family = family;
	l->begun_msec = clock_msec();
	if (ask_localhost(l) || ask_literal(l, host) ||
	    ask_thread(l, family, e))
		return l;
	lookup_release(&l);
	return NULL;
}

/* Looks who is done; false if nobody is waited for. */
static bool
harvest(struct lookup *l)
{
	bool is_pending = false;
	for (size_t i = 0; i < l->nasks; i++) {
		struct ask *a = &l->asks[i];
		a->is_done = a->is_done || errand_is_done(a->errand);
		is_pending |= !a->is_done;
	}
	return is_pending;
}

/*
 * Whether the one for both families takes long, or says no: glibc also says
 * that there are no addresses when the name server had trouble with one family,
 * and mail is given up where there are none.
 */
static bool
wants_split(const struct lookup *l, int64_t now)
{
	const struct ask *a = &l->asks[0];
	if (l->is_split || l->family != AF_UNSPEC || a->errand == NULL)
		return false;
	if (a->is_done)
		return a->query->rc != 0;
	return now >= l->begun_msec + PATIENCE_MSEC;
}

static void
split(struct lookup *l)
{
	struct err ignored = ERR_INIT; /* the first is still there */
	l->is_split = true;
	if (ask_thread(l, AF_INET6, &ignored))
		(void)!ask_thread(l, AF_INET, &ignored);
}

/* The one that asks for that family by itself; NULL if none does. */
static const struct ask *
single(const struct lookup *l, int family)
{
	for (size_t i = 1; l->is_split && i < l->nasks; i++)
		if (l->asks[i].family == family)
			return &l->asks[i];
	return NULL;
}

/* Whether it does not matter any more, as others have answered for it. */
static bool
is_moot(const struct lookup *l, const struct ask *a)
{
	const struct ask *six = single(l, AF_INET6), *four = single(l, AF_INET);
	if (six == NULL || four == NULL)
		return false;
	if (a->family != AF_UNSPEC)
		return l->asks[0].is_told;
	return six->is_told || four->is_told || (six->is_done && four->is_done);
}

/* Whether there are, or may be, addresses that nobody was told of. */
static bool
is_promising(const struct lookup *l, const struct ask *a)
{
	return !a->is_told && !is_moot(l, a) &&
	    (!a->is_done || a->query->rc == 0);
}

/* Whether IPv4's answer is to wait a little for IPv6's. */
static bool
is_early(struct lookup *l, const struct ask *a, int64_t now)
{
	const struct ask *six = single(l, AF_INET6);
	if (a->family != AF_INET || six == NULL || six->is_done)
		return false;
	if (l->answer_msec == 0)
		l->answer_msec = now;
	return now < l->answer_msec + DELAY_MSEC;
}

static struct ask *
choose(struct lookup *l, int64_t now)
{
	for (size_t i = 0; i < l->nasks; i++) {
		struct ask *a = &l->asks[i];
		if (a->is_done && is_promising(l, a) && !is_early(l, a, now))
			return a;
	}
	return NULL;
}

/* Until one is done, or something else is to be done. */
static void
wait_some(const struct lookup *l, int64_t now, int64_t until_msec)
{
	int64_t next = l->begun_msec + PATIENCE_MSEC;
	size_t i = 0;
	if (l->is_split)
		next = now + TICK_MSEC;
	else if (l->family != AF_UNSPEC)
		next = until_msec;
	while (l->asks[i].is_done)
		i++;
	(void)!errand_wait(
	    l->asks[i].errand, next < until_msec ? next : until_msec);
}

const struct addrinfo *
lookup_next(struct lookup *l, int64_t until_msec)
{
	for (;;) {
		int64_t now = clock_msec();
		bool is_pending = harvest(l);
		struct ask *a = choose(l, now);
		if (a != NULL) {
			a->is_told = true;
			return a->query->list;
		}
		if (lookup_is_over(l) || now >= until_msec)
			return NULL;
		if (wants_split(l, now))
			split(l);
		else if (is_pending)
			wait_some(l, now, until_msec);
	}
}

bool
lookup_is_over(const struct lookup *l)
{
	for (size_t i = 0; i < l->nasks; i++)
		if (is_promising(l, &l->asks[i]))
			return false;
	return !wants_split(l, clock_msec());
}

static const char *
name_of(int family)
{
	if (family == AF_UNSPEC)
		return "";
	return family == AF_INET6 ? "IPv6 " : "IPv4 ";
}

static bool
query_failed(const struct lookup *l, const struct ask *a, struct err *e)
{
	const struct query *q = a->query;
	bool is_literal = q->rc == EAI_ADDRFAMILY && a->errand == NULL;
	if (q->rc == EAI_SYSTEM) {
		errno = q->sys;
		return err_sys(e, EX_TEMPFAIL, "look up host %s", l->host);
	}
	if (is_literal)
		return err_set(e, EX_CONFIG,
		    "look up host %s: it is no %saddress", l->host,
		    name_of(l->family));
	if (!is_none(q))
		return err_set(e, EX_TEMPFAIL, "look up host %s: %s", l->host,
		    gai_strerror(q->rc));
	if (l->family != AF_UNSPEC)
		return err_set(e, EX_NOHOST,
		    "look up host %s: it has no %saddress, or does not exist",
		    l->host, name_of(l->family));
	(void)err_set(
	    e, EX_NOHOST, "look up host %s: %s", l->host, gai_strerror(q->rc));
	return err_hint(e, "check the spelling of host");
}

bool
lookup_failed(const struct lookup *l, struct err *e)
{
	const struct ask *why = NULL;
	if (!lookup_is_over(l)) {
		(void)err_set(e, EX_TEMPFAIL,
		    "look up host %s: no answer in time", l->host);
		return err_hint(e, "can the name server be reached?");
	}
	for (size_t i = 0; i < l->nasks; i++) {
		const struct ask *a = &l->asks[i];
		if (!is_moot(l, a) && (why == NULL || !is_none(a->query)))
			why = a;
	}
	assert(why != NULL && why->query->rc != 0);
	return query_failed(l, why, e);
}

struct addrinfo *
lookup_take(struct lookup *l, const struct addrinfo *list)
{
	struct addrinfo *taken = NULL;
	for (size_t i = 0; i < l->nasks && taken == NULL; i++) {
		struct ask *a = &l->asks[i];
		if (!a->is_told || a->query->list != list)
			continue;
		taken = a->query->list;
		a->query->list = NULL;
	}
	return taken;
}

void
lookup_release(struct lookup **owned)
{
	struct lookup *l = *owned;
	*owned = NULL;
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->nasks; i++) {
		if (l->asks[i].errand == NULL)
			query_free(l->asks[i].query);
		errand_release(&l->asks[i].errand);
	}
	free(l->host);
	free(l);
}

bool
lookup_host(
    const char *host, int64_t until_msec, struct addrinfo **list, struct err *e)
{
	AUTO(lookup_release)
	struct lookup *l = lookup_begin(host, AF_UNSPEC, e);
	if (l == NULL)
		return false;
	const struct addrinfo *first = lookup_next(l, until_msec);
	if (first == NULL)
		return lookup_failed(l, e);
	*list = lookup_take(l, first);
	return true;
}

bool
lookup_canonical_name(const char *host, int64_t until_msec, struct buf *name)
{
	struct err ignored;
	struct query *q = query_new(host, AF_UNSPEC, AI_CANONNAME);
	AUTO(errand_release)
	struct errand *errand = errand_begin(
	    q, query_run, query_free, &ignored);
	return errand != NULL && errand_wait(errand, until_msec) &&
	    q->rc == 0 && q->list->ai_canonname != NULL &&
	    buf_add_str(name, str_of(q->list->ai_canonname));
}
