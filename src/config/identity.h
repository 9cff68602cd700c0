// SPDX-License-Identifier: ISC
/* Who is sending, where neither settings nor message say so. */
#ifndef CONFIG_IDENTITY_H
#define CONFIG_IDENTITY_H

#include <stdbool.h>

#include "base/str.h"

struct buf;
struct settings;

/*
 * Appends an address: user, if that is one, else LOGIN@HOST, HOST being
 * qualify_domain if that is set.  Returns whether it had to be made of LOGIN
 * and HOST.
 */
bool identity_address(const struct settings *s, struct buf *address);

/* Append the login name, or "uidN"; and the host's name, or "localhost". */
void identity_login(struct buf *b);
void identity_host(struct buf *b);

/*
 * Appends the name that the name server has for this host; the host's name if
 * it says none within five seconds.
 */
void identity_canonical_host(struct buf *b);

/* Appends what the system says, _ for what an address needs quotes for. */
void identity_plain(struct str text, struct buf *b);

#endif
