// SPDX-License-Identifier: ISC
/*
 * socksproxy: a SOCKS5 proxy for the tests that says what it is told to.
 *
 * Whatever host it is asked for, it connects to 127.0.0.1 at the port given
 * with --to, and notes in --log what it was asked for: "name HOST PORT" or
 * "address HOST PORT", and before it who logged in, "user NAME".  --say takes
 * the place of its own reply to a request.
 */
#include <arpa/inet.h>
#include <err.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

static const char help[] =
    "usage: socksproxy --port-file FILE --to PORT [options]\n"
    "  --log FILE       what was asked for\n"
    "  --refuse CODE    the code of the reply (RFC 1928 6)\n"
    "  --refuse-port N  only to that port\n"
    "  --method N       the answer to the methods offered; 255: none fits\n"
    "  --user NAME      who must log in (RFC 1929)\n"
    "  --password TEXT  with this\n"
    "  --say TEXT       instead of any SOCKS\n"
    "  --stall STAGE    says nothing from greeting or request on\n"
    "  --hang-up STAGE  the same, and closes\n"
    "  --trickle STAGE  four octets a second in reply to greeting or\n"
    "                   request, or of what the server says (relay)\n"
    "  --named          the reply has a name in it\n";

enum stage { STAGE_NEVER, STAGE_GREETING, STAGE_REQUEST, STAGE_RELAY };

struct setup {
	const char *port_file;
	const char *log;
	const char *say;
	unsigned to;
	unsigned refuse;
	unsigned refuse_port;
	unsigned method;
	const char *user;
	const char *password;
	enum stage stall;
	enum stage hang_up;
	enum stage trickle;
	bool is_named;
};

/* What a client asks for. */
struct request {
	char host[256];
	unsigned port;
	bool is_name;
};

static bool
read_octets(int fd, void *dst, size_t n)
{
	char *at = dst;
	while (n > 0) {
		ssize_t got = read(fd, at, n);
		if (got <= 0)
			return false;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

static bool
write_octets(int fd, const void *src, size_t n)
{
	const char *at = src;
	while (n > 0) {
		ssize_t put = write(fd, at, n);
		if (put <= 0)
			return false;
		at += put;
		n -= (size_t)put;
	}
	return true;
}

/* To the client, slowly if it is that stage's turn. */
static bool
say(const struct setup *s, enum stage stage, int fd, const void *src, size_t n)
{
	const char *at = src;
	if (stage == STAGE_NEVER || s->trickle != stage)
		return write_octets(fd, src, n);
	for (; n > 0; n--) {
		(void)poll(NULL, 0, 250);
		if (!write_octets(fd, at++, 1))
			return false;
	}
	return true;
}

static bool
read_request(int fd, struct request *r)
{
	unsigned char head[4], octets[255], port[2], len = 0;
	if (!read_octets(fd, head, sizeof(head)) || head[0] != 5 ||
	    head[1] != 1)
		return false;
	r->is_name = head[3] == 3;
	if (r->is_name && !read_octets(fd, &len, 1))
		return false;
	if (!r->is_name)
		len = head[3] == 1 ? 4 : 16;
	if (!read_octets(fd, octets, len) || !read_octets(fd, port, 2))
		return false;
	if (r->is_name)
		(void)snprintf(r->host, sizeof(r->host), "%.*s", (int)len,
		    (const char *)octets);
	else if (inet_ntop(len == 4 ? AF_INET : AF_INET6, octets, r->host,
		     sizeof(r->host)) == NULL)
		return false;
	r->port = (unsigned)port[0] << 8 | port[1];
	return true;
}

static void
note(const struct setup *s, const struct request *r)
{
	FILE *f = s->log != NULL ? fopen(s->log, "a") : NULL;
	if (f == NULL)
		return;
	(void)fprintf(
	    f, "%s %s %u\n", r->is_name ? "name" : "address", r->host, r->port);
	(void)fclose(f);
}

static int
connect_to(unsigned port)
{
	const struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == -1)
		err(EX_UNAVAILABLE, "connect to port %u", port);
	return fd;
}

/* Both ways, until one end closes. */
static void
relay(const struct setup *s, int a, int b)
{
	char bytes[65536];
	struct pollfd p[2] = { { .fd = a, .events = POLLIN },
		{ .fd = b, .events = POLLIN } };
	while (poll(p, 2, -1) > 0) {
		for (int i = 0; i < 2; i++) {
			if (p[i].revents == 0)
				continue;
			ssize_t got = read(p[i].fd, bytes, sizeof(bytes));
			if (got <= 0 ||
			    !say(s, i == 1 ? STAGE_RELAY : STAGE_NEVER,
				p[1 - i].fd, bytes, (size_t)got))
				return;
		}
	}
}

/* Until the client goes. */
static void
stall(int fd)
{
	char byte;
	while (read(fd, &byte, 1) > 0)
		continue;
}

static bool
is_over(const struct setup *s, int fd, enum stage stage)
{
	if (s->stall == stage)
		stall(fd);
	return s->stall == stage || s->hang_up == stage;
}

/* An octet of length, and as many of text. */
static bool
read_counted(int fd, char text[256])
{
	unsigned char len;
	if (!read_octets(fd, &len, 1) || !read_octets(fd, text, len))
		return false;
	text[len] = '\0';
	return true;
}

static void
note_user(const struct setup *s, const char *user)
{
	FILE *f = s->log != NULL ? fopen(s->log, "a") : NULL;
	if (f == NULL)
		return;
	(void)fprintf(f, "user %s\n", user);
	(void)fclose(f);
}

/* RFC 1929 2 */
static bool
let_in(const struct setup *s, int fd)
{
	char user[256], password[256];
	unsigned char version;
	if (!read_octets(fd, &version, 1) || version != 1 ||
	    !read_counted(fd, user) || !read_counted(fd, password))
		return false;
	bool is_known = strcmp(user, s->user) == 0 && s->password != NULL &&
	    strcmp(password, s->password) == 0;
	const unsigned char status[] = { 1, is_known ? 0 : 1 };
	note_user(s, user);
	return write_octets(fd, status, sizeof(status)) && is_known;
}

/* Who wants a login takes nobody who offers none. */
static unsigned
choose_method(const struct setup *s, const unsigned char *offered, size_t n)
{
	if (s->user == NULL)
		return s->method;
	return memchr(offered, 2, n) != NULL ? 2 : 255;
}

static bool
reply(const struct setup *s, int fd, unsigned code)
{
	static const unsigned char address[] = { 1, 127, 0, 0, 1, 0, 25 };
	static const unsigned char name[] = "\x03\x08out.test\0\x19";
	const unsigned char head[] = { 5, (unsigned char)code, 0 };
	if (!say(s, STAGE_REQUEST, fd, head, sizeof(head)))
		return false;
	return s->is_named
	    ? say(s, STAGE_REQUEST, fd, name, sizeof(name) - 1)
	    : say(s, STAGE_REQUEST, fd, address, sizeof(address));
}

static void
serve(const struct setup *s, int fd)
{
	unsigned char greeting[2], methods[255];
	unsigned char method[] = { 5, 0 };
	struct request r = { .port = 0 };
	if (s->say != NULL) {
		(void)write_octets(fd, s->say, strlen(s->say));
		stall(fd);
		return;
	}
	if (!read_octets(fd, greeting, 2) || greeting[0] != 5 ||
	    !read_octets(fd, methods, greeting[1]) ||
	    is_over(s, fd, STAGE_GREETING))
		return;
	method[1] = (unsigned char)choose_method(s, methods, greeting[1]);
	if (!say(s, STAGE_GREETING, fd, method, sizeof(method)) ||
	    (method[1] == 2 && s->user != NULL && !let_in(s, fd)) ||
	    !read_request(fd, &r) || is_over(s, fd, STAGE_REQUEST))
		return;
	note(s, &r);
	if (s->refuse != 0 &&
	    (s->refuse_port == 0 || s->refuse_port == r.port)) {
		(void)reply(s, fd, s->refuse);
		return;
	}
	int to = connect_to(s->to);
	if (reply(s, fd, 0))
		relay(s, fd, to);
}

static unsigned
number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);
	if (*end != '\0' || n > 65535)
		errx(EX_USAGE, "'%s' is not understood", text);
	return (unsigned)n;
}

static enum stage
stage_of(const char *text)
{
	if (strcmp(text, "greeting") == 0)
		return STAGE_GREETING;
	if (strcmp(text, "request") == 0)
		return STAGE_REQUEST;
	if (strcmp(text, "relay") == 0)
		return STAGE_RELAY;
	errx(EX_USAGE, "'%s' is not understood", text);
}

/* NOLINTBEGIN(concurrency-mt-unsafe): there are no threads here */
static void
parse_command_line(struct setup *s, int argc, char **argv)
{
	static const struct option options[] = {
		{ "port-file", required_argument, NULL, 'f' },
		{ "log", required_argument, NULL, 'l' },
		{ "to", required_argument, NULL, 't' },
		{ "refuse", required_argument, NULL, 'r' },
		{ "refuse-port", required_argument, NULL, 'p' },
		{ "method", required_argument, NULL, 'm' },
		{ "user", required_argument, NULL, 'u' },
		{ "password", required_argument, NULL, 'P' },
		{ "say", required_argument, NULL, 's' },
		{ "stall", required_argument, NULL, 'w' },
		{ "hang-up", required_argument, NULL, 'h' },
		{ "trickle", required_argument, NULL, 'c' },
		{ "named", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int code;
	while ((code = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (code) {
		case 'f': s->port_file = optarg; break;
		case 'l': s->log = optarg; break;
		case 't': s->to = number(optarg); break;
		case 'r': s->refuse = number(optarg); break;
		case 'p': s->refuse_port = number(optarg); break;
		case 'm': s->method = number(optarg); break;
		case 'u': s->user = optarg; break;
		case 'P': s->password = optarg; break;
		case 's': s->say = optarg; break;
		case 'w': s->stall = stage_of(optarg); break;
		case 'h': s->hang_up = stage_of(optarg); break;
		case 'c': s->trickle = stage_of(optarg); break;
		case 'n': s->is_named = true; break;
		default: (void)fputs(help, stderr); exit(EX_USAGE);
		}
	}
	if (s->port_file == NULL)
		errx(EX_USAGE, "--port-file is missing");
}
/* NOLINTEND(concurrency-mt-unsafe) */

static int
listen_somewhere(const char *port_file)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(addr);
	char temporary[4096];
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&addr, len) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) == -1)
		err(EX_UNAVAILABLE, "listen");
	(void)snprintf(temporary, sizeof(temporary), "%s.new", port_file);
	FILE *f = fopen(temporary, "w");
	if (f == NULL ||
	    fprintf(f, "%u\n", (unsigned)ntohs(addr.sin_port)) < 0 ||
	    fclose(f) != 0 || rename(temporary, port_file) == -1)
		err(EX_CANTCREAT, "write %s", port_file);
	return fd;
}

int
main(int argc, char **argv)
{
	struct setup s = { .method = 0 };
	parse_command_line(&s, argc, argv);
	(void)signal(SIGCHLD, SIG_IGN); /* no zombies */
	(void)signal(SIGPIPE, SIG_IGN);
	int listener = listen_somewhere(s.port_file);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd == -1)
			continue;
		if (fork() == 0) {
			(void)close(listener);
			serve(&s, fd);
			return EX_OK;
		}
		(void)close(fd);
	}
}
