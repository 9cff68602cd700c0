// SPDX-License-Identifier: ISC
/*
 * argv and standard input to an exit status: the stops of src/README.md, and
 * the only place that prints an error or returns an exit code.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/process.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "config/account.h"
#include "config/findings.h"
#include "config/inspect.h"
#include "config/login.h"
#include "config/secret.h"
#include "config/settings.h"
#include "message/intake.h"
#include "message/source.h"
#include "outbox/everyone.h"
#include "outbox/keep.h"
#include "outbox/list.h"
#include "outbox/manage.h"
#include "outbox/rounds.h"
#include "outbox/run.h"
#include "outbox/where.h"
#include "queue/place.h"
#include "submit/compose.h"
#include "submit/configure.h"
#include "submit/infojson.h"
#include "submit/infotext.h"
#include "submit/journal.h"
#include "submit/line.h"
#include "submit/origin.h"
#include "submit/report.h"
#include "submit/route.h"
#include "submit/serverinfo.h"
#include "submit/submit.h"
#include "submit/transcript.h"

/* All that one run holds. */
struct run {
	struct cli cli;
	struct origin origin;
	struct settings settings;
	struct message message;
	struct compose compose;
	struct report report;
	struct keep keep;
	int logfile; /* open, while there is a message to send; or -1 */
};

static void
run_release(struct run *r)
{
	fd_release(&r->logfile);
	keep_release(&r->keep);
	report_release(&r->report);
	compose_release(&r->compose);
	message_release(&r->message);
	settings_release(&r->settings);
	origin_release(&r->origin);
	cli_release(&r->cli);
}

static void
print_error(const struct err *e)
{
	if (e->text[0] == '\0')
		return; /* what was printed before says it all */
	log_error("%s%s%s%s%s", e->text, e->said[0] != '\0' ? ": " : "",
	    e->said, e->hint[0] != '\0' ? "; " : "", e->hint);
}

static bool
print_out(struct buf *text, struct err *e)
{
	if (!fd_write_all(STDOUT_FILENO, text->data, text->len))
		return err_sys(e, EX_IOERR, "write to standard output");
	return true;
}

/* The rc files' faults are told before the message is taken in. */
static bool
read_settings(struct run *r, struct err *e)
{
	const struct origin_call call = {
		.account = r->cli.account,
		.rcfile = r->cli.rcfile,
		.reads_author = r->cli.reads_author,
	};
	settings_fill(&r->settings, &r->cli.settings);
	return settings_fill_environment(&r->settings, e) &&
	    secret_claim_descriptor(&r->settings, e) &&
	    origin_read(&r->origin, &call, &r->settings, e);
}

static bool
load_settings(struct run *r, struct err *e)
{
	return read_settings(r, e) &&
	    (r->origin.needs_message ||
		origin_settle(&r->origin, &r->settings, NULL, e));
}

/* Where there is no message for the account to depend on. */
static bool
load_settings_alone(struct run *r, struct err *e)
{
	return read_settings(r, e) &&
	    origin_settle(&r->origin, &r->settings, NULL, e);
}

static bool
take_message(struct run *r, struct err *e)
{
	/* callers forget -i, and a dot in their text must not cut the mail */
	bool ends_at_dot = !r->cli.ignores_dot && isatty(STDIN_FILENO);
	return message_intake(&r->message, STDIN_FILENO,
		   ends_at_dot ? MESSAGE_END_DOT : MESSAGE_END_EOF, e) &&
	    (!r->origin.needs_message ||
		origin_settle(&r->origin, &r->settings, &r->message, e));
}

static bool
build_envelope(struct run *r, struct err *e)
{
	const struct compose_call call = {
		.recipients = r->cli.recipients,
		.nrecipients = r->cli.nrecipients,
		.from_header = r->cli.from_header,
		.identity = r->origin.address.len > 0
		    ? buf_cstr(&r->origin.address)
		    : NULL,
	};
	return compose_envelope(
	    &r->compose, &r->settings, &call, &r->message, e);
}

/* Nothing where there is no login, or one that needs none. */
static bool
take_password(struct run *r, struct buf *password, struct err *e)
{
	return !settings_needs_password(&r->settings) ||
	    login_get(&r->origin.login, &r->settings, password, e);
}

/* folder: of the queue, or NULL. */
static bool
try_now(struct run *r, struct source *source, const char *folder, struct err *e)
{
	AUTO(buf_release) struct buf password = BUF_INIT(1 << 16);
	if (!take_password(r, &password, e))
		return false;
	const struct submit_call call = {
		.settings = &r->settings,
		.password = buf_str(&password),
		.folder = folder,
	};
	journal_prepare(&r->settings, &r->logfile);
	return submit_run(&call, &r->compose.envelope, source, &r->report, e);
}

static bool
put(struct run *r, struct source *source, struct err *e)
{
	return keep_check_password(&r->settings, e) &&
	    keep_open(&r->keep, &r->origin, &r->settings, e) &&
	    keep_all(&r->keep, &r->compose.envelope, source, "", e);
}

/* The message is safe, whatever becomes of the other process. */
static void
deliver_in_background(struct run *r)
{
	struct err e = ERR_INIT;
	if (run_in_background(buf_cstr(&r->keep.path), r->keep.id, &e))
		return;
	(void)err_wrap(&e, "%s is not tried now", r->keep.id);
	print_error(&e);
}

/* A queue that cannot be used matters if it is needed. */
static bool
try_or_keep(struct run *r, struct source *source, struct err *e)
{
	struct keep *k = &r->keep;
	const struct envelope *envelope = &r->compose.envelope;
	struct err broken = ERR_INIT;
	bool is_usable = keep_open(k, &r->origin, &r->settings, &broken);
	if (is_usable && keep_is_behind(k, envelope)) {
		is_usable = keep_all(k, envelope, source,
		    "an earlier message to the same recipient waits", &broken);
		if (is_usable) {
			deliver_in_background(r);
			return true;
		}
	}
	const char *folder = is_usable ? buf_cstr(&k->path) : NULL;
	return try_now(r, source, folder, e) ||
	    keep_rest(
		k, envelope, source, is_usable ? NULL : &broken, &r->report, e);
}

/* -od is for those who have a queue: others never run it. */
static enum queue_mode
queue_mode(const struct run *r)
{
	enum queue_mode set = r->settings.queue;
	if (set == QUEUE_OFF)
		return QUEUE_OFF;
	switch (r->cli.delivery) {
	case CLI_DELIVERY_AS_SET: break;
	case CLI_DELIVERY_INTERACTIVE: return QUEUE_FALLBACK;
	case CLI_DELIVERY_BACKGROUND: return QUEUE_ALWAYS;
	case CLI_DELIVERY_QUEUE: return QUEUE_ONLY;
	}
	return set == QUEUE_ON ? QUEUE_FALLBACK : set;
}

static bool
deliver(struct run *r, struct source *source, struct err *e)
{
	switch (queue_mode(r)) {
	case QUEUE_OFF: return try_now(r, source, NULL, e);
	case QUEUE_ON:
	case QUEUE_FALLBACK: return try_or_keep(r, source, e);
	case QUEUE_ONLY: return put(r, source, e);
	case QUEUE_ALWAYS:
		if (!put(r, source, e))
			return false;
		deliver_in_background(r);
		return true;
	}
	return err_set(e, EX_SOFTWARE, "no such mode of the queue");
}

/* What is kept is no refusal, and told to who may be reading. */
static void
tell_outcome(struct run *r, bool ok)
{
	struct err e = ERR_INIT;
	bool is_kept = keep_is_kept(&r->keep);
	for (size_t i = 0; i < r->report.refusals.len; i++)
		if (!is_kept || r->report.lasts[i])
			log_error("%s", r->report.refusals.items[i]);
	if (!is_kept)
		return;
	if (!ok || log_is_debug() || isatty(STDERR_FILENO))
		log_notice("%s", buf_cstr(&r->keep.notice));
	if (!keep_check_password(&r->settings, &e))
		print_error(&e);
}

static bool
submit(struct run *r, struct err *e)
{
	AUTO(source_release) struct source source;
	source_init(&source, &r->message, &r->compose.edit);
	if (!compose_lines(&source, &r->settings, e))
		return false;
	bool ok = deliver(r, &source, e);
	r->report.size = source_size(&source);
	tell_outcome(r, ok);
	return ok;
}

/* It is sent, kept or refused: a log that fails changes nothing of that. */
static void
write_journal(const struct run *r, const struct err *why)
{
	struct err e = ERR_INIT;
	bool is_kept = keep_is_kept(&r->keep);
	const struct journal_entry entry = {
		.when = time(NULL),
		.account = origin_account(&r->origin),
		.settings = &r->settings,
		.envelope = &r->compose.envelope,
		.report = &r->report,
		.size = r->report.size > 0 ? r->report.size
					   : r->compose.edit.size,
		.err = is_kept ? &r->keep.why : why,
		.queue_id = is_kept ? r->keep.id : NULL,
		.logfile = r->logfile,
	};
	if (!journal_write(&entry, r->cli.tag, &e))
		print_error(&e);
}

static bool
send_message(struct run *r, struct err *e)
{
	if (!load_settings(r, e))
		return false;
	bool ok = take_message(r, e) && build_envelope(r, e) &&
	    compose_edit(&r->compose, &r->settings, &r->message, e) &&
	    submit(r, e);
	write_journal(r, ok ? NULL : e);
	return ok;
}

/* The settings, and if there are recipients, the envelope. */
static bool
pretend(struct run *r, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 24);
	bool has_rcpts = r->cli.from_header || r->cli.nrecipients > 0;
	if (has_rcpts ? !load_settings(r, e) || !take_message(r, e)
		      : !load_settings_alone(r, e))
		return false;
	settings_show(&r->settings, &text);
	if (has_rcpts) {
		if (!build_envelope(r, e))
			return false;
		(void)!buf_printf(&text, "\nMAIL FROM:<");
		str_printable(str_of(r->compose.envelope.sender), &text);
		(void)!buf_printf(&text, ">\n");
		for (size_t i = 0; i < r->compose.envelope.rcpts.len; i++) {
			(void)!buf_printf(&text, "RCPT TO:<");
			str_printable(
			    str_of(r->compose.envelope.rcpts.items[i]), &text);
			(void)!buf_printf(&text, ">\n");
		}
	}
	return print_out(&text, e);
}

/* No message is read, but with -t. */
static bool
show_route(struct run *r, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 24);
	bool ok = r->cli.from_header ? load_settings(r, e) && take_message(r, e)
				     : load_settings_alone(r, e) &&
		message_from_bytes(&r->message, STR_INIT, e);
	if (!ok || !build_envelope(r, e))
		return false;
	route_show(&r->compose, &r->origin, &r->settings, &text);
	return print_out(&text, e);
}

/* Shown before it is judged, for whoever looks for what is wrong. */
static bool
print_config(struct run *r, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 24);
	if (!read_settings(r, e) ||
	    !origin_fill(&r->origin, &r->settings, NULL, e))
		return false;
	settings_show(&r->settings, &text);
	return print_out(&text, e) &&
	    origin_judge(&r->origin, &r->settings, NULL, e);
}

/* What is wrong is what was asked for: it goes to standard output. */
static bool
check_config(struct run *r, struct err *e)
{
	AUTO(findings_release) struct findings findings = FINDINGS_INIT;
	AUTO(buf_release) struct buf home = BUF_INIT(1 << 16);
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 20);
	struct account_places places = account_places_here(
	    r->cli.rcfile, &home);
	const struct inspect_call call = {
		.places = &places,
		.flags = &r->cli.settings,
		.account = r->cli.account,
		.checks = { origin_check_sender, compose_check_aliases,
		    line_check_priorities },
	};
	inspect_config(&call, &findings);
	for (size_t i = 0; i < findings.lines.len; i++) {
		str_printable(str_of(findings.lines.items[i]), &text);
		(void)!buf_printf(&text, "\n");
	}
	if (!print_out(&text, e))
		return false;
	return findings.nfaults == 0 || err_set(e, EX_CONFIG, "%s", "");
}

/* What is known is shown, whether or not a message would be sent. */
static bool
show_server(struct run *r, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(INFOJSON_MAX);
	AUTO(serverinfo_release) struct serverinfo info = SERVERINFO_INIT;
	struct err broken = ERR_INIT;
	bool ok = load_settings_alone(r, e) &&
	    submit_info(&r->settings, &info, e);
	if (r->cli.as_json)
		infojson_show(&info, ok ? NULL : e, &text);
	else
		infotext_show(&info, &text);
	if (print_out(&text, &broken))
		return ok;
	*e = broken;
	return false;
}

static bool
request_queue(struct run *r, struct err *e)
{
	AUTO(buf_release) struct buf password = BUF_INIT(1 << 16);
	return load_settings_alone(r, e) && take_password(r, &password, e) &&
	    submit_etrn(&r->settings, buf_str(&password), r->cli.mode_arg, e);
}

static bool
show_configuration(struct run *r, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	return configure_show(r->cli.mode_arg, NULL, &text, e) &&
	    print_out(&text, e);
}

static bool
print_text(void (*print)(struct buf *), struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	print(&text);
	return print_out(&text, e);
}

/* There is no default account, and nobody has named another. */
static bool
is_without_account(const struct run *r)
{
	return r->origin.has_chosen && r->origin.choice.settings == NULL &&
	    r->origin.files.fault.exit == EX_OK && r->cli.account == NULL;
}

/* Nobody has written an rc file, or named an account that it should have. */
static bool
is_without_rcfile(const struct run *r)
{
	return is_without_account(r) && !r->origin.files.has_read;
}

/*
 * Where messages wait, by the settings.  What is wrong with these does not keep
 * anybody from looking at his mail: then *fault has it.
 */
static bool
find_queue(struct run *r, struct buf *path, struct err *fault, struct err *e)
{
	bool ok = read_settings(r, fault) &&
	    origin_fill(&r->origin, &r->settings, NULL, fault);
	if (ok || is_without_rcfile(r))
		*fault = ERR_INIT;
	if (where_is_queue(&r->settings, path, e))
		return true;
	/* nobody waits in a place that was never made */
	return e->sys == ENOENT && buf_add_str(path, str_of(place_top()));
}

/* In a place of its own, which is not among those of all users. */
static bool
is_elsewhere(const struct settings *s)
{
	return s->queue_dir != NULL && strcmp(s->queue_dir, "system") != 0;
}

/* -q */
static bool
flush_queue(struct run *r, struct err *e)
{
	static const enum run_choice choices[] = {
		[CLI_QUEUE_DUE] = RUN_DUE,
		[CLI_QUEUE_BY_ID] = RUN_BY_ID,
		[CLI_QUEUE_BY_RCPT] = RUN_BY_RCPT,
		[CLI_QUEUE_BY_SENDER] = RUN_BY_SENDER,
	};
	AUTO(buf_release) struct buf path = BUF_INIT(1 << 16);
	struct err fault = ERR_INIT;
	if (!find_queue(r, &path, &fault, e))
		return false;
	/* each account may have mail there */
	if (!is_without_account(r))
		print_error(&fault);
	const struct run_call call = {
		.path = buf_cstr(&path),
		.choice = choices[r->cli.queue_by],
		.text = r->cli.queue_text,
		.is_for_all = !is_elsewhere(&r->settings),
		.tag = r->cli.tag,
	};
	return r->cli.queue_every_s > 0
	    ? rounds_run(&call, r->cli.queue_every_s, e)
	    : everyone_run(&call, e);
}

static bool
list_messages(struct run *r, struct err *e)
{
	AUTO(buf_release) struct buf path = BUF_INIT(1 << 16);
	struct err fault = ERR_INIT;
	if (!find_queue(r, &path, &fault, e) ||
	    !list_queue(buf_cstr(&path), r->cli.as_json, STDOUT_FILENO, e) ||
	    (!is_elsewhere(&r->settings) &&
		!list_others(r->cli.as_json, STDOUT_FILENO, e)))
		return false;
	*e = fault;
	return fault.exit == EX_OK;
}

/*
 * What is to be changed has to be found for certain, so that "all" is not all
 * of another queue.
 */
static bool
manage_messages(struct run *r, enum manage_verb verb, struct err *e)
{
	AUTO(buf_release) struct buf path = BUF_INIT(1 << 16);
	AUTO(strvec_release) struct strvec wanted = STRVEC_INIT;
	AUTO(strvec_release) struct strvec told = STRVEC_INIT;
	struct err fault = ERR_INIT;
	if (!find_queue(r, &path, &fault, e))
		return false;
	if (fault.exit != EX_OK &&
	    !settings_is_set(&r->settings, SETTING_QUEUE_DIR)) {
		*e = fault;
		return false;
	}
	const struct manage_call call = {
		.path = buf_cstr(&path),
		.verb = verb,
		.wanted = &wanted,
		.run = everyone_run,
		.is_for_all = !is_elsewhere(&r->settings),
		.tag = r->cli.tag,
		.fd = STDOUT_FILENO,
		.is_screen = isatty(STDOUT_FILENO),
	};
	strvec_add(&wanted, str_of(r->cli.mode_arg));
	for (size_t i = 0; i < r->cli.nrecipients; i++)
		strvec_add(&wanted, str_of(r->cli.recipients[i]));
	bool ok = manage(&call, &told, e);
	for (size_t i = 0; i < told.len; i++)
		log_error("%s", told.items[i]);
	return ok;
}

static bool
run(struct run *r, int argc, char **argv, struct err *e)
{
	if (!cli_parse(&r->cli, argc, argv, e))
		return false;
	log_set_debug(r->cli.debug);
	transcript_begin(help_release());
	switch (r->cli.mode) {
	case CLI_HELP: return print_text(help_print, e);
	case CLI_VERSION: return print_text(help_version, e);
	case CLI_MAILQ: return list_messages(r, e);
	case CLI_QUEUE_RUN: return flush_queue(r, e);
	case CLI_QUEUE_RETRY: return manage_messages(r, MANAGE_RETRY, e);
	case CLI_QUEUE_SHOW: return manage_messages(r, MANAGE_SHOW, e);
	case CLI_QUEUE_REMOVE: return manage_messages(r, MANAGE_REMOVE, e);
	case CLI_QUEUE_HOLD: return manage_messages(r, MANAGE_HOLD, e);
	case CLI_QUEUE_RELEASE: return manage_messages(r, MANAGE_RELEASE, e);
	case CLI_NEWALIASES: return true; /* aliases need no database */
	case CLI_PRETEND: return pretend(r, e);
	case CLI_ROUTE: return show_route(r, e);
	case CLI_CHECK_CONFIG: return check_config(r, e);
	case CLI_PRINT_CONFIG: return print_config(r, e);
	case CLI_SERVERINFO: return show_server(r, e);
	case CLI_CONFIGURE: return show_configuration(r, e);
	case CLI_RMQS: return request_queue(r, e);
	case CLI_SEND: return send_message(r, e);
	}
	return err_set(e, EX_SOFTWARE, "no such mode");
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct run r = {
		.cli = CLI_INIT,
		.origin = ORIGIN_INIT,
		.settings = SETTINGS_INIT,
		.message = MESSAGE_INIT,
		.compose = COMPOSE_INIT,
		.report = REPORT_INIT,
		.keep = KEEP_INIT,
		.logfile = -1,
	};
	if (!fd_guard_stdio())
		return EX_OSERR;
	if (!process_shed_rights()) {
		(void)err_sys(
		    &e, EX_OSERR, "give up the rights of a set-id bit");
		print_error(&e);
		return e.exit;
	}
	process_hide_memory();          /* before there is a secret in it */
	(void)signal(SIGPIPE, SIG_IGN); /* a lost line is an error, no death */
	(void)signal(SIGXFSZ, SIG_IGN); /* and so is a log that is too long */
	bool ok = run(&r, argc, argv, &e);
	if (!ok)
		print_error(&e);
	transcript_end(ok ? EX_OK : e.exit);
	run_release(&r);
	return ok ? EX_OK : e.exit;
}
