// SPDX-License-Identifier: ISC
#include "net/tlsline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/late_gnutls.h"
#include "net/fault.h"

static ssize_t
receive(struct tlsline *l, char *dst, size_t room)
{
	ssize_t got = recv(l->fd, dst, room, 0);
	if (got > 0)
		fault_hear(l->scene, dst, (size_t)got);
	l->is_dry = got > 0 && (size_t)got < room;
	return got;
}

/*
 * What TLS 1.3 says only to look like TLS 1.2 (RFC 8446 D.4): nobody waits
 * for that alone, and in TLS 1.2 it is never alone.
 */
static bool
has_something_to_say(const struct tlsline *l)
{
	static const struct str filler = { "\x14\x03\x03\0\x01\x01", 6 };
	return l->out.len > 0 && !str_eq(buf_str(&l->out), filler);
}

static bool
is_to_wait(struct tlsline *l)
{
	if (has_something_to_say(l)) {
		if (!tlsline_flush(l))
			return true; /* or it is an error, and errno says it */
		l->is_dry = true;    /* nobody answers before he has heard */
	}
	if (l->is_dry)
		errno = EAGAIN;
	return l->is_dry;
}

/* As recv(2). */
static ssize_t
pull(gnutls_transport_ptr_t line, void *dst, size_t room)
{
	struct tlsline *l = line;
	if (!tlsline_has_input(l)) {
		if (is_to_wait(l))
			return -1;
		if (room >= TLSLINE_AHEAD)
			return receive(l, dst, room);
		ssize_t got = receive(l, l->ahead, TLSLINE_AHEAD);
		if (got <= 0)
			return got;
		l->at = 0;
		l->len = (size_t)got;
	}
	size_t n = l->len - l->at < room ? l->len - l->at : room;
	memcpy(dst, l->ahead + l->at, n);
	l->at += n;
	return (ssize_t)n;
}

static ssize_t
hold(struct tlsline *l, const giovec_t *parts, int nparts)
{
	ssize_t n = 0;
	for (int i = 0; i < nparts; i++) {
		if (!buf_add(&l->out, parts[i].iov_base, parts[i].iov_len))
			break;
		n += (ssize_t)parts[i].iov_len;
	}
	if (n == 0)
		errno = ENOBUFS;
	return n > 0 ? n : -1;
}

/* As writev(2).  What was held goes first, in the same call. */
static ssize_t
push(gnutls_transport_ptr_t line, const giovec_t *parts, int nparts)
{
	enum { PARTS_MOST = 16 };
	struct tlsline *l = line;
	struct iovec all[PARTS_MOST + 1];
	struct msghdr message = { .msg_iov = all };
	if (l->is_held)
		return hold(l, parts, nparts);
	if (l->out.len > 0)
		all[message.msg_iovlen++] = (struct iovec){
			.iov_base = l->out.data,
			.iov_len = l->out.len,
		};
	for (int i = 0; i < nparts && i < PARTS_MOST; i++)
		all[message.msg_iovlen++] = (struct iovec){
			.iov_base = parts[i].iov_base,
			.iov_len = parts[i].iov_len,
		};
	ssize_t put = sendmsg(l->fd, &message, MSG_NOSIGNAL);
	if (put == -1)
		return -1;
	size_t nheld = (size_t)put < l->out.len ? (size_t)put : l->out.len;
	buf_consume(&l->out, nheld);
	if ((size_t)put > nheld)
		return put - (ssize_t)nheld;
	errno = EAGAIN; /* of these parts nothing is gone */
	return -1;
}

void
tlsline_init(struct tlsline *l, gnutls_session_t session, int fd,
    struct fault_scene *scene)
{
	*l = (struct tlsline){
		.fd = fd,
		.scene = scene,
		.ahead = mem_alloc(TLSLINE_AHEAD),
		.out = BUF_INIT(TLSLINE_OUT_MAX),
	};
	gnutls_transport_set_ptr(session, l);
	gnutls_transport_set_pull_function(session, pull);
	gnutls_transport_set_vec_push_function(session, push);
}

void
tlsline_awake(struct tlsline *l)
{
	l->is_dry = false;
}

bool
tlsline_has_input(const struct tlsline *l)
{
	return l->at < l->len;
}

void
tlsline_hold(struct tlsline *l)
{
	l->is_held = true;
}

void
tlsline_let_go(struct tlsline *l)
{
	l->is_held = false;
}

bool
tlsline_flush(struct tlsline *l)
{
	while (l->out.len > 0) {
		ssize_t put = send(
		    l->fd, l->out.data, l->out.len, MSG_NOSIGNAL);
		if (put == -1 && errno == EINTR)
			continue;
		l->is_blocked = put == -1;
		if (put == -1)
			return false;
		buf_consume(&l->out, (size_t)put);
	}
	return true;
}

void
tlsline_release(struct tlsline *l)
{
	free(l->ahead);
	buf_release(&l->out);
}
