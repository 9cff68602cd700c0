// SPDX-License-Identifier: ISC
/*
 * Who has to wait for whom: a message waits behind an earlier one of the same
 * sender that still waits for the same recipient, so that a series arrives in
 * its order.  Not for ever: one that was tried often enough holds up nobody.
 */
#ifndef OUTBOX_ORDER_H
#define OUTBOX_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* One that was tried so often is passed by. */
enum { ORDER_TRIES = 4 };

/* Pairs of a sender and a recipient for whom something waits. */
struct order {
	uint64_t *slots; /* a hash table; 0 is a free one; owned */
	size_t nslots;
	size_t len;
};

#define ORDER_INIT ((struct order){ .slots = NULL })

/*
 * A number for both, letters of either case being equal.  Of two pairs with
 * the same number one would only wait for the other.
 */
uint64_t order_pair(struct str sender, struct str rcpt);

/* A message that was tried so often still waits for these. */
void
order_wait(struct order *o, unsigned ntries, const uint64_t *pairs, size_t n);

/* Whether one that is for these has to wait. */
bool order_is_behind(const struct order *o, const uint64_t *pairs, size_t n);

void order_release(struct order *o);

#endif
