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
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/date.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/sha256.h"
#include "message/source.h"

enum { CHUNK = 64 << 10 };

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
	char date[DATE_SIZE];
	if (!crypto_random(&number, sizeof(number), e))
		return false;
	date_format(usec / 1000000, date); /* "2026-12-24T17:00:00Z" */
	(void)snprintf(id, SPOOL_ID_SIZE,
	    "%.4s%.2s%.2s-%.2s%.2s%.2s-%06" PRIu64 "-%08" PRIx32, date,
	    date + 5, date + 8, date + 11, date + 14, date + 17,
	    (uint64_t)usec % 1000000, number);
	return true;
}

/* The next one in order, but for its number: as a decimal with dashes. */
static void
count_up(char *digits, size_t n)
{
	while (n-- > 0) {
		if (digits[n] == '-')
			continue;
		if (digits[n] < '9') {
			digits[n]++;
			return;
		}
		digits[n] = '0';
	}
}

void
spool_derive_id(const char *id, struct str text, char derived[SPOOL_ID_SIZE])
{
	enum { NUMBER = SPOOL_ID_SIZE - sizeof("89abcdef") };
	AUTO(buf_release) struct buf all = BUF_INIT(SIZE_MAX);
	unsigned char digest[SHA256_SIZE];
	assert(spool_is_id(id));
	(void)!buf_printf(&all, "%s ", id);
	(void)!buf_add_str(&all, text);
	sha256(buf_str(&all), digest);
	(void)snprintf(derived, SPOOL_ID_SIZE, "%s", id);
	count_up(derived, NUMBER);
	for (size_t i = 0; i < 4; i++)
		(void)snprintf(derived + NUMBER + 2 * i, 3, "%02x", digest[i]);
}

/* What keeps us from it is our place, or the machine. */
static bool
cannot(struct err *e, const char *what)
{
	bool is_machine = errno == EIO || errno == EINTR || errno == ENOMEM;
	return err_sys(e, is_machine ? EX_IOERR : EX_CANTCREAT, "%s", what);
}

static bool
write_bytes(int fd, const char *bytes, size_t n, struct err *e)
{
	return fd_write_all(fd, bytes, n) ||
	    cannot(e, "write the message to the queue");
}

static bool
write_text(int fd, struct source *source, struct err *e)
{
	AUTO(cstr_release) char *chunk = mem_alloc(CHUNK);
	size_t n;
	source_rewind(source);
	do {
		if (!source_read(source, chunk, CHUNK, &n, e) ||
		    !write_bytes(fd, chunk, n, e))
			return false;
	} while (n > 0);
	return true;
}

/* The file in tmp/, on disk but not yet in new/. */
static bool
fill(int fd, struct entry *entry, struct source *source, struct err *e)
{
	AUTO(buf_release) struct buf lines = BUF_INIT(ENTRY_LINES_MAX);
	entry->size = source_size(source);
	return entry_write(entry, &lines, e) &&
	    write_bytes(fd, lines.data, lines.len, e) &&
	    write_text(fd, source, e) &&
	    (fd_sync(fd) || cannot(e, "fsync the message in the queue"));
}

/* Locked, so that nobody sweeps it away; 0 if somebody just did. */
static int
lock_temporary(int fd)
{
	struct stat st;
	int rc;
	do
		rc = flock(fd, LOCK_EX);
	while (rc == -1 && errno == EINTR);
	if (rc == -1 || fstat(fd, &st) == -1)
		return -1;
	/* the caller's umask may have taken what we need */
	if ((st.st_mode & 0777) != (S_IRUSR | S_IWUSR) &&
	    fchmod(fd, S_IRUSR | S_IWUSR) == -1)
		return -1;
	return st.st_nlink > 0;
}

/* Under a name that is new: whatever has it by chance is not ours. */
static bool
open_temporary(struct spool *sp, int64_t usec, char id[SPOOL_ID_SIZE], int *fd,
    struct err *e)
{
	int tmp = sp->places[SPOOL_TMP], there = 0;
	for (int ntries = 0; there == 0 && ntries < 100; ntries++) {
		fd_release(fd);
		if (!make_id(usec, id, e))
			return false;
		*fd = openat(tmp, id,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    S_IRUSR | S_IWUSR);
		if (*fd == -1 && errno != EEXIST)
			return cannot(e, "make a file in the queue");
		there = *fd == -1 ? 0 : lock_temporary(*fd);
	}
	if (there == 1)
		return true;
	(void)cannot(e, "lock a file in the queue");
	if (*fd != -1)
		(void)unlinkat(tmp, id, 0);
	return false;
}

/* From here on it is safe; or it was not put there. */
static bool
publish(struct spool *sp, const char *temporary, const char *id, struct err *e)
{
	int tmp = sp->places[SPOOL_TMP], new = sp->places[SPOOL_NEW];
	if (linkat(tmp, temporary, new, id, 0) == -1)
		return cannot(e, "put the message in the queue");
	if (fd_sync(new))
		return true;
	(void)cannot(e, "fsync the queue");
	(void)unlinkat(new, id, 0);
	return false;
}

/* id: NULL for the temporary's own. */
static bool
put_file(struct spool *sp, struct entry *entry, struct source *source,
    const char *id, char temporary[SPOOL_ID_SIZE], struct err *e)
{
	AUTO(fd_release) int fd = -1;
	entry->arrived_usec = now_usec();
	if (!open_temporary(sp, entry->arrived_usec, temporary, &fd, e))
		return err_wrap(e, "%s", sp->path);
	bool ok = fill(fd, entry, source, e) &&
	    publish(sp, temporary, id != NULL ? id : temporary, e);
	(void)unlinkat(sp->places[SPOOL_TMP], temporary, 0);
	return ok || err_wrap(e, "%s", sp->path);
}

bool
spool_put(struct spool *sp, struct entry *entry, struct source *source,
    char id[SPOOL_ID_SIZE], struct err *e)
{
	return put_file(sp, entry, source, NULL, id, e);
}

/* Whether it is there, for good. */
static bool
is_there(const struct spool *sp, const char *id)
{
	struct stat st;
	int new = sp->places[SPOOL_NEW];
	return fstatat(new, id, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) && fd_sync(new);
}

bool
spool_put_as(struct spool *sp, struct entry *entry, struct source *source,
    const char *id, struct err *e)
{
	char temporary[SPOOL_ID_SIZE];
	assert(spool_is_id(id));
	return is_there(sp, id) ||
	    put_file(sp, entry, source, id, temporary, e) ||
	    (e->sys == EEXIST && is_there(sp, id));
}
