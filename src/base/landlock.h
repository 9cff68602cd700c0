// SPDX-License-Identifier: ISC
/*
 * Linux's Landlock, by which a process gives up files and TCP ports for good,
 * and no_new_privs, which it wants first.  See landlock(7).
 */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

/* What a rule can allow; with files and below folders, or with a TCP port. */
enum landlock_right {
	LANDLOCK_WRITE_FILE = 1 << 1,
	LANDLOCK_READ_FILE = 1 << 2,
	LANDLOCK_READ_DIR = 1 << 3,
	LANDLOCK_REMOVE_FILE = 1 << 5,
	LANDLOCK_MAKE_REG = 1 << 8,
	LANDLOCK_REFER = 1 << 13, /* to other folders; from version 2 on */
};

enum landlock_port_right {
	LANDLOCK_BIND = 1 << 0, /* port 0: what the kernel picks */
	LANDLOCK_CONNECT = 1 << 1,
};

/* Rules that wait to be imposed.  What no rule allows will be EACCES. */
struct landlock {
	int abi; /* the kernel's version of it, 0 if it has none */
	int fd;
};

#define LANDLOCK_INIT ((struct landlock){ .fd = -1 })

/*
 * may_signal: also those that are not confined with us.  False with errno, and
 * nothing to be given back, if the kernel has none.
 */
bool landlock_open(struct landlock *l, bool may_signal) MUST_CHECK;

/* Opens it for a rule and nothing else (O_PATH); links are followed. */
int landlock_path(const char *path) MUST_CHECK;

/*
 * For the file or folder that is open there.  False with
 * errno; EINVAL is a folder's right for a file, EBADFD what needs no rule.
 */
bool
landlock_allow(const struct landlock *l, int fd, unsigned rights) MUST_CHECK;

/* True, too, where the kernel does not look at ports. */
bool landlock_allow_port(
    const struct landlock *l, unsigned rights, unsigned port) MUST_CHECK;

/* From then on there is no way back.  False with errno. */
bool landlock_restrict(const struct landlock *l) MUST_CHECK;

void landlock_release(struct landlock *l);

/* No program that this one could start gains rights by being started. */
bool landlock_no_new_privs(void) MUST_CHECK;

#endif
