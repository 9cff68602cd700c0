// SPDX-License-Identifier: ISC
/* What --check-config has found: faults, and what could be said better. */
#ifndef CONFIG_FINDINGS_H
#define CONFIG_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/strvec.h"

struct err;

struct findings {
	struct strvec lines; /* "FILE:LINE: what", in the order found */
	size_t nfaults;
};

#define FINDINGS_INIT ((struct findings){ .nfaults = 0 })

/* That for which posthaste would refuse; each text counts once. */
void findings_fault(struct findings *f, const struct err *e);

/* That which it takes all the same. */
void findings_note(struct findings *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* So much is wrong that to go on is of no use. */
bool findings_is_full(const struct findings *f);

void findings_release(struct findings *f);

#endif
