// SPDX-License-Identifier: ISC
/*
 * The sender made one that a relay accepts: what stands in place of
 * addresses that nobody outside this host can reply to, in the envelope and
 * in From, Sender, Resent-From and Resent-Sender.
 */
#ifndef MESSAGE_REPAIR_H
#define MESSAGE_REPAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"
#include "base/strvec.h"
#include "message/edit.h"
#include "message/scan.h"

struct err;
struct locals;
struct message;

enum repair_mode {
	REPAIR_NEVER,
	REPAIR_INVALID, /* bare, local, empty or no address at all */
	REPAIR_ALWAYS,
};

struct repair_rules {
	enum repair_mode mode;
	struct str own;       /* what is put there; empty: nothing is done */
	struct str full_name; /* for an author who has no name */
	struct str host;      /* of "root on HOST" */
	const struct locals *locals;
	bool wants_reply_to; /* an address that is replaced goes there */
};

/*
 * Whether another address is to stand in place of this one; "" is none.  The
 * own address' domain is never local.
 */
bool repair_is_needed(const struct repair_rules *rules, struct str spec);

/* The fields that go out otherwise than they came. */
struct repairs {
	struct edit_change *changes;
	size_t nchanges;
	size_t cap;
	struct strvec texts; /* of the changes */
	char *reply_to;      /* a field to be added, or NULL */
	char *not_ascii;     /* a mailbox that needs SMTPUTF8, or NULL */
	enum field_id not_ascii_field;
};

#define REPAIRS_INIT ((struct repairs){ .changes = NULL })

/*
 * Looks at the address fields, but for those that the wish leaves out.
 * Domains that are not ASCII become A-labels there; one that is no domain
 * stays.  EX_DATAERR if a field gets too long.
 */
bool repair_message(struct repairs *r, const struct message *m,
    const struct edit_wish *wish, const struct repair_rules *rules,
    struct err *e) MUST_CHECK;

void repairs_release(struct repairs *r);

#endif
