// SPDX-License-Identifier: ISC
/* What the program can be called for; the flags are parsed by then. */
#ifndef MODES_MODES_H
#define MODES_MODES_H

#include <stdbool.h>

#include "base/attr.h"

struct err;
struct task;

/* A message: handed to the server, or kept. */
bool mode_send(struct task *t, struct err *e) MUST_CHECK;

/* The settings, and if there are recipients, the envelope. */
bool mode_pretend(struct task *t, struct err *e) MUST_CHECK;

/* Which way a message would go, and why; none is read, but with -t. */
bool mode_route(struct task *t, struct err *e) MUST_CHECK;

/* Shown before they are judged, for whoever looks for what is wrong. */
bool mode_print_config(struct task *t, struct err *e) MUST_CHECK;

/* What is wrong is what was asked for: it goes to standard output. */
bool mode_check_config(struct task *t, struct err *e) MUST_CHECK;

/* What is known is shown, whether or not a message would be sent. */
bool mode_serverinfo(struct task *t, struct err *e) MUST_CHECK;

/* Has the server send what waits for somebody. */
bool mode_rmqs(struct task *t, struct err *e) MUST_CHECK;

/* Settings for an address, by DNS. */
bool mode_configure(struct task *t, struct err *e) MUST_CHECK;

/* -q, once or for ever. */
bool mode_run_queue(struct task *t, struct err *e) MUST_CHECK;

/* mailq */
bool mode_list_queue(struct task *t, struct err *e) MUST_CHECK;

/* --queue-show and the like, by the mode. */
bool mode_manage_queue(struct task *t, struct err *e) MUST_CHECK;

#endif
