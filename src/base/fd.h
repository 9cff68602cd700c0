// SPDX-License-Identifier: ISC
/* File descriptors: EINTR and short counts are known here and nowhere else. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/attr.h"

struct buf;
struct err;

/* For AUTO: closes *fd if it is open. */
void fd_release(int *fd);

/* Takes the descriptor out of *fd, which is -1 from then on. */
int fd_keep(int *fd);

/* read(2) and pread(2) that start again after a signal. */
ssize_t fd_read(int fd, void *dst, size_t n) MUST_CHECK;
ssize_t fd_pread(int fd, void *dst, size_t n, off_t at) MUST_CHECK;

/* Writes all n bytes; false with errno set otherwise. */
bool fd_write_all(int fd, const void *src, size_t n) MUST_CHECK;

/* fsync(2) and fdatasync(2) that start again after a signal. */
bool fd_sync(int fd) MUST_CHECK;
bool fd_sync_data(int fd) MUST_CHECK;

/* Reads to end of file behind b's content; EX_IOERR, or EX_CONFIG past max. */
bool fd_read_to_end(int fd, struct buf *b, struct err *e) MUST_CHECK;

/* The same of a file of that size, in one call; what it has grown by since is
 * left out. */
bool fd_read_file(int fd, off_t size, struct buf *b, struct err *e) MUST_CHECK;

bool fd_set_nonblocking(int fd, struct err *e) MUST_CHECK;

/*
 * A file without a name in $TMPDIR, else /var/tmp, else /tmp, that goes
 * with its descriptor.  EX_IOERR.
 */
bool fd_temporary(int *fd, struct err *e) MUST_CHECK;

/*
 * Opens what is closed of 0, 1 and 2, so that no later descriptor takes
 * their place.  Reading from a 0 that was closed fails with EBADF, as before.
 */
bool fd_guard_stdio(void) MUST_CHECK;

#endif
