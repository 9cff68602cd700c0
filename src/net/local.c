// SPDX-License-Identifier: ISC
#include "net/local.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "net/dial.h"

/*
 * Where the listener's queue is full, a socket that does not block hears
 * EAGAIN and has nothing to poll for; one that blocks waits as long as it may
 * for a send.
 */
static int
connect_within(int fd, const struct sockaddr_un *addr, int64_t until_msec)
{
	int left;
	do {
		left = clock_msec_left(until_msec);
		const struct timeval most = {
			.tv_sec = left / 1000,
			/* 0 would be for ever */
			.tv_usec = left % 1000 * 1000 + 1,
		};
		if (setsockopt(
			fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most)) == -1)
			return errno;
		if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) ==
		    0)
			return 0;
	} while (errno == EINTR && left > 0);
	return errno;
}

bool
local_dial(const char *path, unsigned timeout_msec, struct dial_result *result,
    struct err *e)
{
	int64_t until = clock_msec() + timeout_msec;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	if (len >= sizeof(addr.sun_path))
		return err_set(e, EX_CONFIG,
		    "socket %s: a path to a socket has at most %zu octets",
		    path, sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, len);
	AUTO(fd_release)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return err_sys(e, EX_OSERR, "socket");
	int sys = connect_within(fd, &addr, until);
	if (sys == EAGAIN || sys == EINTR)
		return err_set(e, EX_TEMPFAIL,
		    "connect to %s: no answer within %g seconds", path,
		    clock_seconds(timeout_msec));
	errno = sys;
	if (sys != 0)
		return err_sys(e, sys == EACCES ? EX_NOPERM : EX_TEMPFAIL,
		    "connect to %s", path);
	if (!fd_set_nonblocking(fd, e))
		return false;
	/* RFC 5321 4.1.4 wants an address in place of a name: this is one */
	*result = (struct dial_result){ .local = "[127.0.0.1]" };
	(void)snprintf(result->remote, sizeof(result->remote), "local socket");
	result->fd = fd_keep(&fd);
	return true;
}
