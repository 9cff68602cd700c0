// SPDX-License-Identifier: ISC
#include "modes/modes.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/strvec.h"
#include "modes/task.h"
#include "outbox/everyone.h"
#include "outbox/fault.h"
#include "outbox/list.h"
#include "outbox/manage.h"
#include "outbox/rounds.h"
#include "outbox/run.h"
#include "outbox/tell.h"
#include "outbox/where.h"
#include "queue/place.h"

/* There is no default account, and nobody has named another. */
static bool
is_without_account(const struct task *t)
{
	return t->origin.has_chosen && t->origin.choice.settings == NULL &&
	    t->origin.files.fault.exit == EX_OK && t->cli.account == NULL;
}

static bool
is_same_place(const struct settings *a, const struct settings *b)
{
	return a->queue_dir == NULL || b->queue_dir == NULL
	    ? a->queue_dir == b->queue_dir
	    : strcmp(a->queue_dir, b->queue_dir) == 0;
}

/* Whether the accounts there and *first, if there is one, have one queue. */
static bool
is_of_all(const struct rcfile *rc, const struct settings **first)
{
	for (size_t i = 0; i < rc->naccounts; i++) {
		const struct settings *s = &rc->accounts[i].settings;
		if (*first != NULL && !is_same_place(*first, s))
			return false;
		*first = s;
	}
	return true;
}

/* No account need be named where all say the same, or a flag does. */
static bool
knows_place(struct task *t)
{
	const struct account_files *files = &t->origin.files;
	const struct settings *first = NULL;
	const enum setting_id id = SETTING_QUEUE_DIR;
	struct err ignored; /* it was right there, too */
	if (!is_without_account(t))
		return false;
	if (settings_is_set(&t->settings, id))
		return true;
	if (!is_of_all(&files->own, &first) ||
	    !is_of_all(&files->shared, &first))
		return false;
	return first == NULL || first->queue_dir == NULL ||
	    settings_set(&t->settings, id, str_of(first->queue_dir),
		first->origin[id], &ignored);
}

/*
 * Where messages wait, by the settings.  What is wrong with these does not keep
 * anybody from looking at his mail: then *fault has it.
 */
static bool
find_queue(struct task *t, struct buf *path, struct err *fault, struct err *e)
{
	bool ok = task_read_settings(t, fault) &&
	    origin_fill(&t->origin, &t->settings, NULL, fault);
	if (ok || knows_place(t))
		*fault = ERR_INIT;
	else if (is_without_account(t))
		(void)err_hint(fault, "say by -a or --queue-dir which queue");
	if (where_is_queue(&t->settings, path, e))
		return true;
	/* nobody waits in a place that was never made */
	return e->sys == ENOENT && buf_add_str(path, str_of(place_top()));
}

/* Who ignores it, as our caller may, does not hear how a process ends. */
static void
hear_of_processes(void)
{
	(void)signal(SIGCHLD, SIG_DFL);
}

/* Each lane reads its own; in who waits for them no password lies about. */
static void
forget_settings(struct task *t)
{
	settings_release(&t->settings);
	origin_release(&t->origin);
}

bool
mode_run_queue(struct task *t, struct err *e)
{
	static const enum run_choice choices[] = {
		[CLI_QUEUE_DUE] = RUN_DUE,
		[CLI_QUEUE_BY_ID] = RUN_BY_ID,
		[CLI_QUEUE_BY_RCPT] = RUN_BY_RCPT,
		[CLI_QUEUE_BY_SENDER] = RUN_BY_SENDER,
	};
	AUTO(buf_release) struct buf path = BUF_INIT(1 << 16);
	struct err fault = ERR_INIT;
	hear_of_processes();
	if (!find_queue(t, &path, &fault, e))
		return false;
	const struct run_call call = {
		.path = buf_cstr(&path),
		.choice = choices[t->cli.queue_by],
		.text = t->cli.queue_text,
		.is_for_all = !where_is_elsewhere(&t->settings),
		.tag = t->cli.tag,
	};
	forget_settings(t);
	if (t->cli.queue_every_s > 0) {
		tell("", &fault);
		return rounds_run(&call, t->cli.queue_every_s, e);
	}
	bool ok = everyone_run(&call, e);
	/* else it is told, or was, with the messages that it hinders */
	if (ok && !fault_is_noted(call.path, &fault))
		tell("", &fault);
	return ok;
}

bool
mode_list_queue(struct task *t, struct err *e)
{
	AUTO(buf_release) struct buf path = BUF_INIT(1 << 16);
	struct err fault = ERR_INIT;
	hear_of_processes();
	if (!find_queue(t, &path, &fault, e) ||
	    !list_queue(buf_cstr(&path), t->cli.as_json, STDOUT_FILENO, e) ||
	    (!where_is_elsewhere(&t->settings) &&
		!list_others(t->cli.as_json, STDOUT_FILENO, e)))
		return false;
	*e = fault;
	return fault.exit == EX_OK;
}

/*
 * What is to be changed has to be found for certain, so that "all" is not all
 * of another queue.
 */
bool
mode_manage_queue(struct task *t, struct err *e)
{
	static const enum manage_verb verbs[] = {
		[CLI_QUEUE_SHOW] = MANAGE_SHOW,
		[CLI_QUEUE_REMOVE] = MANAGE_REMOVE,
		[CLI_QUEUE_HOLD] = MANAGE_HOLD,
		[CLI_QUEUE_RELEASE] = MANAGE_RELEASE,
		[CLI_QUEUE_RETRY] = MANAGE_RETRY,
	};
	AUTO(buf_release) struct buf path = BUF_INIT(1 << 16);
	AUTO(strvec_release) struct strvec wanted = STRVEC_INIT;
	AUTO(strvec_release) struct strvec told = STRVEC_INIT;
	struct err fault = ERR_INIT;
	hear_of_processes();
	if (!find_queue(t, &path, &fault, e))
		return false;
	if (fault.exit != EX_OK &&
	    !settings_is_set(&t->settings, SETTING_QUEUE_DIR)) {
		*e = fault;
		return false;
	}
	const struct manage_call call = {
		.path = buf_cstr(&path),
		.verb = verbs[t->cli.mode],
		.wanted = &wanted,
		.run = everyone_run,
		.is_for_all = !where_is_elsewhere(&t->settings),
		.tag = t->cli.tag,
		.fd = STDOUT_FILENO,
		.is_screen = isatty(STDOUT_FILENO),
	};
	strvec_add(&wanted, str_of(t->cli.mode_arg));
	for (size_t i = 0; i < t->cli.nrecipients; i++)
		strvec_add(&wanted, str_of(t->cli.recipients[i]));
	forget_settings(t);
	bool ok = manage(&call, &told, e);
	for (size_t i = 0; i < told.len; i++)
		log_error("%s", told.items[i]);
	return ok;
}
