// SPDX-License-Identifier: ISC
#include "queue/spool.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "queue/folder.h"

static const char *const place_names[] = {
	[SPOOL_TMP] = "tmp",
	[SPOOL_NEW] = "new",
	[SPOOL_FAILED] = "failed",
	[SPOOL_DAMAGED] = "damaged",
	[SPOOL_NOTES] = "notes",
	[SPOOL_LOCKS] = "locks",
};

const char *
folder_name(enum spool_place place)
{
	return place_names[place];
}

static void
close_all(struct spool *sp)
{
	for (size_t i = 0; i < SPOOL_PLACE_COUNT; i++)
		fd_release(&sp->places[i]);
}

/* What is somebody else's has another reason. */
static void
hint_at_mode(int root, const char *path, const char *name, struct err *e)
{
	struct stat st;
	if (fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_uid == geteuid())
		(void)err_hint(e, "chmod 700 %s/%s", path, name);
}

static bool
open_places(struct spool *sp, const char *path, int root, struct err *e)
{
	for (size_t i = 0; i < SPOOL_PLACE_COUNT; i++)
		sp->places[i] = -1;
	for (size_t i = 0; i < SPOOL_PLACE_COUNT; i++) {
		if (dir_open_private_at(
			root, place_names[i], &sp->places[i], e))
			continue;
		close_all(sp);
		if (e->exit == EX_CONFIG)
			hint_at_mode(root, path, place_names[i], e);
		return err_wrap(e, "%s", path);
	}
	sp->path = str_dup(str_of(path));
	return true;
}

bool
spool_open(struct spool *sp, const char *path, struct err *e)
{
	AUTO(fd_release) int root = -1;
	return dir_open_lasting(path, &root, e) &&
	    open_places(sp, path, root, e);
}

bool
spool_open_existing(struct spool *sp, const char *path, struct err *e)
{
	AUTO(fd_release) int root = -1;
	return dir_find_private(path, &root, e) &&
	    open_places(sp, path, root, e);
}

void
spool_release(struct spool *sp)
{
	if (sp->path != NULL)
		close_all(sp);
	free(sp->path);
	*sp = SPOOL_INIT;
}

bool
spool_is_id(const char *id)
{
	static const char form[] = "00000000-000000-000000-xxxxxxxx";
	if (strlen(id) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++) {
		bool is_hex = is_digit(id[i]) || (id[i] >= 'a' && id[i] <= 'f');
		bool fits = form[i] == '0' ? is_digit(id[i])
		    : form[i] == 'x'       ? is_hex
					   : id[i] == form[i];
		if (!fits)
			return false;
	}
	return true;
}

/* A folder can be read once from each description, so another one. */
static DIR *
open_list(int place)
{
	int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	if (dir == NULL && fd != -1)
		(void)close(fd);
	return dir;
}

bool
folder_list(const struct spool *sp, enum spool_place place,
    bool (*is_wanted)(const char *name), struct strvec *names, struct err *e)
{
	DIR *dir = open_list(sp->places[place]);
	size_t before = names->len;
	const struct dirent *found;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while (dir != NULL && (errno = 0, (found = readdir(dir)) != NULL))
		if (is_wanted(found->d_name))
			strvec_add(names, str_of(found->d_name));
	bool ok = (dir != NULL && errno == 0) ||
	    err_sys(e, EX_IOERR, "list %s/%s", sp->path, place_names[place]);
	if (dir != NULL)
		(void)closedir(dir);
	strvec_sort(names, before);
	return ok;
}

bool
spool_list(const struct spool *sp, enum spool_place place, struct strvec *ids,
    struct err *e)
{
	return folder_list(sp, place, spool_is_id, ids, e);
}

bool
spool_is_empty(const struct spool *sp)
{
	DIR *dir = open_list(sp->places[SPOOL_NEW]);
	const struct dirent *found = NULL;
	if (dir == NULL)
		return false;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while (errno = 0, (found = readdir(dir)) != NULL)
		if (spool_is_id(found->d_name))
			break;
	bool is_empty = found == NULL && errno == 0;
	(void)closedir(dir);
	return is_empty;
}

static void
add_match(struct spool_matches *found, enum spool_place place, const char *id)
{
	found->items = mem_grow(
	    found->items, &found->cap, found->len + 1, sizeof(*found->items));
	struct spool_match *m = &found->items[found->len++];
	m->place = place;
	memcpy(m->id, id, SPOOL_ID_SIZE);
}

bool
spool_find(const struct spool *sp, const char *part,
    struct spool_matches *found, struct err *e)
{
	static const enum spool_place places[] = { SPOOL_NEW, SPOOL_FAILED,
		SPOOL_DAMAGED };
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
		if (!spool_list(sp, places[i], &ids, e))
			return false;
		for (size_t k = 0; k < ids.len; k++)
			if (strstr(ids.items[k], part) != NULL)
				add_match(found, places[i], ids.items[k]);
	}
	return true;
}

void
spool_matches_release(struct spool_matches *found)
{
	free(found->items);
	*found = SPOOL_MATCHES_INIT;
}

bool
folder_is_name(const char *name)
{
	size_t n = 0;
	while (is_alpha(name[n]) || is_digit(name[n]) || name[n] == '-')
		n++;
	return n > 0 && name[n] == '\0';
}

bool
folder_has(int dir, const char *name, int fd)
{
	struct stat ours, there;
	return fstat(fd, &ours) == 0 &&
	    fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

static int
lock_file(int fd, bool waits)
{
	int rc;
	do
		rc = flock(fd, waits ? LOCK_EX : LOCK_EX | LOCK_NB);
	while (rc == -1 && errno == EINTR);
	return rc;
}

/* Again if spool_sweep() has removed the file meanwhile. */
bool
spool_lock(
    struct spool *sp, const char *name, bool waits, int *fd, struct err *e)
{
	int dir = sp->places[SPOOL_LOCKS];
	assert(folder_is_name(name));
	for (int ntries = 0; ntries < 100; ntries++) {
		*fd = openat(dir, name,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		    S_IRUSR | S_IWUSR);
		if (*fd == -1)
			return err_sys(e, EX_CANTCREAT,
			    "make the lock %s/locks/%s", sp->path, name);
		bool is_locked = lock_file(*fd, waits) == 0;
		if (is_locked && folder_has(dir, name, *fd))
			return true;
		int why = errno;
		fd_release(fd);
		errno = why;
		if (!is_locked)
			break;
	}
	return errno == EWOULDBLOCK ||
	    err_sys(e, EX_CANTCREAT, "lock %s/locks/%s", sp->path, name);
}
