// SPDX-License-Identifier: ISC
#include "config/identity.h"

#include <netdb.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "config/settings.h"

enum {
	HOST_MAX = 256,
	CANONICAL_MSEC = 5000, /* to wait for the name server */
};

void
identity_plain(struct str text, struct buf *b)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool is_plain = is_alpha(c) || is_digit(c) || c == '-' ||
		    c == '_' ||
		    (c == '.' && i > 0 && i + 1 < text.len &&
			text.ptr[i - 1] != '.');
		(void)!buf_add(b, is_plain ? &c : "_", 1);
	}
}

void
identity_login(struct buf *b)
{
	struct passwd entry, *found = NULL;
	char text[4096];
	if (getpwuid_r(geteuid(), &entry, text, sizeof(text), &found) == 0 &&
	    found != NULL && found->pw_name[0] != '\0')
		identity_plain(str_of(found->pw_name), b);
	else
		(void)!buf_printf(b, "uid%lu", (unsigned long)geteuid());
}

/* "" if the system does not say. */
static void
get_host(char *host, size_t size)
{
	if (gethostname(host, size - 1) != 0)
		host[0] = '\0';
	host[size - 1] = '\0';
}

void
identity_host(struct buf *b)
{
	char host[HOST_MAX];
	get_host(host, sizeof(host));
	identity_plain(host[0] != '\0' ? str_of(host) : STR("localhost"), b);
}

/*
 * getaddrinfo(3) waits as long as the resolver's own configuration says, and
 * cannot be interrupted.  So it runs in a thread of its own, which keeps the
 * question if we do not wait for the answer any longer.
 */
struct question {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool is_answered;
	bool is_abandoned;
	char host[HOST_MAX];
	char *name; /* NULL: there is none */
};

static void
question_free(struct question *q)
{
	(void)pthread_cond_destroy(&q->answered);
	(void)pthread_mutex_destroy(&q->lock);
	free(q->name);
	free(q);
}

static void *
ask(void *arg)
{
	struct question *q = arg;
	const struct addrinfo hints = { .ai_flags = AI_CANONNAME };
	struct addrinfo *list = NULL;
	char *name = NULL;
	if (getaddrinfo(q->host, NULL, &hints, &list) == 0) {
		if (list->ai_canonname != NULL)
			name = str_dup(str_of(list->ai_canonname));
		freeaddrinfo(list);
	}
	(void)pthread_mutex_lock(&q->lock);
	q->name = name;
	q->is_answered = true;
	bool is_abandoned = q->is_abandoned;
	(void)pthread_cond_signal(&q->answered);
	(void)pthread_mutex_unlock(&q->lock);
	if (is_abandoned)
		question_free(q);
	return NULL;
}

/* False when the time is up; the question is then the thread's. */
static bool
wait_for(struct question *q)
{
	int64_t until_msec = clock_msec() + CANONICAL_MSEC;
	const struct timespec until = {
		.tv_sec = until_msec / 1000,
		.tv_nsec = until_msec % 1000 * 1000000,
	};
	int rc = 0;
	(void)pthread_mutex_lock(&q->lock);
	while (!q->is_answered && rc == 0)
		rc = pthread_cond_timedwait(&q->answered, &q->lock, &until);
	bool is_answered = q->is_answered;
	q->is_abandoned = !is_answered;
	(void)pthread_mutex_unlock(&q->lock);
	return is_answered;
}

static struct question *
question_new(void)
{
	struct question *q = mem_zalloc(sizeof(*q));
	pthread_condattr_t attr;
	get_host(q->host, sizeof(q->host));
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&q->answered, &attr);
	(void)pthread_condattr_destroy(&attr);
	return q;
}

void
identity_canonical_host(struct buf *b)
{
	struct question *q = question_new();
	pthread_t thread;
	bool is_ours = true;
	if (pthread_create(&thread, NULL, ask, q) == 0) {
		(void)pthread_detach(thread);
		is_ours = wait_for(q);
	}
	if (is_ours && q->name != NULL)
		identity_plain(str_of(q->name), b);
	else
		identity_host(b);
	if (is_ours)
		question_free(q);
}

bool
identity_address(const struct settings *s, struct buf *address)
{
	if (s->user != NULL && strchr(s->user, '@') != NULL &&
	    buf_add_str(address, str_of(s->user)))
		return false;
	identity_login(address);
	(void)!buf_add(address, "@", 1);
	if (s->qualify_domain != NULL)
		(void)!buf_add_str(address, str_of(s->qualify_domain));
	else
		identity_host(address);
	return true;
}
