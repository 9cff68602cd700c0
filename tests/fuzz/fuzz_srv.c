// SPDX-License-Identifier: ISC
/* A name server that says anything: what is kept of it can be used. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "net/srv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any order, of the packet's own choice. */
static uint32_t
choose(void *arg, uint32_t most)
{
	const uint8_t *byte = arg;
	return *byte % (most + 1);
}

static uint32_t
sum_of(const struct srv_answer *a)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < a->n; i++)
		sum += a->records[i].weight + a->records[i].port;
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct srv_answer a;
	uint8_t chance = size > 0 ? data[size - 1] : 0;
	if (size > 70000)
		return 0;
	(void)srv_parse(data, size, "s.example", &a);
	assert(a.n <= SRV_RECORDS_MAX);
	uint32_t sum = sum_of(&a);
	srv_order(&a, choose, &chance);
	assert(sum == sum_of(&a));
	for (size_t i = 0; i < a.n; i++) {
		const struct srv_record *r = &a.records[i];
		size_t len = strlen(r->target);
		assert(len > 0 && len <= SRV_NAME_MAX);
		assert(r->port > 0 && r->port <= 65535);
		for (size_t k = 0; k < len; k++)
			assert(strchr(" #\"\\", r->target[k]) == NULL &&
			    (unsigned char)r->target[k] > ' ');
		assert(i == 0 || a.records[i - 1].priority <= r->priority);
	}
	return 0;
}
