// SPDX-License-Identifier: ISC
/*
 * What is found when a process was killed at each of its system calls, or each
 * of them failed: a message that was promised is there once, and whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strvec.h"
#include "killat.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "unit.h"

#define TEXT "Subject: x\n\nhello\n"
#define WIRE "Subject: x\r\n\r\nhello\r\n"
#define ID "20261224-170000-123456-89abcdef"

struct run;

/* What is done by somebody who may be killed, and what has to be true then. */
struct deed {
	const char *name;
	bool (*prepare)(struct spool *sp); /* or NULL: the queue is not there */
	bool (*act)(struct spool *sp);     /* true: it says that it is done */
	void (*check)(const struct run *r, struct spool *sp);
};

struct run {
	const struct deed *deed;
	struct killat k;
	struct killat_end end;
	bool is_done; /* it said so */
	char path[96];
};

static void
require(const struct run *r, bool ok, const char *what)
{
	static const char *const ways[] = { "none", "killed before",
		"killed behind", "error from" };
	unit_check(ok, __FILE__, __LINE__, "%s: %s: %s %u (%s), errno %d",
	    r->deed->name, what, ways[r->k.how], r->k.n,
	    killat_name(r->end.call), r->k.error);
}

/* Where a sync costs nothing: whether it is made is seen otherwise. */
static void
make_root(char *root, size_t size)
{
	(void)snprintf(root, size, "%s/posthaste-crash-XXXXXX",
	    access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
	CHECK(mkdtemp(root) != NULL);
}

/* A container may forbid it, and valgrind's own calls must not fail. */
static bool
can_watch(void)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads here */
	const char *loaded = getenv("LD_PRELOAD");
	const bool none[KILLAT_CALLS] = { false };
	const struct killat k = { .how = KILLAT_COUNT, .only = none };
	struct killat_end end;
	(void)fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(killat_begin(&k) ? 0 : 77);
	bool ok = child != -1 && killat_watch(&k, child, &end) &&
	    WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0 &&
	    (loaded == NULL || strstr(loaded, "vgpreload") == NULL);
	if (!ok)
		(void)printf("# not tried: no process may be watched here\n");
	return ok;
}

static bool
act_in_child(const struct run *r)
{
	struct spool sp = SPOOL_INIT;
	struct err e = ERR_INIT;
	bool ok = spool_open(&sp, r->path, &e) && r->deed->act(&sp);
	spool_release(&sp);
	return ok;
}

static bool
watch(struct run *r)
{
	(void)fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(killat_begin(&r->k) && act_in_child(r) ? 0 : 1);
	if (child == -1 || !killat_watch(&r->k, child, &r->end))
		return false;
	r->is_done = WIFEXITED(r->end.status) &&
	    WEXITSTATUS(r->end.status) == 0;
	return true;
}

static bool
is_killed(const struct run *r)
{
	return WIFSIGNALED(r->end.status) && WTERMSIG(r->end.status) == SIGKILL;
}

/* In a queue of its own, r->deed and r->k being set. */
static bool
try_one(struct run *r)
{
	struct spool sp = SPOOL_INIT;
	struct err e = ERR_INIT;
	char root[64];
	make_root(root, sizeof(root));
	(void)snprintf(r->path, sizeof(r->path), "%s/queue", root);
	if (r->deed->prepare != NULL) {
		CHECK(spool_open(&sp, r->path, &e));
		CHECK(r->deed->prepare(&sp));
		spool_release(&sp);
	}
	bool ok = watch(r);
	CHECK(ok);
	require(r, is_killed(r) || WIFEXITED(r->end.status), "it dies");
	require(r, r->end.is_hit || r->is_done, "it fails by itself");
	CHECK(spool_open(&sp, r->path, &e));
	r->deed->check(r, &sp);
	spool_release(&sp);
	REMOVE_TREE(root);
	return ok && r->end.is_hit;
}

static void
choose_calls(bool *only)
{
	CHECK(killat_add(only, "files"));
	CHECK(killat_add(only, "newfstatat"));
	CHECK(killat_add(only, "pread64"));
	CHECK(killat_add(only, "getdents64"));
}

/* At each call that there is. */
static void
try_each(const struct deed *deed, struct killat k)
{
	bool is_hit = true;
	for (k.n = 1; is_hit; k.n++) {
		struct run r = { .deed = deed, .k = k };
		is_hit = try_one(&r);
	}
	CHECK(k.n > 5);
}

/* A fork takes long there; what goes wrong in memory is seen with EIO. */
#ifdef __SANITIZE_ADDRESS__
static const bool is_quick = false;
#else
static const bool is_quick = true;
#endif

static const int trouble[] = { EIO, EINTR };
static const int disk_trouble[] = { EDQUOT, EMFILE, ENOSPC, EROFS };

static void
try_errors(const struct deed *deed, const int *errors, size_t n)
{
	bool only[KILLAT_CALLS] = { false };
	struct killat k = { .how = KILLAT_FAIL, .only = only };
	choose_calls(only);
	for (size_t i = 0; can_watch() && i < n; i++) {
		k.error = errors[i];
		try_each(deed, k);
	}
}

static void
try_all(const struct deed *deed)
{
	bool only[KILLAT_CALLS] = { false };
	const struct killat k = { .how = KILLAT_BEFORE, .only = only };
	choose_calls(only);
	if (is_quick && can_watch())
		try_each(deed, k);
	try_errors(deed, trouble, is_quick ? ARRAY_LEN(trouble) : 1);
}

static size_t
count(const struct spool *sp, enum spool_place place)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	CHECK(spool_list(sp, place, &ids, &e));
	return ids.len;
}

/* The only one in that place, which has to be readable from end to end. */
static void
take_only(const struct run *r, struct spool *sp, enum spool_place place,
    struct spooled *m)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	struct err e = ERR_INIT;
	char bytes[100];
	CHECK(spool_list(sp, place, &ids, &e));
	require(r, ids.len == 1, "it is there once");
	if (ids.len != 1)
		return;
	require(r,
	    spool_take_from(sp, place, ids.items[0], m, &e) == SPOOL_TAKEN,
	    e.text);
	require(r,
	    m->fd != -1 &&
		pread(m->fd, bytes, sizeof(bytes), m->entry.text) ==
		    (ssize_t)sizeof(WIRE) - 1 &&
		memcmp(bytes, WIRE, sizeof(WIRE) - 1) == 0,
	    "it is not whole");
}

static void
check_only(const struct run *r, struct spool *sp, enum spool_place place)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	take_only(r, sp, place, &m);
}

/* Nothing but the message is left behind. */
static void
check_swept(const struct run *r, struct spool *sp)
{
	spool_sweep(sp);
	require(r, count(sp, SPOOL_TMP) == 0, "something is left in tmp/");
}

static bool
put(struct spool *sp, const char *id)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message m = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	struct err e = ERR_INIT;
	char made[SPOOL_ID_SIZE];
	CHECK(message_from_bytes(&m, STR(TEXT), &e));
	source_init(&source, &m, NULL);
	entry.sender = str_dup(STR("me@x"));
	entry_add_rcpt(&entry, STR("a@x"), STR_INIT);
	entry_add_rcpt(&entry, STR("b@x"), STR_INIT);
	return id != NULL ? spool_put_as(sp, &entry, &source, id, &e)
			  : spool_put(sp, &entry, &source, made, &e);
}

static bool
put_new(struct spool *sp)
{
	return put(sp, NULL);
}

static bool
put_given(struct spool *sp)
{
	return put(sp, ID);
}

static bool
prepare_nothing(struct spool *sp)
{
	return spool_is_empty(sp);
}

static void
check_put(const struct run *r, struct spool *sp)
{
	bool is_failed = WIFEXITED(r->end.status) && !r->is_done;
	size_t n = count(sp, SPOOL_NEW);
	require(r, n == 1 || !r->is_done, "it is lost");
	require(r, n == 0 || !is_failed, "it is there, which was denied");
	if (is_failed && r->end.call != SYS_unlinkat)
		require(r, count(sp, SPOOL_TMP) == 0, "a part of it is there");
	if (r->k.error == EINTR && r->end.call == SYS_fsync)
		require(r, r->is_done, "a signal ends it");
	if (n > 0)
		check_only(r, sp, SPOOL_NEW);
	check_swept(r, sp);
	require(r, count(sp, SPOOL_NEW) == n, "it was swept away");
}

TEST(a_message_is_put_there_whole_or_not_at_all)
{
	static const struct deed deed = { "put", prepare_nothing, put_new,
		check_put };
	try_all(&deed);
	if (is_quick)
		try_errors(&deed, disk_trouble, ARRAY_LEN(disk_trouble));
}

TEST(the_first_message_is_put_there_whole_or_not_at_all)
{
	try_all(&(struct deed){ "first", NULL, put_new, check_put });
}

/* Whoever finds that it may not have been put there puts it there. */
static void
check_put_again(const struct run *r, struct spool *sp)
{
	if (!r->is_done)
		require(r, put_given(sp), "it cannot be put there again");
	check_only(r, sp, SPOOL_NEW);
	check_swept(r, sp);
	check_only(r, sp, SPOOL_NEW);
}

TEST(a_report_is_put_there_once)
{
	try_all(&(struct deed){
	    "put_as", prepare_nothing, put_given, check_put_again });
}

static const enum entry_fate fates[] = { ENTRY_TAKEN, ENTRY_REFUSED };

static bool
mark(struct spool *sp)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	return spool_take(sp, ID, &m, &e) == SPOOL_TAKEN &&
	    spooled_mark(&m, fates, &e);
}

static void
check_marked(const struct run *r, struct spool *sp)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	take_only(r, sp, SPOOL_NEW, &m);
	require(r, m.entry.nrcpts == 2, "recipients are gone");
	for (size_t i = 0; i < m.entry.nrcpts; i++)
		require(r,
		    m.entry.rcpts[i].fate == fates[i] ||
			(m.entry.rcpts[i].fate == ENTRY_PENDING && !r->is_done),
		    "its fate is another");
}

TEST(what_became_of_recipients_is_written_or_not)
{
	try_all(&(struct deed){ "mark", put_given, mark, check_marked });
}

static bool
deliver(struct spool *sp)
{
	static const enum entry_fate taken[] = { ENTRY_TAKEN, ENTRY_TAKEN };
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	return spool_take(sp, ID, &m, &e) == SPOOL_TAKEN &&
	    spooled_mark(&m, taken, &e) && spool_remove(sp, &m, &e);
}

static void
check_delivered(const struct run *r, struct spool *sp)
{
	if (r->is_done)
		require(r, spool_is_empty(sp), "it will be sent again");
	else if (!spool_is_empty(sp))
		check_only(r, sp, SPOOL_NEW);
	check_swept(r, sp);
}

TEST(a_message_that_was_sent_is_gone_or_whole)
{
	try_all(
	    &(struct deed){ "deliver", put_given, deliver, check_delivered });
}

static bool
give_up(struct spool *sp)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	return spool_take(sp, ID, &m, &e) == SPOOL_TAKEN &&
	    spool_move(sp, &m, SPOOL_FAILED, &e);
}

static void
check_moved(const struct run *r, struct spool *sp)
{
	bool is_old = count(sp, SPOOL_NEW) > 0;
	require(r, !(is_old && r->is_done), "it was not moved");
	require(r, !is_old || count(sp, SPOOL_FAILED) == 0, "it is doubled");
	check_only(r, sp, is_old ? SPOOL_NEW : SPOOL_FAILED);
}

TEST(a_message_that_is_moved_is_there_once)
{
	try_all(&(struct deed){ "move", put_given, give_up, check_moved });
}

static bool
prepare_damaged(struct spool *sp)
{
	int fd = openat(
	    sp->places[SPOOL_NEW], ID, O_WRONLY | O_CREAT | O_EXCL, 0600);
	return fd != -1 && write(fd, "x\n", 2) == 2 && close(fd) == 0;
}

static bool
set_aside(struct spool *sp)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT, other = ERR_INIT;
	return spool_take(sp, ID, &m, &e) == SPOOL_BROKEN &&
	    e.exit == EX_DATAERR && spool_set_aside(sp, &m, &e, &other);
}

static void
check_aside(const struct run *r, struct spool *sp)
{
	AUTO(buf_release) struct buf why = BUF_INIT(1000);
	size_t naside = count(sp, SPOOL_DAMAGED);
	require(r, naside + count(sp, SPOOL_NEW) == 1, "it is not there once");
	require(r, naside == 1 || !r->is_done, "it was not set aside");
	if (naside == 1 && !r->is_done)
		require(r, spool_why(sp, ID, &why), "nobody knows why");
}

TEST(what_is_damaged_is_set_aside_or_stays)
{
	try_all(&(struct deed){
	    "set_aside", prepare_damaged, set_aside, check_aside });
}

static bool
write_note(struct spool *sp, unsigned ntries)
{
	AUTO(note_release) struct note n;
	struct err e = ERR_INIT;
	note_init(&n, 2);
	n.ntries = ntries;
	note_say(&n, STR("later"));
	return spool_note_write(sp, ID, &n, &e);
}

static bool
prepare_noted(struct spool *sp)
{
	return put_given(sp) && write_note(sp, 7);
}

static bool
note(struct spool *sp)
{
	return write_note(sp, 8);
}

static void
check_noted(const struct run *r, struct spool *sp)
{
	AUTO(note_release) struct note n;
	require(r, spool_note_read(sp, ID, 2, &n), "the note is gone");
	require(r, n.said != NULL, "the note is not whole");
	require(r, n.ntries == 8 || (n.ntries == 7 && !r->is_done),
	    "the note is another");
	check_only(r, sp, SPOOL_NEW);
}

TEST(a_note_is_the_old_or_the_new_one)
{
	try_all(&(struct deed){ "note", prepare_noted, note, check_noted });
}

static bool
drop(struct spool *sp)
{
	AUTO(spooled_release) struct spooled m = SPOOLED_INIT;
	struct err e = ERR_INIT;
	return spool_take(sp, ID, &m, &e) == SPOOL_TAKEN &&
	    spool_remove(sp, &m, &e);
}

/* Who is killed loses nothing by it; a machine that stops is another thing. */
TEST(it_is_on_disk_in_the_order_in_which_it_counts)
{
	static const struct {
		struct deed deed;
		const char *calls[4];
	} rows[] = {
		{ { "put", prepare_nothing, put_new, check_put },
		    { "fsync", "linkat", "fsync", "unlinkat" } },
		{ { "put_as", prepare_nothing, put_given, check_put_again },
		    { "fsync", "linkat", "fsync", "unlinkat" } },
		{ { "put_as", put_given, put_given, check_put_again },
		    { "fsync" } },
		/* its name may come back: it is then seen to be done */
		{ { "deliver", put_given, deliver, check_delivered },
		    { "fdatasync", "unlinkat", "unlinkat" } },
		{ { "drop", put_given, drop, check_delivered },
		    { "unlinkat", "fsync", "unlinkat" } },
		{ { "move", put_given, give_up, check_moved },
		    { "renameat", "fsync", "fsync" } },
	};
	bool only[KILLAT_CALLS] = { false };
	struct killat k = { .how = KILLAT_BEFORE, .n = 1, .only = only };
	CHECK(killat_add(only, "fsync"));
	CHECK(killat_add(only, "fdatasync"));
	CHECK(killat_add(only, "linkat"));
	CHECK(killat_add(only, "renameat"));
	CHECK(killat_add(only, "unlinkat"));
	for (size_t i = 0; can_watch() && i < ARRAY_LEN(rows); i++)
		for (k.n = 1; k.n <= ARRAY_LEN(rows[i].calls); k.n++) {
			struct run r = { .deed = &rows[i].deed, .k = k };
			const char *call = rows[i].calls[k.n - 1];
			require(&r, try_one(&r) == (call != NULL), "how many");
			require(&r,
			    call == NULL ||
				strncmp(killat_name(r.end.call), call,
				    strlen(call)) == 0,
			    call);
		}
}

/* Its parent is synced, it is for each place, and the message is. */
TEST(a_queue_that_was_made_is_on_disk_before_a_message_is_in_it)
{
	static const struct deed deed = { "first", NULL, put_new, check_put };
	bool only[KILLAT_CALLS] = { false };
	struct run r = { .deed = &deed,
		.k = { .how = KILLAT_BEFORE,
		    .n = 1 + SPOOL_PLACE_COUNT + 2,
		    .only = only } };
	CHECK(killat_add(only, "fsync"));
	CHECK(killat_add(only, "linkat"));
	if (!can_watch())
		return;
	CHECK(try_one(&r));
	CHECK_EQ(r.end.call, SYS_linkat);
}
