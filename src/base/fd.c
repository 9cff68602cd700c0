// SPDX-License-Identifier: ISC
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
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

bool
fd_guard_stdio(void)
{
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
