// SPDX-License-Identifier: ISC
/*
 * Where a session stands, and how it goes on or ends: what its parts
 * (opening.c, transaction.c, trace.c) and the engine (session.c) share.  Of
 * no interest outside this room.
 */
#ifndef SMTP_WALK_H
#define SMTP_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "smtp/session.h"

/* A protocol step. */
struct smtp_row {
	const char *name; /* in errors and the trace */
	int timeout_s;    /* for the reply */
	bool ends_group;  /* RFC 2920 3.1 */
	/* appends the command; false with s->err */
	bool (*send)(struct smtp_session *s, struct buf *out);
	/* decides by s->reply where the walk goes on */
	void (*hear)(struct smtp_session *s);
};

/* out is filled up to here before it is sent: a few TLS records. */
enum { WALK_OUT_GOAL = 65536 };

/* Whether the next reply is to that stage. */
bool walk_is_at(const struct smtp_session *s, enum smtp_stage stage);

bool walk_is_same(const struct smtp_cursor *a, const struct smtp_cursor *b);

/* Whether every command sent is answered. */
bool walk_is_caught_up(const struct smtp_session *s);

/* Whether the message goes by BDAT (RFC 3030). */
bool walk_has_chunks(const struct smtp_session *s);

/* The recipient at a place in the batch, by its index in the envelope. */
size_t walk_rcpt_index(const struct smtp_session *s, size_t place);

/* To the step behind c in the transaction, from SMTP_MAIL on. */
void walk_advance(const struct smtp_session *s, struct smtp_cursor *c);

/* Goes on at that stage; all before it is heard. */
void walk_go_to(struct smtp_session *s, enum smtp_stage stage);

/* The session ends in failure; s->err says why, and gets the step in front. */
void walk_fail(struct smtp_session *s);

/* The same, and the line is of no more use. */
void walk_fail_broken(struct smtp_session *s);

/*
 * Ends the session, to be taken up again, if what went wrong leaves the
 * transactions before as they are and the rest to another connection; whether
 * it does.
 */
bool walk_may_go_on_elsewhere(struct smtp_session *s);

/* The session ends since s->reply refuses the step. */
void walk_refused(struct smtp_session *s);

/* Says in s->err that the message may have been delivered. */
void walk_doubt(struct smtp_session *s);

/*
 * Says in s->err, if the server has all of the message for somebody, that it
 * may have been delivered; whether it does.
 */
bool walk_hint_if_sent(struct smtp_session *s);

/*
 * Whether a reply of that code to MAIL, RCPT, DATA or the message would be the
 * same on every try: not if it speaks of the login, or of the session.
 */
bool walk_is_final(int code);

/* Whether s->reply is of class 2. */
bool walk_is_positive(const struct smtp_session *s);

/* Remembers s->response as said, for walk_is_told(). */
void walk_keep_response(struct smtp_session *s);

/* Whether s->reply repeats a secret. */
bool walk_is_told(const struct smtp_session *s);

/* Its words for the user, unless they repeat a secret. */
void walk_said(struct smtp_session *s, char *dst, size_t size);

/* What to do about s->reply, which refuses the step, or NULL. */
const char *walk_hint(const struct smtp_session *s);

#endif
