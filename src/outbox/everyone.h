// SPDX-License-Identifier: ISC
/* The user's own queue; and if that user is root, everybody's. */
#ifndef OUTBOX_EVERYONE_H
#define OUTBOX_EVERYONE_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct run_call;

/*
 * As run_queue(); if the call is for all, and we are root, the system's queues
 * are run as well, each by its owner (outbox/owners.h).
 */
bool everyone_run(const struct run_call *call, struct err *e) MUST_CHECK;

/*
 * For root: appends what mailq shows of the system's queues to *out; for
 * others nothing.  As owners_call().
 */
bool everyone_list(bool as_json, struct buf *out, struct err *e) MUST_CHECK;

#endif
