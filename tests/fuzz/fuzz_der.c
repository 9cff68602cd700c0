// SPDX-License-Identifier: ISC
/* A certificate that says anything: what is told of it is in it, and the two
 * who walk through it agree. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "net/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_within(struct str part, struct str all)
{
	return part.len == 0 ||
	    (part.ptr >= all.ptr && part.ptr + part.len <= all.ptr + all.len);
}

static void
check_date(const char date[DER_DATE_SIZE])
{
	assert(strlen(date) == DER_DATE_SIZE - 1);
	for (size_t i = 0; date[i] != '\0'; i++)
		assert(is_digit(date[i]));
}

static void
check_names(struct str rest)
{
	struct der_element one;
	size_t n = rest.len;
	while (der_next(&rest, &one)) {
		assert(one.all.len + rest.len == n);
		assert(is_within(one.content, one.all));
		n = rest.len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct der_facts facts;
	struct der_names names;
	size_t need = 0;
	/* of its exact size, so that the sanitizers see its end */
	char *copy = mem_alloc(size);
	if (size > 0)
		memcpy(copy, data, size);
	struct str all = { copy, size };
	bool ok = der_facts(all, &facts);
	enum der_found found = der_names(all, &names, &need);
	assert(!ok || found == DER_FOUND);
	assert(found != DER_MORE || need > size);
	if (ok) {
		check_date(facts.from);
		check_date(facts.until);
		assert(is_within(facts.names, all));
		check_names(facts.names);
	}
	free(copy);
	return 0;
}
