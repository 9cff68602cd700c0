// SPDX-License-Identifier: ISC
#include "modes/task.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/login.h"
#include "config/secret.h"
#include "message/intake.h"

void
task_release(struct task *t)
{
	fd_release(&t->logfile);
	keep_release(&t->keep);
	report_release(&t->report);
	compose_release(&t->compose);
	message_release(&t->message);
	settings_release(&t->settings);
	origin_release(&t->origin);
	cli_release(&t->cli);
}

bool
task_show(struct buf *text, struct err *e)
{
	if (!fd_write_all(STDOUT_FILENO, text->data, text->len))
		return err_sys(e, EX_IOERR, "write to standard output");
	return true;
}

bool
task_read_settings(struct task *t, struct err *e)
{
	const struct origin_call call = {
		.account = t->cli.account,
		.rcfile = t->cli.rcfile,
		.reads_author = t->cli.reads_author,
	};
	settings_fill(&t->settings, &t->cli.settings);
	return settings_fill_environment(&t->settings, e) &&
	    secret_claim_descriptor(&t->settings, e) &&
	    origin_read(&t->origin, &call, &t->settings, e);
}

bool
task_load_settings_first(struct task *t, struct err *e)
{
	return task_read_settings(t, e) &&
	    (t->origin.needs_message ||
		origin_settle(&t->origin, &t->settings, NULL, e));
}

bool
task_load_settings(struct task *t, struct err *e)
{
	return task_read_settings(t, e) &&
	    origin_settle(&t->origin, &t->settings, NULL, e);
}

bool
task_take_message(struct task *t, struct err *e)
{
	/* callers forget -i, and a dot in their text must not cut the mail */
	enum message_end end = t->cli.ignores_dot ? MESSAGE_END_EOF
						  : MESSAGE_END_TERMINAL;
	return message_intake(&t->message, STDIN_FILENO, end, e) &&
	    (!t->origin.needs_message ||
		origin_settle(&t->origin, &t->settings, &t->message, e));
}

bool
task_build_envelope(struct task *t, struct err *e)
{
	const struct compose_call call = {
		.recipients = t->cli.recipients,
		.nrecipients = t->cli.nrecipients,
		.from_header = t->cli.from_header,
		.identity = t->origin.address.len > 0
		    ? buf_cstr(&t->origin.address)
		    : NULL,
	};
	return compose_envelope(
	    &t->compose, &t->settings, &call, &t->message, e);
}

bool
task_take_password(struct task *t, struct buf *password, struct err *e)
{
	return !settings_needs_password(&t->settings) ||
	    login_get(&t->origin.login, &t->settings, password, e);
}
