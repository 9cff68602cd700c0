// SPDX-License-Identifier: ISC
#include "outbox/rounds.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "outbox/everyone.h"
#include "outbox/run.h"
#include "outbox/tell.h"

/* What is being delivered when we are to end has so long for it. */
enum { GRACE_MSEC = 5000, LONG_MSEC = 60000 };

/*
 * Signals are blocked, and waited for: so none is lost between two looks, and
 * the first process of a container, to which unhandled ones are not
 * delivered, hears them.
 */
struct rounds {
	const struct run_call *call;
	sigset_t heeded;
	sigset_t before;
	pid_t runner; /* the run's process and session; 0: there is none */
	int status;   /* of the last one */
	bool is_to_end;
};

static void
heed_signals(struct rounds *r)
{
	(void)sigemptyset(&r->heeded);
	(void)sigaddset(&r->heeded, SIGTERM);
	(void)sigaddset(&r->heeded, SIGINT);
	(void)sigaddset(&r->heeded, SIGCHLD);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	(void)sigprocmask(SIG_BLOCK, &r->heeded, &r->before);
	/* those that the run leaves behind are waited for, too */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* In a process, and session, of its own: no terminal to ask somebody at. */
static bool
begin(struct rounds *r, struct err *e)
{
	r->status = 0;
	r->runner = fork();
	if (r->runner == -1) {
		r->runner = 0;
		return err_sys(e, EX_OSERR, "fork");
	}
	if (r->runner > 0)
		return true;
	(void)setsid();
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
	(void)sigprocmask(SIG_SETMASK, &r->before, NULL);
	struct err why = ERR_INIT;
	bool ok = everyone_run(r->call, &why);
	if (!ok)
		tell("", &why);
	_exit(ok ? EX_OK : why.exit);
}

/* False if there is no child at all. */
static bool
reap(struct rounds *r)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != r->runner)
			continue;
		r->runner = 0;
		r->status = status;
	}
	return pid == 0 || errno != ECHILD;
}

/* Until a signal came, or that time (clock_msec()). */
static void
wait_until(struct rounds *r, int64_t until)
{
	int msec = clock_msec_left(until);
	const struct timespec left = {
		.tv_sec = msec / 1000,
		.tv_nsec = msec % 1000 * 1000000L,
	};
	int number = sigtimedwait(&r->heeded, NULL, &left);
	if (number == SIGTERM || number == SIGINT)
		r->is_to_end = true;
}

/* Ends the run; what it began is ended with it, sooner or later. */
static void
stop(struct rounds *r)
{
	pid_t session = r->runner;
	int64_t until = clock_msec() + GRACE_MSEC;
	if (session == 0)
		return;
	(void)kill(-session, SIGTERM);
	while (reap(r) && clock_msec_left(until) > 0)
		wait_until(r, until);
	(void)kill(-session, SIGKILL);
	(void)reap(r);
}

static void
finish_run(struct rounds *r)
{
	while (r->runner != 0 && !r->is_to_end) {
		wait_until(r, clock_msec() + LONG_MSEC);
		(void)reap(r);
	}
	if (r->is_to_end)
		stop(r);
}

/* What a human has to mend before it goes any better. */
static bool
is_hopeless(const struct rounds *r)
{
	return WIFEXITED(r->status) &&
	    (WEXITSTATUS(r->status) == EX_CONFIG ||
		WEXITSTATUS(r->status) == EX_USAGE);
}

bool
rounds_run(const struct run_call *call, unsigned every_s, struct err *e)
{
	struct rounds r = { .call = call };
	heed_signals(&r);
	while (!r.is_to_end) {
		int64_t next = clock_msec() + (int64_t)every_s * 1000;
		struct err why = ERR_INIT;
		if (begin(&r, &why))
			finish_run(&r);
		else
			tell("", &why);
		if (WIFSIGNALED(r.status) && !r.is_to_end)
			log_error("the run over the queue was ended by "
				  "signal %d",
			    WTERMSIG(r.status));
		if (is_hopeless(&r))
			return err_set(e, WEXITSTATUS(r.status), "%s", "");
		while (!r.is_to_end && clock_msec() < next) {
			wait_until(&r, next);
			(void)reap(&r);
		}
	}
	return true;
}
