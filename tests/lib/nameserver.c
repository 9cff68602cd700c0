// SPDX-License-Identifier: ISC
#include "nameserver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PACKET_MAX = 4096, HEADER = 12, ASKED_MAX = 64 };

struct packet {
	unsigned char bytes[PACKET_MAX];
	size_t len;
	unsigned type; /* of the question */
	bool is_late;  /* the answer */
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

enum { TYPE_A = 1, TYPE_AAAA = 28 };

/* " a ADDRESS" or " aaaa ADDRESS"; whether it is one. */
static bool
add_address(struct packet *p, const char *owner, const char *text)
{
	unsigned char raw[16];
	char address[INET6_ADDRSTRLEN];
	bool is_six = strncmp(text, " aaaa ", 6) == 0;
	unsigned type = is_six ? TYPE_AAAA : TYPE_A;
	if (!is_six && strncmp(text, " a ", 3) != 0)
		return false;
	(void)snprintf(address, sizeof(address), "%s", text + (is_six ? 6 : 3));
	if (p->type != type ||
	    inet_pton(is_six ? AF_INET6 : AF_INET, address, raw) != 1)
		return true;
	size_t data = begin_record(p, owner, type);
	add(p, raw, is_six ? 16 : 4);
	end_record(p, data);
	return true;
}

/* Whether the word is said, be it to questions of one type alone. */
static bool
is_said(const struct packet *p, const char *text, const char *word)
{
	size_t n = strlen(word);
	if (text[0] != ' ' || strncmp(text + 1, word, n) != 0)
		return false;
	text += 1 + n;
	return *text == '\0' ||
	    (p->type == TYPE_A && strcmp(text, " a") == 0) ||
	    (p->type == TYPE_AAAA && strcmp(text, " aaaa") == 0);
}

/* One question, and who asked it. */
struct question {
	struct packet packet;
	struct sockaddr_in from;
};

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
	if (is_said(p, text, "silence"))
		return false;
	if (strncmp(text, " waits ", 7) == 0)
		return true;
	if (is_said(p, text, "nxdomain"))
		p->bytes[3] |= 3;
	else if (is_said(p, text, "servfail"))
		p->bytes[3] |= 2;
	else if (is_said(p, text, "refused"))
		p->bytes[3] |= 5;
	else if (is_said(p, text, "secure"))
		p->bytes[3] |= 0x20;
	else if (is_said(p, text, "truncated"))
		p->bytes[2] |= 2;
	else if (is_said(p, text, "late"))
		p->is_late = true;
	else if (add_address(p, owner, text))
		return true;
	else if (is_said(p, text, "garbage")) {
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
	p->type = (unsigned)p->bytes[end - 4] << 8 | p->bytes[end - 3];
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

/* What the question's answer has to wait for; NULL if nothing. */
static const char *
waits_for(const struct packet *p, const char *const *records, size_t n)
{
	char name[512];
	if (question_name(p, name, sizeof(name)) == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *rest = records[i] + strcspn(records[i], " ");
		if (is_of(records[i], name) && strncmp(rest, " waits ", 7) == 0)
			return rest + 7;
	}
	return NULL;
}

/* Whether that name has been asked for; the question at hand is noted. */
static bool
was_asked(const struct packet *p, const char *wanted)
{
	static char names[ASKED_MAX][512];
	static size_t n;
	char name[512];
	if (question_name(p, name, sizeof(name)) != 0 && n < ASKED_MAX)
		memcpy(names[n++], name, sizeof(name));
	for (size_t i = 0; wanted != NULL && i < n; i++)
		if (strcasecmp(names[i], wanted) == 0)
			return true;
	return false;
}

static void
reply(int fd, struct question *q, const char *const *records, size_t n)
{
	q->packet.is_late = false;
	if (!answer(&q->packet, records, n))
		return;
	/* others are answered meanwhile */
	if (q->packet.is_late && fork() != 0)
		return;
	if (q->packet.is_late)
		(void)poll(NULL, 0, 1000);
	(void)sendto(fd, q->packet.bytes, q->packet.len, 0,
	    (struct sockaddr *)&q->from, sizeof(q->from));
	if (q->packet.is_late)
		_exit(0);
}

static bool
receive(int fd, struct question *q)
{
	socklen_t len = sizeof(q->from);
	ssize_t got = recvfrom(fd, q->packet.bytes, sizeof(q->packet.bytes), 0,
	    (struct sockaddr *)&q->from, &len);
	q->packet.len = got < HEADER ? 0 : (size_t)got;
	return got >= HEADER;
}

void
nameserver_serve(int fd, const char *const *records, size_t n)
{
	struct question kept;
	const char *wanted = NULL;
	for (;;) {
		struct question q;
		if (!receive(fd, &q))
			continue;
		if (was_asked(&q.packet, wanted)) {
			wanted = NULL;
			reply(fd, &kept, records, n);
		}
		const char *other = waits_for(&q.packet, records, n);
		if (other != NULL && !was_asked(&q.packet, other)) {
			wanted = other;
			kept = q;
		} else
			reply(fd, &q, records, n);
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
