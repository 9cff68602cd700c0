// SPDX-License-Identifier: ISC
/* A command that the rc file names, for the shell. */
#ifndef CONFIG_COMMAND_H
#define CONFIG_COMMAND_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;

enum { COMMAND_LINE_MAX = 64 * 1024 };

/*
 * Runs text by /bin/sh to its end, and appends the first line that it prints,
 * without its line end, to *line, which is empty and has room for
 * COMMAND_LINE_MAX bytes.  EX_NOPERM if it fails; EX_TEMPFAIL if it takes
 * longer; EX_OSERR if it cannot be started.  What it printed is never in the
 * error.
 */
bool command_first_line(const char *text, unsigned seconds, struct buf *line,
    struct err *e) MUST_CHECK;

#endif
