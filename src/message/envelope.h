// SPDX-License-Identifier: ISC
/* Who the message is from and for, as SMTP needs it (RFC 5321 2.3.1). */
#ifndef MESSAGE_ENVELOPE_H
#define MESSAGE_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/strvec.h"

struct buf;
struct err;
struct message;
struct repair_rules;
struct resolver;

struct envelope {
	char *sender;        /* addr-spec, "" for the null sender; owned */
	struct strvec rcpts; /* addr-specs, in order, each once */
	/* for each what it was before it was resolved, "" if it is the same */
	struct strvec originals;
	bool needs_utf8; /* a local part is not ASCII (RFC 6531) */
	bool is_report; /* of ours on another message, and so for nobody else */
	char *not_ascii; /* which: "the recipient X"; NULL: not told */
};

#define ENVELOPE_INIT ((struct envelope){ .sender = NULL })

/* Where it comes from; borrowed. */
struct envelope_sources {
	const char *sender;   /* -f or the account's; NULL if neither is set */
	const char *fallback; /* when the message names no sender either */
	char *const *args;    /* recipients from the command line */
	size_t nargs;
	bool from_header;                  /* -t */
	const struct repair_rules *repair; /* of the sender; NULL: none */
	/* whom recipients stand for; NULL: for themselves */
	struct resolver *resolver;
	bool qualifies_sender; /* by it */
};

/* An address that needs SMTPUTF8; the first one is told to the user. */
void
envelope_needs_utf8(struct envelope *env, const char *what, struct str address);

/*
 * Domains become A-labels, duplicates (local part exact, domain in any case)
 * go.  With -t, a message with Resent- recipients is for those alone (RFC
 * 5322 3.6.6).  Of the message's sender fields the first of Resent-Sender,
 * Resent-From, Sender, From that holds one address with a domain counts.
 * MAILER-DAEMON as the sender is the null sender.
 *
 * EX_USAGE without recipients, EX_DATAERR for what is no address, EX_CONFIG
 * for aliases that lead to none.
 */
bool envelope_build(struct envelope *env, const struct envelope_sources *from,
    const struct message *m, struct err *e) MUST_CHECK;

/*
 * Append the address, with its domain as A-labels, of the message's sender as
 * above, or of its author (the first of Resent-From and From); false if the
 * message names none.
 */
bool envelope_find_sender(const struct message *m, struct buf *spec);
bool envelope_find_author(const struct message *m, struct buf *spec);

void envelope_release(struct envelope *env);

#endif
