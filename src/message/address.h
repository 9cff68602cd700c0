// SPDX-License-Identifier: ISC
/* Address lists as RFC 5322 3.4 writes them, obsolete forms (4.4) included. */
#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

/* RFC 5321 4.5.3.1: 64 and 255 octets; we take longer and let servers say no.
 */
enum { ADDRESS_MAX = 2048 };

/* What an atom is made of (RFC 5322 3.2.3). */
static inline bool
is_atext(char c)
{
	return is_alpha(c) || is_digit(c) ||
	    (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* One mailbox of a list; borrowed for the time of the call. */
struct address {
	struct str name; /* display name, or the comment of "a@b (Name)" */
	struct str spec; /* local@domain, or local alone; quoted where needed */
	bool is_bare;    /* no domain */
	size_t start;    /* in the text: the whole mailbox, name included */
	size_t end;
	size_t spec_start; /* and the address, as it is written there */
	size_t spec_end;
};

/* Gets each mailbox in turn; false, with *e set, ends the parsing. */
typedef bool address_fn(void *arg, const struct address *a, struct err *e);

/*
 * Calls fn for each mailbox in text, members of groups included.  Comments,
 * folding and source routes are dropped.  EX_DATAERR, with the place named,
 * for what is no address list and for CR, LF or NUL inside an address;
 * nothing is guessed.  An empty list is fine.
 */
bool address_parse_list(
    struct str text, address_fn *fn, void *arg, struct err *e) MUST_CHECK;

/*
 * The same for fields that name who wrote or sent: there "MAILER-DAEMON <>"
 * occurs, whose spec is empty.
 */
bool address_parse_senders(
    struct str text, address_fn *fn, void *arg, struct err *e) MUST_CHECK;

/*
 * Where the text that begins behind an opening mark is closed; text.len if
 * it is not.  A mark behind a backslash is none; open is '\0' for what does
 * not nest.
 */
size_t address_find_close(struct str text, size_t start, char open, char close);

/*
 * Exactly one mailbox, or none: "" and "<>" append nothing (the null
 * sender).  Appends the spec.
 */
bool
address_parse_one(struct str text, struct buf *spec, struct err *e) MUST_CHECK;

/* What stands behind the last @, empty if it is bare. */
struct str address_domain(struct str spec);

/*
 * Whether a name without domain is like a user's; what a name with a comma
 * without quotes leaves behind is not.
 */
bool address_is_local_user(struct str spec);

/*
 * Whether it can be written between < and > in a command (RFC 5321 4.1.2): no
 * part of it ends that, or begins a parameter.  What was parsed can.
 */
bool address_fits_path(struct str spec);

/* RFC 5321 2.4: only the domain is the same in either case. */
bool address_is_same(struct str a, struct str b);

/*
 * Appends the spec with its domain as A-labels; a local part stays as it is.
 */
bool
address_to_ascii(struct str spec, struct buf *out, struct err *e) MUST_CHECK;

#endif
