// SPDX-License-Identifier: ISC
#include "queue/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fd.h"
#include "message/intake.h"
#include "message/message.h"
#include "queue/folder.h"

enum {
	CHUNK = 64 << 10,
	STATE_OFFSET = sizeof("posthaste-queue 1\nstate ") - 1
};

/* Whether it can be one that we put there. */
static bool
check_file(int fd, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) == -1)
		return err_sys(e, EX_IOERR, "look at it");
	/* two, if the machine stopped before it was taken from tmp/ */
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) == 0 && st.st_nlink <= 2)
		return true;
	return err_set(e, EX_DATAERR,
	    "it is no file that is this user's alone (mode %o)",
	    (unsigned)(st.st_mode & 07777));
}

static bool
read_lines(int fd, struct buf *text, size_t *length, struct err *e)
{
	for (;;) {
		/* where the end was looked for already */
		size_t seen = text->len > 0 ? text->len - 1 : 0;
		char *room = buf_room(text, CHUNK);
		if (room == NULL)
			return err_set(e, EX_DATAERR, "its lines have no end");
		ssize_t got = fd_pread(fd, room, CHUNK, (off_t)text->len);
		if (got == -1)
			return err_sys(e, EX_IOERR, "read it");
		if (got == 0)
			return err_set(e, EX_DATAERR, "it is cut short");
		buf_filled(text, (size_t)got);
		*length = entry_lines_length(str_from(buf_str(text), seen));
		if (*length > 0) {
			*length += seen;
			return true;
		}
	}
}

static bool
read_entry(struct spooled *m, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(ENTRY_LINES_MAX + CHUNK);
	struct stat st;
	size_t length;
	if (!check_file(m->fd, e) || !read_lines(m->fd, &text, &length, e) ||
	    !entry_parse(&m->entry, str_upto(buf_str(&text), length), e))
		return false;
	if (fstat(m->fd, &st) == -1)
		return err_sys(e, EX_IOERR, "look at it");
	return (uint64_t)(st.st_size - m->entry.text) == m->entry.size ||
	    err_set(e, EX_DATAERR, "its message has %jd octets, not %" PRIu64,
		(intmax_t)(st.st_size - m->entry.text), m->entry.size);
}

/* Whether the file is still the one of that name. */
static bool
is_there(int place, const struct spooled *m)
{
	struct stat ours, there;
	return fstat(m->fd, &ours) == 0 &&
	    fstatat(place, m->id, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

static enum spool_taken
open_one(const struct spool *sp, enum spool_place place, const char *id,
    bool locks, struct spooled *m, struct err *e)
{
	const int how = locks ? O_RDWR : O_RDONLY;
	int dir = sp->places[place];
	*m = SPOOLED_INIT;
	m->place = place;
	if (!spool_is_id(id))
		return SPOOL_GONE;
	memcpy(m->id, id, sizeof(m->id));
	m->fd = openat(dir, id, how | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (m->fd == -1 && errno == ENOENT)
		return SPOOL_GONE;
	if (m->fd == -1) {
		(void)err_sys(
		    e, errno == ELOOP ? EX_DATAERR : EX_IOERR, "open it");
		return SPOOL_BROKEN;
	}
	if (locks && flock(m->fd, LOCK_EX | LOCK_NB) == -1)
		return SPOOL_BUSY;
	/* who had the lock before may have delivered it */
	if (locks && !is_there(dir, m))
		return SPOOL_GONE;
	return read_entry(m, e) ? SPOOL_TAKEN : SPOOL_BROKEN;
}

enum spool_taken
spool_look(const struct spool *sp, enum spool_place place, const char *id,
    struct spooled *m, struct err *e)
{
	return open_one(sp, place, id, false, m, e);
}

enum spool_taken
spool_take(struct spool *sp, const char *id, struct spooled *m, struct err *e)
{
	return open_one(sp, SPOOL_NEW, id, true, m, e);
}

enum spool_taken
spool_take_from(struct spool *sp, enum spool_place place, const char *id,
    struct spooled *m, struct err *e)
{
	return open_one(sp, place, id, true, m, e);
}

bool
spooled_text(const struct spooled *m, struct message *text, struct err *e)
{
	if (lseek(m->fd, m->entry.text, SEEK_SET) == -1)
		return err_sys(e, EX_IOERR, "read %s", m->id);
	if (m->entry.size == 0)
		return message_from_bytes(text, STR_INIT, e);
	if (message_intake(text, m->fd, MESSAGE_END_EOF, e))
		return true;
	e->exit = EX_IOERR;
	return err_wrap(e, "%s", m->id);
}

/* In its place, but not yet on disk. */
static bool
overwrite(struct spooled *m, const char *bytes, size_t n, off_t at)
{
	ssize_t put;
	do
		put = pwrite(m->fd, bytes, n, at);
	while (put == -1 && errno == EINTR);
	return put == (ssize_t)n;
}

static bool
keep(struct spooled *m, bool is_written, struct err *e)
{
	return (is_written && fdatasync(m->fd) == 0) ||
	    err_sys(e, EX_IOERR, "note in %s what became of it", m->id);
}

static bool
overwrite_fate(struct spooled *m, size_t rcpt, enum entry_fate fate)
{
	const char byte = (char)fate;
	return overwrite(m, &byte, 1, m->entry.rcpts[rcpt].at);
}

bool
spooled_mark(
    struct spooled *m, size_t rcpt, enum entry_fate fate, struct err *e)
{
	if (!keep(m, overwrite_fate(m, rcpt, fate), e))
		return false;
	m->entry.rcpts[rcpt].fate = fate;
	return true;
}

bool
spooled_mark_all(struct spooled *m, const enum entry_fate *fates, struct err *e)
{
	struct entry *entry = &m->entry;
	bool ok = true, is_changed = false;
	for (size_t i = 0; ok && i < entry->nrcpts; i++) {
		if (entry->rcpts[i].fate == fates[i])
			continue;
		ok = overwrite_fate(m, i, fates[i]);
		is_changed = true;
	}
	if (is_changed && !keep(m, ok, e))
		return false;
	for (size_t i = 0; i < entry->nrcpts; i++)
		entry->rcpts[i].fate = fates[i];
	return true;
}

bool
spooled_turn(
    struct spooled *m, enum entry_fate from, enum entry_fate to, struct err *e)
{
	size_t n = m->entry.nrcpts;
	enum entry_fate *fates = mem_alloc((n + 1) * sizeof(*fates));
	for (size_t i = 0; i < n; i++) {
		enum entry_fate fate = m->entry.rcpts[i].fate;
		fates[i] = fate == from ? to : fate;
	}
	bool ok = spooled_mark_all(m, fates, e);
	free(fates);
	return ok;
}

bool
spooled_keep_state(struct spooled *m, struct err *e)
{
	const char bytes[] = { m->entry.is_held ? 'h' : '-',
		m->entry.is_warned ? 'w' : '-' };
	return keep(m, overwrite(m, bytes, sizeof(bytes), STATE_OFFSET), e);
}

/* The reason of one in damaged/. */
struct why_name {
	char text[SPOOL_ID_SIZE + sizeof(".why")];
};

static struct why_name
name_why(const char *id)
{
	struct why_name name;
	(void)snprintf(name.text, sizeof(name.text), "%s.why", id);
	return name;
}

/* What lies beside it; the message is gone, or stays if that fails. */
static void
drop_beside(struct spool *sp, const struct spooled *m)
{
	if (m->place == SPOOL_NEW)
		spool_note_drop(sp, m->id);
	if (m->place == SPOOL_DAMAGED)
		(void)unlinkat(sp->places[m->place], name_why(m->id).text, 0);
}

bool
spool_remove(struct spool *sp, const struct spooled *m, struct err *e)
{
	int dir = sp->places[m->place];
	bool is_done = m->entry.nrcpts > 0 && entry_is_done(&m->entry);
	bool ok = unlinkat(dir, m->id, 0) == 0 || errno == ENOENT ||
	    (errno == EISDIR && unlinkat(dir, m->id, AT_REMOVEDIR) == 0);
	if (!ok || !(is_done || fsync(dir) == 0))
		return err_sys(e, EX_IOERR, "take %s from the queue", m->id);
	drop_beside(sp, m);
	return true;
}

bool
spool_move(struct spool *sp, const struct spooled *m, enum spool_place place,
    struct err *e)
{
	int from = sp->places[m->place], to = sp->places[place];
	assert(place != m->place);
	if (renameat(from, m->id, to, m->id) == -1 || fsync(to) == -1 ||
	    fsync(from) == -1)
		return err_sys(e, EX_IOERR, "move %s to %s/%s", m->id, sp->path,
		    folder_name(place));
	drop_beside(sp, m);
	return true;
}

bool
spool_set_aside(struct spool *sp, const struct spooled *m,
    const struct err *why, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(sizeof(*why));
	(void)!buf_printf(&text, "%s\n", why->text);
	/* the reason is of use, but the message is what counts */
	struct err ignored;
	(void)!dir_write_file(sp->places[SPOOL_DAMAGED], name_why(m->id).text,
	    buf_str(&text), false, &ignored);
	return spool_move(sp, m, SPOOL_DAMAGED, e);
}

bool
spool_why(const struct spool *sp, const char *id, struct buf *why)
{
	struct err ignored;
	return dir_read_file(
	    sp->places[SPOOL_DAMAGED], name_why(id).text, why, &ignored);
}

void
spooled_release(struct spooled *m)
{
	entry_release(&m->entry);
	fd_release(&m->fd);
}
