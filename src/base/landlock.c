// SPDX-License-Identifier: ISC
#include "base/landlock.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

/* glibc names it with _GNU_SOURCE only */
#ifndef O_PATH
#define O_PATH __O_PATH
#endif

/*
 * The kernel's interface, as of version 8 of it: distributions build with
 * headers that are older than the kernels that they run on.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

enum { GET_VERSION = 1 << 0, RULE_PATH = 1, RULE_PORT = 2 };
enum { SCOPE_ABSTRACT = 1 << 0, SCOPE_SIGNAL = 1 << 1 };
enum { ABI_PORTS = 4, ABI_ALL_THREADS = 8, ALL_THREADS = 1 << 3 };

struct ruleset_attr {
	uint64_t files;
	uint64_t ports;
	uint64_t scopes;
};

struct path_attr {
	uint64_t rights;
	int32_t fd;
} __attribute__((packed));

struct port_attr {
	uint64_t rights;
	uint64_t port;
};

/* What each version can take away: all that we know of is. */
static const struct {
	int abi;
	struct ruleset_attr attr;
} versions[] = {
	{ 1, { .files = (1 << 13) - 1 } },
	{ 2, { .files = 1 << 13 } }, /* links to other folders */
	{ 3, { .files = 1 << 14 } }, /* truncate */
	{ ABI_PORTS, { .ports = LANDLOCK_BIND | LANDLOCK_CONNECT } },
	{ 5, { .files = 1 << 15 } }, /* ioctl of devices */
	{ 6, { .scopes = SCOPE_ABSTRACT | SCOPE_SIGNAL } },
};

bool
landlock_open(struct landlock *l, bool may_signal)
{
	struct ruleset_attr attr = { .files = 0 };
	*l = LANDLOCK_INIT;
	int abi = (int)syscall(
	    SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);
	if (abi < 1)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		if (versions[i].abi > abi)
			break;
		attr.files |= versions[i].attr.files;
		attr.ports |= versions[i].attr.ports;
		attr.scopes |= versions[i].attr.scopes;
	}
	if (may_signal)
		attr.scopes &= ~(uint64_t)SCOPE_SIGNAL;
	/* an older kernel takes a longer struct if the rest is zero */
	l->fd = (int)syscall(
	    SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (l->fd == -1)
		return false;
	l->abi = abi;
	return true;
}

bool
landlock_allow(const struct landlock *l, int fd, unsigned rights)
{
	const struct path_attr attr = { .rights = rights, .fd = fd };
	return syscall(SYS_landlock_add_rule, l->fd, RULE_PATH, &attr, 0) == 0;
}

int
landlock_path(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC);
}

bool
landlock_allow_port(const struct landlock *l, unsigned rights, unsigned port)
{
	const struct port_attr attr = { .rights = rights, .port = port };
	return l->abi < ABI_PORTS ||
	    syscall(SYS_landlock_add_rule, l->fd, RULE_PORT, &attr, 0) == 0;
}

bool
landlock_restrict(const struct landlock *l)
{
	unsigned flags = l->abi >= ABI_ALL_THREADS ? ALL_THREADS : 0;
	return syscall(SYS_landlock_restrict_self, l->fd, flags) == 0;
}

void
landlock_release(struct landlock *l)
{
	fd_release(&l->fd);
}

bool
landlock_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}
