// SPDX-License-Identifier: ISC
/*
 * Which recipients a transaction has, where there are more than the server
 * takes at once (RFC 5321 4.5.3.1.10, RFC 9422).  Of no interest outside this
 * room; struct batch is in session.h.
 */
#ifndef SMTP_BATCH_H
#define SMTP_BATCH_H

#include <stdbool.h>
#include <stddef.h>

struct smtp_outcome;
struct smtp_session;

/* All are still to be asked for. */
void batch_init(struct smtp_session *s);

/* The next ones, as many as the server takes as far as we know. */
void batch_begin(struct smtp_session *s);

/* The outcome of the recipient at a place in the batch. */
struct smtp_outcome *batch_outcome(const struct smtp_session *s, size_t place);

/*
 * Whether s->reply, which refuses a recipient, is about the number of them:
 * then it is worth asking again in a transaction of its own.
 */
bool batch_is_full(const struct smtp_session *s);

/*
 * Whether s->reply, which refuses MAIL, is about the number of messages on
 * this connection.
 */
bool batch_has_line_enough(const struct smtp_session *s);

/*
 * The recipient at that place is asked for again in the next transaction;
 * those not yet asked for are, too, if the reply leaves no doubt.
 */
void batch_defer(struct smtp_session *s, size_t place);

/* Whether no recipients are left behind this transaction. */
bool batch_is_last(const struct smtp_session *s);

/* The transaction is over; whether recipients are left. */
bool batch_end(struct smtp_session *s);

void batch_release(struct smtp_session *s);

#endif
