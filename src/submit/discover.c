// SPDX-License-Identifier: ISC
#include "submit/discover.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/errand.h"
#include "base/idn.h"
#include "base/log.h"
#include "config/settings.h"
#include "net/srv.h"

/* Once there is a server, the rest is not waited for any longer. */
enum { GRACE_MSEC = 1000 };

static const char *const labels[] = {
	[DISCOVER_SUBMISSIONS] = "_submissions._tcp",
	[DISCOVER_SUBMISSION] = "_submission._tcp",
};

/* What the thread owns until it is done. */
struct work {
	struct buf name; /* "_submissions._tcp.example.org" */
	struct srv_nameserver nameserver;
	bool has_nameserver;
	struct srv_answer answer;
	struct err err;
	bool ok;
};

struct question {
	struct errand *errand; /* NULL: it is not asked */
	struct work *work;     /* the errand's */
	bool is_answered;
};

struct discovery {
	char *domain; /* A-labels */
	struct question questions[DISCOVER_SERVICES];
};

const char *
discover_label(enum discover_service service)
{
	return labels[service];
}

static void
work_run(void *arg)
{
	struct work *w = arg;
	w->ok = srv_lookup(buf_cstr(&w->name),
	    w->has_nameserver ? &w->nameserver : NULL, &w->answer, &w->err);
}

static void
work_free(void *arg)
{
	struct work *w = arg;
	buf_release(&w->name);
	free(w);
}

static bool
ask(struct discovery *d, enum discover_service service,
    const struct srv_nameserver *ns, struct err *e)
{
	struct question *q = &d->questions[service];
	struct work *w = mem_zalloc(sizeof(*w));
	w->name = BUF_INIT(SRV_NAME_MAX);
	w->err = ERR_INIT;
	w->has_nameserver = ns != NULL;
	if (ns != NULL)
		w->nameserver = *ns;
	if (!buf_printf(&w->name, "%s.%s", labels[service], d->domain)) {
		work_free(w);
		return err_set(e, EX_CONFIG, "the domain is too long");
	}
	q->work = w;
	q->errand = errand_begin(w, work_run, work_free, e);
	return q->errand != NULL;
}

/* Each that fits the settings on TLS. */
static bool
is_allowed(const struct settings *s, enum discover_service service)
{
	if (s == NULL)
		return true;
	if (s->tls == TOGGLE_OFF || s->tls_starttls == TOGGLE_ON)
		return service == DISCOVER_SUBMISSION;
	return s->tls_starttls == TOGGLE_AUTO ||
	    service == DISCOVER_SUBMISSIONS;
}

static bool
begin(struct discovery *d, struct str domain, const struct settings *s,
    const struct srv_nameserver *ns, struct err *e)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(SRV_NAME_MAX);
	if (!idn_host_to_ascii(domain, &ascii, e))
		return false;
	d->domain = str_dup(buf_str(&ascii));
	for (enum discover_service i = 0; i < DISCOVER_SERVICES; i++)
		if (is_allowed(s, i) && !ask(d, i, ns, e))
			return false;
	return true;
}

struct discovery *
discover_begin(struct str domain, const struct settings *s,
    const struct srv_nameserver *ns, struct err *e)
{
	struct discovery *d = mem_zalloc(sizeof(*d));
	if (!begin(d, domain, s, ns, e))
		discover_release(&d);
	return d;
}

void
discover_release(struct discovery **owned)
{
	struct discovery *d = *owned;
	*owned = NULL;
	if (d == NULL)
		return;
	for (size_t i = 0; i < DISCOVER_SERVICES; i++)
		errand_release(&d->questions[i].errand);
	free(d->domain);
	free(d);
}

const struct srv_answer *
discover_answer(const struct discovery *d, enum discover_service service)
{
	const struct question *q = &d->questions[service];
	return q->is_answered && q->work->ok ? &q->work->answer : NULL;
}

static bool
names_server(const struct discovery *d)
{
	for (enum discover_service i = 0; i < DISCOVER_SERVICES; i++) {
		const struct srv_answer *a = discover_answer(d, i);
		if (a != NULL && a->n > 0)
			return true;
	}
	return false;
}

/* For each, or for so long. */
static void
wait_until(struct discovery *d, int64_t until_msec)
{
	for (enum discover_service i = 0; i < DISCOVER_SERVICES; i++) {
		struct question *q = &d->questions[i];
		int64_t soon = clock_msec() + GRACE_MSEC;
		if (q->errand == NULL || q->is_answered)
			continue;
		q->is_answered = errand_wait(q->errand,
		    names_server(d) && soon < until_msec ? soon : until_msec);
	}
}

/* Whom there is no asking. */
static bool
tell_trouble(const struct discovery *d, struct err *e)
{
	for (enum discover_service i = 0; i < DISCOVER_SERVICES; i++) {
		const struct question *q = &d->questions[i];
		if (q->errand != NULL && !q->is_answered) {
			(void)err_set(e, EX_TEMPFAIL,
			    "look up %s.%s: no answer in time", labels[i],
			    d->domain);
			return err_hint(e, "can the name server be reached?");
		}
		if (q->errand != NULL && !q->work->ok) {
			*e = q->work->err;
			return false;
		}
	}
	return true;
}

/* "_submissions._tcp, _submission._tcp"; whether it is denied that there is
 * any. */
static bool
list_asked(const struct discovery *d, struct buf *names)
{
	bool is_denied = false;
	for (enum discover_service i = 0; i < DISCOVER_SERVICES; i++) {
		const struct srv_answer *a = discover_answer(d, i);
		if (a == NULL)
			continue;
		is_denied = is_denied || a->is_denied;
		(void)!buf_printf(
		    names, "%s%s", names->len > 0 ? ", " : "", labels[i]);
	}
	return is_denied;
}

static bool
tell_none(const struct discovery *d, struct err *e)
{
	AUTO(buf_release) struct buf asked = BUF_INIT(100);
	bool is_denied = list_asked(d, &asked);
	(void)err_set(e, EX_NOHOST,
	    is_denied ? "DNS says that there is no server for mail of %s (%s)"
		      : "DNS names no server for mail of %s (%s)",
	    d->domain, buf_cstr(&asked));
	return err_hint(e,
	    "ask whoever runs the mail of that domain, and set host to the "
	    "server's name");
}

/*
 * What one service says is enough where nobody can tell of the other: either
 * is used with TLS that is verified.  The first may keep silent for half of
 * the time.
 */
bool
discover_await(struct discovery *d, int64_t until_msec, struct err *e)
{
	struct err trouble = ERR_INIT;
	int64_t now = clock_msec();
	wait_until(d, now < until_msec ? now + (until_msec - now) / 2 : now);
	if (!names_server(d))
		wait_until(d, until_msec);
	bool is_named = names_server(d);
	if (!tell_trouble(d, &trouble)) {
		if (is_named)
			log_debug("%s", trouble.text);
		else
			*e = trouble;
		return is_named;
	}
	return is_named || tell_none(d, e);
}

const char *
discover_domain(const struct discovery *d)
{
	return d->domain;
}

bool
discover_is_within(const struct discovery *d, const char *target)
{
	struct str name = str_of(target), domain = str_of(d->domain);
	if (name.len < domain.len)
		return false;
	size_t start = name.len - domain.len;
	return str_eq_nocase(str_from(name, start), domain) &&
	    (start == 0 || name.ptr[start - 1] == '.');
}
