// SPDX-License-Identifier: ISC
/*
 * The folder where messages wait, one file each (queue/entry.h), for one
 * user; all of it is for nobody else (modes 0700 and 0600).
 *
 *	tmp/      being written; what is there counts for nothing
 *	new/      waiting: who was told that it is safe finds it here
 *	failed/   reports that could not be delivered either
 *	damaged/  what makes no sense, with a file ID.why beside it
 *	notes/    what is worth knowing of those in new/, and of hosts, and may
 *	          be lost
 *	locks/    empty files; who holds the lock on one works on that line
 *
 * A message is written to tmp/, synced, linked into new/, and new/ is synced;
 * only then is it safe.  So it is there whole or not at all, whenever the
 * machine stops.  Whoever works on one holds a lock on its file, and on
 * nothing else.
 */
#ifndef QUEUE_SPOOL_H
#define QUEUE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "queue/entry.h"

struct buf;
struct err;
struct message;
struct note;
struct source;
struct strvec;

enum spool_place {
	SPOOL_TMP,
	SPOOL_NEW,
	SPOOL_FAILED,
	SPOOL_DAMAGED,
	SPOOL_NOTES,
	SPOOL_LOCKS,
	SPOOL_PLACE_COUNT
};

struct spool {
	char *path;                    /* owned */
	int places[SPOOL_PLACE_COUNT]; /* folders; owned */
};

#define SPOOL_INIT ((struct spool){ .path = NULL })

/* "20261224-170000-123456-89abcdef": sorted, they are in order of arrival. */
enum { SPOOL_ID_SIZE = sizeof("20261224-170000-123456-89abcdef") };

/*
 * Opens it, made with those above it if it is missing.  EX_CANTCREAT, or
 * EX_CONFIG if it is not this user's alone.
 */
bool spool_open(struct spool *sp, const char *path, struct err *e) MUST_CHECK;

/* The same, but a queue that is missing is not made: EX_NOINPUT. */
bool spool_open_existing(
    struct spool *sp, const char *path, struct err *e) MUST_CHECK;
void spool_release(struct spool *sp);

/*
 * Puts the message there, for good when this returns true, under a new id.
 * EX_CANTCREAT or EX_IOERR, with nothing left behind; the source's errors.
 */
bool spool_put(struct spool *sp, struct entry *entry, struct source *source,
    char id[SPOOL_ID_SIZE], struct err *e) MUST_CHECK;

/*
 * The same under an id that is given, for what is put there once however
 * often it is tried; true as well if it is there already.
 */
bool spool_put_as(struct spool *sp, struct entry *entry, struct source *source,
    const char *id, struct err *e) MUST_CHECK;

/*
 * The id of what a message brings about, such as a report: always the same for
 * the same id and text, and right behind it in order.
 */
void
spool_derive_id(const char *id, struct str text, char derived[SPOOL_ID_SIZE]);

/* Adds the ids in that place, sorted.  EX_IOERR */
bool spool_list(const struct spool *sp, enum spool_place place,
    struct strvec *ids, struct err *e) MUST_CHECK;

/* Whether nothing waits; false as well if that cannot be told. */
bool spool_is_empty(const struct spool *sp);

struct spool_match {
	enum spool_place place;
	char id[SPOOL_ID_SIZE];
};

struct spool_matches {
	struct spool_match *items; /* owned */
	size_t len;
	size_t cap;
};

#define SPOOL_MATCHES_INIT ((struct spool_matches){ .items = NULL })

/*
 * Adds those of new/, failed/ and damaged/ whose ids have that in them, in this
 * order; an empty part is in all.  EX_IOERR
 */
bool spool_find(const struct spool *sp, const char *part,
    struct spool_matches *found, struct err *e) MUST_CHECK;
void spool_matches_release(struct spool_matches *found);

/* Whether it could be an id, and so the name of a file. */
bool spool_is_id(const char *id);

/* A message that is ours for the time. */
struct spooled {
	int fd; /* owned; holds the lock; -1 if it cannot be opened */
	enum spool_place place;
	char id[SPOOL_ID_SIZE];
	struct entry entry;
};

#define SPOOLED_INIT ((struct spooled){ .fd = -1, .entry = ENTRY_INIT })

enum spool_taken {
	SPOOL_TAKEN,
	SPOOL_BUSY,   /* another process is at it */
	SPOOL_GONE,   /* there is no such message (any more) */
	SPOOL_BROKEN, /* *e: EX_DATAERR what makes no sense of it, else why it
			 cannot be read */
};

/* Locks one of new/ and reads its lines. */
enum spool_taken spool_take(struct spool *sp, const char *id, struct spooled *m,
    struct err *e) MUST_CHECK;

/* The same of failed/ or damaged/, too. */
enum spool_taken spool_take_from(struct spool *sp, enum spool_place place,
    const char *id, struct spooled *m, struct err *e) MUST_CHECK;

/* The same without a lock, to be looked at only. */
enum spool_taken spool_look(const struct spool *sp, enum spool_place place,
    const char *id, struct spooled *m, struct err *e) MUST_CHECK;

/* Its text, which the message borrows from *m.  EX_DATAERR, EX_IOERR */
bool spooled_text(
    const struct spooled *m, struct message *text, struct err *e) MUST_CHECK;

/*
 * Whether what becomes of it could be written now, as far as that is known
 * before: writes a byte as it is.  EX_IOERR
 */
bool spooled_can_mark(struct spooled *m, struct err *e) MUST_CHECK;

/*
 * Writes what became of each recipient, on disk when it returns: fates has as
 * many as there are.  EX_IOERR
 */
bool spooled_mark(
    struct spooled *m, const enum entry_fate *fates, struct err *e) MUST_CHECK;

/* All who have the one fate have the other from now on. */
bool spooled_turn(struct spooled *m, enum entry_fate from, enum entry_fate to,
    struct err *e) MUST_CHECK;

/* Writes is_held and is_warned of the entry likewise. */
bool spooled_keep_state(struct spooled *m, struct err *e) MUST_CHECK;

/*
 * Nobody waits for it any more; or whoever does is not to get it, and then it
 * is gone for good when this returns.  EX_IOERR
 */
bool spool_remove(
    struct spool *sp, const struct spooled *m, struct err *e) MUST_CHECK;

/*
 * Moves it where it was not; then *m is but to be released.  In failed/ it
 * keeps its note.  EX_IOERR
 */
bool spool_move(struct spool *sp, const struct spooled *m,
    enum spool_place place, struct err *e) MUST_CHECK;

/* Moves one that makes no sense to damaged/, with the reason beside it. */
bool spool_set_aside(struct spool *sp, const struct spooled *m,
    const struct err *why, struct err *e) MUST_CHECK;

/* Appends that reason, one line; false if there is none. */
bool
spool_why(const struct spool *sp, const char *id, struct buf *why) MUST_CHECK;

/* Removes what nobody is writing any more from tmp/, and what is of no use. */
void spool_sweep(struct spool *sp);

/* Gives back the lock. */
void spooled_release(struct spooled *m);

/*
 * The lock of that name (letters, digits and dashes), which goes with *fd; it
 * is -1 if another has it and we did not want to wait.  EX_CANTCREAT
 */
bool spool_lock(struct spool *sp, const char *name, bool waits, int *fd,
    struct err *e) MUST_CHECK;

/*
 * The note of a message, by its id, or of something else, such as "host-HEX";
 * an empty one, and false, if there is none.
 */
bool spool_note_read(
    const struct spool *sp, const char *name, size_t nrcpts, struct note *note);

/* Puts it in the place of the one before.  EX_CANTCREAT, EX_IOERR */
bool spool_note_write(const struct spool *sp, const char *name,
    const struct note *note, struct err *e) MUST_CHECK;
void spool_note_drop(const struct spool *sp, const char *name);

/* Adds the names of all notes, sorted: to know which need not be read. */
bool spool_notes(
    const struct spool *sp, struct strvec *names, struct err *e) MUST_CHECK;

/* Whether it is among them. */
bool spool_is_noted(const struct strvec *names, const char *name);

#endif
