// SPDX-License-Identifier: ISC
#include "net/proxy.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/idn.h"
#include "base/log.h"
#include "net/dial.h"
#include "net/socks.h"

static bool
is_later(int sys)
{
	return sys == EAGAIN || sys == EWOULDBLOCK || sys == EINTR;
}

static bool
wait_for(int fd, short events, int64_t until_msec, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = events };
	int left = clock_msec_left(until_msec);
	int n = left > 0 ? poll(&p, 1, left) : 0;
	if (n == -1 && errno != EINTR)
		return err_sys(e, EX_OSERR, "poll");
	return n != 0 ||
	    err_set(e, EX_TEMPFAIL, "the proxy does not answer in time");
}

static bool
send_all(int fd, struct buf *out, int64_t until_msec, struct err *e)
{
	while (out->len > 0) {
		ssize_t put = send(fd, out->data, out->len, MSG_NOSIGNAL);
		if (put >= 0)
			buf_consume(out, (size_t)put);
		else if (!is_later(errno))
			return err_sys(e, EX_TEMPFAIL, "the proxy hangs up");
		else if (!wait_for(fd, POLLOUT, until_msec, e))
			return false;
	}
	return true;
}

/* At most n octets: what is behind them is the server's. */
static bool
recv_some(int fd, struct buf *in, size_t n, int64_t until_msec, struct err *e)
{
	char *room = buf_room(in, n);
	if (room == NULL)
		return err_set(e, EX_PROTOCOL, "the proxy says too much");
	for (;;) {
		ssize_t got = recv(fd, room, n, 0);
		if (got > 0) {
			buf_filled(in, (size_t)got);
			return true;
		}
		if (got == 0)
			return err_set(e, EX_TEMPFAIL, "the proxy hangs up");
		if (!is_later(errno))
			return err_sys(e, EX_TEMPFAIL, "the proxy hangs up");
		if (!wait_for(fd, POLLIN, until_msec, e))
			return false;
	}
}

/* Asks the proxy behind fd to connect. */
static bool
ask(int fd, struct socks *socks, int64_t until_msec, struct err *e)
{
	AUTO(buf_release) struct buf in = BUF_INIT(SOCKS_IN_MAX);
	AUTO(buf_release) struct buf out = BUF_INIT(SOCKS_OUT_MAX);
	for (;;) {
		size_t missing;
		enum socks_want want = socks_step(
		    socks, &in, &out, &missing, e);
		if (want != SOCKS_WANT_INPUT)
			return want == SOCKS_DONE;
		if (!send_all(fd, &out, until_msec, e) ||
		    !recv_some(fd, &in, missing, until_msec, e))
			return false;
	}
}

static bool
reach_proxy(const struct dial_target *target, int64_t until_msec,
    struct dial_result *result, struct err *e)
{
	const struct dial_target proxy = {
		.host = target->proxy_host,
		.ports = { target->proxy_port },
		.nports = 1,
		.source_ip = target->source_ip,
		.family = target->family,
		.timeout_msec = (unsigned)clock_msec_left(until_msec),
		.known = target->known,
		.meanwhile = target->meanwhile,
	};
	if (dial_host(&proxy, until_msec, result, e))
		return true;
	if (e->exit == EX_NOHOST) /* the hint would be of another setting */
		e->hint[0] = '\0';
	(void)err_hint(e, "check proxy_host and proxy_port");
	return err_wrap(e, "proxy");
}

/* One port; *is_refused is whether another may do better. */
static bool
try_port(const struct dial_target *target, const char *host, unsigned port,
    int64_t until_msec, bool *is_refused, struct dial_result *result,
    struct err *e)
{
	struct socks socks = {
		.host = host,
		.port = port,
		.user = target->proxy_user,
		.password = target->proxy_password,
	};
	if (!reach_proxy(target, until_msec, result, e))
		return false;
	bool ok = ask(result->fd, &socks, until_msec, e);
	*is_refused = socks.refusal != 0;
	result->port = port;
	result->is_proxied = true;
	if (ok)
		return true;
	fd_release(&result->fd);
	return err_wrap(e, "connect to %s port %u through %s port %u",
	    target->host, port, target->proxy_host, target->proxy_port);
}

bool
proxy_dial(const struct dial_target *target, int64_t until_msec,
    struct dial_result *result, struct err *e)
{
	AUTO(buf_release) struct buf host = BUF_INIT(1024);
	if (!idn_host_to_ascii(str_of(target->host), &host, e))
		return false;
	for (size_t i = 0; i < target->nports; i++) {
		bool is_refused = false;
		int64_t now = clock_msec();
		/* a port that says nothing leaves the others their share */
		int64_t share = (until_msec - now) /
		    (int64_t)(target->nports - i);
		*e = ERR_INIT;
		if (try_port(target, buf_cstr(&host), target->ports[i],
			now + share, &is_refused, result, e))
			return true;
		log_debug("%s", e->text);
		if (!is_refused && clock_msec() < now + share)
			return false;
	}
	return false;
}
