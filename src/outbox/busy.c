// SPDX-License-Identifier: ISC
#include "outbox/busy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"

enum { TEXT_MAX = 64 << 20 };

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* "1: FLOCK  ADVISORY  WRITE 3978 fe:00:11093119 0 EOF" */
static void
take_line(struct busy *b, struct str line)
{
	enum { KIND = 1, FILE_ID = 5 };
	struct str word, words[FILE_ID + 1];
	uint64_t inode;
	size_t n = 0;
	while (n < ARRAY_LEN(words) && str_word(&line, " ", &word))
		words[n++] = word;
	if (n < ARRAY_LEN(words) || !str_eq(words[KIND], STR("FLOCK")))
		return; /* another kind, or "->": who waits for it */
	/* the device is not always what stat(2) calls it, as on btrfs */
	size_t colon = str_rfind(words[FILE_ID], ':');
	if (colon == words[FILE_ID].len ||
	    !parse_uint(
		str_from(words[FILE_ID], colon + 1), 0, UINT64_MAX, &inode))
		return;
	b->inodes = mem_grow(
	    b->inodes, &b->cap, b->len + 1, sizeof(*b->inodes));
	b->inodes[b->len++] = inode;
}

void
busy_parse(struct busy *b, struct str text)
{
	while (text.len > 0) {
		size_t end = str_find(text, '\n');
		take_line(b, str_upto(text, end));
		text = str_from(text, end < text.len ? end + 1 : end);
	}
	if (b->len > 0)
		qsort(b->inodes, b->len, sizeof(*b->inodes), compare);
}

void
busy_read(struct busy *b)
{
	AUTO(buf_release) struct buf text = BUF_INIT(TEXT_MAX);
	struct err ignored;
	AUTO(fd_release) int fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	if (fd != -1 && fd_read_to_end(fd, &text, &ignored))
		busy_parse(b, buf_str(&text));
}

bool
busy_has(const struct busy *b, int fd)
{
	struct stat st;
	if (b->len == 0 || fstat(fd, &st) == -1)
		return false;
	uint64_t inode = (uint64_t)st.st_ino;
	if (bsearch(&inode, b->inodes, b->len, sizeof(inode), compare) == NULL)
		return false;
	/* another device may have a file of that number: now it is asked for */
	if (flock(fd, LOCK_SH | LOCK_NB) == -1)
		return errno == EWOULDBLOCK;
	(void)flock(fd, LOCK_UN);
	return false;
}

void
busy_release(struct busy *b)
{
	free(b->inodes);
	*b = BUSY_INIT;
}
