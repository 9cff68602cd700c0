// SPDX-License-Identifier: ISC
#include "submit/courier.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/settings.h"
#include "message/envelope.h"
#include "message/source.h"
#include "smtp/session.h"
#include "submit/attempt.h"
#include "submit/failover.h"
#include "submit/report.h"
#include "submit/wishes.h"

struct courier {
	struct attempt attempt;
	struct str password;
	unsigned most;
	struct smtp_job job;
	struct wishes wishes;
	struct smtp_session session;
	bool has_session; /* it is to be released */
	unsigned nsent;   /* messages on the line that there is */
	int spare_fd;     /* for text that is to be encoded; or -1 */
};

struct courier *
courier_new(const struct courier_call *call)
{
	struct courier *c = mem_alloc(sizeof(*c));
	*c = (struct courier){
		.attempt = attempt_of(call->settings),
		.password = call->password,
		.most = call->most,
		.job = {
			.goal = SMTP_GOAL_SEND,
			.keeps_line = true,
			.partial_delivery = call->settings->partial_delivery,
		},
		.spare_fd = -1,
	};
	c->attempt.folder = call->folder;
	c->attempt.taken = call->taken;
	c->attempt.whose = call->whose;
	wishes_init(&c->wishes, call->settings);
	return c;
}

/*
 * Once the process is confined, nothing can be opened that a message of 8-bit
 * text could be encoded to: each is lent the same file, one after another.
 */
static void
lend_file(struct courier *c, struct source *source)
{
	struct err ignored;
	if (c->spare_fd == -1 && !c->attempt.is_confined)
		(void)!fd_temporary(&c->spare_fd, &ignored);
	if (c->spare_fd == -1 || source->spare_fd != -1 ||
	    !source_is_8bit(source) || ftruncate(c->spare_fd, 0) == -1 ||
	    lseek(c->spare_fd, 0, SEEK_SET) == -1)
		return;
	source->spare_fd = fcntl(c->spare_fd, F_DUPFD_CLOEXEC, 0);
}

static void
end_session(struct courier *c)
{
	if (!c->has_session)
		return;
	attempt_end(&c->attempt, &c->session);
	smtp_release(&c->session);
	c->has_session = false;
}

static struct failover
failover_of(struct courier *c)
{
	return (struct failover){
		.attempt = &c->attempt,
		.password = c->password,
		.job = &c->job,
	};
}

/* On a connection of its own, the first of several. */
static bool
send_first(struct courier *c, struct err *e)
{
	const struct failover f = failover_of(c);
	end_session(c);
	c->nsent = 0;
	c->has_session = failover_begin(&f, &c->session, e);
	return c->has_session;
}

static void
send_next(struct courier *c)
{
	smtp_next(&c->session, c->job.envelope, c->job.source, c->job.asks);
	attempt_go_on(&c->attempt, &c->session);
}

/* The next server may do better with this message. */
static bool
go_on(struct courier *c, struct err *e)
{
	const struct failover f = failover_of(c);
	size_t at = c->attempt.servers.at;
	c->has_session = failover_go_on(&f, &c->session, e);
	if (c->attempt.servers.at != at)
		c->nsent = 0;
	return c->has_session;
}

/*
 * Whether it is the line that failed and not the message: servers close lines
 * that they have had enough of, with 421 or without a word.
 */
static bool
was_line_lost(const struct courier *c)
{
	const struct smtp_session *s = &c->session;
	return s->is_line_fault && s->err.exit == EX_TEMPFAIL &&
	    s->ntaken == 0 && !s->is_uncertain;
}

static bool
deliver(struct courier *c, struct err *e)
{
	if (c->attempt.has_line)
		attempt_look(&c->attempt, &c->session);
	if (c->attempt.has_line) {
		send_next(c);
		if (was_line_lost(c)) {
			log_debug(
			    "another connection: %s", c->session.err.text);
			if (!send_first(c, e))
				return false;
		} else if (!go_on(c, e))
			return false;
	} else if (!send_first(c, e))
		return false;
	attempt_serve_rest(&c->attempt, &c->session);
	if (++c->nsent >= c->most)
		attempt_end(&c->attempt, &c->session);
	return true;
}

bool
courier_send(struct courier *c, const struct envelope *envelope,
    struct source *source, struct report *r, struct err *e)
{
	c->job.envelope = envelope;
	c->job.source = source;
	if (envelope->is_report)
		wishes_of_report(&c->wishes, c->job.asks);
	else
		memcpy(c->job.asks, c->wishes.asks, sizeof(c->job.asks));
	lend_file(c, source);
	bool has_session = deliver(c, e);
	failover_report(&c->attempt, r);
	if (!has_session)
		return false;
	r->has_tls = c->attempt.has_tls;
	return report_build(r, &c->session, c->attempt.server, e);
}

const struct smtp_session *
courier_session(const struct courier *c)
{
	return c->has_session ? &c->session : NULL;
}

bool
courier_has_tls(const struct courier *c)
{
	return c->has_session && c->attempt.has_tls;
}

const char *
courier_host(const struct courier *c)
{
	return attempt_host(&c->attempt);
}

const struct failures *
courier_failures(const struct courier *c)
{
	return &c->attempt.failures;
}

const char *
courier_server(const struct courier *c)
{
	return c->attempt.server;
}

void
courier_free(struct courier **c)
{
	if (*c == NULL)
		return;
	end_session(*c);
	attempt_release(&(*c)->attempt);
	fd_release(&(*c)->spare_fd);
	free(*c);
	*c = NULL;
}
