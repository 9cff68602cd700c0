// SPDX-License-Identifier: ISC
/*
 * A file of keys that says anything: no line of it makes another server known,
 * and what is added is found again.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/knownhosts.h"

#define HOST "mail.example.org:465"
#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 17);
	if (size > 1 << 16 || !buf_add(&text, data, size))
		return 0;
	struct knownhosts_finding f = knownhosts_find(
	    buf_str(&text), STR(HOST), STR(PIN));
	/* the key is known by no other way than by standing there */
	assert(f.verdict != KNOWNHOSTS_SAME ||
	    str_search(buf_str(&text), STR("47DEQpj8HBSa")) < text.len);
	assert((f.line > 0) ==
	    (f.verdict == KNOWNHOSTS_CHANGED ||
		f.verdict == KNOWNHOSTS_DAMAGED));
	if (f.verdict != KNOWNHOSTS_NEW)
		return 0;
	assert(knownhosts_add(&text, HOST, PIN, "2026-08-01"));
	f = knownhosts_find(buf_str(&text), STR(HOST), STR(PIN));
	assert(f.verdict == KNOWNHOSTS_SAME);
	f = knownhosts_find(buf_str(&text), STR(HOST),
	    STR("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	assert(f.verdict == KNOWNHOSTS_CHANGED);
	return 0;
}
