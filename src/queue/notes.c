// SPDX-License-Identifier: ISC
#include "queue/note.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/dir.h"
#include "base/err.h"
#include "base/strvec.h"
#include "queue/folder.h"
#include "queue/spool.h"

bool
spool_note_read(
    const struct spool *sp, const char *name, size_t nrcpts, struct note *note)
{
	AUTO(buf_release) struct buf text = BUF_INIT(NOTE_MAX);
	struct err ignored = ERR_INIT;
	assert(folder_is_name(name));
	note_init(note, nrcpts);
	if (!dir_read_file(sp->places[SPOOL_NOTES], name, &text, &ignored))
		return false;
	note_parse(note, buf_str(&text));
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
