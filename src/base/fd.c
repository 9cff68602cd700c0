// SPDX-License-Identifier: ISC
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"

void
fd_release(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

int
fd_keep(int *fd)
{
	int kept = *fd;
	*fd = -1;
	return kept;
}

ssize_t
fd_read(int fd, void *dst, size_t n)
{
	ssize_t got;
	do
		got = read(fd, dst, n);
	while (got == -1 && errno == EINTR);
	return got;
}

ssize_t
fd_pread(int fd, void *dst, size_t n, off_t at)
{
	ssize_t got;
	do
		got = pread(fd, dst, n, at);
	while (got == -1 && errno == EINTR);
	return got;
}

bool
fd_write_all(int fd, const void *src, size_t n)
{
	const char *p = src;
	while (n > 0) {
		ssize_t put = write(fd, p, n);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

bool
fd_sync(int fd)
{
	int rc;
	do
		rc = fsync(fd);
	while (rc == -1 && errno == EINTR);
	return rc == 0;
}

bool
fd_sync_data(int fd)
{
	int rc;
	do
		rc = fdatasync(fd);
	while (rc == -1 && errno == EINTR);
	return rc == 0;
}

bool
fd_read_to_end(int fd, struct buf *b, struct err *e)
{
	for (;;) {
		size_t want = buf_left(b) < 4096 ? buf_left(b) : 4096;
		char end;
		if (want == 0) {
			ssize_t more = fd_read(fd, &end, 1);
			if (more == 0)
				return true;
			if (more == 1)
				return err_set(e, EX_CONFIG,
				    "more than %zu bytes", b->max);
			return err_sys(e, EX_IOERR, "read");
		}
		char *room = buf_room(b, want);
		if (room == NULL)
			return err_set(e, EX_OSERR, "no room");
		ssize_t got = fd_read(fd, room, want);
		if (got == -1)
			return err_sys(e, EX_IOERR, "read");
		if (got == 0)
			return true;
		buf_filled(b, (size_t)got);
	}
}

bool
fd_read_file(int fd, off_t size, struct buf *b, struct err *e)
{
	size_t want = size > 0 ? (size_t)size : 0;
	char *room = want > 0 ? buf_room(b, want) : NULL;
	ssize_t got = room != NULL ? fd_read(fd, room, want) : 0;
	if (got == -1)
		return err_sys(e, EX_IOERR, "read");
	if (got > 0)
		buf_filled(b, (size_t)got);
	/* files in /proc say that they are empty, and one may be cut */
	return (got > 0 && (size_t)got == want) || fd_read_to_end(fd, b, e);
}

bool
fd_set_nonblocking(int fd, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1)
		return err_sys(e, EX_OSERR, "make descriptor non-blocking");
	return true;
}

bool
fd_temporary(int *fd, struct err *e)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody calls setenv() */
	const char *const places[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (places[i] == NULL || places[i][0] != '/')
			continue;
		AUTO(buf_release) struct buf name = BUF_INIT(4096);
		if (!buf_printf(&name, "%s/posthaste.XXXXXX", places[i]))
			continue;
		(void)buf_cstr(&name);
		*fd = mkstemp(name.data); /* 0600 */
		if (*fd == -1)
			continue;
		(void)unlink(name.data);
		(void)fcntl(*fd, F_SETFD, FD_CLOEXEC);
		return true;
	}
	return err_sys(
	    e, EX_IOERR, "make a temporary file in $TMPDIR, /var/tmp or /tmp");
}

/* All at once; false also if that cannot be told. */
static bool
are_open(void)
{
	struct pollfd fds[] = { { .fd = STDIN_FILENO }, { .fd = STDOUT_FILENO },
		{ .fd = STDERR_FILENO } };
	if (poll(fds, ARRAY_LEN(fds), 0) == -1)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		if ((fds[i].revents & POLLNVAL) != 0)
			return false;
	return true;
}

bool
fd_guard_stdio(void)
{
	if (are_open())
		return true;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
			continue;
		/* 0 is opened for writing: reading it must still fail */
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDWR;
		if (open("/dev/null", mode) != fd)
			return false;
	}
	return true;
}
