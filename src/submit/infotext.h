// SPDX-License-Identifier: ISC
/* What --serverinfo shows to a human. */
#ifndef SUBMIT_INFOTEXT_H
#define SUBMIT_INFOTEXT_H

struct buf;
struct serverinfo;

/* Appends it as lines, printable; nothing if nothing is known. */
void infotext_show(const struct serverinfo *info, struct buf *out);

#endif
