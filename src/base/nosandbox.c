// SPDX-License-Identifier: ISC
/* In the place of landlock.c and seccomp.c where there is no Linux. */
#include <errno.h>

#include "base/landlock.h"
#include "base/seccomp.h"

static bool
none(void)
{
	errno = ENOSYS;
	return false;
}

bool
landlock_open(struct landlock *l, bool may_signal)
{
	(void)may_signal;
	*l = LANDLOCK_INIT;
	return none();
}

bool
landlock_allow(const struct landlock *l, int fd, unsigned rights)
{
	(void)l, (void)fd, (void)rights;
	return none();
}

int
landlock_path(const char *path)
{
	(void)path;
	return none() ? 0 : -1;
}

bool
landlock_allow_port(const struct landlock *l, unsigned rights, unsigned port)
{
	(void)l, (void)rights, (void)port;
	return none();
}

bool
landlock_restrict(const struct landlock *l)
{
	(void)l;
	return none();
}

void
landlock_release(struct landlock *l)
{
	(void)l;
}

bool
landlock_no_new_privs(void)
{
	return none();
}

bool
seccomp_enter(unsigned kept)
{
	(void)kept;
	return none();
}
