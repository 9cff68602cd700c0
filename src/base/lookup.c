// SPDX-License-Identifier: ISC
#include "base/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/errand.h"

/* glibc answers this to everybody, and names it with _GNU_SOURCE only */
#ifndef EAI_NODATA
#define EAI_NODATA (-5)
#endif

/* getaddrinfo(3) waits as long as the resolver's own configuration says. */
struct query {
	char *host;
	int flags; /* of getaddrinfo(3) */
	struct addrinfo *list;
	int rc;
	int sys;
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
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = q->flags,
	};
	q->rc = getaddrinfo(q->host, NULL, &hints, &q->list);
	q->sys = errno;
}

static struct query *
query_new(const char *host, int flags)
{
	struct query *q = mem_zalloc(sizeof(*q));
	q->host = str_dup(str_of(host));
	q->flags = flags;
	return q;
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

/* Asks in a thread, the query's owner; NULL if there is no answer in time. */
static struct errand *
query_ask(struct query *q, const char *host, int64_t until_msec, struct err *e)
{
	struct errand *errand = errand_begin(q, query_run, query_free, e);
	if (errand == NULL || errand_wait(errand, until_msec))
		return errand;
	errand_release(&errand);
	(void)err_set(
	    e, EX_TEMPFAIL, "look up host %s: no answer in time", host);
	(void)err_hint(e, "can the name server be reached?");
	return NULL;
}

static bool
take_list(struct query *q, struct addrinfo **list, struct err *e)
{
	*list = q->list;
	q->list = NULL;
	return q->rc == 0 || query_failed(q, e);
}

bool
lookup_host(
    const char *host, int64_t until_msec, struct addrinfo **list, struct err *e)
{
	struct query *q = query_new(host, AI_NUMERICHOST);
	query_run(q); /* an address needs no thread */
	if (q->rc != EAI_NONAME) {
		bool ok = take_list(q, list, e);
		query_free(q);
		return ok;
	}
	q->flags = 0;
	AUTO(errand_release)
	struct errand *errand = query_ask(q, host, until_msec, e);
	return errand != NULL && take_list(q, list, e);
}

bool
lookup_canonical_name(const char *host, int64_t until_msec, struct buf *name)
{
	struct err ignored;
	struct query *q = query_new(host, AI_CANONNAME);
	AUTO(errand_release)
	struct errand *errand = query_ask(q, host, until_msec, &ignored);
	return errand != NULL && q->rc == 0 && q->list->ai_canonname != NULL &&
	    buf_add_str(name, str_of(q->list->ai_canonname));
}
