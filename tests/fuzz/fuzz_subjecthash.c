// SPDX-License-Identifier: ISC
/* A name that says anything: its canonical form is one itself. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/subjecthash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf canon = BUF_INIT(8192);
	AUTO(buf_release) struct buf name = BUF_INIT(8192);
	AUTO(buf_release) struct buf again = BUF_INIT(8192);
	struct str s = { (const char *)data, size };
	if (!subjecthash_prepare(s, &canon) || canon.len > 8000)
		return 0;
	const char head[] = { 0x30, (char)0x82, (char)(canon.len >> 8),
		(char)canon.len };
	assert(buf_add(&name, head, sizeof(head)) &&
	    buf_add_str(&name, buf_str(&canon)));
	assert(subjecthash_prepare(buf_str(&name), &again));
	assert(str_eq(buf_str(&again), buf_str(&canon)));
	return 0;
}
