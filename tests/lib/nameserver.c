// SPDX-License-Identifier: ISC
#include "nameserver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PACKET_MAX = 4096, HEADER = 12 };

struct packet {
	unsigned char bytes[PACKET_MAX];
	size_t len;
};

int
nameserver_open(unsigned *port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(at);
	if (fd == -1 || bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		return -1;
	*port = ntohs(at.sin_port);
	return fd;
}

static void
add(struct packet *p, const void *bytes, size_t n)
{
	if (n > sizeof(p->bytes) - p->len)
		return;
	memcpy(p->bytes + p->len, bytes, n);
	p->len += n;
}

static void
add_number(struct packet *p, unsigned n)
{
	const unsigned char bytes[] = { (unsigned char)(n >> 8),
		(unsigned char)n };
	add(p, bytes, 2);
}

/* "." is the root. */
static void
add_name(struct packet *p, const char *name)
{
	while (*name != '\0' && *name != '.') {
		unsigned char n = (unsigned char)strcspn(name, ".");
		add(p, &n, 1);
		add(p, name, n);
		name += n + (name[n] == '.' ? 1 : 0);
	}
	add(p, "", 1);
}

/* The question's name, and where it ends; 0 if there is none. */
static size_t
question_name(const struct packet *p, char *name, size_t size)
{
	size_t at = HEADER, len = 0;
	while (at < p->len && p->bytes[at] != 0) {
		size_t n = p->bytes[at++];
		if (n > p->len - at || len + n + 2 > size)
			return 0;
		memcpy(name + len, p->bytes + at, n);
		at += n;
		len += n;
		name[len++] = '.';
	}
	name[len > 0 ? len - 1 : 0] = '\0';
	return at + 5 <= p->len ? at + 5 : 0;
}

/* Up to its data, whose place is returned; the owner is a name, or "" for
 * the question's. */
static size_t
begin_record(struct packet *p, const char *owner, unsigned type)
{
	if (owner[0] != '\0')
		add_name(p, owner);
	else
		add_number(p, 0xc00c);
	add_number(p, type);
	add_number(p, 1);
	add(p, "\0\0\0\74", 4);
	add_number(p, 0);
	return p->len;
}

static void
end_record(struct packet *p, size_t data)
{
	p->bytes[data - 2] = (unsigned char)((p->len - data) >> 8);
	p->bytes[data - 1] = (unsigned char)(p->len - data);
	p->bytes[7]++;
}

static void
add_srv(struct packet *p, const char *owner, const char *text)
{
	unsigned priority, weight, port;
	char target[256];
	/* NOLINTNEXTLINE(cert-err34-c): our own tests' words */
	if (sscanf(text, " %u %u %u %255s", &priority, &weight, &port,
		target) != 4)
		return;
	size_t data = begin_record(p, owner, 33);
	add_number(p, priority);
	add_number(p, weight);
	add_number(p, port);
	add_name(p, target);
	end_record(p, data);
}

static void
add_tlsa(struct packet *p, const char *owner, const char *text)
{
	unsigned usage, selector, matching, byte;
	int at = 0, n = 0;
	/* NOLINTNEXTLINE(cert-err34-c): our own tests' words */
	if (sscanf(text, " tlsa %u %u %u %n", &usage, &selector, &matching,
		&at) != 3)
		return;
	const unsigned char fixed[] = { (unsigned char)usage,
		(unsigned char)selector, (unsigned char)matching };
	size_t data = begin_record(p, owner, 52);
	add(p, fixed, sizeof(fixed));
	/* NOLINTNEXTLINE(cert-err34-c): likewise */
	for (text += at; sscanf(text, "%2x%n", &byte, &n) == 1; text += n) {
		unsigned char c = (unsigned char)byte;
		add(p, &c, 1);
	}
	end_record(p, data);
}

static bool
is_of(const char *record, const char *name)
{
	size_t len = strcspn(record, " ");
	return strlen(name) == len && strncasecmp(name, record, len) == 0;
}

/* Of one thing said of the name; false: silence. */
static bool
add_word(struct packet *p, const char *owner, const char *text)
{
	if (strcmp(text, " silence") == 0)
		return false;
	if (strcmp(text, " nxdomain") == 0)
		p->bytes[3] |= 3;
	else if (strcmp(text, " servfail") == 0)
		p->bytes[3] |= 2;
	else if (strcmp(text, " secure") == 0)
		p->bytes[3] |= 0x20;
	else if (strcmp(text, " garbage") == 0) {
		p->bytes[7] = 9;
		add(p, "\xc0\xff\xc0\xff", 4);
	} else if (strncmp(text, " tlsa ", 6) == 0)
		add_tlsa(p, owner, text);
	else
		add_srv(p, owner, text);
	return true;
}

/* Makes of the question the answer; false: silence. */
static bool
answer(struct packet *p, const char *const *records, size_t n)
{
	char name[512];
	const char *owner = "";
	size_t end = question_name(p, name, sizeof(name));
	if (end == 0)
		return false;
	p->len = end;
	p->bytes[2] = 0x85; /* an answer, of authority */
	p->bytes[3] = 0x80;
	memset(p->bytes + 6, 0, 6);
	for (size_t i = 0; i < n; i++) {
		static const char alias[] = " cname ";
		const char *rest = records[i] + strcspn(records[i], " ");
		if (!is_of(records[i], name))
			continue;
		if (strncmp(rest, alias, sizeof(alias) - 1) == 0) {
			size_t data = begin_record(p, owner, 5);
			(void)snprintf(
			    name, sizeof(name), "%s", rest + sizeof(alias) - 1);
			owner = name;
			add_name(p, name);
			end_record(p, data);
		} else if (!add_word(p, owner, rest))
			return false;
	}
	return true;
}

void
nameserver_serve(int fd, const char *const *records, size_t n)
{
	for (;;) {
		struct packet p = { .len = 0 };
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t got = recvfrom(fd, p.bytes, sizeof(p.bytes), 0,
		    (struct sockaddr *)&from, &len);
		if (got < HEADER)
			continue;
		p.len = (size_t)got;
		if (answer(&p, records, n))
			(void)sendto(fd, p.bytes, p.len, 0,
			    (struct sockaddr *)&from, len);
	}
}

pid_t
nameserver_start(const char *const *records, size_t n, unsigned *port)
{
	int fd = nameserver_open(port);
	pid_t pid = fd != -1 ? fork() : -1;
	if (pid == 0) {
		nameserver_serve(fd, records, n);
		_exit(0);
	}
	if (fd != -1)
		(void)close(fd);
	return pid;
}

void
nameserver_stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}
