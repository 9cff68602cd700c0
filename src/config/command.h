// SPDX-License-Identifier: ISC
/* Other programs: a command of the rc file's, or one that we know. */
#ifndef CONFIG_COMMAND_H
#define CONFIG_COMMAND_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;

enum { COMMAND_LINE_MAX = 64 * 1024 };

/* How it ended. */
struct command_outcome {
	int status;       /* 0: well */
	int signal;       /* it died of; or 0 */
	bool is_too_long; /* its first line is, and was not kept whole */
};

/*
 * Runs the program, argv being NULL behind the last, to its end, and appends
 * the first line that it prints, without its line end, to *line, which is
 * empty and has room for COMMAND_LINE_MAX bytes.  EX_TEMPFAIL if it takes
 * longer; EX_OSERR if it cannot be started.
 */
bool command_run(const char *path, const char *const *argv, unsigned seconds,
    struct command_outcome *outcome, struct buf *line,
    struct err *e) MUST_CHECK;

/* Whether it ended well; else EX_NOPERM.  What it printed is never told. */
bool
command_judge(const struct command_outcome *outcome, struct err *e) MUST_CHECK;

/* Both, of text for /bin/sh. */
bool command_first_line(const char *text, unsigned seconds, struct buf *line,
    struct err *e) MUST_CHECK;

#endif
