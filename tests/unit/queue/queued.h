// SPDX-License-Identifier: ISC
/* A queue for a test, and messages in it. */
#ifndef TESTS_UNIT_QUEUE_QUEUED_H
#define TESTS_UNIT_QUEUE_QUEUED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "queue/spool.h"

struct queued {
	char root[64];
	char path[96];
	struct spool spool;
};

/* queued_begin() makes none of it but root. */
struct queued queued_begin(void);
struct queued queued_open(void);
void queued_end(struct queued *q);

#define QUEUED_TEXT "Subject: x\n\nhello\n"
#define QUEUED_WIRE "Subject: x\r\n\r\nhello\r\n"

/* Puts one from me@x, under the id if that is given; made may be NULL. */
bool queued_put(struct queued *q, const char *id, size_t nrcpts,
    char made[SPOOL_ID_SIZE], struct err *e);

/* An id, and all but its last digit; a file as it should be. */
#define QUEUED_ID "20261224-170000-123456-89abcde"
#define QUEUED_GOOD                                               \
	"posthaste-queue 1\nstate --\narrived 1.000000\nsize 2\n" \
	"sender a@x\nrcpt - b@x\n\nhi"

/* Puts a file where it need not belong. */
void queued_forge(struct queued *q, enum spool_place place, const char *name,
    const char *text, mode_t mode);

size_t queued_count(const struct queued *q, enum spool_place place);
bool
queued_has(const struct queued *q, enum spool_place place, const char *name);

/* As if it was written so long ago. */
void queued_age(
    struct queued *q, enum spool_place place, const char *name, long seconds);

#endif
