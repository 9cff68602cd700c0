// SPDX-License-Identifier: ISC
#include "outbox/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/process.h"
#include "base/strvec.h"
#include "outbox/deliver.h"
#include "outbox/roster.h"
#include "outbox/tell.h"
#include "queue/spool.h"

/* Lanes at once: so many servers can hang before others have to wait. */
enum { AT_ONCE = 8 };

/* A lane, and the process that works on it. */
struct hand {
	size_t first; /* of its messages in the roster */
	size_t n;
	pid_t pid;
	struct deliver_result *result; /* the process's to write */
};

struct crew {
	const struct run_call *call;
	struct spool spool;
	struct strvec ids; /* all that wait, sorted */
	struct roster roster;
	struct hand *hands; /* owned */
	size_t nhands;
	struct deliver_result *results; /* shared with the processes; mmap() */
	struct hand *busy[AT_ONCE];     /* those with a process; or NULL */
	size_t nbusy;
	size_t nbroken; /* messages that cannot be read, and stay */
	bool is_well;   /* nothing of this host failed */
};

static size_t
results_size(const struct crew *c)
{
	return (c->nhands + 1) * sizeof(*c->results);
}

static void
release(struct crew *c)
{
	if (c->results != NULL)
		(void)munmap(c->results, results_size(c));
	free(c->hands);
	roster_release(&c->roster);
	strvec_release(&c->ids);
	spool_release(&c->spool);
}

/* why: as it was looked at without its lock. */
static void
set_aside(struct crew *c, const char *id, const struct err *why)
{
	struct spooled m;
	struct err e = ERR_INIT;
	enum spool_taken taken = spool_take(&c->spool, id, &m, &e);
	if (taken == SPOOL_TAKEN) { /* it was not the message's fault */
		tell(id, why);
		c->nbroken++;
	} else if (taken == SPOOL_BROKEN && !tell_broken(&c->spool, &m, &e))
		c->nbroken++;
	spooled_release(&m);
}

static bool
look_at_all(struct crew *c, struct err *e)
{
	AUTO(strvec_release) struct strvec notes = STRVEC_INIT;
	AUTO(strvec_release) struct strvec named = STRVEC_INIT;
	struct run_call call = *c->call;
	if (!spool_list(&c->spool, SPOOL_NEW, &c->ids, e) ||
	    !spool_notes(&c->spool, &notes, e))
		return false;
	for (size_t i = 0; call.ids != NULL && i < call.ids->len; i++)
		strvec_add(&named, str_of(call.ids->items[i]));
	strvec_sort(&named, 0);
	call.ids = &named;
	for (size_t i = 0; i < c->ids.len; i++) {
		struct waiting w;
		struct err why = ERR_INIT;
		const char *id = c->ids.items[i];
		switch (roster_look(&c->spool, id, &notes, &call, &w, &why)) {
		case SPOOL_TAKEN: roster_add(&c->roster, &w); break;
		case SPOOL_BROKEN: set_aside(c, id, &why); break;
		case SPOOL_BUSY:
		case SPOOL_GONE: break;
		}
	}
	roster_sort(&c->roster);
	return true;
}

/* In memory that the processes share with us: each writes its result there. */
static bool
share_results(struct crew *c, struct err *e)
{
	c->results = mmap(NULL, results_size(c), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->results == MAP_FAILED) {
		c->results = NULL;
		return err_sys(e, EX_OSERR, "share memory");
	}
	for (size_t i = 0; i < c->nhands; i++)
		c->hands[i].result = &c->results[i];
	return true;
}

static bool
assign(struct crew *c, struct err *e)
{
	size_t cap = 0;
	for (size_t i = 0; i < c->roster.len;) {
		size_t n = roster_lane(&c->roster, i);
		c->hands = mem_grow(
		    c->hands, &cap, c->nhands + 1, sizeof(*c->hands));
		c->hands[c->nhands++] = (struct hand){ .first = i, .n = n };
		i += n;
	}
	return share_results(c, e);
}

/* In the lane's process. */
static void __attribute__((noreturn))
be_hand(struct crew *c, struct hand *h, pid_t parent)
{
	struct waiting *first = &c->roster.items[h->first];
	const struct deliver_call call = {
		.spool = &c->spool,
		.key = first->key,
		.id = first->id,
		.first = first,
		.n = h->n,
		.seen = &c->ids,
		.is_wanted = c->call->choice != RUN_DUE,
		.tag = c->call->tag,
	};
	struct err e = ERR_INIT;
	deliver_heed_signals();
	/* who ends us means the lanes, too */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
	bool ok = deliver(&call, h->result, &e);
	if (!ok)
		tell("", &e);
	_exit(ok ? EX_OK : e.exit);
}

/* Where there is a place free. */
static void
begin(struct crew *c, struct hand *h)
{
	pid_t parent = getpid();
	struct err e = ERR_INIT;
	size_t place = 0;
	h->pid = fork();
	if (h->pid == 0)
		be_hand(c, h, parent);
	if (h->pid == -1) {
		(void)err_sys(&e, EX_OSERR, "fork");
		tell("", &e);
		h->result->nleft = h->n;
		c->is_well = false;
		return;
	}
	while (c->busy[place] != NULL)
		place++;
	c->busy[place] = h;
	c->nbusy++;
}

static void
end(struct crew *c, struct hand *h, int status)
{
	if (WIFSIGNALED(status)) {
		log_error("the process for %zu of the messages, beginning "
			  "with %s, was ended by signal %d",
		    h->n, c->roster.items[h->first].id, WTERMSIG(status));
		h->result->nleft += h->result->nleft == 0;
	} else if (WEXITSTATUS(status) != EX_OK)
		c->is_well = false;
}

/* As the first process of a container we hear of others, too. */
static void
wait_for_one(struct crew *c)
{
	int status;
	pid_t pid;
	do
		pid = waitpid(-1, &status, 0);
	while (pid == -1 && errno == EINTR);
	for (size_t i = 0; i < AT_ONCE; i++) {
		if (c->busy[i] == NULL || (pid != -1 && c->busy[i]->pid != pid))
			continue;
		if (pid != -1)
			end(c, c->busy[i], status);
		c->busy[i] = NULL;
		c->nbusy--;
	}
}

/* Whether something of it is to be done. */
static bool
is_idle(const struct crew *c, const struct hand *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (!c->roster.items[h->first + i].is_held)
			return false;
	return true;
}

static void
work(struct crew *c)
{
	for (size_t i = 0; i < c->nhands; i++) {
		while (c->nbusy == AT_ONCE)
			wait_for_one(c);
		if (!is_idle(c, &c->hands[i]))
			begin(c, &c->hands[i]);
	}
	while (c->nbusy > 0)
		wait_for_one(c);
}

/* For whoever wonders why nothing is done. */
static void
tell_later(size_t n, int64_t next)
{
	struct tm t;
	char when[32] = "";
	time_t seconds = (time_t)next;
	if (n == 0 || !isatty(STDERR_FILENO))
		return;
	if (next > 0 && localtime_r(&seconds, &t) != NULL)
		(void)!strftime(
		    when, sizeof(when), ", the next from %H:%M:%S on", &t);
	log_notice("%zu message%s for a later time%s; --queue-retry all tries "
		   "now",
	    n, n == 1 ? " waits" : "s wait", when);
}

static bool
conclude(const struct crew *c, struct err *e)
{
	size_t nleft = c->nbroken, nlater = 0;
	int64_t next = 0;
	for (size_t i = 0; i < c->nhands; i++) {
		const struct deliver_result *r = c->hands[i].result;
		nleft += r->nleft;
		nlater += r->nlater;
		if (r->next > 0 && (next == 0 || r->next < next))
			next = r->next;
	}
	tell_later(nlater, next);
	return (nleft == 0 && c->is_well) || err_set(e, EX_TEMPFAIL, "%s", "");
}

bool
run_queue(const struct run_call *call, struct err *e)
{
	AUTO(release)
	struct crew c = {
		.call = call,
		.spool = SPOOL_INIT,
		.ids = STRVEC_INIT,
		.roster = ROSTER_INIT,
		.is_well = true,
	};
	struct err why = ERR_INIT;
	if (!spool_open_existing(&c.spool, call->path, &why)) {
		*e = why;
		return why.exit == EX_NOINPUT;
	}
	spool_sweep(&c.spool);
	if (!look_at_all(&c, e) || !assign(&c, e))
		return false;
	work(&c);
	return conclude(&c, e);
}
