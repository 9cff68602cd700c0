// SPDX-License-Identifier: ISC
/*
 * Where a message fails and its connection is to be kept, the replies to what
 * was sent ahead are still to come.  They are heard to the end of the group;
 * what is known of the message stays as it is.
 */
#ifndef SMTP_REST_H
#define SMTP_REST_H

#include <stdbool.h>

#include "smtp/session.h"

/*
 * The message is over, and the first reply unheard is to that step: begins to
 * hear the rest, if there is any and it makes the connection fit for another.
 */
void rest_begin(struct smtp_session *s, struct smtp_cursor heard);

/* s->reply is one of them. */
void rest_hear(struct smtp_session *s);

/* It has no end, as the line is lost or what came no reply; whether it was
 * the rest that was being heard. */
bool rest_is_lost(struct smtp_session *s);

#endif
