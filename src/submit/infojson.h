// SPDX-License-Identifier: ISC
/* What --serverinfo --json shows to a program; see posthaste(1) for the keys.
 */
#ifndef SUBMIT_INFOJSON_H
#define SUBMIT_INFOJSON_H

struct buf;
struct err;
struct serverinfo;

/* Room for all that a server can say. */
enum { INFOJSON_MAX = 1 << 24 };

/*
 * Appends it as one object and a line end.  e is NULL, or what would become of
 * a message.
 */
void infojson_show(
    const struct serverinfo *info, const struct err *e, struct buf *out);

#endif
