// SPDX-License-Identifier: ISC
/* When a message, or a host, is to be tried again, as its note has it. */
#ifndef OUTBOX_PATIENCE_H
#define OUTBOX_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "queue/retry.h"

struct err;
struct note;
struct settings;

struct retry_rules patience_rules(const struct settings *s);

/*
 * Whether the time has come; also where it is later than any try could have
 * been put off to, as then the clock, or the settings, were others.
 */
bool
patience_is_due(const struct retry_rules *rules, int64_t next, int64_t now);

/* One more try has failed; chance is any number. */
void patience_failed(const struct retry_rules *rules, struct note *note,
    int64_t now, uint32_t chance);

/* Such a number; 0 if there is none to be had. */
uint32_t patience_chance(void);

#endif
