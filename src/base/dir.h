// SPDX-License-Identifier: ISC
/*
 * Folders that hold what is nobody else's business, such as keys of TLS
 * sessions, and small files in them.
 */
#ifndef BASE_DIR_H
#define BASE_DIR_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/*
 * Opens the folder, made with mode 0700 if it is missing, as are those above
 * it.  EX_CONFIG if it belongs to somebody else, or if others may write to
 * it or read it; else EX_CANTCREAT.
 */
bool dir_open_private(const char *path, int *fd, struct err *e) MUST_CHECK;

/*
 * The same; a folder that had to be made is on disk when this returns, so that
 * what is synced in it can be found again.  Root makes none in one of others.
 */
bool dir_open_lasting(const char *path, int *fd, struct err *e) MUST_CHECK;

/* The same, but a folder that is missing is not made: EX_NOINPUT. */
bool dir_find_private(const char *path, int *fd, struct err *e) MUST_CHECK;

/* One in another, made for good if it is missing; EX_CONFIG, EX_CANTCREAT. */
bool dir_open_private_at(
    int dir, const char *name, int *fd, struct err *e) MUST_CHECK;

/*
 * Appends all of a file.  EX_NOINPUT with e->sys if there is none, EX_CONFIG
 * if it is a link, no regular file, somebody else's, not for its owner alone,
 * or longer than the buffer's maximum; EX_IOERR.
 */
bool dir_read_file(
    int dir, const char *name, struct buf *text, struct err *e) MUST_CHECK;

/*
 * The same, and the file is gone whatever comes of it: of several who ask at
 * once, one gets it.  EX_NOINPUT as above if there is none, or EX_CANTCREAT
 * if it cannot be moved or removed.
 */
bool dir_take_file(
    int dir, const char *name, struct buf *text, struct err *e) MUST_CHECK;

/*
 * Puts a file with that text, mode 0600, in the place of the one of that name:
 * who reads sees all of the old or all of the new one.  is_lasting: it
 * is on disk when this returns.  EX_CANTCREAT, EX_IOERR.
 */
bool dir_write_file(int dir, const char *name, struct str text, bool is_lasting,
    struct err *e) MUST_CHECK;

#endif
