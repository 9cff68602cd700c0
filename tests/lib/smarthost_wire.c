// SPDX-License-Identifier: ISC
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "smarthost.h"

/* NOLINTBEGIN(concurrency-mt-unsafe): there are no threads here */

enum {
	READ_ROOM = 65536,
	SLOW_MSEC = 20, /* between reads at a slow rate */
	FOR_EVER_MSEC = 24 * 60 * 60 * 1000,
	LINE_MOST = 64 * 1024 * 1024,
	GRACE_MSEC = 200,   /* for a client that talks while we are to end */
	LINGER_MSEC = 2000, /* for a client that does not read our last words */
};

void
wire_open(struct wire *w, int fd, int lifeline, int dialogue_fd)
{
	*w = (struct wire){
		.fd = fd,
		.lifeline = lifeline,
		.dialogue_fd = dialogue_fd,
	};
	bytes_room(&w->in, READ_ROOM);
	int on = 1;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == -1 &&
	    errno != EOPNOTSUPP && errno != ENOPROTOOPT) /* a local socket */
		warn("set TCP_NODELAY");
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		err(EX_OSERR, "set O_NONBLOCK");
}

bool
wire_is_open(const struct wire *w)
{
	return w->fd != -1;
}

size_t
wire_unread(const struct wire *w)
{
	return w->in.len - w->at;
}

size_t
wire_discard(struct wire *w)
{
	size_t n = wire_unread(w);
	w->at = w->in.len;
	return n;
}

static int64_t
now_msec(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_MONOTONIC, &t) == -1)
		err(EX_OSERR, "read the clock");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Once the parent wants us to end, only what the client says soon counts. */
static bool
wire_wait(struct wire *w, short events, int msec)
{
	for (;;) {
		struct pollfd p[2] = {
			{ .fd = w->fd, .events = events },
			{ .fd = w->lifeline, .events = POLLIN },
		};
		if (w->ending && (msec == -1 || msec > GRACE_MSEC))
			msec = GRACE_MSEC;
		int n = poll(p, w->ending ? 1 : 2, msec);
		if (n == -1 && errno != EINTR)
			err(EX_OSERR, "wait for the client");
		if (n == 0)
			return false;
		if (n > 0 && p[0].revents != 0)
			return true;
		if (n > 0)
			w->ending = true;
	}
}

void
wire_await(struct wire *w)
{
	static const int patience_msec = 10000;
	if (wire_is_open(w))
		(void)wire_wait(w, POLLIN, patience_msec);
}

void
wire_sleep(struct wire *w, unsigned msec)
{
	int64_t end = now_msec() + msec;
	while (!w->ending) {
		int64_t left = end - now_msec();
		if (left <= 0)
			return;
		struct pollfd p = { .fd = w->lifeline, .events = POLLIN };
		if (poll(&p, 1, (int)left) > 0)
			w->ending = true;
	}
}

enum { AGAIN = -1, LOST = -2 };

/* In clear: like recv(), with AGAIN and LOST. */
static ssize_t
plain_result(struct wire *w, ssize_t n, const char *what)
{
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return AGAIN;
	dialogue_note(
	    w->dialogue_fd, "connection lost: %s: %s", what, strerror(errno));
	return LOST;
}

static ssize_t
tls_result(struct wire *w, ssize_t n, const char *what)
{
	if (n >= 0)
		return n;
	int code = (int)n;
	if (gnutls_error_is_fatal(code) == 0)
		return AGAIN;
	if (code == GNUTLS_E_PREMATURE_TERMINATION) {
		dialogue_note(w->dialogue_fd, "no close_notify");
		return 0;
	}
	const char *detail = gnutls_strerror(code);
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
		detail = gnutls_alert_get_name(gnutls_alert_get(w->tls));
	dialogue_note(w->dialogue_fd, "connection lost: %s: %s", what, detail);
	return LOST;
}

static ssize_t
read_some(struct wire *w, char *p, size_t n)
{
	if (w->tls != NULL)
		return tls_result(w, gnutls_record_recv(w->tls, p, n), "read");
	return plain_result(w, recv(w->fd, p, n, 0), "read");
}

static ssize_t
write_some(struct wire *w, const char *p, size_t n)
{
	if (w->tls != NULL)
		return tls_result(w, gnutls_record_send(w->tls, p, n), "write");
	return plain_result(w, send(w->fd, p, n, MSG_NOSIGNAL), "write");
}

static bool
write_all(struct wire *w, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write_some(w, p, n);
		if (done == AGAIN && wire_wait(w, POLLOUT, -1))
			continue;
		if (done < 0) {
			wire_close(w, CLOSE_ABRUPT);
			return false;
		}
		p += done;
		n -= (size_t)done;
	}
	return true;
}

void
wire_say(struct wire *w, const char *p, size_t n)
{
	bytes_add(&w->out, p, n);
}

static bool
trickle(struct wire *w)
{
	for (size_t i = 0; i < w->out.len; i++) {
		wire_sleep(w, w->trickle_msec);
		if (!write_all(w, w->out.p + i, 1))
			return false;
	}
	w->trickle_msec = 0;
	return true;
}

bool
wire_flush(struct wire *w)
{
	if (!wire_is_open(w))
		return false;
	if (w->out.len == 0)
		return true;
	bool ok = w->trickle_msec > 0 ? trickle(w)
				      : write_all(w, w->out.p, w->out.len);
	w->out.len = 0;
	w->answered = ok && !w->busy && wire_unread(w) == 0;
	return ok;
}

void
wire_read_slowly(struct wire *w, uint64_t rate, uint64_t most)
{
	w->slow = rate;
	w->slow_most = most;
}

/* How many of n bytes to read now, known after a while; 0: none any more. */
static size_t
slow_down(struct wire *w, size_t n)
{
	uint64_t share = w->slow * SLOW_MSEC / 1000;
	if (w->slow == 0)
		return n;
	if (w->slow_most != 0 && w->bytes >= w->slow_most) {
		wire_sleep(w, FOR_EVER_MSEC);
		wire_close(w, CLOSE_ABRUPT);
		return 0;
	}
	wire_sleep(w, SLOW_MSEC);
	return n < share ? n : (size_t)share;
}

/* Reads what is there; answers first if there is nothing. */
static ssize_t
read_or_answer(struct wire *w, char *p, size_t n)
{
	for (;;) {
		ssize_t done = read_some(w, p, n);
		if (done != AGAIN)
			return done;
		if (!wire_flush(w))
			return LOST;
		if (!wire_wait(w, POLLIN, -1)) {
			dialogue_note(w->dialogue_fd, "told to end");
			return LOST;
		}
	}
}

bool
wire_fill(struct wire *w)
{
	if (!wire_is_open(w))
		return false;
	if (!w->pipelining && !wire_flush(w))
		return false;
	if (w->at > 0) {
		w->in.len -= w->at;
		memmove(w->in.p, w->in.p + w->at, w->in.len);
		w->at = 0;
	}
	bytes_room(&w->in, READ_ROOM);
	size_t room = slow_down(w, w->in.cap - w->in.len - 1);
	if (room == 0)
		return false;
	ssize_t n = read_or_answer(w, w->in.p + w->in.len, room);
	if (n <= 0) {
		if (n == 0)
			dialogue_note(w->dialogue_fd, "closed by client");
		if (n == 0)
			(void)wire_flush(w);
		wire_close(w, n == 0 ? CLOSE_POLITE : CLOSE_ABRUPT);
		return false;
	}
	if (w->answered)
		w->groups++;
	w->answered = false;
	w->in.len += (size_t)n;
	w->bytes += (uint64_t)n;
	return true;
}

bool
wire_line(struct wire *w, struct bytes *line)
{
	size_t seen = 0;
	for (;;) {
		size_t unread = wire_unread(w);
		const char *from = w->in.p + w->at;
		const char *end = unread == seen
		    ? NULL
		    : memchr(from + seen, '\n', unread - seen);
		if (end != NULL) {
			size_t n = (size_t)(end - from) + 1;
			bytes_set(line, from, n);
			w->at += n;
			return true;
		}
		seen = unread;
		if (seen > LINE_MOST) {
			dialogue_note(w->dialogue_fd, "endless line");
			wire_close(w, CLOSE_ABRUPT);
		}
		if (!wire_fill(w))
			return false;
	}
}

/* Reads and forgets for so long, or -1: until the client goes. */
static void
drain(struct wire *w, int msec)
{
	static const int patience_msec = 10000;
	int64_t end = now_msec() + patience_msec;
	char block[16384];
	while (wire_wait(w, POLLIN, msec)) {
		ssize_t n = recv(w->fd, block, sizeof(block), 0);
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			return;
		if (msec != -1 && now_msec() > end)
			return;
	}
}

void
wire_stall(struct wire *w)
{
	if (wire_is_open(w))
		drain(w, -1);
	wire_close(w, CLOSE_ABRUPT);
}

void
wire_endless(struct wire *w, const struct bytes *text)
{
	struct bytes block = { 0 };
	while (block.len < 4096)
		bytes_add(&block, text->p, text->len);
	while (!w->ending && write_all(w, block.p, block.len))
		continue;
	bytes_free(&block);
	wire_close(w, CLOSE_ABRUPT);
}

static void
linger(struct wire *w)
{
	if (shutdown(w->fd, SHUT_WR) == 0)
		drain(w, LINGER_MSEC);
}

void
wire_close(struct wire *w, enum wire_close how)
{
	if (!wire_is_open(w))
		return;
	char rest[16384];
	bool polite = how == CLOSE_POLITE || how == CLOSE_LINGER;
	if (w->tls != NULL && polite)
		(void)gnutls_bye(w->tls, GNUTLS_SHUT_WR);
	if (how == CLOSE_RESET) {
		struct linger now = { .l_onoff = 1 };
		if (setsockopt(
			w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == -1)
			warn("set SO_LINGER");
	} else if (how == CLOSE_LINGER) {
		linger(w);
	} else {
		/* what nobody read would make a reset of the close */
		(void)!recv(w->fd, rest, sizeof(rest), 0);
	}
	(void)close(w->fd);
	w->fd = -1;
}

void
wire_release(struct wire *w)
{
	wire_close(w, CLOSE_POLITE);
	if (w->tls != NULL)
		gnutls_deinit(w->tls);
	bytes_free(&w->in);
	bytes_free(&w->out);
}

static bool
start_tls(struct wire *w, const struct setup *s)
{
	if (gnutls_init(&w->tls,
		GNUTLS_SERVER | GNUTLS_NO_SIGNAL | resume_flags(s)) != 0)
		return false;
	gnutls_certificate_server_set_request(w->tls,
	    s->client_ca != NULL ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
	if (s->client_ca != NULL)
		gnutls_session_set_verify_cert(w->tls, NULL, 0);
	gnutls_transport_set_int(w->tls, w->fd);
	return gnutls_priority_set(w->tls, s->priority) == 0 &&
	    gnutls_credentials_set(
		w->tls, GNUTLS_CRD_CERTIFICATE, s->credentials) == 0 &&
	    resume_prepare(w->tls, s);
}

static void
note_handshake(const struct wire *w)
{
	char name[256] = "";
	size_t size = sizeof(name);
	unsigned type = 0;
	if (gnutls_server_name_get(w->tls, name, &size, &type, 0) != 0)
		name[0] = '\0';
	dialogue_note(w->dialogue_fd, "tls %s %s sni=%s resumed=%s",
	    gnutls_protocol_get_name(gnutls_protocol_get_version(w->tls)),
	    gnutls_cipher_get_name(gnutls_cipher_get(w->tls)),
	    name[0] == '\0' ? "none" : name,
	    gnutls_session_is_resumed(w->tls) ? "yes" : "no");
}

/* Who the client showed a certificate of, if anybody. */
static void
note_client(const struct wire *w)
{
	unsigned n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(w->tls, &n);
	gnutls_x509_crt_t crt;
	char name[256];
	size_t size = sizeof(name);
	if (list == NULL || n == 0 || gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_x509_crt_get_dn(crt, name, &size) >= 0)
		dialogue_note(w->dialogue_fd, "client certificate %s", name);
	gnutls_x509_crt_deinit(crt);
}

bool
wire_handshake(struct wire *w, const struct setup *s)
{
	if (!wire_is_open(w))
		return false;
	int code = start_tls(w, s) ? GNUTLS_E_AGAIN : GNUTLS_E_INTERNAL_ERROR;
	while (code != 0 && !gnutls_error_is_fatal(code)) {
		code = gnutls_handshake(w->tls);
		if (code != GNUTLS_E_AGAIN)
			continue;
		bool writing = gnutls_record_get_direction(w->tls) == 1;
		if (!wire_wait(w, writing ? POLLOUT : POLLIN, -1))
			break;
	}
	if (code == 0) {
		note_handshake(w);
		note_client(w);
		resume_send_tickets(w->tls, s);
		w->answered = true;
		return true;
	}
	const char *detail = gnutls_strerror(code);
	if (code == GNUTLS_E_FATAL_ALERT_RECEIVED)
		detail = gnutls_alert_get_name(gnutls_alert_get(w->tls));
	dialogue_note(w->dialogue_fd, "tls handshake failed: %s", detail);
	(void)gnutls_alert_send_appropriate(w->tls, code);
	wire_close(w, CLOSE_ABRUPT);
	return false;
}

/* NOLINTEND(concurrency-mt-unsafe) */
