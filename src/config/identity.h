// SPDX-License-Identifier: ISC
/* Who is sending, where neither settings nor message say so. */
#ifndef CONFIG_IDENTITY_H
#define CONFIG_IDENTITY_H

#include <stdbool.h>

struct buf;
struct settings;

/*
 * Appends an address: user, if that is one, else LOGIN@HOST, HOST being
 * qualify_domain if that is set.  Returns whether it had to be made of LOGIN
 * and HOST.
 */
bool identity_address(const struct settings *s, struct buf *address);

#endif
