// SPDX-License-Identifier: ISC
#include "outbox/owners.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "outbox/owner.h"
#include "queue/place.h"

/* So many can be stuck before another has to wait for one of them. */
enum { AT_ONCE = 32, LONG_MSEC = 3600 * 1000 };

struct crowd {
	struct owner *owners; /* owned */
	size_t n;
	size_t nbegun;
	struct owner *busy[AT_ONCE]; /* those with a process */
	size_t nbusy;
	int ends; /* is to be read when a process has ended */
	sigset_t before;
	bool is_well;
};

/* The ends of processes, beside what they say. */
static bool
heed_ends(struct crowd *c, struct err *e)
{
	sigset_t child;
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	c->ends = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (c->ends == -1)
		return err_sys(e, EX_OSERR, "hear of processes");
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	(void)sigprocmask(SIG_BLOCK, &child, &c->before);
	return true;
}

/* But for root: that queue is run without this. */
static void
gather(struct crowd *c, const struct place_owners *found)
{
	c->owners = mem_alloc((found->len + 1) * sizeof(*c->owners));
	for (size_t i = 0; i < found->len; i++)
		if (found->items[i] != 0)
			c->owners[c->n++] = owner_of(found->items[i]);
}

static void
release(struct crowd *c)
{
	for (size_t i = 0; i < c->n; i++)
		owner_release(&c->owners[i]);
	free(c->owners);
	if (c->ends == -1)
		return;
	fd_release(&c->ends);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	(void)sigprocmask(SIG_SETMASK, &c->before, NULL);
}

static void
begin_some(struct crowd *c, const char *const words[], struct err *e)
{
	while (c->nbusy < AT_ONCE && c->nbegun < c->n) {
		struct owner *o = &c->owners[c->nbegun++];
		if (owner_begin(o, words, e))
			c->busy[c->nbusy++] = o;
		else
			c->is_well = false;
	}
}

static bool
can_be_read(const struct pollfd *p)
{
	return (p->revents & (POLLIN | POLLHUP | POLLERR)) != 0;
}

/* Until one of them has said something, is over, or is late. */
static void
wait_for_some(struct crowd *c)
{
	struct pollfd fds[1 + 2 * AT_ONCE] = {
		{ .fd = c->ends, .events = POLLIN },
	};
	struct signalfd_siginfo ignored;
	int64_t now = clock_msec(), until = now + LONG_MSEC;
	for (size_t i = 0; i < c->nbusy; i++) {
		const struct owner *o = c->busy[i];
		struct pollfd *p = &fds[1 + 2 * i];
		p[0] = (struct pollfd){ o->shown.fd, POLLIN, 0 };
		p[1] = (struct pollfd){ o->told.fd, POLLIN, 0 };
		until = o->deadline < until ? o->deadline : until;
	}
	if (poll(fds, 1 + 2 * c->nbusy, clock_msec_left(until)) == -1)
		return;
	while (read(c->ends, &ignored, sizeof(ignored)) > 0)
		;
	for (size_t i = 0; i < c->nbusy; i++) {
		struct owner *o = c->busy[i];
		if (can_be_read(&fds[1 + 2 * i]))
			owner_hear(o, &o->shown);
		if (can_be_read(&fds[2 + 2 * i]))
			owner_hear(o, &o->told);
	}
}

static void
end_some(struct crowd *c)
{
	int64_t now = clock_msec();
	for (size_t i = 0; i < c->nbusy;) {
		bool is_well;
		if (owner_is_over(c->busy[i], &is_well)) {
			c->is_well = c->is_well && is_well;
			c->busy[i] = c->busy[--c->nbusy];
			continue;
		}
		owner_watch(c->busy[i], now);
		i++;
	}
}

static void
call_all(struct crowd *c, const char *const words[], struct err *e)
{
	begin_some(c, words, e);
	while (c->nbusy > 0) {
		wait_for_some(c);
		end_some(c);
		begin_some(c, words, e);
	}
}

static void
show_all(const struct crowd *c, bool is_bare, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct owner *o = &c->owners[i];
		if (o->shown.text.len == 0)
			continue;
		if (!is_bare)
			(void)!buf_printf(out, "%sQueue of %s\n",
			    out->len > 0 ? "\n" : "", o->name);
		(void)!buf_add_str(out, buf_str(&o->shown.text));
	}
}

bool
owners_call(
    const char *const words[], bool is_bare, struct buf *out, struct err *e)
{
	AUTO(place_owners_release)
	struct place_owners found = PLACE_OWNERS_INIT;
	AUTO(release) struct crowd c = { .ends = -1, .is_well = true };
	if (!place_list(place_top(), &found, e))
		return false;
	if (found.len == 0)
		return true;
	if (!place_check(place_top(), e) || !heed_ends(&c, e))
		return false;
	gather(&c, &found);
	call_all(&c, words, e);
	show_all(&c, is_bare, out);
	return c.is_well || e->exit != EX_OK ||
	    err_set(e, EX_TEMPFAIL, "%s", "");
}
