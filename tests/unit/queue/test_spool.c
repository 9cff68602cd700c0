// SPDX-License-Identifier: ISC
#include "queue/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"
#include "unit.h"

struct place {
	char root[64];
	char path[96];
	struct spool spool;
};

static struct place
begin(void)
{
	struct err e = ERR_INIT;
	struct place p = { .root = "/tmp/posthaste-spool-XXXXXX" };
	CHECK(mkdtemp(p.root) != NULL);
	(void)snprintf(p.path, sizeof(p.path), "%s/queue", p.root);
	CHECK(spool_open(&p.spool, p.path, &e));
	return p;
}

static void
end(struct place *p)
{
	char *const roots[] = { p->root, NULL };
	spool_release(&p->spool);
	FTS *tree = fts_open(roots, FTS_PHYSICAL, NULL);
	CHECK(tree != NULL);
	for (FTSENT *f; (f = fts_read(tree)) != NULL;)
		if (f->fts_info != FTS_D)
			CHECK(remove(f->fts_accpath) == 0);
	CHECK(fts_close(tree) == 0);
}

#define TEXT "Subject: x\n\nhello\n"
#define WIRE "Subject: x\r\n\r\nhello\r\n"

static bool
put(struct place *p, char id[SPOOL_ID_SIZE], struct err *e)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message m = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	CHECK(message_from_bytes(&m, STR(TEXT), e));
	source_init(&source, &m, NULL);
	entry.sender = str_dup(STR("me@x"));
	entry_add_rcpt(&entry, STR("a@x"), STR_INIT);
	entry_add_rcpt(&entry, STR("b@x"), STR_INIT);
	return spool_put(&p->spool, &entry, &source, id, e);
}

static size_t
count(const struct place *p, enum spool_place place)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	CHECK(spool_list(&p->spool, place, &ids, &e));
	return ids.len;
}

TEST(what_was_put_is_there_as_it_goes_out)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	AUTO(message_release) struct message text = MESSAGE_INIT;
	struct err e = ERR_INIT;
	struct place p = begin();
	char id[SPOOL_ID_SIZE], bytes[100];
	CHECK(put(&p, id, &e));
	CHECK(spool_is_id(id));
	CHECK_EQ(count(&p, SPOOL_TMP), 0);
	CHECK_EQ(count(&p, SPOOL_NEW), 1);
	CHECK_EQ(spool_take(&p.spool, id, &m, &e), SPOOL_TAKEN);
	CHECK_STR(m.entry.sender, "me@x");
	CHECK_EQ(m.entry.nrcpts, 2);
	CHECK_EQ(m.entry.size, sizeof(WIRE) - 1);
	CHECK(m.entry.arrived_usec > 0);
	CHECK(spooled_text(&m, &text, &e));
	CHECK_EQ(text.facts.wire, sizeof(WIRE) - 1);
	CHECK_EQ(pread(m.fd, bytes, sizeof(bytes), m.entry.text),
	    (ssize_t)sizeof(WIRE) - 1);
	CHECK(memcmp(bytes, WIRE, sizeof(WIRE) - 1) == 0);
	end(&p);
}

TEST(they_are_listed_in_the_order_in_which_they_came)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	struct place p = begin();
	char wanted[20][SPOOL_ID_SIZE];
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		CHECK(put(&p, wanted[i], &e));
	CHECK(spool_list(&p.spool, SPOOL_NEW, &ids, &e));
	CHECK_EQ(ids.len, ARRAY_LEN(wanted));
	for (size_t i = 0; i < ids.len; i++)
		CHECK_STR(ids.items[i], wanted[i]);
	end(&p);
}

TEST(two_cannot_have_one_message)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct place p = begin();
	char id[SPOOL_ID_SIZE];
	CHECK(put(&p, id, &e));
	CHECK_EQ(spool_take(&p.spool, id, &m, &e), SPOOL_TAKEN);
	{
		AUTO(spooled_release) struct spooled other = SPOOLED_INIT;
		CHECK_EQ(spool_take(&p.spool, id, &other, &e), SPOOL_BUSY);
		/* but it can be looked at */
		AUTO(spooled_release) struct spooled look = SPOOLED_INIT;
		CHECK_EQ(spool_look(&p.spool, SPOOL_NEW, id, &look, &e),
		    SPOOL_TAKEN);
	}
	CHECK(spool_remove(&p.spool, &m, &e));
	spooled_release(&m);
	CHECK_EQ(spool_take(&p.spool, id, &m, &e), SPOOL_GONE);
	end(&p);
}

TEST(what_became_of_a_recipient_stays)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct place p = begin();
	char id[SPOOL_ID_SIZE];
	CHECK(put(&p, id, &e));
	CHECK_EQ(spool_take(&p.spool, id, &m, &e), SPOOL_TAKEN);
	CHECK(spooled_mark(&m, 1, ENTRY_TAKEN, &e));
	m.entry.is_held = true;
	CHECK(spooled_keep_state(&m, &e));
	spooled_release(&m);
	CHECK_EQ(spool_take(&p.spool, id, &m, &e), SPOOL_TAKEN);
	CHECK_EQ(m.entry.rcpts[0].fate, ENTRY_PENDING);
	CHECK_EQ(m.entry.rcpts[1].fate, ENTRY_TAKEN);
	CHECK(m.entry.is_held);
	CHECK(!m.entry.is_warned);
	end(&p);
}

/* Puts a file where a message should be. */
static void
forge(const struct place *p, const char *id, const char *text, mode_t mode)
{
	int fd = openat(
	    p->spool.places[SPOOL_NEW], id, O_WRONLY | O_CREAT | O_EXCL, 0600);
	CHECK(fd != -1);
	CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	CHECK(fchmod(fd, mode) == 0);
	CHECK(close(fd) == 0);
}

#define ID "20261224-170000-123456-89abcde"
#define GOOD                                                      \
	"posthaste-queue 1\nstate --\narrived 1.000000\nsize 2\n" \
	"sender a@x\nrcpt - b@x\n\n"

TEST(what_is_damaged_is_told_and_set_aside)
{
	static const struct {
		const char *id, *text;
		mode_t mode;
		enum spool_taken taken;
	} rows[] = {
		{ ID "0", GOOD "hi", 0600, SPOOL_TAKEN },
		{ ID "1", GOOD "h", 0600, SPOOL_BROKEN },
		{ ID "2", GOOD "hi!", 0600, SPOOL_BROKEN },
		{ ID "3", "", 0600, SPOOL_BROKEN },
		{ ID "4", "posthaste-queue 1\nstate --\n", 0600, SPOOL_BROKEN },
		{ ID "5", GOOD "hi", 0640, SPOOL_BROKEN },
		{ ID "6", GOOD "hi", 0602, SPOOL_BROKEN },
	};
	struct place p = begin();
	size_t nbroken = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
		struct err e = ERR_INIT, other = ERR_INIT;
		forge(&p, rows[i].id, rows[i].text, rows[i].mode);
		CHECK_EQ(
		    spool_take(&p.spool, rows[i].id, &m, &e), rows[i].taken);
		if (rows[i].taken == SPOOL_TAKEN)
			continue;
		CHECK_EQ(e.exit, EX_DATAERR);
		CHECK(spool_set_aside(&p.spool, &m, &e, &other));
		CHECK_EQ(count(&p, SPOOL_DAMAGED), ++nbroken);
	}
	CHECK_EQ(count(&p, SPOOL_NEW), 1);
	end(&p);
}

TEST(links_and_names_of_others_are_not_followed)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct place p = begin();
	CHECK(symlinkat("/etc/passwd", p.spool.places[SPOOL_NEW], ID "0") == 0);
	CHECK_EQ(spool_take(&p.spool, ID "0", &m, &e), SPOOL_BROKEN);
	spooled_release(&m);
	CHECK(mkfifoat(p.spool.places[SPOOL_NEW], ID "1", 0600) == 0);
	CHECK_EQ(spool_take(&p.spool, ID "1", &m, &e), SPOOL_BROKEN);
	spooled_release(&m);
	CHECK_EQ(spool_take(&p.spool, "../tmp/x", &m, &e), SPOOL_GONE);
	CHECK_EQ(spool_take(&p.spool, "", &m, &e), SPOOL_GONE);
	end(&p);
}

TEST(what_a_dead_process_was_writing_is_swept_away)
{
	struct err e = ERR_INIT;
	struct place p = begin();
	int tmp = p.spool.places[SPOOL_TMP];
	int fd = openat(tmp, ID "0", O_WRONLY | O_CREAT, 0600);
	CHECK(fd != -1);
	CHECK(close(fd) == 0);
	spool_sweep(&p.spool);
	CHECK_EQ(count(&p, SPOOL_TMP), 0);
	(void)e;
	end(&p);
}

TEST(a_message_that_cannot_be_read_is_not_put_there)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message m = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	struct err e = ERR_INIT;
	struct place p = begin();
	char id[SPOOL_ID_SIZE], name[64] = "/tmp/posthaste-text-XXXXXX";
	int fd = mkstemp(name);
	CHECK(fd != -1);
	CHECK(unlink(name) == 0);
	CHECK_EQ(write(fd, TEXT, 10), 10);
	CHECK(lseek(fd, 0, SEEK_SET) == 0);
	CHECK(message_intake(&m, fd, MESSAGE_END_EOF, &e));
	CHECK(ftruncate(fd, 3) == 0);
	source_init(&source, &m, NULL);
	entry.sender = str_dup(STR("me@x"));
	entry_add_rcpt(&entry, STR("a@x"), STR_INIT);
	CHECK(!spool_put(&p.spool, &entry, &source, id, &e));
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK_EQ(count(&p, SPOOL_NEW), 0);
	CHECK_EQ(count(&p, SPOOL_TMP), 0);
	CHECK(close(fd) == 0);
	end(&p);
}
