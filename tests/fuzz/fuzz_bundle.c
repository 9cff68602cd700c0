// SPDX-License-Identifier: ISC
/*
 * A file of certificates that says anything: what is found in it does not
 * depend on how it comes, and names lie within their certificate.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "net/der.h"
#include "net/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	size_t n;
	size_t octets;
	enum pem_found last;
};

static bool
is_within(struct str part, struct str all)
{
	return part.ptr >= all.ptr && part.len <= all.len &&
	    (size_t)(part.ptr - all.ptr) <= all.len - part.len;
}

/* All of it; then its first part, more of which is asked for, and so on. */
static void
decode(struct str base64)
{
	size_t room = base64.len / 4 * 3 + 6, len = 0, need = 1;
	char *all = mem_alloc(room);
	struct der_names names;
	enum der_found found = DER_MORE;
	while (found == DER_MORE) {
		size_t n;
		assert(need > len);
		if (need > room - 3 ||
		    !pem_decode(&base64, all + len, need - len, &n) || n == 0)
			break;
		len += n;
		assert(len <= room);
		found = der_names((struct str){ all, len }, &names, &need);
	}
	if (found == DER_FOUND) {
		struct str head = { all, len };
		struct str rest = names.subject;
		struct der_element one;
		assert(is_within(names.subject, head));
		assert(is_within(names.issuer, head));
		assert(der_next(&rest, &one) && rest.len == 0);
	}
	free(all);
}

/* Through a window that grows by that much at a time. */
static struct tally
walk(struct str all, size_t step)
{
	struct tally t = { .last = PEM_NOTHING };
	size_t from = 0, to = 0;
	do {
		to = step < all.len - to ? to + step : all.len;
		do {
			struct pem_block block;
			size_t used;
			struct str window = str_from(str_upto(all, to), from);
			t.last = pem_next(window, &block, &used);
			assert(used <= window.len);
			from += used;
			if (t.last != PEM_CERTIFICATE)
				break;
			assert(is_within(block.all, window));
			assert(is_within(block.base64, block.all));
			t.n++;
			t.octets += block.base64.len;
			if (step > all.len)
				decode(block.base64);
		} while (true);
	} while (to < all.len && t.last != PEM_BROKEN);
	return t;
}

static bool
is_date(const char *date)
{
	return strspn(date, "0123456789") == DER_DATE_SIZE - 1 &&
	    date[DER_DATE_SIZE - 1] == '\0';
}

static void
read_facts(struct str certificate)
{
	struct der_facts facts;
	if (!der_facts(certificate, &facts))
		return;
	assert(is_date(facts.from) && is_date(facts.until));
	assert(facts.names.len == 0 || is_within(facts.names, certificate));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str all = { (const char *)data, size };
	read_facts(all);
	if (size > 20000)
		return 0;
	struct tally whole = walk(all, size + 1);
	struct tally parts = walk(all, size % 61 + 1);
	assert(whole.n == parts.n && whole.octets == parts.octets);
	assert(whole.last == parts.last);
	decode(all);
	return 0;
}
