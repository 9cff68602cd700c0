// SPDX-License-Identifier: ISC
/*
 * A command as the way to the server: what it reads and prints is the
 * connection.  It has a session, and so a process group, of its own: no
 * terminal whose user it could keep waiting, and an end together with all
 * that it has started.
 */
#ifndef NET_TUNNEL_H
#define NET_TUNNEL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attr.h"

struct dial_result;
struct dial_target;
struct err;

/*
 * Has /bin/sh run the target's command, %h, %p and %% in it being host, first
 * port and a percent; for net_dial().  Nothing is waited for: that it fails is
 * seen when the server is to say something.  EX_CONFIG for a host that is no
 * plain word to the shell, or another letter behind a percent; EX_OSERR.
 */
bool tunnel_dial(const struct dial_target *target, struct dial_result *result,
    struct err *e) MUST_CHECK;

/*
 * If the command has ended, puts that, and how, in the place of *e: EX_CONFIG
 * where the shell found nothing to run, else EX_TEMPFAIL.  It may take a
 * moment between the end of the line and that of the process.
 */
void tunnel_explain(pid_t pid, struct err *e);

/*
 * Once the connection is closed: gives the command a moment to end by itself,
 * during which it can say what it likes, and sees to it that nothing of it is
 * left.  *fd is the line again, which is closed then.
 */
void tunnel_end(pid_t pid, int *fd);

#endif
