// SPDX-License-Identifier: ISC
#include "smtp/batch.h"

#include <stdlib.h>

#include "message/envelope.h"
#include "smtp/walk.h"

/*
 * A server need not take more than 100 recipients, most take 1000, and one
 * that is asked for many more than it takes may hang up on us.  So without a
 * word of the server (LIMITS) no transaction has more than that.
 *
 * Where the server refuses for their number, the transaction goes on with
 * those that it took, and the next ones have no more than that many.  So the
 * number never grows, each time it was not enough it shrinks to the recipients
 * just taken, and all that is asked for more than once is less than there are
 * recipients: the work is linear, whatever the server says.
 */
enum { BATCH_USUAL_MAX = 1000 };

static size_t
nrcpts(const struct smtp_session *s)
{
	return s->job.envelope->rcpts.len;
}

void
batch_init(struct smtp_session *s)
{
	s->batch.queue = mem_alloc(nrcpts(s) * sizeof(*s->batch.queue));
	for (size_t i = 0; i < nrcpts(s); i++)
		s->batch.queue[i] = i;
}

void
batch_begin(struct smtp_session *s)
{
	struct batch *b = &s->batch;
	uint64_t most = s->caps.rcpt_limit;
	b->n = nrcpts(s) - b->start;
	b->ndeferred = 0;
	b->nmails++;
	if (!s->job.partial_delivery) /* one transaction or none */
		return;
	if (most == 0)
		most = BATCH_USUAL_MAX;
	if (b->most > 0 && b->most < most)
		most = b->most;
	if (b->n > most)
		b->n = (size_t)most; /* less than a size_t */
}

struct smtp_outcome *
batch_outcome(const struct smtp_session *s, size_t place)
{
	return &s->outcomes[walk_rcpt_index(s, place)];
}

static bool
contains_nocase(struct str text, struct str part)
{
	for (; text.len >= part.len; text = str_from(text, 1))
		if (str_starts_nocase(text, part))
			return true;
	return false;
}

/* RFC 3463 3.6: X.5.3 is "too many recipients"; or the words say so. */
static bool
is_about_number(const struct reply *r)
{
	if (r->enh[0] != '\0')
		return strcmp(r->enh + 1, ".5.3") == 0;
	/* RFC 5321 4.5.3.1.10: 552 was once the code for it */
	return (r->code / 10 == 45 || r->code == 552) &&
	    contains_nocase(buf_str(&r->text), STR("too many"));
}

/* 452 without a reason that is the mailbox's or ours (RFC 3463 2). */
static bool
may_be_about_number(const struct reply *r)
{
	return r->code == 452 &&
	    (r->enh[0] == '\0' || strchr("0345", r->enh[2]) != NULL);
}

bool
batch_is_full(const struct smtp_session *s)
{
	if (s->naccepted == 0) /* then it was not for their number */
		return false;
	return is_about_number(&s->reply) ||
	    (s->job.partial_delivery && may_be_about_number(&s->reply));
}

bool
batch_has_line_enough(const struct smtp_session *s)
{
	return s->batch.nmails > 1 &&
	    contains_nocase(buf_str(&s->reply.text), STR("too many messages"));
}

/* Those not yet asked for are left to the next transaction. */
static void
cut(struct smtp_session *s)
{
	if (s->sending.stage != SMTP_RCPT)
		return;
	struct smtp_cursor last = s->sending;
	s->batch.n = last.rcpt; /* one was sent, as it has been answered */
	last.rcpt--;
	walk_advance(s, &last);
	s->sending = last;
}

void
batch_defer(struct smtp_session *s, size_t place)
{
	batch_outcome(s, place)->verdict = SMTP_DEFERRED;
	s->batch.ndeferred++;
	if (is_about_number(&s->reply))
		cut(s);
}

bool
batch_is_last(const struct smtp_session *s)
{
	const struct batch *b = &s->batch;
	return b->ndeferred == 0 && b->start + b->n == nrcpts(s);
}

bool
batch_end(struct smtp_session *s)
{
	struct batch *b = &s->batch;
	size_t next = b->start + b->n;
	for (size_t i = b->n; i > 0; i--) {
		struct smtp_outcome *o = batch_outcome(s, i - 1);
		if (o->verdict != SMTP_DEFERRED)
			continue;
		o->verdict = SMTP_NOT_ASKED;
		b->queue[--next] = walk_rcpt_index(s, i - 1);
	}
	if (b->ndeferred > 0)
		b->most = s->naccepted;
	b->start = next;
	b->n = b->ndeferred = 0;
	return b->start < nrcpts(s);
}

void
batch_release(struct smtp_session *s)
{
	free(s->batch.queue);
	s->batch.queue = NULL;
}
