// SPDX-License-Identifier: ISC
#include "base/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/fd.h"

/* The folder that it is in. */
static void
parent_of(struct str path, struct buf *parent)
{
	size_t end = str_rfind(path, '/');
	struct str name = end == path.len ? STR(".")
	    : end == 0                    ? STR("/")
					  : str_upto(path, end);
	(void)!buf_add_str(parent, name);
}

/* That it has a folder more; one that we may not read is left alone. */
static bool
sync_parent(struct str path, struct err *e)
{
	AUTO(buf_release) struct buf parent = BUF_INIT(SIZE_MAX);
	parent_of(path, &parent);
	AUTO(fd_release)
	int fd = open(buf_cstr(&parent), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd == -1 || fd_sync(fd) ||
	    err_sys(e, EX_CANTCREAT, "fsync %s", buf_cstr(&parent));
}

/*
 * Where root has the home of the user who called sudo, that user could not
 * use what root makes there, nor root find it again from its own.
 */
static bool
check_parent(struct str path, struct err *e)
{
	AUTO(buf_release) struct buf parent = BUF_INIT(SIZE_MAX);
	struct stat st;
	parent_of(path, &parent);
	if (geteuid() != 0 || stat(buf_cstr(&parent), &st) == -1 ||
	    st.st_uid == 0)
		return true;
	(void)err_set(e, EX_CANTCREAT,
	    "make %.*s: %s is user %ju's, and root makes nothing there",
	    STR_FMT(path), buf_cstr(&parent), (uintmax_t)st.st_uid);
	return err_hint(e, "sudo -H has root's own home");
}

/* Makes it and those above it, as far as they are missing. */
static bool
make(const char *path, bool is_lasting, struct err *e)
{
	AUTO(buf_release) struct buf part = BUF_INIT(SIZE_MAX);
	struct str all = str_of(path);
	for (size_t i = 1; i <= all.len; i++) {
		if (i < all.len && path[i] != '/')
			continue;
		buf_truncate(&part, 0);
		(void)!buf_add_str(&part, str_upto(all, i));
		if (is_lasting && access(buf_cstr(&part), F_OK) == -1 &&
		    !check_parent(str_upto(all, i), e))
			return false;
		if (mkdir(buf_cstr(&part), S_IRWXU) == 0) {
			if (is_lasting && !sync_parent(str_upto(all, i), e))
				return false;
			continue;
		}
		int why = errno; /* a folder need not be ours to be there */
		if (why == EEXIST || access(buf_cstr(&part), F_OK) == 0)
			continue;
		errno = why;
		return err_sys(e, EX_CANTCREAT, "make %s", buf_cstr(&part));
	}
	return true;
}

/* Whether it is for nobody else. */
static bool
is_own(const struct stat *st)
{
	return st->st_uid == geteuid() &&
	    (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

static bool
refuse_dir(const char *path, const struct stat *st, struct err *e)
{
	if (st->st_uid != geteuid())
		return err_set(e, EX_CONFIG,
		    "%s is not this user's alone: it is user %ju's", path,
		    (uintmax_t)st->st_uid);
	(void)err_set(e, EX_CONFIG, "%s is not this user's alone (mode %04o)",
	    path, (unsigned)(st->st_mode & 07777));
	return path[0] == '/' && err_hint(e, "chmod 700 %s", path);
}

static bool
open_dir(int dir, const char *path, int missing, int *fd, struct err *e)
{
	struct stat st;
	*fd = openat(
	    dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd == -1 && (errno == ELOOP || errno == ENOTDIR))
		return err_set(
		    e, EX_CANTCREAT, "%s is a link, or no folder", path);
	if (*fd == -1)
		return err_sys(e, errno == ENOENT ? missing : EX_CANTCREAT,
		    "open %s", path);
	bool is_known = fstat(*fd, &st) == 0;
	if (is_known && is_own(&st))
		return true;
	(void)(is_known ? refuse_dir(path, &st, e)
			: err_sys(e, EX_CANTCREAT, "look at %s", path));
	fd_release(fd);
	return false;
}

static bool
open_or_make(const char *path, bool is_lasting, int *fd, struct err *e)
{
	if (open_dir(AT_FDCWD, path, EX_NOINPUT, fd, e))
		return true;
	return e->exit == EX_NOINPUT && make(path, is_lasting, e) &&
	    open_dir(AT_FDCWD, path, EX_CANTCREAT, fd, e);
}

bool
dir_open_private(const char *path, int *fd, struct err *e)
{
	return open_or_make(path, false, fd, e);
}

bool
dir_open_lasting(const char *path, int *fd, struct err *e)
{
	return open_or_make(path, true, fd, e);
}

bool
dir_find_private(const char *path, int *fd, struct err *e)
{
	return open_dir(AT_FDCWD, path, EX_NOINPUT, fd, e);
}

bool
dir_open_private_at(int dir, const char *name, int *fd, struct err *e)
{
	if (open_dir(dir, name, EX_NOINPUT, fd, e))
		return true;
	if (e->exit != EX_NOINPUT)
		return false;
	if (mkdirat(dir, name, S_IRWXU) == -1 && errno != EEXIST)
		return err_sys(e, EX_CANTCREAT, "make %s", name);
	if (!fd_sync(dir))
		return err_sys(e, EX_CANTCREAT, "make %s", name);
	return open_dir(dir, name, EX_CANTCREAT, fd, e);
}

bool
dir_read_file(int dir, const char *name, struct buf *text, struct err *e)
{
	struct stat st;
	AUTO(fd_release)
	int fd = openat(
	    dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return err_sys(e,
		    errno == ENOENT      ? EX_NOINPUT
			: errno == ELOOP ? EX_CONFIG
					 : EX_IOERR,
		    "open %s", name);
	if (fstat(fd, &st) == -1)
		return err_sys(e, EX_IOERR, "look at %s", name);
	if (!S_ISREG(st.st_mode) || !is_own(&st))
		return err_set(e, EX_CONFIG,
		    "%s is no file that is this user's alone", name);
	return fd_read_file(fd, st.st_size, text, e) || err_wrap(e, "%s", name);
}

/* A name that nobody can know before. */
static bool
choose_name(char *dst, size_t size, struct err *e)
{
	uint64_t number;
	if (!crypto_random(&number, sizeof(number), e))
		return false;
	(void)snprintf(dst, size, ".new-%016" PRIx64, number);
	return true;
}

bool
dir_take_file(int dir, const char *name, struct buf *text, struct err *e)
{
	char taken[32];
	if (!choose_name(taken, sizeof(taken), e))
		return false;
	if (renameat(dir, name, dir, taken) == -1)
		return err_sys(e, errno == ENOENT ? EX_NOINPUT : EX_CANTCREAT,
		    "take %s", name);
	bool ok = dir_read_file(dir, taken, text, e);
	if (unlinkat(dir, taken, 0) == -1 && ok)
		return err_sys(e, EX_CANTCREAT, "remove %s", name);
	return ok;
}

static bool
fill(int fd, struct str text, bool is_lasting, struct err *e)
{
	if (!fd_write_all(fd, text.ptr, text.len))
		return err_sys(e, EX_IOERR, "write");
	return !is_lasting || fd_sync(fd) || err_sys(e, EX_IOERR, "fsync");
}

bool
dir_write_file(
    int dir, const char *name, struct str text, bool is_lasting, struct err *e)
{
	char temporary[32];
	if (!choose_name(temporary, sizeof(temporary), e))
		return false;
	AUTO(fd_release)
	int fd = openat(dir, temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (fd == -1)
		return err_sys(e, EX_CANTCREAT, "make %s", name);
	if (!fill(fd, text, is_lasting, e)) {
		(void)unlinkat(dir, temporary, 0);
		return err_wrap(e, "%s", name);
	}
	if (renameat(dir, temporary, dir, name) == -1) {
		(void)err_sys(e, EX_CANTCREAT, "make %s", name);
		(void)unlinkat(dir, temporary, 0);
		return false;
	}
	if (is_lasting && !fd_sync(dir))
		return err_sys(e, EX_IOERR, "fsync the folder of %s", name);
	return true;
}
