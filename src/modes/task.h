// SPDX-License-Identifier: ISC
/* One run of the program: what it was called for, and what it holds. */
#ifndef MODES_TASK_H
#define MODES_TASK_H

#include <stdbool.h>

#include "base/attr.h"
#include "cli/flags.h"
#include "config/settings.h"
#include "message/message.h"
#include "outbox/keep.h"
#include "submit/compose.h"
#include "submit/origin.h"
#include "submit/report.h"

struct buf;
struct err;

struct task {
	struct cli cli;
	struct origin origin;
	struct settings settings;
	struct message message;
	struct compose compose;
	struct report report;
	struct keep keep;
	int logfile; /* open, while there is a message to send; or -1 */
};

#define TASK_INIT                      \
	((struct task){                \
	    .cli = CLI_INIT,           \
	    .origin = ORIGIN_INIT,     \
	    .settings = SETTINGS_INIT, \
	    .message = MESSAGE_INIT,   \
	    .compose = COMPOSE_INIT,   \
	    .report = REPORT_INIT,     \
	    .keep = KEEP_INIT,         \
	    .logfile = -1,             \
	})

/*
 * Flags, environment and rc files.  What is wrong with these is told before
 * the message is taken in.
 */
bool task_read_settings(struct task *t, struct err *e) MUST_CHECK;

/* The same, and all that follows, as far as it does not take the message. */
bool task_load_settings_first(struct task *t, struct err *e) MUST_CHECK;

/* The same where there is no message for the account to depend on. */
bool task_load_settings(struct task *t, struct err *e) MUST_CHECK;

/* Standard input; and the settings, if they had to wait for it. */
bool task_take_message(struct task *t, struct err *e) MUST_CHECK;

bool task_build_envelope(struct task *t, struct err *e) MUST_CHECK;

/* Nothing where there is no login, or one that needs none. */
bool task_take_password(
    struct task *t, struct buf *password, struct err *e) MUST_CHECK;

/* On standard output.  EX_IOERR */
bool task_show(struct buf *text, struct err *e) MUST_CHECK;

void task_release(struct task *t);

#endif
