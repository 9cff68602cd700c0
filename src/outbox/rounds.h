// SPDX-License-Identifier: ISC
/*
 * A run over the queue every so often, in the foreground: for a container, or
 * a host without timers.
 */
#ifndef OUTBOX_ROUNDS_H
#define OUTBOX_ROUNDS_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct run_call;

/*
 * True when SIGTERM or SIGINT has ended it.  A run goes on for some seconds
 * then, with the message that is on its way.  EX_CONFIG and the like, with an
 * empty text as it was told, where no later run would fare better; EX_OSERR.
 * Also the first process there is: those left by their parents are its own.
 */
bool rounds_run(
    const struct run_call *call, unsigned every_s, struct err *e) MUST_CHECK;

#endif
