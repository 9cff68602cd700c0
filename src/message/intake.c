// SPDX-License-Identifier: ISC
#include "message/intake.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "message/store.h"

enum { CHUNK = 64 << 10 };

const struct field *
message_find(const struct message *m, enum field_id id)
{
	for (size_t i = 0; i < m->nfields; i++)
		if (m->fields[i].id == id)
			return &m->fields[i];
	return NULL;
}

void
message_release(struct message *m)
{
	if (m->owns_fd)
		fd_release(&m->fd);
	buf_release(&m->memory);
	for (size_t i = 0; i < m->nfields; i++)
		free(m->fields[i].value);
	free(m->fields);
	*m = MESSAGE_INIT;
}

bool
message_from_bytes(struct message *m, struct str bytes, struct err *e)
{
	AUTO(scan_release) struct scan scan = SCAN_INIT;
	if (!scan_feed(&scan, bytes.ptr, bytes.len, e))
		return false;
	*m = MESSAGE_INIT;
	m->bytes = bytes;
	store_keep_scan(m, &scan);
	return true;
}

static bool
unreadable(struct err *e)
{
	return err_sys(e, EX_NOINPUT, "read the message from standard input");
}

static bool
intake_file(struct message *m, int fd, off_t base, off_t size, struct err *e)
{
	AUTO(scan_release) struct scan scan = SCAN_INIT;
	AUTO(cstr_release) char *chunk = mem_alloc(CHUNK);
	off_t done = 0;
	/* no further than it was: somebody may be writing to it all the time */
	while (done < size) {
		off_t left = size - done;
		size_t want = left < CHUNK ? (size_t)left : CHUNK;
		ssize_t got = fd_pread(fd, chunk, want, base + done);
		if (got == -1)
			return unreadable(e);
		if (got == 0)
			break;
		if (!scan_feed(&scan, chunk, (size_t)got, e))
			return false;
		done += got;
	}
	/* a process that shares fd finds it read, as with any sendmail */
	(void)lseek(fd, base + done, SEEK_SET);
	*m = MESSAGE_INIT;
	m->fd = fd;
	m->base = base;
	store_keep_scan(m, &scan);
	return true;
}

/* A pipe's bytes on their way to memory or a temporary file. */
struct intake {
	struct store store;
	bool is_dot_end;
	/* bytes kept back: a dot at the start of a line and CRs behind it */
	bool at_line_start;
	bool has_dot;
	size_t ncrs;
};

static void
intake_release(struct intake *in)
{
	store_release(&in->store);
}

static bool
store_held(struct intake *in, struct err *e)
{
	if (in->has_dot && !store_add(&in->store, ".", 1, e))
		return false;
	in->has_dot = false;
	for (; in->ncrs > 0; in->ncrs--)
		if (!store_add(&in->store, "\r", 1, e))
			return false;
	return true;
}

/*
 * Stores a chunk up to the line with a lone dot; *end says that it was
 * there.  This is typed by hand: no need for speed.
 */
static bool
store_to_dot(
    struct intake *in, const char *bytes, size_t n, bool *end, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];
		if (in->at_line_start && c == '.') {
			in->has_dot = true;
		} else if (in->has_dot && c == '\r') {
			in->ncrs++;
		} else if (in->has_dot && c == '\n') {
			*end = true;
			return true;
		} else if (!store_held(in, e) ||
		    !store_add(&in->store, &c, 1, e)) {
			return false;
		}
		in->at_line_start = c == '\n';
	}
	return true;
}

/* As read(2), but a descriptor that does not block is waited for. */
static ssize_t
read_waiting(int fd, char *dst, size_t n)
{
	for (;;) {
		ssize_t got = fd_read(fd, dst, n);
		if (got != -1 || errno != EAGAIN)
			return got;
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		if (poll(&wait, 1, -1) == -1 && errno != EINTR)
			return -1;
	}
}

static bool
intake_stream(struct intake *in, int fd, struct err *e)
{
	AUTO(cstr_release) char *chunk = mem_alloc(CHUNK);
	bool end = false;
	while (!end) {
		ssize_t got = read_waiting(fd, chunk, CHUNK);
		if (got == -1)
			return unreadable(e);
		if (got == 0)
			break; /* a dot that was kept back ends it too */
		bool ok = in->is_dot_end
		    ? store_to_dot(in, chunk, (size_t)got, &end, e)
		    : store_add(&in->store, chunk, (size_t)got, e);
		if (!ok)
			return false;
	}
	return true;
}

bool
message_intake(struct message *m, int fd, enum message_end end, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) == -1)
		return unreadable(e);
	if (end == MESSAGE_END_TERMINAL)
		end = S_ISCHR(st.st_mode) && isatty(fd) ? MESSAGE_END_DOT
							: MESSAGE_END_EOF;
	/* files in /proc say that they are empty */
	if (S_ISREG(st.st_mode) && st.st_size > 0 && end == MESSAGE_END_EOF) {
		off_t base = lseek(fd, 0, SEEK_CUR);
		if (base == -1)
			return unreadable(e);
		return intake_file(m, fd, base, st.st_size - base, e);
	}
	AUTO(intake_release)
	struct intake in = {
		.store = STORE_INIT,
		.is_dot_end = end == MESSAGE_END_DOT,
		.at_line_start = true,
	};
	if (!intake_stream(&in, fd, e))
		return false;
	store_end(&in.store, m);
	return true;
}
