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
#include "message/alias.h"
#include "message/edit.h"
#include "message/envelope.h"
#include "message/repair.h"
#include "message/resolve.h"
#include "message/retarget.h"
#include "submit/thishost.h"

struct err;
struct message;
struct settings;
struct source;

/* What the call and the system say; borrowed. */
struct compose_call {
	char *const *recipients;
	size_t nrecipients;
	bool from_header;                   /* -t: those in the message, too */
	const char *identity;               /* the account's address, or NULL */
	const struct thishost_facts *facts; /* NULL: this host's */
};

struct compose {
	struct envelope envelope;
	struct edit edit;
	struct repairs repairs;
	struct edit_change *changes; /* those of repairs and retarget */
	struct buf own;              /* the account's address, or empty */
	struct buf host_name;        /* this one's, up to the first dot */
	struct thishost host;
	struct aliases aliases;
	struct resolver resolver; /* of them */
	struct retarget retarget; /* what shows whom names stand for */
	struct buf identity;      /* an address for who names none */
	bool is_made_up;          /* it is of login and host */
};

#define COMPOSE_INIT                    \
	((struct compose){              \
	    .envelope = ENVELOPE_INIT,  \
	    .edit = EDIT_INIT,          \
	    .repairs = REPAIRS_INIT,    \
	    .own = BUF_INIT(4096),      \
	    .host_name = BUF_INIT(256), \
	    .host = THISHOST_INIT,      \
	    .aliases = ALIASES_INIT,    \
	    .resolver = RESOLVER_INIT,  \
	    .retarget = RETARGET_INIT,  \
	    .identity = BUF_INIT(4096), \
	})

/*
 * Sender and recipients.  EX_USAGE without recipients, EX_DATAERR for what
 * is no address, EX_CONFIG for aliases that cannot be read or lead to none.
 */
bool compose_envelope(struct compose *c, const struct settings *s,
    const struct compose_call *call, const struct message *m,
    struct err *e) MUST_CHECK;

/* Whether the file of aliases can be read and makes sense.  EX_CONFIG */
bool compose_check_aliases(const struct settings *s, struct err *e) MUST_CHECK;

/*
 * The changes to the message; behind compose_envelope(), whose needs_utf8 a
 * field may set.
 */
bool compose_edit(struct compose *c, const struct settings *s,
    const struct message *m, struct err *e) MUST_CHECK;

/* The lines of what goes out, as long_lines wants them. */
bool compose_lines(
    struct source *source, const struct settings *s, struct err *e) MUST_CHECK;

void compose_release(struct compose *c);

#endif
