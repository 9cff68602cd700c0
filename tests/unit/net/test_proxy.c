// SPDX-License-Identifier: ISC
#include "net/proxy.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "net/dial.h"
#include "net/way.h"
#include "unit.h"

#define METHOD "\x05\x00"
#define ACCEPTED "\x05\0\0\x01\x7f\0\0\x01\0\x19"
#define REFUSED "\x05\x05\0\x01\0\0\0\0\0\0"

/* A proxy in another process: what it says to each connection, at once. */
struct proxy {
	unsigned port;
	pid_t child;
};

static void
serve(int listener, const struct str *said, size_t n)
{
	char heard[1000];
	for (size_t i = 0; i < n; i++) {
		int fd = accept(listener, NULL, NULL);
		if (!fd_write_all(fd, said[i].ptr, said[i].len))
			break;
		while (said[i].len != 1 && fd_read(fd, heard, 1000) > 0)
			continue;
		(void)close(fd); /* one octet only: at once, nothing read */
	}
	(void)poll(NULL, 0, -1); /* who else knocks is not heard */
}

static void
proxy_start(struct proxy *p, const struct str *said, size_t n)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(listener, (struct sockaddr *)&addr, len) == 0);
	CHECK(listen(listener, 10) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&addr, &len) == 0);
	p->port = ntohs(addr.sin_port);
	p->child = fork();
	if (p->child == 0) {
		serve(listener, said, n);
		_exit(0);
	}
	(void)close(listener);
}

static void
proxy_stop(struct proxy *p)
{
	(void)kill(p->child, SIGKILL);
	(void)waitpid(p->child, NULL, 0);
}

/* One call through it, to two ports. */
struct call {
	struct dial_result result;
	struct err e;
	bool ok;
	int64_t msec;
};

static void
call_within(struct call *c, const struct str *said, size_t n, unsigned seconds)
{
	struct proxy p;
	(void)signal(SIGPIPE, SIG_IGN);
	proxy_start(&p, said, n);
	const struct dial_target target = {
		.host = "mail.invalid",
		.ports = { 465, 587 },
		.nports = 2,
		.timeout_msec = seconds * 1000,
		.proxy_host = "127.0.0.1",
		.proxy_port = p.port,
	};
	int64_t start = clock_msec();
	*c = (struct call){ .e = ERR_INIT };
	c->ok = net_dial(&target, &c->result, &c->e);
	c->msec = clock_msec() - start;
	if (!c->ok)
		CHECK_EQ(c->result.fd, -1);
	proxy_stop(&p);
}

static void
call(struct call *c, const struct str *said, size_t n)
{
	call_within(c, said, n, 5);
}

static void
says(const struct call *c, const char *text)
{
	if (strstr(c->e.text, text) == NULL)
		CHECK_STR(c->e.text, text);
}

TEST(a_name_that_only_the_proxy_knows_is_reached)
{
	const struct str said[] = { STR(METHOD ACCEPTED "220 hi") };
	struct call c;
	char got[10];
	call(&c, said, 1);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, 465);
	CHECK(c.result.is_proxied);
	CHECK_STR(c.result.remote, "127.0.0.1");
	CHECK_STR(c.result.local, "[127.0.0.1]");
	/* what the server said behind the proxy's reply is still there */
	CHECK_EQ(fd_read(c.result.fd, got, sizeof(got)), 6);
	fd_release(&c.result.fd);
}

TEST(the_next_port_is_asked_for_when_one_is_refused)
{
	const struct str said[] = { STR(METHOD REFUSED), STR(METHOD ACCEPTED) };
	struct call c;
	call(&c, said, 2);
	CHECK(c.ok);
	CHECK_EQ(c.e.exit, EX_OK);
	CHECK_EQ(c.result.port, 587);
	fd_release(&c.result.fd);
}

TEST(refusals_of_all_ports_name_the_last_and_the_proxy)
{
	const struct str said[] = { STR(METHOD REFUSED), STR(METHOD REFUSED) };
	struct call c;
	call(&c, said, 2);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	says(&c, "connect to mail.invalid port 587 through 127.0.0.1 port ");
	says(&c, ": the proxy cannot reach the host: connection refused");
}

TEST(what_is_no_proxy_is_asked_once)
{
	const struct str said[] = { STR("HTTP/1.1 400\r\n"),
		STR(METHOD ACCEPTED) };
	struct call c;
	call(&c, said, 2);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_PROTOCOL);
	says(&c, "no SOCKS5");
}

TEST(a_proxy_that_hangs_up_is_worth_another_try_later)
{
	const struct str said[] = { STR("\x05") };
	struct call c;
	call(&c, said, 1);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	says(&c, "the proxy hangs up");
}

TEST(silence_of_the_proxy_ends_at_the_deadline_over_all_ports)
{
	const struct str said[] = { STR(METHOD), STR(METHOD) };
	struct call c;
	call_within(&c, said, 2, 1);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK(c.msec >= 990 && c.msec < 3000);
	says(&c, "the proxy does not answer in time");
}

TEST(a_silent_port_leaves_the_next_its_share)
{
	const struct str said[] = { STR(METHOD), STR(METHOD ACCEPTED) };
	struct call c;
	call_within(&c, said, 2, 2);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, 587);
	CHECK(c.msec >= 990 && c.msec < 2000);
	fd_release(&c.result.fd);
}

static void
unreachable(const char *proxy, int exit, const char *text)
{
	const struct dial_target target = {
		.host = "mail.invalid",
		.ports = { 465, 587 },
		.nports = 2,
		.timeout_msec = 5000,
		.proxy_host = proxy,
		.proxy_port = 1,
	};
	struct call c = { .e = ERR_INIT };
	CHECK(!net_dial(&target, &c.result, &c.e));
	CHECK_EQ(c.e.exit, exit);
	says(&c, text);
	CHECK_STR(c.e.hint, "check proxy_host and proxy_port");
}

TEST(a_proxy_that_is_not_there_is_told_of_as_that)
{
	unreachable("127.0.0.1", EX_TEMPFAIL,
	    "proxy: connect to 127.0.0.1 [127.0.0.1] port 1: "
	    "Connection refused");
}
