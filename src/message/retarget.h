// SPDX-License-Identifier: ISC
/* To and Cc fields that show whom their recipients stand for. */
#ifndef MESSAGE_RETARGET_H
#define MESSAGE_RETARGET_H

#include <stddef.h>

#include "base/strvec.h"

struct edit_change;
struct message;
struct resolver;

struct retarget {
	struct edit_change *changes; /* owned; their texts by texts */
	size_t nchanges;
	size_t cap;
	struct strvec texts;
};

#define RETARGET_INIT ((struct retarget){ .changes = NULL })

/*
 * A change for each To, Cc, Resent-To and Resent-Cc field with a mailbox that
 * stands for another: the address is replaced, the name stays; one that
 * stands for several is replaced by them all.  Other mailboxes keep their
 * bytes, but for domains that become A-labels.  So do fields that are no
 * address list, and mailboxes whose alias cannot be used: as recipients they
 * would have been refused already.
 */
void retarget_fields(
    struct retarget *rt, const struct message *m, struct resolver *r);

void retarget_release(struct retarget *rt);

#endif
