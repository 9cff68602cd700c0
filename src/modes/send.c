// SPDX-License-Identifier: ISC
#include "modes/modes.h"

#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "message/source.h"
#include "modes/task.h"
#include "outbox/run.h"
#include "outbox/tell.h"
#include "queue/place.h"
#include "submit/journal.h"
#include "submit/submit.h"

/* folder: of the queue, or NULL. */
static bool
try_now(
    struct task *t, struct source *source, const char *folder, struct err *e)
{
	AUTO(buf_release) struct buf password = BUF_INIT(1 << 16);
	if (!task_take_password(t, &password, e))
		return false;
	const struct submit_call call = {
		.settings = &t->settings,
		.password = buf_str(&password),
		.folder = folder,
	};
	journal_prepare(&t->settings, &t->logfile);
	return submit_run(&call, &t->compose.envelope, source, &t->report, e);
}

static bool
put(struct task *t, struct source *source, struct err *e)
{
	return keep_check_password(&t->settings, e) &&
	    keep_open(&t->keep, &t->origin, &t->settings, e) &&
	    keep_all(&t->keep, &t->compose.envelope, source, "", e);
}

/* The message is safe, whatever becomes of the other process. */
static void
deliver_in_background(struct task *t)
{
	struct err e = ERR_INIT;
	if (run_in_background(buf_cstr(&t->keep.path), t->keep.id, &e))
		return;
	(void)err_wrap(&e, "%s is not tried now", t->keep.id);
	tell("", &e);
}

/* A queue that cannot be used matters if it is needed. */
static bool
try_or_keep(struct task *t, struct source *source, struct err *e)
{
	struct keep *k = &t->keep;
	const struct envelope *envelope = &t->compose.envelope;
	struct err broken = ERR_INIT;
	bool is_usable = keep_open(k, &t->origin, &t->settings, &broken);
	if (is_usable && keep_is_behind(k, envelope)) {
		is_usable = keep_all(k, envelope, source,
		    "an earlier message to the same recipient waits", &broken);
		if (is_usable) {
			deliver_in_background(t);
			return true;
		}
	}
	const char *folder = is_usable ? buf_cstr(&k->path) : NULL;
	if (!try_now(t, source, folder, e))
		return keep_rest(k, envelope, source,
		    is_usable ? NULL : &broken, &t->report, e);
	if (is_usable)
		keep_server_serves(k);
	return true;
}

/* -od is for those who have a queue: others never run it. */
static enum queue_mode
queue_mode(const struct task *t)
{
	enum queue_mode set = t->settings.queue;
	if (set == QUEUE_OFF)
		return QUEUE_OFF;
	switch (t->cli.delivery) {
	case CLI_DELIVERY_AS_SET: break;
	case CLI_DELIVERY_INTERACTIVE: return QUEUE_FALLBACK;
	case CLI_DELIVERY_BACKGROUND: return QUEUE_ALWAYS;
	case CLI_DELIVERY_QUEUE: return QUEUE_ONLY;
	}
	return set == QUEUE_ON ? QUEUE_FALLBACK : set;
}

static bool
deliver(struct task *t, struct source *source, struct err *e)
{
	switch (queue_mode(t)) {
	case QUEUE_OFF: return try_now(t, source, NULL, e);
	case QUEUE_ON:
	case QUEUE_FALLBACK: return try_or_keep(t, source, e);
	case QUEUE_ONLY:
		if (!put(t, source, e))
			return false;
		place_ring(place_top(), buf_cstr(&t->keep.path));
		return true;
	case QUEUE_ALWAYS:
		if (!put(t, source, e))
			return false;
		deliver_in_background(t);
		return true;
	}
	return err_set(e, EX_SOFTWARE, "no such mode of the queue");
}

/* What is kept is no refusal, and told to who may be reading. */
static void
tell_outcome(struct task *t, bool ok)
{
	struct err e = ERR_INIT;
	bool is_kept = keep_is_kept(&t->keep);
	if (!is_kept)
		tell_failures("", &t->report.failures);
	for (size_t i = 0; i < t->report.refusals.len; i++)
		if (!is_kept || t->report.lasts[i])
			log_error("%s", t->report.refusals.items[i]);
	if (!is_kept)
		return;
	if (!ok || log_is_debug() || isatty(STDERR_FILENO))
		log_notice("%s", buf_cstr(&t->keep.notice));
	if (!keep_check_password(&t->settings, &e))
		tell("", &e);
}

static bool
submit(struct task *t, struct err *e)
{
	AUTO(source_release) struct source source;
	source_init(&source, &t->message, &t->compose.edit);
	if (!compose_lines(&source, &t->settings, e))
		return false;
	bool ok = deliver(t, &source, e);
	t->report.size = source_size(&source);
	tell_outcome(t, ok);
	return ok;
}

/* It is sent, kept or refused: a log that fails changes nothing of that. */
static void
write_journal(const struct task *t, const struct err *why)
{
	struct err e = ERR_INIT;
	bool is_kept = keep_is_kept(&t->keep);
	const struct journal_entry entry = {
		.when = time(NULL),
		.account = origin_account(&t->origin),
		.settings = &t->settings,
		.envelope = &t->compose.envelope,
		.report = &t->report,
		.size = t->report.size > 0 ? t->report.size
					   : t->compose.edit.size,
		.err = is_kept ? &t->keep.why : why,
		.queue_id = is_kept ? t->keep.id : NULL,
		.logfile = t->logfile,
	};
	if (!journal_write(&entry, t->cli.tag, &e))
		tell("", &e);
}

bool
mode_send(struct task *t, struct err *e)
{
	if (!task_load_settings_first(t, e))
		return false;
	bool ok = task_take_message(t, e) && task_build_envelope(t, e) &&
	    compose_edit(&t->compose, &t->settings, &t->message, e) &&
	    submit(t, e);
	write_journal(t, ok ? NULL : e);
	return ok;
}
