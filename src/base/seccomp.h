// SPDX-License-Identifier: ISC
/*
 * The system calls that a process keeps (Linux's seccomp).  See seccomp(2).
 */
#ifndef BASE_SECCOMP_H
#define BASE_SECCOMP_H

#include <stdbool.h>

#include "base/attr.h"

/* What may be left besides. */
enum seccomp_kept {
	SECCOMP_INET = 1 << 0, /* TCP and UDP, by IPv4 and IPv6 */
	SECCOMP_UNIX = 1 << 1, /* sockets by their paths */
	SECCOMP_CODE = 1 << 2, /* memory with code: libraries to be loaded */
};

/*
 * Of all threads, and for good.  What is left: memory, clocks, reading,
 * writing, waiting, files (for Landlock to judge), and what is named.  All
 * else is EPERM, and not death, so that a library's optional call does no
 * harm; calls for another kind of processor are death.  Wants no_new_privs.
 * False with errno, ENOSYS where nothing is known of this processor.
 */
bool seccomp_enter(unsigned kept) MUST_CHECK;

#endif
