// SPDX-License-Identifier: ISC
/* A name server that says anything: what is kept lies within the packet. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "net/tlsa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct tlsa_answer *a, const uint8_t *data, size_t size)
{
	assert(a->n <= TLSA_RECORDS_MAX);
	for (size_t i = 0; i < a->n; i++) {
		const struct tlsa_record *r = &a->records[i];
		assert(r->data >= data && r->len <= size &&
		    r->data + r->len <= data + size);
		assert(r->usage <= 255 && r->selector <= 255 &&
		    r->matching <= 255);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tlsa_answer a;
	if (size > 70000)
		return 0;
	(void)!tlsa_parse(data, size, "s.example", &a);
	check(&a, data, size);
	size_t n = a.n;
	tlsa_keep_usable(&a);
	assert(a.n <= n);
	check(&a, data, size);
	for (size_t i = 0; i < a.n; i++) {
		const struct tlsa_record *r = &a.records[i];
		assert(r->usage <= TLSA_DANE_EE && r->selector <= TLSA_SPKI &&
		    r->matching <= TLSA_SHA512 && r->len > 0);
	}
	return 0;
}
