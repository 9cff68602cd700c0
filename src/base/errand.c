// SPDX-License-Identifier: ISC
#include "base/errand.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

struct errand {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
	bool is_abandoned;
	void *work;
	void (*run)(void *);
	void (*release)(void *);
};

static void
free_all(struct errand *t)
{
	t->release(t->work);
	(void)pthread_cond_destroy(&t->done);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}

static void *
thread_main(void *arg)
{
	struct errand *t = arg;
	t->run(t->work);
	(void)pthread_mutex_lock(&t->lock);
	t->is_done = true;
	bool is_abandoned = t->is_abandoned;
	(void)pthread_mutex_unlock(&t->lock);
	if (is_abandoned)
		free_all(t);
	else /* whoever waits now need not wait for the lock, too */
		(void)pthread_cond_signal(&t->done);
	return NULL;
}

static struct errand *
new_errand(void *work, void (*run)(void *), void (*release)(void *))
{
	struct errand *t = mem_zalloc(sizeof(*t));
	pthread_condattr_t attr;
	t->work = work;
	t->run = run;
	t->release = release;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&t->done, &attr);
	(void)pthread_condattr_destroy(&attr);
	return t;
}

struct errand *
errand_begin(
    void *work, void (*run)(void *), void (*release)(void *), struct err *e)
{
	struct errand *t = new_errand(work, run, release);
	int rc = pthread_create(&t->thread, NULL, thread_main, t);
	if (rc == 0)
		return t;
	errno = rc;
	(void)err_sys(e, EX_OSERR, "start a thread");
	free_all(t);
	return NULL;
}

bool
errand_wait(struct errand *t, int64_t until_msec)
{
	const struct timespec until = {
		.tv_sec = until_msec / 1000,
		.tv_nsec = until_msec % 1000 * 1000000,
	};
	int rc = 0;
	(void)pthread_mutex_lock(&t->lock);
	while (!t->is_done && rc == 0)
		rc = pthread_cond_timedwait(&t->done, &t->lock, &until);
	bool is_done = t->is_done;
	(void)pthread_mutex_unlock(&t->lock);
	return is_done;
}

bool
errand_is_done(struct errand *t)
{
	(void)pthread_mutex_lock(&t->lock);
	bool is_done = t->is_done;
	(void)pthread_mutex_unlock(&t->lock);
	return is_done;
}

void
errand_release(struct errand **owned)
{
	struct errand *t = *owned;
	*owned = NULL;
	if (t == NULL)
		return;
	(void)pthread_mutex_lock(&t->lock);
	bool is_done = t->is_done;
	t->is_abandoned = true;
	if (!is_done) /* while we hold the lock, the thread is there */
		(void)pthread_detach(t->thread);
	(void)pthread_mutex_unlock(&t->lock);
	if (!is_done)
		return;
	/* so that there is one thread again, for a fork or at the end */
	(void)pthread_join(t->thread, NULL);
	free_all(t);
}
