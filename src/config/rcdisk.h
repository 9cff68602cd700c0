// SPDX-License-Identifier: ISC
/*
 * What rc files need of the world: files, patterns of files, and commands.
 * The parser is given these, so that a test or the fuzzer can give it others.
 */
#ifndef CONFIG_RCDISK_H
#define CONFIG_RCDISK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

struct err;
struct strvec;

/* A file as it was read. */
struct rcdisk_text {
	struct buf text;
	bool is_private; /* nobody else can read it */
	bool is_guarded; /* nobody else can change it */
	dev_t dev;       /* with ino: which one it is, both 0 if unknown */
	ino_t ino;
};

/* No more than this is read of a file. */
enum { RCDISK_TEXT_MAX = 16 * 1024 * 1024 };

struct rcdisk {
	/* As secret_file_read(). */
	bool (*read)(const char *path, struct rcdisk_text *, struct err *);
	/*
	 * What "include PATTERN" in the file from means: a plain name
	 * whether it is there or not, else all that match, in order.
	 */
	bool (*list)(const char *from, struct str pattern, struct strvec *paths,
	    struct err *);
	/* The first line that the command prints.  EX_CONFIG if it fails. */
	bool (*run)(const char *command, struct buf *line, struct err *);
};

extern const struct rcdisk rcdisk_real;

/* One in which there is nothing, and where nothing is run. */
extern const struct rcdisk rcdisk_none;

#endif
