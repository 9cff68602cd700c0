// SPDX-License-Identifier: ISC
#include "outbox/fault.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "outbox/hostnote.h"
#include "outbox/patience.h"
#include "outbox/tell.h"
#include "queue/entry.h"
#include "queue/retry.h"
#include "queue/spool.h"

#define PREFIX "lane-"

enum { NAME_SIZE = sizeof(PREFIX) + ENTRY_KEY_SIZE };

static const struct retry_rules rules = { .first = 60, .most = 3600 };

static void
name_note(const char *key, char name[NAME_SIZE])
{
	(void)snprintf(name, NAME_SIZE, PREFIX "%s", key);
}

/* A note has words as str_printable() makes them. */
static bool
is_said(const struct note *note, const struct err *why)
{
	AUTO(buf_release) struct buf words = BUF_INIT(sizeof(*why));
	AUTO(buf_release) struct buf shown = BUF_INIT(4 * sizeof(*why));
	tell_words(why, &words);
	str_printable(buf_str(&words), &shown);
	return note->said != NULL && strcmp(note->said, buf_cstr(&shown)) == 0;
}

bool
fault_is_news(struct spool *sp, const char *key, const struct err *why,
    int64_t now, int64_t *next)
{
	struct hostnote h = HOSTNOTE_INIT;
	char name[NAME_SIZE];
	name_note(key, name);
	hostnote_read(&h, sp, name);
	bool is_news = !is_said(&h.note, why) ||
	    patience_is_due(&rules, h.note.next, now);
	*next = h.note.next;
	hostnote_release(&h);
	if (is_news)
		fault_note(sp, key, why, now);
	return is_news;
}

void
fault_note(
    struct spool *sp, const char *key, const struct err *why, int64_t now)
{
	struct hostnote h = HOSTNOTE_INIT;
	char name[NAME_SIZE];
	name_note(key, name);
	hostnote_read(&h, sp, name);
	hostnote_fail(&h, sp, &rules, NULL, why, now);
	hostnote_release(&h);
}

void
fault_clear(struct spool *sp, const char *key)
{
	char name[NAME_SIZE];
	name_note(key, name);
	spool_note_drop(sp, name);
}

bool
fault_is_noted(const char *path, const struct err *why)
{
	AUTO(spool_release) struct spool sp = SPOOL_INIT;
	AUTO(strvec_release) struct strvec names = STRVEC_INIT;
	struct err ignored;
	bool is_noted = false;
	if (!spool_open_existing(&sp, path, &ignored) || spool_is_empty(&sp) ||
	    !spool_notes(&sp, &names, &ignored))
		return false;
	for (size_t i = 0; i < names.len && !is_noted; i++) {
		struct note note;
		if (strncmp(names.items[i], PREFIX, strlen(PREFIX)) != 0)
			continue;
		(void)!spool_note_read(&sp, names.items[i], 0, &note);
		is_noted = is_said(&note, why);
		note_release(&note);
	}
	return is_noted;
}
