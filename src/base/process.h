// SPDX-License-Identifier: ISC
/* What this process may do, and what others may see of it. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdbool.h>

#include "base/attr.h"

/*
 * If we were started with more rights than our caller has: gives them back for
 * good, and forgets the environment, so that neither we nor a library nor what
 * we run listens to what the caller put there.  False with errno set if that
 * cannot be done; nothing may be done then.  The first thing in main(), before
 * there is another thread.
 */
bool process_shed_rights(void) MUST_CHECK;

/* No core dump, and no debugger of the user's other programs: what we hold in
 * memory stays there. */
void process_hide_memory(void);

/*
 * Before a command is run, as what it prints may be a secret: it gets no core
 * dump either, unless it raises the limit.
 */
void process_limit_core(void);

/*
 * The heap grows by larger steps and does not shrink, and a thread that only
 * looks up a name gets none of its own: ten system calls less.
 */
void process_settle_heap(void);

/*
 * In a child that goes on alone: a session of its own, "/" as its folder,
 * nothing on standard input, the other two to out and told, or to nowhere if
 * these are -1, no other descriptors, the default for signals and none
 * blocked; but SIGPIPE and SIGXFSZ stay ignored.  False with errno set if that
 * cannot be.
 */
bool process_leave_caller(int out, int told) MUST_CHECK;

/*
 * The keys of the session, such as those of its user's Kerberos tickets, are
 * within our reach, and that of what we run, no longer.  False with errno set
 * if they still are.
 */
bool process_leave_keyring(void) MUST_CHECK;

#endif
