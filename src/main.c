// SPDX-License-Identifier: ISC
/*
 * argv and standard input to an exit status, by way of a mode; and the place
 * that prints the error and returns the exit code.
 */
#include <signal.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "modes/modes.h"
#include "modes/task.h"
#include "outbox/tell.h"
#include "submit/transcript.h"

static bool
print(void (*write)(struct buf *), struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	write(&text);
	return task_show(&text, e);
}

static bool
show_help(struct task *t, struct err *e)
{
	(void)t;
	return print(help_print, e);
}

static bool
show_version(struct task *t, struct err *e)
{
	(void)t;
	return print(help_version, e);
}

/* newaliases: they need no database. */
static bool
do_nothing(struct task *t, struct err *e)
{
	(void)t;
	(void)e;
	return true;
}

static bool (*const modes[])(struct task *t, struct err *e) = {
	[CLI_SEND] = mode_send,
	[CLI_PRETEND] = mode_pretend,
	[CLI_ROUTE] = mode_route,
	[CLI_CHECK_CONFIG] = mode_check_config,
	[CLI_PRINT_CONFIG] = mode_print_config,
	[CLI_SERVERINFO] = mode_serverinfo,
	[CLI_RMQS] = mode_rmqs,
	[CLI_CONFIGURE] = mode_configure,
	[CLI_HELP] = show_help,
	[CLI_VERSION] = show_version,
	[CLI_MAILQ] = mode_list_queue,
	[CLI_QUEUE_RUN] = mode_run_queue,
	[CLI_QUEUE_SHOW] = mode_manage_queue,
	[CLI_QUEUE_REMOVE] = mode_manage_queue,
	[CLI_QUEUE_HOLD] = mode_manage_queue,
	[CLI_QUEUE_RELEASE] = mode_manage_queue,
	[CLI_QUEUE_RETRY] = mode_manage_queue,
	[CLI_NEWALIASES] = do_nothing,
};

static bool
run(struct task *t, int argc, char **argv, struct err *e)
{
	if (!cli_parse(&t->cli, argc, argv, e))
		return false;
	log_set_debug(t->cli.debug);
	transcript_begin(help_release());
	return modes[t->cli.mode](t, e);
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct task t = TASK_INIT;
	if (!fd_guard_stdio())
		return EX_OSERR;
	if (!process_shed_rights()) {
		(void)err_sys(
		    &e, EX_OSERR, "give up the rights of a set-id bit");
		tell("", &e);
		return e.exit;
	}
	process_settle_heap();
	process_hide_memory();          /* before there is a secret in it */
	(void)signal(SIGPIPE, SIG_IGN); /* a lost line is an error, no death */
	(void)signal(SIGXFSZ, SIG_IGN); /* and so is a log that is too long */
	bool ok = run(&t, argc, argv, &e);
	if (!ok)
		tell("", &e);
	transcript_end(ok ? EX_OK : e.exit);
	task_release(&t);
	return ok ? EX_OK : e.exit;
}
