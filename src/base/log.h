// SPDX-License-Identifier: ISC
/*
 * Lines on standard error.  All that is printed passes through here and is
 * made printable, so that nothing a server, message or argument says reaches
 * a terminal as a control sequence or forges a line.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

/*
 * Shows what log_debug() and log_trace() are given: a transcript, each line
 * with the seconds since then in front, such as "  0.042 ", and cut where it
 * is very long.
 */
void log_set_debug(bool on);
bool log_is_debug(void);

/* "posthaste: ..." */
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The same, of what went well and should be known. */
void log_notice(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* A line of the transcript. */
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Each line of text, likewise. */
void log_trace(struct str text);

#endif
