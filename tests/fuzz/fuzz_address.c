// SPDX-License-Identifier: ISC
/*
 * An address list.  Each address that comes out of it can be written into a
 * command, and parsed again by itself it is the same address.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
check_address(void *arg, const struct address *a, struct err *e)
{
	size_t *n = arg;
	AUTO(buf_release) struct buf again = BUF_INIT(ADDRESS_MAX);
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX + 512);
	(*n)++;
	assert(a->spec.len > 0 && a->spec.len <= ADDRESS_MAX);
	assert(address_fits_path(a->spec));
	bool ok = address_parse_one(a->spec, &again, e);
	assert(ok);
	assert(str_eq(buf_str(&again), a->spec));
	struct str domain = address_domain(a->spec);
	assert((domain.len == 0) == a->is_bare);
	if (!address_to_ascii(a->spec, &ascii, e))
		return e->exit == EX_DATAERR;
	assert(str_is_ascii(address_domain(buf_str(&ascii))));
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf one = BUF_INIT(ADDRESS_MAX);
	AUTO(cstr_release) char *copy = mem_alloc(size);
	struct str text = { copy, size };
	struct err e = ERR_INIT;
	size_t n = 0;
	if (size > 0)
		memcpy(copy, data, size);
	if (!address_parse_list(text, check_address, &n, &e))
		assert(e.exit == EX_DATAERR && e.text[0] != '\0');
	else
		assert(n <= size);
	if (!address_parse_one(text, &one, &e))
		assert(e.exit == EX_DATAERR);
	return 0;
}
