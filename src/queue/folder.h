// SPDX-License-Identifier: ISC
/* What the parts of a spool (queue/spool.h) know of its folders. */
#ifndef QUEUE_FOLDER_H
#define QUEUE_FOLDER_H

#include <stdbool.h>

#include "base/attr.h"
#include "queue/spool.h"

/* "new"; below the spool's path. */
const char *folder_name(enum spool_place place);

/* Adds the names in that place that are wanted, sorted.  EX_IOERR */
bool folder_list(const struct spool *sp, enum spool_place place,
    bool (*is_wanted)(const char *name), struct strvec *names,
    struct err *e) MUST_CHECK;

/* Letters, digits and dashes: it leads nowhere else. */
bool folder_is_name(const char *name);

/* Whether the file of that name is the one that fd is open for. */
bool folder_has(int dir, const char *name, int fd);

#endif
