// SPDX-License-Identifier: ISC
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "message/message.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "queued.h"
#include "unit.h"

#define ID QUEUED_ID

TEST(two_cannot_have_one_message)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	char id[SPOOL_ID_SIZE];
	CHECK(queued_put(&q, NULL, 2, id, &e));
	CHECK_EQ(spool_take(&q.spool, id, &m, &e), SPOOL_TAKEN);
	{
		AUTO(spooled_release) struct spooled other = SPOOLED_INIT;
		CHECK_EQ(spool_take(&q.spool, id, &other, &e), SPOOL_BUSY);
		/* but it can be looked at */
		AUTO(spooled_release) struct spooled look = SPOOLED_INIT;
		CHECK_EQ(spool_look(&q.spool, SPOOL_NEW, id, &look, &e),
		    SPOOL_TAKEN);
	}
	CHECK(spool_remove(&q.spool, &m, &e));
	spooled_release(&m);
	CHECK_EQ(spool_take(&q.spool, id, &m, &e), SPOOL_GONE);
	queued_end(&q);
}

/* Takes and removes all that it can, and tells each by its number. */
static void
take_all(struct queued *q, int told)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	bool ok = spool_list(&q->spool, SPOOL_NEW, &ids, &e);
	for (size_t i = 0; ok && i < ids.len; i++) {
		AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
		if (spool_take(&q->spool, ids.items[i], &m, &e) == SPOOL_TAKEN)
			ok = write(told, m.entry.sender, 4) == 4 &&
			    spool_remove(&q->spool, &m, &e);
	}
	_exit(ok ? 0 : 1);
}

TEST(several_at_once_have_each_message_once)
{
	enum { MESSAGES = 1000, PROCESSES = 4 };
	static unsigned seen[MESSAGES];
	struct queued q = queued_open();
	int told[2], status;
	for (unsigned i = 0; i < MESSAGES; i++) {
		char id[64], text[200];
		(void)snprintf(
		    id, sizeof(id), "20261224-170000-123456-%08x", i);
		(void)snprintf(text, sizeof(text),
		    "posthaste-queue 1\nstate --\narrived 1.000000\nsize 0\n"
		    "sender %04u\nrcpt + a@x\n\n",
		    i);
		queued_forge(&q, SPOOL_NEW, id, text, 0600);
	}
	CHECK(pipe(told) == 0);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			take_all(&q, told[1]);
	CHECK(close(told[1]) == 0);
	for (char name[5] = ""; read(told[0], name, 4) == 4;)
		seen[strtoul(name, NULL, 10)]++;
	for (unsigned i = 0; i < MESSAGES; i++)
		CHECK_EQ(seen[i], 1);
	for (int i = 0; i < PROCESSES; i++)
		CHECK(wait(&status) > 0 && status == 0);
	CHECK(spool_is_empty(&q.spool));
	CHECK(close(told[0]) == 0);
	queued_end(&q);
}

TEST(what_became_of_a_recipient_stays)
{
	static const enum entry_fate fates[] = { ENTRY_PENDING, ENTRY_TAKEN };
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, ID "0", 2, NULL, &e));
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK(spooled_mark(&m, fates, &e));
	m.entry.is_held = true;
	CHECK(spooled_keep_state(&m, &e));
	spooled_release(&m);
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK_EQ(m.entry.rcpts[0].fate, ENTRY_PENDING);
	CHECK_EQ(m.entry.rcpts[1].fate, ENTRY_TAKEN);
	CHECK(m.entry.is_held);
	CHECK(!m.entry.is_warned);
	queued_end(&q);
}

/* As they stand in the file. */
static void
check_fates(struct queued *q, const char *want)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	char got[10] = "";
	CHECK_EQ(spool_look(&q->spool, SPOOL_NEW, ID "0", &m, &e), SPOOL_TAKEN);
	for (size_t i = 0; i < m.entry.nrcpts && i < sizeof(got) - 1; i++)
		got[i] = (char)m.entry.rcpts[i].fate;
	CHECK_STR(got, want);
}

TEST(all_fates_are_written_at_once)
{
	static const enum entry_fate fates[] = { ENTRY_TAKEN, ENTRY_PENDING,
		ENTRY_REFUSED, ENTRY_REFUSED };
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, ID "0", 4, NULL, &e));
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK(spooled_mark(&m, fates, &e));
	CHECK_EQ(m.entry.rcpts[3].fate, ENTRY_REFUSED);
	check_fates(&q, "+-xx");
	CHECK(spooled_turn(&m, ENTRY_REFUSED, ENTRY_REPORTED, &e));
	CHECK_EQ(m.entry.rcpts[3].fate, ENTRY_REPORTED);
	check_fates(&q, "+-rr");
	queued_end(&q);
}

TEST(a_fate_that_cannot_be_written_is_told_and_not_believed)
{
	static const enum entry_fate fates[] = { ENTRY_TAKEN };
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, ID "0", 1, NULL, &e));
	/* without the lock it is open for reading only */
	CHECK_EQ(spool_look(&q.spool, SPOOL_NEW, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK(!spooled_mark(&m, fates, &e));
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK_EQ(m.entry.rcpts[0].fate, ENTRY_PENDING);
	queued_end(&q);
}

TEST(twenty_thousand_recipients_are_a_message_like_any)
{
	enum { MANY = 20000 };
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	AUTO(message_release) struct message text = MESSAGE_INIT;
	enum entry_fate *fates = mem_alloc(MANY * sizeof(*fates));
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, ID "0", MANY, NULL, &e));
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK_EQ(m.entry.nrcpts, MANY);
	CHECK_STR(m.entry.rcpts[MANY - 1].address, "r19999@x");
	CHECK(spooled_text(&m, &text, &e));
	CHECK_EQ(text.facts.wire, sizeof(QUEUED_WIRE) - 1);
	for (size_t i = 0; i < MANY; i++)
		fates[i] = i % 2 == 0 ? ENTRY_TAKEN : ENTRY_PENDING;
	CHECK(spooled_mark(&m, fates, &e));
	spooled_release(&m);
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK_EQ(entry_count(&m.entry, ENTRY_TAKEN), MANY / 2);
	CHECK_EQ(m.entry.rcpts[MANY - 1].fate, ENTRY_PENDING);
	free(fates);
	queued_end(&q);
}

TEST(lines_of_any_length_are_read)
{
	struct queued q = queued_open();
	for (size_t n = 1970; n < 1995; n++) {
		AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
		AUTO(buf_release) struct buf text = BUF_INIT(5000);
		struct err e = ERR_INIT;
		CHECK(buf_printf(&text,
		    "posthaste-queue 1\nstate --\narrived 1.000000\nsize 2\nsender %0*d\n"
		    "rcpt - a@x\n\nhi",
		    (int)n, 0));
		queued_forge(&q, SPOOL_NEW, ID "0", buf_cstr(&text), 0600);
		CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
		CHECK_EQ(strlen(m.entry.sender), n);
		CHECK_EQ(m.entry.text, text.len - 2);
		CHECK(spool_remove(&q.spool, &m, &e));
	}
	queued_end(&q);
}

/* It is told why, and is found in damaged/ with that. */
static void
check_aside(struct queued *q, const char *id, const char *want)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	AUTO(buf_release) struct buf why = BUF_INIT(1000);
	struct err e = ERR_INIT, other = ERR_INIT;
	CHECK_EQ(spool_look(&q->spool, SPOOL_NEW, id, &m, &e), SPOOL_BROKEN);
	spooled_release(&m);
	CHECK_EQ(spool_take(&q->spool, id, &m, &e), SPOOL_BROKEN);
	CHECK_EQ(e.exit, EX_DATAERR);
	CHECK(spool_set_aside(&q->spool, &m, &e, &other));
	CHECK(!queued_has(q, SPOOL_NEW, id));
	CHECK(queued_has(q, SPOOL_DAMAGED, id));
	CHECK(spool_why(&q->spool, id, &why));
	unit_check(strstr(buf_cstr(&why), want) != NULL, __FILE__, __LINE__,
	    "%s is not in %s", want, buf_cstr(&why));
	/* it can be removed from there */
	spooled_release(&m);
	CHECK_EQ(spool_take_from(&q->spool, SPOOL_DAMAGED, id, &m, &e),
	    SPOOL_BROKEN);
	CHECK(spool_remove(&q->spool, &m, &e));
	CHECK(!queued_has(q, SPOOL_DAMAGED, id));
	CHECK(!spool_why(&q->spool, id, &why));
}

TEST(what_makes_no_sense_is_told_and_set_aside)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *why;
	} rows[] = {
		{ "", 0600, "cut short" },
		{ "posthaste-queue 1\nstate --\n", 0600, "cut short" },
		{ "hello\n\n", 0600, "no message of a queue" },
		{ QUEUED_GOOD "!", 0600, "3 octets, not 2" },
		{ QUEUED_GOOD, 0640, "mode 0640" },
		{ QUEUED_GOOD, 0602, "mode 0602" },
		{ QUEUED_GOOD, 0400, "mode 0400" },
		{ QUEUED_GOOD, 0000, "mode 0000" },
	};
	struct queued q = queued_open();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		queued_forge(&q, SPOOL_NEW, ID "0", rows[i].text, rows[i].mode);
		check_aside(&q, ID "0", rows[i].why);
	}
	queued_end(&q);
}

TEST(what_is_no_file_is_set_aside_and_not_followed)
{
	struct queued q = queued_open();
	int new = q.spool.places[SPOOL_NEW];
	CHECK(symlinkat("/etc/passwd", new, ID "0") == 0);
	check_aside(&q, ID "0", "a symbolic link");
	CHECK(mkfifoat(new, ID "0", 0600) == 0);
	check_aside(&q, ID "0", "a pipe");
	CHECK(mkdirat(new, ID "0", 0700) == 0);
	check_aside(&q, ID "0", "a folder");
	queued_end(&q);
}

TEST(what_has_other_names_is_set_aside)
{
	struct queued q = queued_open();
	int new = q.spool.places[SPOOL_NEW];
	queued_forge(&q, SPOOL_NEW, ID "0", QUEUED_GOOD, 0600);
	CHECK(linkat(new, ID "0", new, "a", 0) == 0);
	CHECK(linkat(new, ID "0", new, "b", 0) == 0);
	check_aside(&q, ID "0", "3 names");
	queued_end(&q);
}

TEST(what_is_somebody_elses_is_set_aside)
{
	if (geteuid() != 0)
		return; /* nothing can be given away */
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_NEW, ID "0", QUEUED_GOOD, 0600);
	CHECK(fchownat(
		  q.spool.places[SPOOL_NEW], ID "0", 65534, (gid_t)-1, 0) == 0);
	check_aside(&q, ID "0", "user 65534's");
	queued_end(&q);
}

TEST(what_a_later_version_wrote_is_not_damaged)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_NEW, ID "0", "posthaste-queue 2\nodd\n\n", 0600);
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_BROKEN);
	CHECK_EQ(e.exit, EX_CONFIG);
	queued_end(&q);
}

TEST(what_cannot_be_opened_for_now_is_not_damaged)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	struct rlimit limit, none;
	queued_forge(&q, SPOOL_NEW, ID "0", QUEUED_GOOD, 0600);
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	none = limit;
	none.rlim_cur = 0;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	enum spool_taken taken = spool_take(&q.spool, ID "0", &m, &e);
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	CHECK_EQ(taken, SPOOL_BROKEN);
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK_EQ(e.sys, EMFILE);
	queued_end(&q);
}

TEST(no_name_leads_out_of_the_folder)
{
	static const char *const names[] = { "../tmp/x", "", ".", "x",
		"../new/" ID "0", ID "0/", ID };
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_NEW, ID "0", QUEUED_GOOD, 0600);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
		CHECK_EQ(spool_take(&q.spool, names[i], &m, &e), SPOOL_GONE);
	}
	queued_end(&q);
}

TEST(one_that_was_being_put_there_when_the_machine_stopped_is_there_once)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	queued_forge(&q, SPOOL_TMP, ID "0", QUEUED_GOOD, 0600);
	CHECK(linkat(q.spool.places[SPOOL_TMP], ID "0",
		  q.spool.places[SPOOL_NEW], ID "0", 0) == 0);
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK(spool_remove(&q.spool, &m, &e));
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 0);
	spooled_release(&m);
	spool_sweep(&q.spool);
	CHECK_EQ(queued_count(&q, SPOOL_TMP), 0);
	CHECK_EQ(queued_count(&q, SPOOL_NEW), 0);
	queued_end(&q);
}

TEST(what_is_moved_can_be_moved_back)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, ID "0", 1, NULL, &e));
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK(spool_move(&q.spool, &m, SPOOL_FAILED, &e));
	spooled_release(&m);
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_GONE);
	CHECK_EQ(spool_take_from(&q.spool, SPOOL_FAILED, ID "0", &m, &e),
	    SPOOL_TAKEN);
	CHECK(spool_move(&q.spool, &m, SPOOL_NEW, &e));
	CHECK_EQ(queued_count(&q, SPOOL_FAILED), 0);
	spooled_release(&m);
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	queued_end(&q);
}

TEST(what_cannot_be_moved_stays)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	struct queued q = queued_open();
	CHECK(queued_put(&q, ID "0", 1, NULL, &e));
	CHECK(mkdirat(q.spool.places[SPOOL_FAILED], ID "0", 0700) == 0);
	CHECK_EQ(spool_take(&q.spool, ID "0", &m, &e), SPOOL_TAKEN);
	CHECK(!spool_move(&q.spool, &m, SPOOL_FAILED, &e));
	CHECK_EQ(e.exit, EX_IOERR);
	CHECK(strstr(e.text, "/failed") != NULL);
	CHECK(queued_has(&q, SPOOL_NEW, ID "0"));
	queued_end(&q);
}
