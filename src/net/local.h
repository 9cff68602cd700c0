// SPDX-License-Identifier: ISC
/* A connection to a socket of this machine's file system. */
#ifndef NET_LOCAL_H
#define NET_LOCAL_H

#include <stdbool.h>

#include "base/attr.h"

struct dial_result;
struct err;

/*
 * Connects to the socket of that path; for net_dial().  EX_TEMPFAIL if nobody
 * listens there, EX_NOPERM if we may not, EX_CONFIG for a path that is too
 * long for one.
 */
bool local_dial(const char *path, unsigned timeout_msec,
    struct dial_result *result, struct err *e) MUST_CHECK;

#endif
