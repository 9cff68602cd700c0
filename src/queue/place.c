// SPDX-License-Identifier: ISC
#include "queue/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/str.h"

const char *
place_top(void)
{
	return LOCALSTATEDIR "/spool/posthaste";
}

char *
place_of(const char *top, uid_t uid)
{
	AUTO(buf_release) struct buf path = BUF_INIT(SIZE_MAX);
	(void)!buf_printf(&path, "%s/%ju", top, (uintmax_t)uid);
	return str_dup(buf_str(&path));
}

void
place_ring(const char *top, const char *path)
{
	AUTO(buf_release) struct buf bell = BUF_INIT(SIZE_MAX);
	struct str place = str_of(top);
	if (!str_eq(str_upto(str_of(path), place.len), place) ||
	    path[place.len] != '/')
		return;
	(void)!buf_printf(&bell, "%s/arrived", top);
	/* not made: one that another user made would be his to watch */
	AUTO(fd_release)
	int fd = open(buf_cstr(&bell),
	    O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	(void)fd; /* it is the closing that is heard */
}

static bool
say_how_to_make(const char *top, struct err *e)
{
	return err_hint(e,
	    "as root: systemd-tmpfiles --create, or mkdir -p %s && "
	    "chmod 1777 %s",
	    top, top);
}

bool
place_check(const char *top, struct err *e)
{
	struct stat st;
	if (lstat(top, &st) == -1) {
		(void)err_sys(e, EX_CONFIG, "%s, the folder of queues", top);
		return say_how_to_make(top, e);
	}
	if (!S_ISDIR(st.st_mode))
		return err_set(e, EX_CONFIG, "%s is no folder", top);
	if (st.st_uid != 0) {
		(void)err_set(e, EX_CONFIG,
		    "%s is not root's, so others could take its queues away",
		    top);
		return err_hint(e, "as root: chown root %s", top);
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (st.st_mode & S_ISVTX) != 0)
		return true;
	(void)err_set(e, EX_CONFIG,
	    "%s is not sticky (mode %04o), so others could take its queues "
	    "away",
	    top, (unsigned)(st.st_mode & 07777));
	return err_hint(e, "as root: chmod 1777 %s", top);
}

/* A folder of that name that is his: what anybody can make for himself. */
static bool
is_owned(int top, const char *name, uid_t *uid)
{
	struct stat st;
	uint64_t number;
	if ((name[0] == '0' && name[1] != '\0') ||
	    !parse_uint(str_of(name), 0, (uid_t)-1 - 1, &number) ||
	    fstatat(top, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	*uid = (uid_t)number;
	return S_ISDIR(st.st_mode) && st.st_uid == *uid;
}

static int
compare(const void *a, const void *b)
{
	const uid_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

bool
place_list(const char *top, struct place_owners *owners, struct err *e)
{
	DIR *dir = opendir(top);
	const struct dirent *found;
	uid_t uid;
	if (dir == NULL && errno == ENOENT)
		return true;
	if (dir == NULL)
		return err_sys(e, EX_IOERR, "list %s", top);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while (errno = 0, (found = readdir(dir)) != NULL) {
		if (!is_owned(dirfd(dir), found->d_name, &uid))
			continue;
		owners->items = mem_grow(owners->items, &owners->cap,
		    owners->len + 1, sizeof(*owners->items));
		owners->items[owners->len++] = uid;
	}
	bool ok = errno == 0 || err_sys(e, EX_IOERR, "list %s", top);
	(void)closedir(dir);
	if (owners->len > 0)
		qsort(owners->items, owners->len, sizeof(*owners->items),
		    compare);
	return ok;
}

void
place_owners_release(struct place_owners *owners)
{
	free(owners->items);
	*owners = PLACE_OWNERS_INIT;
}
