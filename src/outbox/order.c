// SPDX-License-Identifier: ISC
#include "outbox/order.h"

#include <stdlib.h>

#include "base/buf.h"

/* FNV-1a: short texts, and nobody to choose them but the user. */
static uint64_t
add(uint64_t hash, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		hash ^= (unsigned char)to_lower(text.ptr[i]);
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

uint64_t
order_pair(struct str sender, struct str rcpt)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	hash = add(hash, sender);
	hash = add(hash, (struct str){ "", 1 });
	hash = add(hash, rcpt);
	return hash != 0 ? hash : 1;
}

/* Its slot, or the free one where it belongs; there is a free one. */
static uint64_t *
find(uint64_t *slots, size_t nslots, uint64_t pair)
{
	size_t i = (size_t)pair % nslots;
	while (slots[i] != 0 && slots[i] != pair)
		i = (i + 1) % nslots;
	return &slots[i];
}

static void
grow(struct order *o)
{
	struct order bigger = {
		.nslots = o->nslots > 0 ? o->nslots * 2 : 64,
		.len = o->len,
	};
	bigger.slots = mem_zalloc(bigger.nslots * sizeof(*bigger.slots));
	for (size_t i = 0; i < o->nslots; i++)
		if (o->slots[i] != 0)
			*find(bigger.slots, bigger.nslots,
			    o->slots[i]) = o->slots[i];
	free(o->slots);
	*o = bigger;
}

void
order_wait(struct order *o, unsigned ntries, const uint64_t *pairs, size_t n)
{
	for (size_t i = 0; ntries < ORDER_TRIES && i < n; i++) {
		if (o->len >= o->nslots / 2)
			grow(o);
		uint64_t *slot = find(o->slots, o->nslots, pairs[i]);
		o->len += *slot == 0;
		*slot = pairs[i];
	}
}

bool
order_is_behind(const struct order *o, const uint64_t *pairs, size_t n)
{
	for (size_t i = 0; o->len > 0 && i < n; i++)
		if (*find(o->slots, o->nslots, pairs[i]) != 0)
			return true;
	return false;
}

void
order_release(struct order *o)
{
	free(o->slots);
	*o = ORDER_INIT;
}
