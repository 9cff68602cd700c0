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
	HEAD = 2048,
};

static const char *
name_kind(mode_t mode)
{
	return S_ISDIR(mode) ? "a folder"
	    : S_ISLNK(mode)  ? "a symbolic link"
	    : S_ISFIFO(mode) ? "a pipe"
	    : S_ISSOCK(mode) ? "a socket"
			     : "a device";
}

/* Whether it can be one that we put there; EX_DATAERR why not. */
static bool
check_file(const struct stat *st, struct err *e)
{
	const mode_t own = S_IRUSR | S_IWUSR;
	if (!S_ISREG(st->st_mode))
		return err_set(e, EX_DATAERR, "it is %s, not a file",
		    name_kind(st->st_mode));
	if (st->st_uid != geteuid())
		return err_set(
		    e, EX_DATAERR, "it is user %ju's", (uintmax_t)st->st_uid);
	if ((st->st_mode & (own | S_IRWXG | S_IRWXO)) != own)
		return err_set(e, EX_DATAERR,
		    "it is not for its owner alone to read and write "
		    "(mode %04o)",
		    (unsigned)(st->st_mode & 07777));
	/* two, if the machine stopped before it was taken from tmp/ */
	return st->st_nlink <= 2 ||
	    err_set(e, EX_DATAERR, "it has %ju names", (uintmax_t)st->st_nlink);
}

/* What of a file was read, and the number of bytes up to the empty line. */
struct head {
	char first[HEAD]; /* enough for nearly all */
	struct buf more;  /* in its place, if it is not */
	struct str text;
	size_t length;
};

static void
head_release(struct head *h)
{
	buf_release(&h->more);
}

/* The next piece of it, to dst; *got of at most n bytes. */
static bool
read_piece(int fd, char *dst, size_t n, off_t at, size_t *got, struct err *e)
{
	ssize_t result = fd_pread(fd, dst, n, at);
	if (result == -1)
		return err_sys(e, EX_IOERR, "read it");
	*got = (size_t)result;
	return result > 0 || err_set(e, EX_DATAERR, "it is cut short");
}

static bool
read_more(int fd, struct head *h, struct err *e)
{
	size_t got = 0;
	if (!buf_add_str(&h->more, h->text))
		return err_set(e, EX_DATAERR, "its lines have no end");
	do {
		/* where the end was looked for already */
		size_t seen = h->more.len - 1;
		char *room = buf_room(&h->more, CHUNK);
		if (room == NULL)
			return err_set(e, EX_DATAERR, "its lines have no end");
		if (!read_piece(fd, room, CHUNK, (off_t)h->more.len, &got, e))
			return false;
		buf_filled(&h->more, got);
		h->text = buf_str(&h->more);
		h->length = entry_lines_length(str_from(h->text, seen));
		if (h->length > 0)
			h->length += seen;
	} while (h->length == 0);
	return true;
}

static bool
read_head(int fd, struct head *h, struct err *e)
{
	size_t got = 0;
	if (!read_piece(fd, h->first, sizeof(h->first), 0, &got, e))
		return false;
	h->text = (struct str){ h->first, got };
	h->length = entry_lines_length(h->text);
	return h->length > 0 || read_more(fd, h, e);
}

static bool
read_entry(struct spooled *m, const struct stat *st, struct err *e)
{
	AUTO(head_release) struct head h;
	h.more = BUF_INIT(ENTRY_LINES_MAX + CHUNK);
	h.text = STR_INIT;
	h.length = 0;
	if (!check_file(st, e) || !read_head(m->fd, &h, e) ||
	    !entry_parse(&m->entry, str_upto(h.text, h.length), e))
		return false;
	return (uint64_t)(st->st_size - m->entry.text) == m->entry.size ||
	    err_set(e, EX_DATAERR, "its message has %jd octets, not %" PRIu64,
		(intmax_t)(st->st_size - m->entry.text), m->entry.size);
}

/* Whether the file is still the one of that name. */
static bool
is_there(int place, const char *id, const struct stat *ours)
{
	struct stat there;
	return fstatat(place, id, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours->st_ino == there.st_ino && ours->st_dev == there.st_dev;
}

/* Why it cannot be opened: because of what it is, or for now. */
static enum spool_taken
not_opened(int place, const char *id, struct err *e)
{
	struct stat st;
	bool is_gone = errno == ENOENT;
	(void)err_sys(e, EX_IOERR, "open it");
	struct err of_file;
	if (!is_gone && fstatat(place, id, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !check_file(&st, &of_file))
		*e = of_file;
	return is_gone ? SPOOL_GONE : SPOOL_BROKEN;
}

static enum spool_taken
open_one(const struct spool *sp, enum spool_place place, const char *id,
    bool locks, struct spooled *m, struct err *e)
{
	const int how = locks ? O_RDWR : O_RDONLY;
	int dir = sp->places[place];
	struct stat st;
	*m = SPOOLED_INIT;
	m->place = place;
	if (!spool_is_id(id))
		return SPOOL_GONE;
	memcpy(m->id, id, sizeof(m->id));
	m->fd = openat(dir, id, how | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (m->fd == -1)
		return not_opened(dir, id, e);
	if (locks && flock(m->fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			return SPOOL_BUSY;
		(void)err_sys(e, EX_IOERR, "lock it");
		return SPOOL_BROKEN;
	}
	if (fstat(m->fd, &st) == -1) {
		(void)err_sys(e, EX_IOERR, "look at it");
		return SPOOL_BROKEN;
	}
	/* who had the lock before may have delivered it */
	if (locks && !is_there(dir, id, &st))
		return SPOOL_GONE;
	return read_entry(m, &st, e) ? SPOOL_TAKEN : SPOOL_BROKEN;
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
	if (e->exit != EX_DATAERR)
		e->exit = EX_IOERR;
	return err_wrap(e, "%s", m->id);
}

/*
 * What a delivery leaves on disk, and what is found if the machine stops in
 * the midst of it:
 *
 *	the server has said yes     still pending: it is sent once more, to
 *	                            whom this one reply was about
 *	the byte is written, synced all are done: whoever finds that removes it
 *	                            and sends nothing
 *	the name is gone            the same, if the folder was not yet on disk
 *	                            and the name is back
 *
 * So the bytes are synced before the name is removed, and no sync is needed
 * behind that.  Where somebody still waits when it is removed no byte would
 * tell, so then there is one.
 *
 * A report is put into new/, for good, before the byte says that the sender
 * was told; it has an id of its own (spool_derive_id()), so that whoever finds
 * the byte unchanged puts it there no second time.
 */

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
cannot_keep(const struct spooled *m, struct err *e)
{
	return err_sys(e, EX_IOERR, "note in %s what became of it", m->id);
}

static bool
keep(struct spooled *m, bool is_written, struct err *e)
{
	return (is_written && fd_sync_data(m->fd)) || cannot_keep(m, e);
}

bool
spooled_can_mark(struct spooled *m, struct err *e)
{
	const struct entry_rcpt *r = &m->entry.rcpts[0];
	const char byte = (char)r->fate;
	return overwrite(m, &byte, 1, r->at) || cannot_keep(m, e);
}

/* From the first to the last of those that change, all with their lines. */
static bool
overwrite_span(
    struct spooled *m, const enum entry_fate *fates, size_t first, size_t last)
{
	const struct entry_rcpt *rcpts = m->entry.rcpts;
	off_t from = rcpts[first].at;
	size_t len = (size_t)(rcpts[last].at - from) + 1;
	AUTO(cstr_release) char *span = mem_alloc(len);
	if (fd_pread(m->fd, span, len, from) != (ssize_t)len)
		return false;
	for (size_t i = first; i <= last; i++)
		span[rcpts[i].at - from] = (char)fates[i];
	return overwrite(m, span, len, from);
}

/* By one call, so that who is killed has noted all of a reply or nothing. */
bool
spooled_mark(struct spooled *m, const enum entry_fate *fates, struct err *e)
{
	struct entry *entry = &m->entry;
	size_t first = entry->nrcpts, last = 0;
	for (size_t i = 0; i < entry->nrcpts; i++) {
		if (entry->rcpts[i].fate == fates[i])
			continue;
		first = first < i ? first : i;
		last = i;
	}
	if (first == entry->nrcpts)
		return true;
	if (!keep(m, overwrite_span(m, fates, first, last), e))
		return false;
	for (size_t i = first; i <= last; i++)
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
	bool ok = spooled_mark(m, fates, e);
	free(fates);
	return ok;
}

bool
spooled_keep_state(struct spooled *m, struct err *e)
{
	const char bytes[] = { m->entry.is_held ? 'h' : '-',
		m->entry.is_warned ? 'w' : '-' };
	return keep(m, overwrite(m, bytes, sizeof(bytes), m->entry.state), e);
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

/* What lies beside it, when it is gone; spool_sweep() if we die before. */
static void
drop_beside(struct spool *sp, const struct spooled *m)
{
	if (m->place == SPOOL_NEW || m->place == SPOOL_FAILED)
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
	if (!ok || !(is_done || fd_sync(dir)))
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
	/* the new name first: with both it is found twice, with none never */
	if (renameat(from, m->id, to, m->id) == -1 || !fd_sync(to) ||
	    !fd_sync(from))
		return err_sys(e, EX_IOERR, "move %s to %s/%s", m->id, sp->path,
		    folder_name(place));
	if (place != SPOOL_FAILED) /* its note says why */
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
