// SPDX-License-Identifier: ISC
/*
 * The dialogue for --debug, without the login and the message, so that it can
 * be shown to anybody.  Nothing happens in a session without a trace.
 */
#ifndef SMTP_TRACE_H
#define SMTP_TRACE_H

#include "base/str.h"
#include "smtp/exitcode.h"

struct smtp_session;

/* What was sent at that stage. */
void
trace_command(struct smtp_session *s, enum smtp_stage stage, struct str text);

/* That the message has gone out. */
void trace_text(struct smtp_session *s);

/* s->reply. */
void trace_reply(struct smtp_session *s);

#endif
