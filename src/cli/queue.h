// SPDX-License-Identifier: ISC
/* What the flags say of the queue, as sendmail reads them. */
#ifndef CLI_QUEUE_H
#define CLI_QUEUE_H

#include <stdbool.h>

#include "base/attr.h"
#include "cli/flags.h"

struct err;

/* -od, by the letter of sendmail's mode; what is none of them is ignored. */
void cli_queue_deliver(struct cli *cli, char mode);

/* Whether -q with this argument wants the next word, too. */
bool cli_queue_wants_word(const char *arg);

/*
 * -q: "" what is due, "IPART" and the like what has a part like it, "15m"
 * what is due, now and then.  word: the next one if it is wanted, NULL if there
 * is none.  EX_USAGE
 */
bool cli_queue_run(struct cli *cli, const char *arg, const char *word,
    struct err *e) MUST_CHECK;

/* What the flags in front had made of it. */
struct cli_mode_was {
	enum cli_mode mode;
	const char *arg;
};

/*
 * Behind each flag: --queue-show and the like exclude each other and other
 * modes, so that nobody believes a thing done that is not.  EX_USAGE
 */
bool cli_queue_go_on(const struct cli *cli, const struct cli_mode_was *was,
    const char *shown, struct err *e) MUST_CHECK;

/* Whether what is said of messages that wait makes sense.  EX_USAGE */
bool cli_queue_check(const struct cli *cli, struct err *e) MUST_CHECK;

#endif
