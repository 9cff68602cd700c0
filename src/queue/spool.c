// SPDX-License-Identifier: ISC
#include "queue/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"

enum {
	CHUNK = 64 << 10,
	STATE_OFFSET = sizeof("posthaste-queue 1\nstate ") - 1
};

static const char *const place_names[] = {
	[SPOOL_TMP] = "tmp",
	[SPOOL_NEW] = "new",
	[SPOOL_FAILED] = "failed",
	[SPOOL_DAMAGED] = "damaged",
	[SPOOL_NOTES] = "notes",
};

static void
close_all(struct spool *sp)
{
	for (size_t i = 0; i < SPOOL_PLACE_COUNT; i++)
		fd_release(&sp->places[i]);
}

bool
spool_open(struct spool *sp, const char *path, struct err *e)
{
	AUTO(fd_release) int root = -1;
	for (size_t i = 0; i < SPOOL_PLACE_COUNT; i++)
		sp->places[i] = -1;
	if (!dir_open_private(path, &root, e))
		return false;
	for (size_t i = 0; i < SPOOL_PLACE_COUNT; i++) {
		if (dir_open_private_at(
			root, place_names[i], &sp->places[i], e))
			continue;
		close_all(sp);
		return err_wrap(e, "%s", path);
	}
	sp->path = str_dup(str_of(path));
	return true;
}

void
spool_release(struct spool *sp)
{
	if (sp->path != NULL)
		close_all(sp);
	free(sp->path);
	*sp = SPOOL_INIT;
}

/* Microseconds since 1970. */
static int64_t
now_usec(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool
make_id(int64_t usec, char id[SPOOL_ID_SIZE], struct err *e)
{
	uint32_t number;
	char date[sizeof("20261224-170000")];
	time_t seconds = (time_t)(usec / 1000000);
	struct tm tm;
	if (!crypto_random(&number, sizeof(number), e))
		return false;
	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &tm) == 0)
		return err_set(e, EX_OSERR, "the clock makes no sense");
	(void)snprintf(id, SPOOL_ID_SIZE, "%s-%06" PRId64 "-%08" PRIx32, date,
	    usec % 1000000, number);
	return true;
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

static bool
cannot_write(struct err *e)
{
	return err_sys(e, EX_IOERR, "write the message to the queue");
}

static bool
write_text(int fd, struct source *source, struct err *e)
{
	AUTO(cstr_release) char *chunk = mem_alloc(CHUNK);
	size_t n;
	source_rewind(source);
	do {
		if (!source_read(source, chunk, CHUNK, &n, e))
			return false;
		if (!fd_write_all(fd, chunk, n))
			return cannot_write(e);
	} while (n > 0);
	return true;
}

/* The file in tmp/, on disk but not yet in new/. */
static bool
fill(int fd, struct entry *entry, struct source *source, struct err *e)
{
	AUTO(buf_release) struct buf lines = BUF_INIT(ENTRY_LINES_MAX);
	entry->size = source_size(source);
	if (!entry_write(entry, &lines, e))
		return false;
	if (!fd_write_all(fd, lines.data, lines.len))
		return cannot_write(e);
	return write_text(fd, source, e) && (fsync(fd) == 0 || cannot_write(e));
}

/* Under a lock, so that nobody sweeps it away. */
static bool
open_temporary(struct spool *sp, const char *id, int *fd, struct err *e)
{
	*fd = openat(sp->places[SPOOL_TMP], id,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (*fd == -1)
		return err_sys(e, EX_CANTCREAT, "make a file in the queue");
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	fd_release(fd);
	return err_sys(e, EX_CANTCREAT, "lock a file in the queue");
}

/* From here on it is safe; or it was not put there. */
static bool
publish(struct spool *sp, const char *id, struct err *e)
{
	int tmp = sp->places[SPOOL_TMP], new = sp->places[SPOOL_NEW];
	if (linkat(tmp, id, new, id, 0) == -1)
		return err_sys(e, EX_CANTCREAT, "put the message in the queue");
	if (fsync(new) == 0)
		return true;
	(void)err_sys(e, EX_IOERR, "fsync the queue");
	(void)unlinkat(new, id, 0);
	return false;
}

bool
spool_put(struct spool *sp, struct entry *entry, struct source *source,
    char id[SPOOL_ID_SIZE], struct err *e)
{
	AUTO(fd_release) int fd = -1;
	entry->arrived_usec = now_usec();
	if (!make_id(entry->arrived_usec, id, e) ||
	    !open_temporary(sp, id, &fd, e))
		return err_wrap(e, "%s", sp->path);
	bool ok = fill(fd, entry, source, e) && publish(sp, id, e);
	(void)unlinkat(sp->places[SPOOL_TMP], id, 0);
	return ok || err_wrap(e, "%s", sp->path);
}

static int
compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	return strcmp(*x, *y);
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
spool_list(const struct spool *sp, enum spool_place place, struct strvec *ids,
    struct err *e)
{
	DIR *dir = open_list(sp->places[place]);
	size_t before = ids->len;
	const struct dirent *found;
	if (dir == NULL)
		return err_sys(
		    e, EX_IOERR, "list %s/%s", sp->path, place_names[place]);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is ours alone */
	while ((found = readdir(dir)) != NULL)
		if (spool_is_id(found->d_name))
			strvec_add(ids, str_of(found->d_name));
	(void)closedir(dir);
	if (ids->len > before)
		qsort(ids->items + before, ids->len - before,
		    sizeof(*ids->items), compare);
	return true;
}

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
open_one(
    int place, const char *id, bool locks, struct spooled *m, struct err *e)
{
	*m = SPOOLED_INIT;
	if (!spool_is_id(id))
		return SPOOL_GONE;
	(void)snprintf(m->id, sizeof(m->id), "%s", id);
	m->fd = openat(place, id, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
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
	if (locks && !is_there(place, m))
		return SPOOL_GONE;
	return read_entry(m, e) ? SPOOL_TAKEN : SPOOL_BROKEN;
}

enum spool_taken
spool_look(const struct spool *sp, enum spool_place place, const char *id,
    struct spooled *m, struct err *e)
{
	return open_one(sp->places[place], id, false, m, e);
}

enum spool_taken
spool_take(struct spool *sp, const char *id, struct spooled *m, struct err *e)
{
	return open_one(sp->places[SPOOL_NEW], id, true, m, e);
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

/* In its place, and on disk. */
static bool
overwrite(
    struct spooled *m, const char *bytes, size_t n, off_t at, struct err *e)
{
	ssize_t put;
	do
		put = pwrite(m->fd, bytes, n, at);
	while (put == -1 && errno == EINTR);
	if (put == (ssize_t)n && fdatasync(m->fd) == 0)
		return true;
	return err_sys(e, EX_IOERR, "note in %s what became of it", m->id);
}

bool
spooled_mark(
    struct spooled *m, size_t rcpt, enum entry_fate fate, struct err *e)
{
	struct entry_rcpt *r = &m->entry.rcpts[rcpt];
	const char byte = (char)fate;
	if (!overwrite(m, &byte, 1, r->at, e))
		return false;
	r->fate = fate;
	return true;
}

bool
spooled_keep_state(struct spooled *m, struct err *e)
{
	const char bytes[] = { m->entry.is_held ? 'h' : '-',
		m->entry.is_warned ? 'w' : '-' };
	return overwrite(m, bytes, sizeof(bytes), STATE_OFFSET, e);
}

static void
drop_note(struct spool *sp, const struct spooled *m)
{
	(void)unlinkat(sp->places[SPOOL_NOTES], m->id, 0);
}

bool
spool_remove(struct spool *sp, const struct spooled *m, struct err *e)
{
	drop_note(sp, m);
	if (unlinkat(sp->places[SPOOL_NEW], m->id, 0) == 0 || errno == ENOENT)
		return true;
	return err_sys(e, EX_IOERR, "take %s from the queue", m->id);
}

bool
spool_move(struct spool *sp, const struct spooled *m, enum spool_place place,
    struct err *e)
{
	int to = sp->places[place];
	drop_note(sp, m);
	if (renameat(sp->places[SPOOL_NEW], m->id, to, m->id) == 0 &&
	    fsync(to) == 0)
		return true;
	return err_sys(e, EX_IOERR, "move %s to %s/%s", m->id, sp->path,
	    place_names[place]);
}

bool
spool_set_aside(struct spool *sp, const struct spooled *m,
    const struct err *why, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(sizeof(*why));
	char name[SPOOL_ID_SIZE + sizeof(".why")];
	(void)snprintf(name, sizeof(name), "%s.why", m->id);
	(void)!buf_printf(&text, "%s\n", why->text);
	/* the reason is of use, but the message is what counts */
	struct err ignored;
	(void)!dir_write_file(
	    sp->places[SPOOL_DAMAGED], name, buf_str(&text), false, &ignored);
	return spool_move(sp, m, SPOOL_DAMAGED, e);
}

/* Who writes it has the lock, and the file goes with the process. */
static void
sweep_one(int tmp, const char *id)
{
	AUTO(fd_release)
	int fd = openat(
	    tmp, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlinkat(tmp, id, 0);
}

void
spool_sweep(struct spool *sp)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err ignored;
	if (!spool_list(sp, SPOOL_TMP, &ids, &ignored))
		return;
	for (size_t i = 0; i < ids.len; i++)
		sweep_one(sp->places[SPOOL_TMP], ids.items[i]);
}

void
spooled_release(struct spooled *m)
{
	entry_release(&m->entry);
	fd_release(&m->fd);
}
