// SPDX-License-Identifier: ISC
/* A queue in a folder of its own, for those who look at it. */
#ifndef TESTS_UNIT_OUTBOX_DESK_H
#define TESTS_UNIT_OUTBOX_DESK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "message/intake.h"
#include "message/source.h"
#include "outbox/lane.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "unit.h"

struct desk {
	char root[64];
	char path[96];
	struct spool spool;
};

static inline struct desk
desk_begin(void)
{
	struct desk d = { .root = "/tmp/posthaste-desk-XXXXXX" };
	struct err e = ERR_INIT;
	CHECK(mkdtemp(d.root) != NULL);
	(void)snprintf(d.path, sizeof(d.path), "%s/queue", d.root);
	CHECK(spool_open(&d.spool, d.path, &e));
	return d;
}

static inline void
desk_end(struct desk *d)
{
	spool_release(&d->spool);
	REMOVE_TREE(d->root);
}

/* One from me@x to a@x, by that server; or by an rc file, with a slash. */
static inline void
desk_put(struct desk *d, const char *by, char id[SPOOL_ID_SIZE])
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message m = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	char line[64];
	struct err e = ERR_INIT;
	CHECK(message_from_bytes(&m, STR("Subject: x\n\nhello\n"), &e));
	source_init(&source, &m, NULL);
	entry.sender = str_dup(STR("me@x"));
	entry_add_rcpt(&entry, STR("a@x"), STR_INIT);
	(void)snprintf(line, sizeof(line), "host %s", by);
	if (by[0] == '/')
		entry.rcfile = str_dup(str_of(by));
	else
		strvec_add(&entry.settings, str_of(line));
	CHECK(spool_put(&d->spool, &entry, &source, id, &e));
}

static inline void
desk_note(struct desk *d, const char *name, int64_t next, const char *said)
{
	AUTO(note_release) struct note note = NOTE_INIT;
	struct err e = ERR_INIT;
	note_init(&note, 1);
	note.ntries = 2;
	note.next = next;
	note_say(&note, str_of(said));
	CHECK(spool_note_write(&d->spool, name, &note, &e));
}

/* The name of the server's note. */
static inline void
desk_name_host(struct desk *d, const char *id, char host[LANE_HOST_SIZE])
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	AUTO(lane_release) struct lane lane = LANE_INIT;
	struct err e = ERR_INIT;
	CHECK_EQ(spool_look(&d->spool, SPOOL_NEW, id, &m, &e), SPOOL_TAKEN);
	CHECK(lane_load(&lane, &m.entry, &e));
	memcpy(host, lane.host, LANE_HOST_SIZE);
}

#endif
