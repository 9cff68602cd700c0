// SPDX-License-Identifier: ISC
#include "modes/modes.h"

#include "base/buf.h"
#include "base/err.h"
#include "config/account.h"
#include "config/findings.h"
#include "config/inspect.h"
#include "message/intake.h"
#include "modes/task.h"
#include "outbox/tell.h"
#include "submit/configure.h"
#include "submit/failures.h"
#include "submit/infojson.h"
#include "submit/infotext.h"
#include "submit/line.h"
#include "submit/route.h"
#include "submit/serverinfo.h"
#include "submit/submit.h"

bool
mode_pretend(struct task *t, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 24);
	bool has_rcpts = t->cli.from_header || t->cli.nrecipients > 0;
	if (has_rcpts
		? !task_load_settings_first(t, e) || !task_take_message(t, e)
		: !task_load_settings(t, e))
		return false;
	settings_show(&t->settings, &text);
	if (has_rcpts) {
		if (!task_build_envelope(t, e))
			return false;
		(void)!buf_printf(&text, "\nMAIL FROM:<");
		str_printable(str_of(t->compose.envelope.sender), &text);
		(void)!buf_printf(&text, ">\n");
		for (size_t i = 0; i < t->compose.envelope.rcpts.len; i++) {
			(void)!buf_printf(&text, "RCPT TO:<");
			str_printable(
			    str_of(t->compose.envelope.rcpts.items[i]), &text);
			(void)!buf_printf(&text, ">\n");
		}
	}
	return task_show(&text, e);
}

bool
mode_route(struct task *t, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 24);
	bool ok = t->cli.from_header
	    ? task_load_settings_first(t, e) && task_take_message(t, e)
	    : task_load_settings(t, e) &&
		message_from_bytes(&t->message, STR_INIT, e);
	if (!ok || !task_build_envelope(t, e))
		return false;
	route_show(&t->compose, &t->origin, &t->settings, &text);
	return task_show(&text, e);
}

bool
mode_print_config(struct task *t, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 24);
	if (!task_read_settings(t, e) ||
	    !origin_fill(&t->origin, &t->settings, NULL, e))
		return false;
	settings_show(&t->settings, &text);
	return task_show(&text, e) &&
	    origin_judge(&t->origin, &t->settings, NULL, e);
}

bool
mode_check_config(struct task *t, struct err *e)
{
	AUTO(findings_release) struct findings findings = FINDINGS_INIT;
	AUTO(buf_release) struct buf home = BUF_INIT(1 << 16);
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	struct account_places places = account_places_here(
	    t->cli.rcfile, &home);
	const struct inspect_call call = {
		.places = &places,
		.flags = &t->cli.settings,
		.account = t->cli.account,
		.checks = { origin_check_sender, compose_check_aliases,
		    line_check_priorities, keep_check },
	};
	inspect_config(&call, &findings);
	for (size_t i = 0; i < findings.lines.len; i++) {
		str_printable(str_of(findings.lines.items[i]), &text);
		(void)!buf_printf(&text, "\n");
	}
	if (!task_show(&text, e))
		return false;
	return findings.nfaults == 0 || err_set(e, EX_CONFIG, "%s", "");
}

bool
mode_serverinfo(struct task *t, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(INFOJSON_MAX);
	AUTO(serverinfo_release) struct serverinfo info = SERVERINFO_INIT;
	AUTO(failures_release) struct failures before = FAILURES_INIT;
	struct err broken = ERR_INIT;
	bool ok = task_load_settings(t, e) &&
	    submit_info(&t->settings, &info, &before, e);
	tell_failures("", &before);
	if (t->cli.as_json)
		infojson_show(&info, ok ? NULL : e, &text);
	else
		infotext_show(&info, &text);
	if (task_show(&text, &broken))
		return ok;
	*e = broken;
	return false;
}

bool
mode_rmqs(struct task *t, struct err *e)
{
	AUTO(buf_release) struct buf password = BUF_INIT(1 << 16);
	AUTO(failures_release) struct failures before = FAILURES_INIT;
	bool ok = task_load_settings(t, e) &&
	    task_take_password(t, &password, e) &&
	    submit_etrn(
		&t->settings, buf_str(&password), t->cli.mode_arg, &before, e);
	tell_failures("", &before);
	return ok;
}

bool
mode_configure(struct task *t, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	return configure_show(t->cli.mode_arg, NULL, &text, e) &&
	    task_show(&text, e);
}
