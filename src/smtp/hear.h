// SPDX-License-Identifier: ISC
/* What comes from the server: whose turn it is, and what is no reply. */
#ifndef SMTP_HEAR_H
#define SMTP_HEAR_H

struct buf;
struct smtp_session;

/* The replies that are whole, as far as the walk goes with them. */
void hear_all(struct smtp_session *s, struct buf *in);

#endif
