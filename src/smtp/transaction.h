// SPDX-License-Identifier: ISC
/* The steps of a mail transaction (RFC 5321 3.3). */
#ifndef SMTP_TRANSACTION_H
#define SMTP_TRANSACTION_H

#include <stdbool.h>

struct buf;
struct smtp_session;

/* Ends what the server may take for an open transaction. */
bool transaction_send_rset(struct smtp_session *s, struct buf *out);
void transaction_hear_rset(struct smtp_session *s);

bool transaction_send_mail(struct smtp_session *s, struct buf *out);
void transaction_hear_mail(struct smtp_session *s);

bool transaction_send_rcpt(struct smtp_session *s, struct buf *out);
void transaction_hear_rcpt(struct smtp_session *s);

bool transaction_send_data(struct smtp_session *s, struct buf *out);
void transaction_hear_data(struct smtp_session *s);

/* A piece of the message after DATA; the last sets is_text_sent. */
bool transaction_send_text(struct smtp_session *s, struct buf *out);

/* "BDAT n LAST" and a piece of the message; then only pieces. */
bool transaction_send_bdat(struct smtp_session *s, struct buf *out);

/* The one reply that counts; a yes sets has_verdict. */
void transaction_hear_message(struct smtp_session *s);

/* It is not clear whose the verdicts behind the message are (LMTP): none
 * counts. */
void transaction_doubt(struct smtp_session *s);

/* The yes stands; on to the recipients that are left. */
void transaction_accepted(struct smtp_session *s);

#endif
