// SPDX-License-Identifier: ISC
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "queue/folder.h"
#include "queue/spool.h"

enum {
	HOUR = 60 * 60,
	DAY = 24 * HOUR,
	WEEK = 7 * 24 * HOUR,
};

/*
 * Whoever writes it has the lock; what is written has a name in new/ as well
 * if it came that far, and that one stays.
 */
static void
sweep_tmp(int tmp, const char *name)
{
	AUTO(fd_release)
	int fd = openat(
	    tmp, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlinkat(tmp, name, 0);
}

static bool
is_older(int dir, const char *name, time_t seconds)
{
	struct stat st;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && st.st_mtime < time(NULL) - seconds;
}

/* A file that dir_write_file() had not yet put in its place. */
static bool
is_unfinished(const char *name)
{
	return strncmp(name, ".new-", 5) == 0;
}

static bool
is_reason(const char *name)
{
	char id[SPOOL_ID_SIZE];
	if (strlen(name) != sizeof(id) - 1 + strlen(".why"))
		return false;
	memcpy(id, name, sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	return spool_is_id(id) && strcmp(name + sizeof(id) - 1, ".why") == 0;
}

static void
sweep_old(const struct spool *sp, enum spool_place place,
    bool (*is_wanted)(const char *name), time_t seconds)
{
	AUTO(strvec_release) struct strvec names = STRVEC_INIT;
	struct err ignored;
	(void)!folder_list(sp, place, is_wanted, &names, &ignored);
	for (size_t i = 0; i < names.len; i++)
		if (is_older(sp->places[place], names.items[i], seconds))
			(void)unlinkat(sp->places[place], names.items[i], 0);
}

/* Of messages that are gone: who removed one may have died before. */
static void
sweep_notes(const struct spool *sp)
{
	AUTO(strvec_release) struct strvec names = STRVEC_INIT;
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	AUTO(strvec_release) struct strvec failed = STRVEC_INIT;
	struct err ignored;
	/* in this order: a note comes behind its message */
	if (!folder_list(sp, SPOOL_NOTES, spool_is_id, &names, &ignored) ||
	    names.len == 0 || !spool_list(sp, SPOOL_NEW, &ids, &ignored) ||
	    !spool_list(sp, SPOOL_FAILED, &failed, &ignored))
		return;
	for (size_t i = 0; i < names.len; i++)
		if (!spool_is_noted(&ids, names.items[i]) &&
		    !spool_is_noted(&failed, names.items[i]))
			spool_note_drop(sp, names.items[i]);
}

/* Of what is no message, such as a host that nobody asked for long. */
static bool
is_other_note(const char *name)
{
	return folder_is_name(name) && !spool_is_id(name);
}

/*
 * There is one for each way that a message went, be it the only one.  Whoever
 * waits for it looks whether it was removed (spool_lock()); and nobody but who
 * has the lock of a file removes that.
 */
static void
sweep_locks(const struct spool *sp)
{
	AUTO(strvec_release) struct strvec names = STRVEC_INIT;
	int dir = sp->places[SPOOL_LOCKS];
	struct err ignored;
	(void)!folder_list(sp, SPOOL_LOCKS, folder_is_name, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		const char *name = names.items[i];
		if (!is_older(dir, name, DAY))
			continue;
		AUTO(fd_release)
		int fd = openat(
		    dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    folder_has(dir, name, fd))
			(void)unlinkat(dir, name, 0);
	}
}

/* Reasons without a message: it is gone, or never came. */
static void
sweep_reasons(const struct spool *sp)
{
	AUTO(strvec_release) struct strvec names = STRVEC_INIT;
	int damaged = sp->places[SPOOL_DAMAGED];
	struct err ignored;
	struct stat st;
	(void)!folder_list(sp, SPOOL_DAMAGED, is_reason, &names, &ignored);
	for (size_t i = 0; i < names.len; i++) {
		char id[SPOOL_ID_SIZE] = "";
		memcpy(id, names.items[i], sizeof(id) - 1);
		if (fstatat(damaged, id, &st, AT_SYMLINK_NOFOLLOW) == -1 &&
		    is_older(damaged, names.items[i], HOUR))
			(void)unlinkat(damaged, names.items[i], 0);
	}
}

void
spool_sweep(struct spool *sp)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err ignored;
	(void)!spool_list(sp, SPOOL_TMP, &ids, &ignored);
	for (size_t i = 0; i < ids.len; i++)
		sweep_tmp(sp->places[SPOOL_TMP], ids.items[i]);
	sweep_notes(sp);
	sweep_old(sp, SPOOL_NOTES, is_other_note, WEEK);
	sweep_old(sp, SPOOL_NOTES, is_unfinished, HOUR);
	sweep_old(sp, SPOOL_DAMAGED, is_unfinished, HOUR);
	sweep_reasons(sp);
	sweep_locks(sp);
}
