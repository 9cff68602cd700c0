// SPDX-License-Identifier: ISC
#include "net/dial.h"
#include "net/way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "unit.h"

/* A port of the loopback address that the kernel picked. */
struct port {
	int fd;
	unsigned number;
	int held[8]; /* connections that fill its backlog */
	size_t nheld;
};

static void
port_release(struct port *p)
{
	fd_release(&p->fd);
	while (p->nheld > 0)
		fd_release(&p->held[--p->nheld]);
}

/* Bound, so that nobody else takes it, and not listening: refused. */
static struct port
refusing(int family)
{
	struct port p = { .fd = socket(family, SOCK_STREAM, 0) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = family == AF_INET6 ? sizeof(six) : sizeof(four);
	struct sockaddr *addr = family == AF_INET6 ? (struct sockaddr *)&six
						   : (struct sockaddr *)&four;
	if (p.fd == -1 || bind(p.fd, addr, len) == -1 ||
	    getsockname(p.fd, addr, &len) == -1) {
		fd_release(&p.fd);
		return p;
	}
	p.number = ntohs(family == AF_INET6 ? six.sin6_port : four.sin_port);
	return p;
}

static struct port
listening(int family)
{
	struct port p = refusing(family);
	if (p.fd != -1)
		CHECK(listen(p.fd, 10) == 0);
	return p;
}

/* A connection that is begun, and whether it is made soon. */
static bool
hold_one(struct port *p)
{
	const struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)p->number),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct err e = ERR_INIT;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(fd_set_nonblocking(fd, &e));
	(void)connect(fd, (const struct sockaddr *)&addr, sizeof(addr));
	p->held[p->nheld++] = fd;
	return poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, 100) == 1;
}

/* Its backlog is full, so that who knocks hears nothing. */
static struct port
silent(void)
{
	struct port p = refusing(AF_INET);
	CHECK(listen(p.fd, 0) == 0);
	while (p.nheld < ARRAY_LEN(p.held) && hold_one(&p))
		continue;
	CHECK(p.nheld < ARRAY_LEN(p.held));
	return p;
}

/* One call, and what it came to. */
struct call {
	struct dial_target target;
	struct dial_result result;
	struct err e;
	bool ok;
	int64_t msec;
};

static void
call(struct call *c)
{
	int64_t start = clock_msec();
	c->result = (struct dial_result){ .fd = -1 };
	c->e = ERR_INIT;
	c->ok = net_dial(&c->target, &c->result, &c->e);
	c->msec = clock_msec() - start;
}

static void
call_ports(struct call *c, const char *host, unsigned timeout_s,
    const struct port *a, const struct port *b, const struct port *third)
{
	const struct port *const ports[] = { a, b, third };
	*c = (struct call){ .target = { .host = host,
				.timeout_msec = timeout_s * 1000 } };
	for (size_t i = 0; i < ARRAY_LEN(ports); i++)
		if (ports[i] != NULL)
			c->target.ports[c->target.nports++] = ports[i]->number;
	call(c);
}

static bool
says(const struct call *c, const char *text)
{
	bool is_said = strstr(c->e.text, text) != NULL;
	if (!is_said)
		CHECK_STR(c->e.text, text);
	return is_said;
}

static bool
says_port(const struct call *c, const struct port *p)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "port %u", p->number);
	return says(c, text);
}

TEST(an_ipv4_address_is_connected_to)
{
	struct port p = listening(AF_INET);
	struct call c;
	call_ports(&c, "127.0.0.1", 5, &p, NULL, NULL);
	CHECK(c.ok);
	CHECK_EQ(c.e.exit, EX_OK);
	CHECK_EQ(c.result.port, p.number);
	CHECK_STR(c.result.remote, "127.0.0.1");
	CHECK_STR(c.result.local, "[127.0.0.1]");
	fd_release(&c.result.fd);
	port_release(&p);
}

TEST(an_ipv6_address_is_connected_to)
{
	struct port p = listening(AF_INET6);
	struct call c;
	if (p.fd == -1)
		return; /* no IPv6 here */
	call_ports(&c, "::1", 5, &p, NULL, NULL);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, p.number);
	CHECK_STR(c.result.remote, "::1");
	CHECK_STR(c.result.local, "[IPv6:::1]"); /* RFC 5321 4.1.3 */
	fd_release(&c.result.fd);
	port_release(&p);
}

TEST(the_connection_is_ready_for_a_stream)
{
	struct port p = listening(AF_INET);
	struct call c;
	int is_nodelay = 0;
	socklen_t len = sizeof(is_nodelay);
	char got;
	call_ports(&c, "127.0.0.1", 5, &p, NULL, NULL);
	int fd = c.result.fd;
	CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &is_nodelay, &len) == 0);
	CHECK(is_nodelay != 0);
	int peer = accept(p.fd, NULL, NULL);
	CHECK(fd_write_all(fd, "x", 1));
	CHECK(fd_read(peer, &got, 1) == 1);
	fd_release(&peer);
	fd_release(&c.result.fd);
	port_release(&p);
}

TEST(a_name_is_looked_up)
{
	struct port p = listening(AF_INET);
	struct call c;
	/* where it has an IPv6 address too, that one refuses */
	call_ports(&c, "localhost", 5, &p, NULL, NULL);
	CHECK(c.ok);
	CHECK_STR(c.result.remote, "127.0.0.1");
	fd_release(&c.result.fd);
	port_release(&p);
}

TEST(addresses_that_are_known_are_not_looked_up_again)
{
	struct port p = listening(AF_INET), other = listening(AF_INET);
	struct addrinfo *known = NULL;
	struct call c = { .target = {
			      .host = "127.0.0.1", .timeout_msec = 5000 } };
	c.target.ports[c.target.nports++] = p.number;
	c.target.known = &known;
	call(&c);
	CHECK(c.ok && known != NULL);
	fd_release(&c.result.fd);
	c.target.host = "no.such.host.invalid";
	c.target.ports[0] = other.number;
	call(&c);
	CHECK(c.ok);
	CHECK_STR(c.result.remote, "127.0.0.1");
	CHECK_EQ(c.result.port, other.number);
	fd_release(&c.result.fd);
	if (known != NULL)
		freeaddrinfo(known);
	port_release(&p);
	port_release(&other);
}

static unsigned ncalls;

static void
count(void)
{
	ncalls++;
}

TEST(while_nobody_answers_there_is_time_for_something_once)
{
	struct port one = silent(), two = silent(), three = listening(AF_INET);
	struct call c = { .target = { .host = "127.0.0.1",
			      .ports = { one.number, two.number, three.number },
			      .nports = 3,
			      .timeout_msec = 5000,
			      .meanwhile = count } };
	ncalls = 0;
	call(&c);
	CHECK(c.ok);
	CHECK_EQ(ncalls, 1);
	fd_release(&c.result.fd);
	port_release(&one);
	port_release(&two);
	port_release(&three);
}

TEST(where_nobody_is_waited_for_there_is_none)
{
	struct call c = { .target = { .host = "127.0.0.1",
			      .ports = { 25 },
			      .nports = 1,
			      .family = AF_INET6,
			      .timeout_msec = 5000,
			      .meanwhile = count } };
	ncalls = 0;
	call(&c);
	CHECK(!c.ok);
	CHECK_EQ(ncalls, 0);
}

/* poll(2) refuses more than that, be they closed. */
TEST(more_addresses_than_files_may_be_open_are_gone_through)
{
	enum { MANY = 20, FEW = 16 };
	struct port p = listening(AF_INET);
	struct sockaddr_in addrs[MANY];
	struct addrinfo list[MANY], *known = list;
	for (size_t i = 0; i < MANY; i++) { /* the last one is 127.0.0.1 */
		addrs[i] = (struct sockaddr_in){
			.sin_family = AF_INET,
			.sin_addr = { htonl(
			    INADDR_LOOPBACK + MANY - 1 - (in_addr_t)i) },
		};
		list[i] = (struct addrinfo){
			.ai_family = AF_INET,
			.ai_addr = (struct sockaddr *)&addrs[i],
			.ai_addrlen = sizeof(addrs[i]),
			.ai_next = i + 1 < MANY ? &list[i + 1] : NULL,
		};
	}
	struct call c = { .target = { .host = "many.example",
			      .ports = { p.number },
			      .nports = 1,
			      .timeout_msec = 3000,
			      .known = &known } };
	struct rlimit was;
	CHECK(getrlimit(RLIMIT_NOFILE, &was) == 0);
	const struct rlimit few = { FEW, was.rlim_max };
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	call(&c);
	CHECK(setrlimit(RLIMIT_NOFILE, &was) == 0);
	CHECK(c.ok);
	CHECK_STR(c.result.remote, "127.0.0.1");
	fd_release(&c.result.fd);
	port_release(&p);
}

TEST(a_refusal_names_address_and_port)
{
	struct port p = refusing(AF_INET);
	struct call c;
	call_ports(&c, "127.0.0.1", 5, &p, NULL, NULL);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK_EQ(c.e.sys, ECONNREFUSED);
	CHECK(says(&c, "connect to 127.0.0.1 [127.0.0.1] port "));
	CHECK(says(&c, "Connection refused"));
	CHECK(says_port(&c, &p));
	CHECK(c.msec < 1000); /* there is nothing to wait for */
	port_release(&p);
}

TEST(a_refusal_names_the_host_as_it_was_given)
{
	struct port p = refusing(AF_INET);
	struct call c;
	call_ports(&c, "localhost", 5, &p, NULL, NULL);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK(says(&c, "connect to localhost ["));
	port_release(&p);
}

/* The fastest of some calls: the machine may have other things to do. */
static void
call_quickly(struct call *c, const struct port *a, const struct port *b,
    const struct port *third)
{
	struct call best;
	call_ports(c, "127.0.0.1", 10, a, b, third);
	for (int i = 0; i < 3; i++) {
		call_ports(&best, "127.0.0.1", 10, a, b, third);
		if (best.msec < c->msec) {
			fd_release(&c->result.fd);
			*c = best;
		} else
			fd_release(&best.result.fd);
	}
}

TEST(the_second_port_is_tried_when_the_first_refuses)
{
	struct port one = refusing(AF_INET), two = listening(AF_INET);
	struct call c;
	call_quickly(&c, &one, &two, NULL);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, two.number);
	CHECK(c.msec < 240); /* at once, not when 250 ms are over */
	fd_release(&c.result.fd);
	port_release(&one);
	port_release(&two);
}

TEST(the_first_port_that_answers_is_taken)
{
	struct port one = listening(AF_INET), two = listening(AF_INET);
	struct call c;
	call_ports(&c, "127.0.0.1", 5, &one, &two, NULL);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, one.number);
	fd_release(&c.result.fd);
	port_release(&one);
	port_release(&two);
}

TEST(all_ports_refusing_is_told_of_the_last)
{
	struct port one = refusing(AF_INET), two = refusing(AF_INET);
	struct port three = refusing(AF_INET);
	struct call c;
	call_ports(&c, "127.0.0.1", 5, &one, &two, &three);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK(says_port(&c, &three));
	port_release(&one);
	port_release(&two);
	port_release(&three);
}

TEST(a_port_that_says_nothing_holds_up_the_next_by_250_msec)
{
	struct port one = silent(), two = listening(AF_INET);
	struct call c;
	call_quickly(&c, &one, &two, NULL);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, two.number);
	CHECK(c.msec >= 240 && c.msec < 1000);
	fd_release(&c.result.fd);
	port_release(&one);
	port_release(&two);
}

TEST(a_refusal_starts_the_next_at_once_while_others_are_waited_for)
{
	struct port one = silent(), two = refusing(AF_INET);
	struct port three = listening(AF_INET);
	struct call c;
	call_quickly(&c, &one, &two, &three);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, three.number);
	CHECK(c.msec >= 240 && c.msec < 490);
	fd_release(&c.result.fd);
	port_release(&one);
	port_release(&two);
	port_release(&three);
}

TEST(silence_ends_at_the_deadline_however_many_are_tried)
{
	struct port one = silent(), two = silent(), three = silent();
	struct call c;
	call_ports(&c, "127.0.0.1", 1, &one, &two, &three);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK(says(&c, "within 1 seconds"));
	CHECK(says(&c, "connect to 127.0.0.1 [127.0.0.1] port "));
	CHECK(c.msec >= 990 && c.msec < 3000);
	port_release(&one);
	port_release(&two);
	port_release(&three);
}

TEST(silence_is_told_of_the_port_that_was_silent)
{
	struct port one = refusing(AF_INET), two = silent();
	struct call c;
	call_ports(&c, "127.0.0.1", 1, &one, &two, NULL);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK(says_port(&c, &two));
	CHECK(says(&c, "no answer"));
	port_release(&one);
	port_release(&two);
}

TEST(a_refusal_after_silence_does_not_end_the_wait)
{
	struct port one = silent(), two = refusing(AF_INET);
	struct call c;
	call_ports(&c, "127.0.0.1", 1, &one, &two, NULL);
	CHECK(!c.ok);
	CHECK(c.msec >= 990 && c.msec < 3000);
	CHECK(says_port(&c, &one));
	CHECK(says(&c, "no answer"));
	port_release(&one);
	port_release(&two);
}

TEST(no_time_at_all_is_no_success)
{
	struct port p = refusing(AF_INET);
	struct call c;
	call_ports(&c, "127.0.0.1", 0, &p, NULL, NULL);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK(strstr(c.e.text, "Success") == NULL);
	CHECK(says(&c, "within 0 seconds"));
	port_release(&p);
}

TEST(a_host_of_another_family_is_a_wrong_setting)
{
	struct port p = listening(AF_INET);
	struct call c = { .target = { .host = "127.0.0.1",
			      .ports = { p.number },
			      .nports = 1,
			      .timeout_msec = 5000,
			      .family = AF_INET6 } };
	call(&c);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_CONFIG);
	CHECK_STR(c.e.text, "look up host 127.0.0.1: it is no IPv6 address");
	CHECK_STR(c.e.hint, "address_family is ipv6");
	c.target.family = AF_INET;
	call(&c);
	CHECK(c.ok);
	fd_release(&c.result.fd);
	port_release(&p);
}

TEST(no_other_family_is_tried)
{
	struct port p = refusing(AF_INET);
	struct call c = { .target = { .host = "localhost",
			      .ports = { p.number },
			      .nports = 1,
			      .timeout_msec = 5000,
			      .family = AF_INET } };
	call(&c);
	CHECK(!c.ok);
	CHECK(says(&c, "connect to localhost [127.0.0.1] port "));
	c.target.family = AF_INET6;
	call(&c);
	CHECK(!c.ok);
	CHECK(says(&c, "connect to localhost [::1] port "));
	port_release(&p);
}

TEST(of_the_addresses_of_the_last_port_the_first_is_told_of)
{
	struct port one = refusing(AF_INET), two = refusing(AF_INET);
	struct call c;
	call_ports(&c, "localhost", 5, &one, &two, NULL);
	CHECK(!c.ok);
	CHECK(says(&c, "connect to localhost [127.0.0.1] port "));
	CHECK(says_port(&c, &two));
	port_release(&one);
	port_release(&two);
}

TEST(localhost_is_gone_to_by_both_families)
{
	struct port p = listening(AF_INET6);
	struct addrinfo *known = NULL;
	struct call c = { .target = { .host = "localhost",
			      .ports = { p.number },
			      .nports = 1,
			      .timeout_msec = 5000,
			      .known = &known } };
	if (p.fd == -1)
		return; /* no IPv6 here */
	call(&c);
	CHECK(c.ok);
	CHECK_STR(c.result.remote, "::1");
	/* what is kept is what answered */
	CHECK(known != NULL && known->ai_family == AF_INET6);
	fd_release(&c.result.fd);
	if (known != NULL)
		freeaddrinfo(known);
	port_release(&p);
}

TEST(a_name_that_cannot_be_one_is_a_wrong_setting)
{
	struct port p = listening(AF_INET);
	struct call c;
	call_ports(&c, "mail.c\u2100.example", 5, &p, NULL, NULL);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_CONFIG);
	CHECK(says(&c, "host: \"mail.c\u2100.example\" is not a domain name"));
	call_ports(&c, "\xff\xfe", 5, &p, NULL, NULL);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_CONFIG);
	call_ports(&c, "", 5, &p, NULL, NULL);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_CONFIG);
	port_release(&p);
}

/* The lowest number that is free. */
static int
next_fd(void)
{
	int fd = dup(STDERR_FILENO);
	(void)close(fd);
	return fd;
}

TEST(no_descriptor_is_left_open)
{
	struct port one = silent(), two = listening(AF_INET);
	struct port three = refusing(AF_INET);
	struct call c;
	int before = next_fd();
	call_ports(&c, "127.0.0.1", 5, &one, &two, NULL);
	CHECK(c.ok);
	fd_release(&c.result.fd);
	CHECK_EQ(next_fd(), before);
	call_ports(&c, "127.0.0.1", 1, &one, &three, NULL);
	CHECK(!c.ok);
	CHECK_EQ(next_fd(), before);
	call_ports(&c, "localhost", 5, &three, NULL, NULL);
	CHECK(!c.ok);
	CHECK_EQ(next_fd(), before);
	port_release(&one);
	port_release(&two);
	port_release(&three);
}

static void
call_from(
    struct call *c, const char *source, const char *host, const struct port *p)
{
	*c = (struct call){ .target = { .host = host,
				.ports = { p->number },
				.nports = 1,
				.timeout_msec = 5000,
				.source_ip = source } };
	call(c);
}

TEST(a_source_address_is_what_the_server_sees)
{
	struct port p = listening(AF_INET);
	struct call c;
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	call_from(&c, "127.0.0.9", "127.0.0.1", &p);
	CHECK(c.ok);
	CHECK_STR(c.result.local, "[127.0.0.9]");
	int peer = accept(p.fd, (struct sockaddr *)&addr, &len);
	CHECK_EQ(ntohl(addr.sin_addr.s_addr), 0x7f000009);
	fd_release(&peer);
	fd_release(&c.result.fd);
	port_release(&p);
}

TEST(addresses_of_another_family_than_the_source_are_passed_over)
{
	struct port p = listening(AF_INET6);
	struct call c;
	if (p.fd == -1)
		return; /* no IPv6 here */
	/* localhost has both, and the IPv4 one would refuse */
	call_from(&c, "::1", "::1", &p);
	CHECK(c.ok);
	CHECK_STR(c.result.local, "[IPv6:::1]");
	fd_release(&c.result.fd);
	call_from(&c, "127.0.0.1", "localhost", &p);
	CHECK(!c.ok);
	CHECK(says(&c, "connect to localhost [127.0.0.1] port "));
	port_release(&p);
}

TEST(a_host_without_an_address_of_the_sources_family_is_told_of)
{
	struct port p = listening(AF_INET);
	struct call c;
	call_from(&c, "127.0.0.1", "2001:db8::1", &p);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_CONFIG);
	CHECK_STR(c.e.text,
	    "connect to 2001:db8::1: it has no address of the family of "
	    "source_ip 127.0.0.1");
	port_release(&p);
}

TEST(a_source_address_that_is_not_ours_is_told_of)
{
	struct port p = listening(AF_INET);
	struct call c;
	call_from(&c, "192.0.2.1", "127.0.0.1", &p);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK_EQ(c.e.sys, EADDRNOTAVAIL);
	CHECK(says(&c, "source_ip 192.0.2.1: "));
	port_release(&p);
}

/* A folder of our own with a socket in it. */
struct place {
	char dir[64];
	char path[96];
	int fd;
	int held[4];
	size_t nheld;
};

static int
knock(const struct place *p)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	memcpy(addr.sun_path, p->path, strlen(p->path) + 1);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void
place_make(struct place *p, int backlog)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	*p = (struct place){ .dir = "/tmp/test_dial.XXXXXX" };
	CHECK(mkdtemp(p->dir) != NULL);
	(void)snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	memcpy(addr.sun_path, p->path, strlen(p->path) + 1);
	p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(p->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	CHECK(listen(p->fd, backlog) == 0);
}

static void
place_clear(struct place *p)
{
	fd_release(&p->fd);
	while (p->nheld > 0)
		fd_release(&p->held[--p->nheld]);
	(void)unlink(p->path);
	(void)rmdir(p->dir);
}

static void
call_place(struct call *c, const char *path, unsigned timeout_s)
{
	*c = (struct call){ .target = { .socket = path,
				.timeout_msec = timeout_s * 1000 } };
	call(c);
}

TEST(a_socket_is_connected_to_in_place_of_host_and_port)
{
	struct place p;
	struct call c;
	place_make(&p, 5);
	call_place(&c, p.path, 5);
	CHECK(c.ok);
	CHECK_EQ(c.result.port, 0);
	CHECK_STR(c.result.remote, "local socket");
	CHECK_STR(c.result.local, "[127.0.0.1]"); /* RFC 5321 4.1.4 */
	CHECK((fcntl(c.result.fd, F_GETFL) & O_NONBLOCK) != 0);
	CHECK((fcntl(c.result.fd, F_GETFD) & FD_CLOEXEC) != 0);
	fd_release(&c.result.fd);
	place_clear(&p);
}

TEST(a_socket_that_nobody_listens_at_is_worth_another_try)
{
	struct place p;
	struct call c;
	place_make(&p, 5);
	fd_release(&p.fd);
	call_place(&c, p.path, 5);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK_EQ(c.e.sys, ECONNREFUSED);
	(void)unlink(p.path);
	call_place(&c, p.path, 5);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK_EQ(c.e.sys, ENOENT);
	CHECK(says(&c, p.path));
	place_clear(&p);
}

TEST(a_socket_whose_queue_is_full_is_waited_for_until_the_deadline)
{
	struct place p;
	struct call c;
	place_make(&p, 0);
	while (
	    p.nheld < ARRAY_LEN(p.held) && (p.held[p.nheld] = knock(&p)) != -1)
		p.nheld++;
	CHECK(p.nheld < ARRAY_LEN(p.held));
	call_place(&c, p.path, 1);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_TEMPFAIL);
	CHECK(says(&c, "no answer within 1 seconds"));
	CHECK(c.msec >= 990 && c.msec < 3000);
	place_clear(&p);
}

TEST(a_path_that_is_too_long_for_a_socket_is_a_wrong_setting)
{
	struct call c;
	char path[200];
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	call_place(&c, path, 5);
	CHECK(!c.ok);
	CHECK_EQ(c.e.exit, EX_CONFIG);
	CHECK(says(&c, "at most 107 octets"));
}
