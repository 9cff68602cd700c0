// SPDX-License-Identifier: ISC
#include "base/errand.h"

#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "unit.h"

/* Done when a byte can be read; tells by another when it is given back. */
struct work {
	int begin[2], gone[2];
	int nruns;
};

static void
work_open(struct work *w)
{
	*w = (struct work){ .nruns = 0 };
	CHECK(pipe(w->begin) == 0);
	CHECK(pipe(w->gone) == 0);
}

static void
work_close(struct work *w)
{
	for (int i = 0; i < 2; i++) {
		CHECK(close(w->begin[i]) == 0);
		CHECK(close(w->gone[i]) == 0);
	}
}

static void
run(void *arg)
{
	struct work *w = arg;
	char c;
	if (read(w->begin[0], &c, 1) == 1)
		w->nruns++;
}

static void
release(void *arg)
{
	struct work *w = arg;
	CHECK(write(w->gone[1], "", 1) == 1);
}

static bool
is_gone(const struct work *w, int msec)
{
	struct pollfd p = { .fd = w->gone[0], .events = POLLIN };
	return poll(&p, 1, msec) == 1;
}

TEST(work_is_done_in_time)
{
	struct work w;
	struct err e = ERR_INIT;
	work_open(&w);
	struct errand *t = errand_begin(&w, run, release, &e);
	CHECK(t != NULL);
	CHECK(write(w.begin[1], "", 1) == 1);
	CHECK(errand_wait(t, clock_msec() + 60000));
	CHECK_EQ(w.nruns, 1);
	CHECK(!is_gone(&w, 0)); /* it is still ours to look at */
	errand_release(&t);
	CHECK(t == NULL);
	CHECK(is_gone(&w, 0));
	work_close(&w);
}

TEST(work_that_takes_too_long_is_left_to_itself)
{
	struct work w;
	struct err e = ERR_INIT;
	work_open(&w);
	struct errand *t = errand_begin(&w, run, release, &e);
	CHECK(!errand_wait(t, clock_msec() - 1));
	CHECK(!errand_wait(t, clock_msec() + 10));
	errand_release(&t);
	CHECK(!is_gone(&w, 0));
	/* it is given back as soon as it is done */
	CHECK(write(w.begin[1], "", 1) == 1);
	CHECK(is_gone(&w, 60000));
	CHECK_EQ(w.nruns, 1);
	work_close(&w);
}

TEST(no_errand_is_given_back_too)
{
	struct errand *t = NULL;
	errand_release(&t);
	CHECK(t == NULL);
}
