// SPDX-License-Identifier: ISC
#include "queued.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/strvec.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"
#include "unit.h"

struct queued
queued_begin(void)
{
	struct queued q = { .root = "/tmp/posthaste-spool-XXXXXX" };
	CHECK(mkdtemp(q.root) != NULL);
	(void)snprintf(q.path, sizeof(q.path), "%s/queue", q.root);
	return q;
}

struct queued
queued_open(void)
{
	struct err e = ERR_INIT;
	struct queued q = queued_begin();
	CHECK(spool_open(&q.spool, q.path, &e));
	return q;
}

void
queued_end(struct queued *q)
{
	spool_release(&q->spool);
	REMOVE_TREE(q->root);
}

bool
queued_put(struct queued *q, const char *id, size_t nrcpts,
    char made[SPOOL_ID_SIZE], struct err *e)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message m = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	char unseen[SPOOL_ID_SIZE];
	CHECK(message_from_bytes(&m, STR(QUEUED_TEXT), e));
	source_init(&source, &m, NULL);
	entry.sender = str_dup(STR("me@x"));
	for (size_t i = 0; i < nrcpts; i++) {
		char address[32];
		(void)snprintf(address, sizeof(address), "r%zu@x", i);
		entry_add_rcpt(&entry, str_of(address), STR_INIT);
	}
	if (id != NULL)
		return spool_put_as(&q->spool, &entry, &source, id, e);
	return spool_put(
	    &q->spool, &entry, &source, made != NULL ? made : unseen, e);
}

void
queued_forge(struct queued *q, enum spool_place place, const char *name,
    const char *text, mode_t mode)
{
	int fd = openat(
	    q->spool.places[place], name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd != -1);
	CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CHECK(fchmod(fd, mode) == 0);
	CHECK(close(fd) == 0);
}

size_t
queued_count(const struct queued *q, enum spool_place place)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	CHECK(spool_list(&q->spool, place, &ids, &e));
	return ids.len;
}

bool
queued_has(const struct queued *q, enum spool_place place, const char *name)
{
	struct stat st;
	return fstatat(
		   q->spool.places[place], name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

void
queued_age(
    struct queued *q, enum spool_place place, const char *name, long seconds)
{
	const struct timespec then = { .tv_sec = time(NULL) - seconds };
	const struct timespec times[] = { then, then };
	CHECK(utimensat(q->spool.places[place], name, times, 0) == 0);
}
