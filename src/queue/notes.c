// SPDX-License-Identifier: ISC
#include "queue/note.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/strvec.h"
#include "queue/folder.h"
#include "queue/spool.h"

/* Of one that is longer than most. */
static void
parse_long(struct note *note, int fd, struct str start)
{
	AUTO(buf_release) struct buf text = BUF_INIT(NOTE_MAX);
	struct err ignored;
	(void)!buf_add_str(&text, start);
	(void)!fd_read_to_end(fd, &text, &ignored);
	note_parse(note, buf_str(&text));
}

bool
spool_note_read(
    const struct spool *sp, const char *name, size_t nrcpts, struct note *note)
{
	char start[1024];
	assert(folder_is_name(name));
	note_init(note, nrcpts);
	/* whatever it is, its folder is ours alone, and nothing depends on it
	 */
	AUTO(fd_release)
	int fd = openat(sp->places[SPOOL_NOTES], name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t got = fd == -1 ? -1 : fd_read(fd, start, sizeof(start));
	if (got == -1)
		return false;
	struct str text = { start, (size_t)got };
	if (text.len < sizeof(start))
		note_parse(note, text);
	else
		parse_long(note, fd, text);
	return true;
}

bool
spool_note_write(const struct spool *sp, const char *name,
    const struct note *note, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(NOTE_MAX);
	assert(folder_is_name(name));
	note_write(note, &text);
	return dir_write_file(
		   sp->places[SPOOL_NOTES], name, buf_str(&text), false, e) ||
	    err_wrap(e, "%s/notes", sp->path);
}

void
spool_note_drop(const struct spool *sp, const char *name)
{
	assert(folder_is_name(name));
	(void)unlinkat(sp->places[SPOOL_NOTES], name, 0);
}

bool
spool_notes(const struct spool *sp, struct strvec *names, struct err *e)
{
	return folder_list(sp, SPOOL_NOTES, folder_is_name, names, e);
}

static int
compare(const void *name, const void *item)
{
	const char *const *there = item;
	return strcmp(name, *there);
}

bool
spool_is_noted(const struct strvec *names, const char *name)
{
	return names->len > 0 &&
	    bsearch(name, names->items, names->len, sizeof(*names->items),
		compare) != NULL;
}
