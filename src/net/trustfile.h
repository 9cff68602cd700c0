// SPDX-License-Identifier: ISC
/* Where authorities lie, looked for once, and what is open of that. */
#ifndef NET_TRUSTFILE_H
#define NET_TRUSTFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/buf.h"

struct err;
struct strvec;

/*
 * What is one file is opened when it is looked for, so that it needs no name
 * when it is read, in a sandbox.
 */
struct trustfile {
	const char
	    *file; /* file, folder or URL, borrowed; NULL: the system's */
	const char *path; /* of the one file, whether it can be had or not; or
			     NULL */
	int fd;           /* that file; or -1 */
	int sys;          /* or why not: errno */
	bool is_folder;
	bool is_p11kit;    /* the system's are asked for by a library */
	bool is_read;      /* fd is not at its beginning */
	bool is_known;     /* its state is */
	struct stat state; /* of a named file, no later than its content */
	struct buf text;   /* a small one's content, once it was read */
};

enum { TRUSTFILE_SMALL_MAX = 1 << 15 };

#define TRUSTFILE_INIT \
	((struct trustfile){ .fd = -1, .text = BUF_INIT(TRUSTFILE_SMALL_MAX) })

/* Looks for that file, folder or URL, or NULL, the system's store. */
void trustfile_find(struct trustfile *t, const char *file);

void trustfile_release(struct trustfile *t);

/* Whether it is the URL of a token, and no file. */
bool trustfile_is_url(const char *file);

/* Whether there is an open file, whose state is then known. */
bool trustfile_look(struct trustfile *t) MUST_CHECK;

/* The open file from its beginning; false with errno set. */
bool trustfile_rewind(struct trustfile *t) MUST_CHECK;

/* All of the open file.  EX_IOERR, or EX_CONFIG if it is too long. */
bool
trustfile_read(struct trustfile *t, struct buf *text, struct err *e) MUST_CHECK;

/* Whether it was named, and may be kept in memory. */
bool trustfile_is_small(const struct trustfile *t);

/*
 * Appends the files and folders that net/store.c may have to open,
 * whether they exist or not; of a folder its links, too, which may lead out of
 * it.
 */
void trustfile_paths(const struct trustfile *t, struct strvec *paths);

/*
 * Appends the files and folders that tell by their state (a folder, and each
 * file in it) who is trusted, if it is not that of the open file alone.  None,
 * and no such file: that is in a token, and nothing tells.
 */
void trustfile_origins(const struct trustfile *t, struct strvec *paths);

/* Whether a library is loaded for it when it is read (p11-kit's). */
bool trustfile_needs_code(const struct trustfile *t);

/* The places where the system's store was looked for, for the user. */
void trustfile_name_places(const struct trustfile *t, struct buf *names);

#endif
