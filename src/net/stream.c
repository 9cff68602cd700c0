// SPDX-License-Identifier: ISC
#include "net/stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"

enum { RECV_SIZE = 16384, BACKLOG_MIN = 16384 };

static bool
is_later(int sys)
{
	return sys == EAGAIN || sys == EWOULDBLOCK || sys == EINTR;
}

static ssize_t
plain_send(
    struct stream *st, const char *src, size_t n, short *events, struct err *e)
{
	ssize_t put = send(st->fd, src, n, MSG_NOSIGNAL);
	if (put >= 0)
		return put;
	if (is_later(errno)) {
		*events = POLLOUT;
		return TRANSPORT_WAIT;
	}
	(void)err_sys(e, EX_TEMPFAIL, "connection lost while sending");
	return TRANSPORT_ERROR;
}

static ssize_t
plain_recv(
    struct stream *st, char *dst, size_t room, short *events, struct err *e)
{
	ssize_t got = recv(st->fd, dst, room, 0);
	if (got >= 0)
		return got;
	if (is_later(errno)) {
		*events = POLLIN;
		return TRANSPORT_WAIT;
	}
	(void)err_sys(e, EX_TEMPFAIL, "connection lost while receiving");
	return TRANSPORT_ERROR;
}

static bool
plain_is_pending(const struct stream *st)
{
	(void)st;
	return false;
}

static void
plain_finish(struct stream *st)
{
	(void)st;
}

static const struct transport plain = {
	.record = 1,
	.send = plain_send,
	.recv = plain_recv,
	.is_pending = plain_is_pending,
	.finish = plain_finish,
};

void
stream_init(struct stream *st, int fd)
{
	*st = (struct stream){ .fd = fd, .transport = &plain };
}

/* What the kernel has of ours that the peer's has not confirmed. */
static size_t
octets_underway(const struct stream *st)
{
	int n = 0;
	return ioctl(st->fd, TIOCOUTQ, &n) == 0 && n > 0 ? (size_t)n : 0;
}

void
stream_allow(struct stream *st, unsigned seconds)
{
	bool are_many = st->nsent > BACKLOG_MIN;
	st->allowed_s = seconds;
	st->deadline_msec = clock_msec() + (int64_t)seconds * 1000;
	st->backlog = are_many ? octets_underway(st) : 0;
	st->nsent = 0;
}

/*
 * The kernel takes megabytes that a slow line then needs minutes for, so that
 * a reply is late though all goes well.  If much was underway when the
 * deadline was set and a good part of it has arrived, the peer is reading; an
 * octet now and then is not enough.
 */
static bool
is_peer_reading(struct stream *st)
{
	size_t before = st->backlog + st->nsent;
	if (st->backlog == 0)
		return false;
	size_t underway = octets_underway(st);
	if (underway > 0 && underway + BACKLOG_MIN > before)
		return false;
	stream_allow(st, st->allowed_s);
	st->backlog = underway;
	return true;
}

bool
stream_wait(struct stream *st, short events, struct err *e)
{
	for (;;) {
		struct pollfd p = { .fd = st->fd, .events = events };
		int left = clock_msec_left(st->deadline_msec);
		int n = left > 0 ? poll(&p, 1, left) : 0;
		if (n > 0)
			return true;
		if (n == 0 && is_peer_reading(st))
			continue;
		if (n == 0)
			return err_set(e, EX_TEMPFAIL,
			    "nothing came within %u seconds", st->allowed_s);
		if (errno != EINTR)
			return err_sys(e, EX_OSERR, "poll");
	}
}

/*
 * As much of out as goes now, and no rest that is smaller than that.  A peer
 * that takes no more may have said why.
 */
static bool
push(struct stream *st, struct buf *out, size_t least, short *events,
    struct err *e)
{
	while (out->len >= least && !st->is_deaf) {
		ssize_t put = st->transport->send(
		    st, out->data, out->len, events, e);
		if (put == TRANSPORT_WAIT)
			return true;
		if (put == TRANSPORT_ERROR) {
			st->is_deaf = true;
			return false;
		}
		buf_consume(out, (size_t)put);
		st->nsent += (size_t)put;
	}
	return true;
}

enum pull { PULL_SOME, PULL_NONE, PULL_ERROR };

static enum pull
pull(struct stream *st, struct buf *in, short *events, struct err *e)
{
	size_t room = buf_left(in) < RECV_SIZE ? buf_left(in) : RECV_SIZE;
	char *dst = buf_room(in, room);
	if (room == 0 || dst == NULL) { /* poll would say "now" for ever */
		(void)err_set(e, EX_PROTOCOL,
		    "the server says more than %zu octets at once", in->max);
		return PULL_ERROR;
	}
	ssize_t got = st->transport->recv(st, dst, room, events, e);
	if (got == TRANSPORT_WAIT)
		return PULL_NONE;
	if (got == TRANSPORT_END)
		(void)err_set(
		    e, EX_TEMPFAIL, "the server closed the connection");
	if (got <= 0)
		return PULL_ERROR;
	buf_filled(in, (size_t)got);
	return PULL_SOME;
}

bool
stream_pump(struct stream *st, enum stream_goal goal, struct buf *in,
    struct buf *out, struct err *e)
{
	short recv_events = POLLIN; /* TLS may have to write for it */
	size_t least = goal == STREAM_ROOM ? st->transport->record : 1;
	for (;;) {
		short send_events = 0;
		bool is_sent = push(st, out, least, &send_events, e);
		bool is_blocked = is_sent && send_events != 0;
		if (st->is_deaf) /* what is left is to hear why */
			goal = STREAM_INPUT;
		/* nothing to send and nothing there: no need to ask */
		if (is_sent && goal == STREAM_INPUT &&
		    !st->transport->is_pending(st) &&
		    !stream_wait(st, (short)(recv_events | send_events), e))
			return false;
		struct err why = ERR_INIT;
		switch (pull(st, in, &recv_events, &why)) {
		case PULL_SOME: return true;
		case PULL_ERROR:
			if (is_sent)
				*e = why; /* else the first error stands */
			return false;
		case PULL_NONE: break;
		}
		if (!is_sent)
			return false;
		if (goal == STREAM_ROOM && !is_blocked)
			return true;
		/* what waits in memory wakes nobody */
		if (goal == STREAM_ROOM && !st->transport->is_pending(st) &&
		    !stream_wait(st, (short)(recv_events | send_events), e))
			return false;
	}
}

void
stream_finish(struct stream *st, struct buf *last_words)
{
	struct err ignored = ERR_INIT;
	short events = 0;
	st->is_ending = true;
	(void)push(st, last_words, 1, &events, &ignored);
	st->transport->finish(st);
	fd_release(&st->fd);
}
