// SPDX-License-Identifier: ISC
/* Takes a message in, once and as a whole, in constant memory. */
#ifndef MESSAGE_INTAKE_H
#define MESSAGE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "message/message.h"

struct err;

enum message_end {
	MESSAGE_END_EOF,
	MESSAGE_END_DOT,      /* or a line with a lone dot */
	MESSAGE_END_TERMINAL, /* or such a line if somebody types it */
};

/*
 * Reads the message from fd to its end.  A regular file is used where it
 * lies, from its current offset to the end it has now: fd stays the caller's
 * and must stay open as long as the message.
 *
 * EX_NOINPUT if fd is closed or cannot be read, EX_IOERR if there is no room
 * for it, EX_DATAERR if the scanner refuses it.
 */
bool message_intake(
    struct message *m, int fd, enum message_end end, struct err *e) MUST_CHECK;

/* The message in memory, borrowed. */
bool message_from_bytes(
    struct message *m, struct str bytes, struct err *e) MUST_CHECK;

#endif
