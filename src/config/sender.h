// SPDX-License-Identifier: ISC
/* The sender that the call, the account and the message lead to. */
#ifndef CONFIG_SENDER_H
#define CONFIG_SENDER_H

#include <stdbool.h>

#include "base/attr.h"

struct buf;
struct err;
struct settings;

/* Borrowed. */
struct sender_facts {
	bool reads_author;  /* --read-envelope-from */
	bool has_message;   /* it was looked at */
	const char *author; /* the address in its From; NULL if there is none */
};

/*
 * Puts s->from right, which is filled from the account (NULL: there is none)
 * where no flag or variable sets it.  It is what these say, unless
 * allow_from_override is off; else the account's, expanded; else unset, for
 * the message to say, which holds for an account's pattern with wildcards.
 *
 * What the account alone would send as goes behind *address, or nothing; it
 * may be no address.  EX_CONFIG.
 */
bool sender_settle(struct settings *s, const struct settings *account,
    const struct sender_facts *facts, struct buf *address,
    struct err *e) MUST_CHECK;

#endif
