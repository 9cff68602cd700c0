// SPDX-License-Identifier: ISC
/*
 * What goes out, and to whom: the message as it was taken in, put together
 * with the settings.
 */
#ifndef SUBMIT_COMPOSE_H
#define SUBMIT_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "message/edit.h"
#include "message/envelope.h"
#include "message/locals.h"
#include "message/repair.h"

struct err;
struct message;
struct settings;

/* What the call says; borrowed. */
struct compose_call {
	char *const *recipients;
	size_t nrecipients;
	bool from_header; /* -t: those in the message, too */
};

struct compose {
	struct envelope envelope;
	struct edit edit;
	struct repairs repairs;
	struct buf own;  /* the account's address, or empty */
	struct buf host; /* this one's name, up to the first dot */
	struct locals locals;
	struct buf identity; /* an address for who names none */
	bool is_made_up;     /* it is of login and host */
};

#define COMPOSE_INIT                    \
	((struct compose){              \
	    .envelope = ENVELOPE_INIT,  \
	    .edit = EDIT_INIT,          \
	    .repairs = REPAIRS_INIT,    \
	    .own = BUF_INIT(4096),      \
	    .host = BUF_INIT(256),      \
	    .locals = LOCALS_INIT,      \
	    .identity = BUF_INIT(4096), \
	})

/*
 * Sender and recipients.  EX_USAGE without recipients, EX_DATAERR for what
 * is no address.
 */
bool compose_envelope(struct compose *c, const struct settings *s,
    const struct compose_call *call, const struct message *m,
    struct err *e) MUST_CHECK;

/*
 * The changes to the message; behind compose_envelope(), whose needs_utf8 a
 * field may set.
 */
bool compose_edit(struct compose *c, const struct settings *s,
    const struct message *m, struct err *e) MUST_CHECK;

void compose_release(struct compose *c);

#endif
