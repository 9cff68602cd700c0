// SPDX-License-Identifier: ISC
/*
 * A secret that is typed, at /dev/tty, as standard input is the message.
 *
 * While it is typed the terminal does not show it, so that whatever ends or
 * stops us must be heard of first: signals are blocked and read as bytes
 * (signalfd(2)), and sent to ourselves anew once the terminal is as it was.
 */
#ifndef CONFIG_PROMPT_H
#define CONFIG_PROMPT_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;

/* The kernel keeps no longer line for us. */
enum { PROMPT_MAX = 4094 };

struct prompt {
	int tty; /* -1: there is none */
};

#define PROMPT_INIT ((struct prompt){ .tty = -1 })

/* False, with *why in static words, if there is nobody to ask. */
bool prompt_open(struct prompt *p, const char **why) MUST_CHECK;

/*
 * Asks "posthaste: QUESTION: ", made printable, and appends the line that is
 * typed to *secret.  EX_NOPERM if it is empty or too long; EX_TEMPFAIL if
 * none comes in time; EX_OSERR.
 */
bool prompt_ask(struct prompt *p, const char *question, unsigned seconds,
    struct buf *secret, struct err *e) MUST_CHECK;

void prompt_release(struct prompt *p);

#endif
