// SPDX-License-Identifier: ISC
/* The steps from the greeting to a login, and ETRN. */
#ifndef SMTP_OPENING_H
#define SMTP_OPENING_H

#include <stdbool.h>

struct buf;
struct smtp_session;

void opening_hear_greeting(struct smtp_session *s);

/* EHLO, or HELO where that is the stage. */
bool opening_send_ehlo(struct smtp_session *s, struct buf *out);
void opening_hear_ehlo(struct smtp_session *s);

bool opening_send_starttls(struct smtp_session *s, struct buf *out);
void opening_hear_starttls(struct smtp_session *s);

/* AUTH, and each response of its exchange (RFC 4954 4). */
bool opening_send_auth(struct smtp_session *s, struct buf *out);
void opening_hear_auth(struct smtp_session *s);

/* RFC 1985, in the place of a transaction. */
bool opening_send_etrn(struct smtp_session *s, struct buf *out);
void opening_hear_etrn(struct smtp_session *s);

/* Wipes and frees what the exchange holds. */
void opening_release(struct smtp_session *s);

#endif
