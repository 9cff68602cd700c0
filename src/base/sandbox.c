// SPDX-License-Identifier: ISC
#include "base/sandbox.h"

#include <errno.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/seccomp.h"

/*
 * The sanitizers' search for leaks stops the process at its end, from another
 * one that it makes for that, and reads what is mapped: that is what a sandbox
 * is against.  Such a build has no seccomp.
 */
#ifndef __has_feature
#define __has_feature(what) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static const bool has_leak_check = true;
#else
static const bool has_leak_check = false;
#endif

static const unsigned rights[] = {
	[SANDBOX_READ] = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
	[SANDBOX_WRITE] = LANDLOCK_WRITE_FILE,
	[SANDBOX_KEEP] = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR |
	    LANDLOCK_WRITE_FILE | LANDLOCK_MAKE_REG | LANDLOCK_REMOVE_FILE,
	[SANDBOX_TREE] = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR |
	    LANDLOCK_WRITE_FILE | LANDLOCK_MAKE_REG | LANDLOCK_REMOVE_FILE |
	    LANDLOCK_REFER,
};

static void
begin(struct sandbox_rules *r, bool may_signal)
{
	*r = (struct sandbox_rules){ .landlock = LANDLOCK_INIT };
	if (!landlock_open(&r->landlock, may_signal))
		r->sys = errno;
	if (has_leak_check)
		sandbox_allow(r, "/proc", SANDBOX_READ);
	r->npaths = 0; /* that one is nobody's */
}

void
sandbox_begin(struct sandbox_rules *r)
{
	begin(r, false);
}

void
sandbox_begin_as_parent(struct sandbox_rules *r)
{
	begin(r, true);
}

bool
sandbox_has_landlock(const struct sandbox_rules *r)
{
	return r->landlock.abi > 0;
}

/* The first version allows no link to another folder at all. */
static bool
is_beyond_landlock(const struct sandbox_rules *r, enum sandbox_use use)
{
	return use == SANDBOX_TREE && r->landlock.abi < 2;
}

void
sandbox_allow_open(struct sandbox_rules *r, int fd, enum sandbox_use use)
{
	const struct landlock *l = &r->landlock;
	if (is_beyond_landlock(r, use)) {
		landlock_release(&r->landlock);
		r->landlock = LANDLOCK_INIT;
		r->sys = EOPNOTSUPP;
		return;
	}
	if (landlock_allow(l, fd, rights[use]) ||
	    (use == SANDBOX_READ && errno == EINVAL &&
		landlock_allow(l, fd, LANDLOCK_READ_FILE)))
		r->npaths++;
}

void
sandbox_allow(struct sandbox_rules *r, const char *path, enum sandbox_use use)
{
	if (!sandbox_has_landlock(r))
		return;
	AUTO(fd_release) int fd = landlock_path(path);
	if (fd != -1)
		sandbox_allow_open(r, fd, use);
}

void
sandbox_allow_connect(struct sandbox_rules *r, unsigned port)
{
	r->kept |= SECCOMP_INET;
	if (sandbox_has_landlock(r) &&
	    landlock_allow_port(&r->landlock, LANDLOCK_CONNECT, port))
		r->nports++;
}

void
sandbox_allow_source(struct sandbox_rules *r)
{
	r->kept |= SECCOMP_INET;
	if (sandbox_has_landlock(r))
		(void)!landlock_allow_port(&r->landlock, LANDLOCK_BIND, 0);
}

void
sandbox_allow_code(struct sandbox_rules *r)
{
	r->kept |= SECCOMP_CODE;
}

void
sandbox_allow_unix(struct sandbox_rules *r)
{
	r->kept |= SECCOMP_UNIX;
}

/* What "on" makes do with is an error for "strict". */
static bool
do_without(const char *what, int sys, bool is_strict, struct err *e)
{
	struct err why = ERR_INIT;
	errno = sys;
	(void)err_sys(&why, EX_UNAVAILABLE, "sandbox without %s", what);
	log_debug("%s", why.text);
	if (!is_strict)
		return true;
	*e = why;
	return err_hint(e, "\"sandbox on\" makes do with what the kernel has");
}

bool
sandbox_enter(const struct sandbox_rules *r, bool is_strict, struct err *e)
{
	bool has_seccomp = is_strict && !has_leak_check;
	if (!landlock_no_new_privs())
		return do_without("no_new_privs", errno, is_strict, e);
	int sys = r->sys;
	if (sandbox_has_landlock(r) && !landlock_restrict(&r->landlock))
		sys = errno;
	if (sys != 0 && !do_without("Landlock", sys, is_strict, e))
		return false;
	if (has_seccomp && !seccomp_enter(r->kept))
		return do_without("seccomp", errno, is_strict, e);
	log_debug("confined: Landlock %d, paths %u, ports %u%s",
	    sys == 0 ? r->landlock.abi : 0, r->npaths, r->nports,
	    has_seccomp ? "; seccomp" : "");
	return true;
}

void
sandbox_release(struct sandbox_rules *r)
{
	landlock_release(&r->landlock);
}
