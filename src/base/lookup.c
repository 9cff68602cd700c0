// SPDX-License-Identifier: ISC
#include "base/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* glibc answers this to everybody, and names it with _GNU_SOURCE only */
#ifndef EAI_NODATA
#define EAI_NODATA (-5)
#endif

/*
 * getaddrinfo(3) waits as long as the resolver's own configuration says, and
 * cannot be interrupted.  So it runs in a thread of its own; when the time is
 * up the thread is left to itself, with the query it owns.
 */
struct query {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool is_answered;
	bool is_abandoned;
	char *host;
	int flags; /* of getaddrinfo(3) */
	struct addrinfo *list;
	int rc;
	int sys;
};

static void
query_free(struct query *q)
{
	if (q->list != NULL)
		freeaddrinfo(q->list);
	(void)pthread_cond_destroy(&q->answered);
	(void)pthread_mutex_destroy(&q->lock);
	free(q->host);
	free(q);
}

static void
resolve(struct query *q, int flags)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags,
	};
	q->rc = getaddrinfo(q->host, NULL, &hints, &q->list);
	q->sys = errno;
}

static void *
resolver(void *arg)
{
	struct query *q = arg;
	resolve(q, q->flags);
	(void)pthread_mutex_lock(&q->lock);
	q->is_answered = true;
	bool is_abandoned = q->is_abandoned;
	(void)pthread_cond_signal(&q->answered);
	(void)pthread_mutex_unlock(&q->lock);
	if (is_abandoned)
		query_free(q);
	return NULL;
}

static struct query *
query_new(const char *host)
{
	struct query *q = mem_zalloc(sizeof(*q));
	pthread_condattr_t attr;
	q->host = str_dup(str_of(host));
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&q->answered, &attr);
	(void)pthread_condattr_destroy(&attr);
	return q;
}

/* False when the time is up; the query is then the thread's. */
static bool
query_wait(struct query *q, int64_t until_msec)
{
	const struct timespec until = {
		.tv_sec = until_msec / 1000,
		.tv_nsec = until_msec % 1000 * 1000000,
	};
	int rc = 0;
	(void)pthread_mutex_lock(&q->lock);
	while (!q->is_answered && rc == 0)
		rc = pthread_cond_timedwait(&q->answered, &q->lock, &until);
	bool is_answered = q->is_answered;
	q->is_abandoned = !is_answered;
	(void)pthread_mutex_unlock(&q->lock);
	return is_answered;
}

static bool
query_failed(const struct query *q, struct err *e)
{
	bool is_unknown = q->rc == EAI_NONAME || q->rc == EAI_NODATA;
	if (q->rc == EAI_SYSTEM) {
		errno = q->sys;
		return err_sys(e, EX_TEMPFAIL, "look up host %s", q->host);
	}
	(void)err_set(e, is_unknown ? EX_NOHOST : EX_TEMPFAIL,
	    "look up host %s: %s", q->host, gai_strerror(q->rc));
	if (is_unknown)
		(void)err_hint(e, "check the spelling of host");
	return false;
}

/* Asks in a thread; NULL with *e set if there is no answer in time. */
static struct query *
query_ask(struct query *q, int64_t until_msec, struct err *e)
{
	AUTO(cstr_release) char *host = str_dup(str_of(q->host));
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, resolver, q);
	if (rc != 0) {
		errno = rc;
		(void)err_sys(e, EX_OSERR, "start a thread");
		query_free(q);
		return NULL;
	}
	(void)pthread_detach(thread);
	if (query_wait(q, until_msec))
		return q;
	(void)err_set(
	    e, EX_TEMPFAIL, "look up host %s: no answer in time", host);
	(void)err_hint(e, "can the name server be reached?");
	return NULL;
}

bool
lookup_host(
    const char *host, int64_t until_msec, struct addrinfo **list, struct err *e)
{
	struct query *q = query_new(host);
	resolve(q, AI_NUMERICHOST); /* an address needs no thread */
	if (q->rc == EAI_NONAME)
		q = query_ask(q, until_msec, e);
	if (q == NULL)
		return false;
	bool ok = q->rc == 0 || query_failed(q, e);
	*list = q->list;
	q->list = NULL;
	query_free(q);
	return ok;
}

bool
lookup_canonical_name(const char *host, int64_t until_msec, struct buf *name)
{
	struct err ignored;
	struct query *q = query_new(host);
	q->flags = AI_CANONNAME;
	q = query_ask(q, until_msec, &ignored);
	if (q == NULL)
		return false;
	bool ok = q->rc == 0 && q->list->ai_canonname != NULL &&
	    buf_add_str(name, str_of(q->list->ai_canonname));
	query_free(q);
	return ok;
}
