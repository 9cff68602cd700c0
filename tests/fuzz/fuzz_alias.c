// SPDX-License-Identifier: ISC
/*
 * An alias file.  What is read of it is found again under its name, and each
 * name leads to addresses, or to an error with the file's name, before long.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"
#include "message/alias.h"
#include "message/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_local(void *arg, struct str domain)
{
	(void)arg;
	return str_eq_nocase(domain, STR("localhost"));
}

static bool
is_by_name(void *arg, struct str domain)
{
	(void)arg;
	return str_eq_nocase(domain, STR("m"));
}

static bool
take(void *arg, struct str spec, struct err *e)
{
	size_t *n = arg;
	AUTO(buf_release) struct buf again = BUF_INIT(ADDRESS_MAX);
	(*n)++;
	assert(spec.len > 0 && !str_has_controls(spec));
	assert(address_domain(spec).len > 0);
	bool ok = address_parse_one(spec, &again, e);
	assert(ok);
	return true;
}

static void
follow(struct resolver *r, struct str spec)
{
	struct err e = ERR_INIT;
	size_t n = 0;
	if (resolve(r, spec, take, &n, &e)) {
		assert(n > 0);
		return;
	}
	assert(e.exit == EX_CONFIG || e.exit == EX_DATAERR);
	assert(e.text[0] != '\0' && !str_has_controls(str_of(e.text)));
	assert(!str_has_controls(str_of(e.hint)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(aliases_release) struct aliases a = ALIASES_INIT;
	AUTO(resolver_release) struct resolver r = RESOLVER_INIT;
	AUTO(cstr_release) char *copy = mem_alloc(size);
	struct err e = ERR_INIT;
	if (size > 0)
		memcpy(copy, data, size);
	if (!aliases_parse(&a, "al", (struct str){ copy, size }, &e)) {
		assert(e.exit == EX_CONFIG);
		assert(strncmp(e.text, "al:", 3) == 0);
		assert(!str_has_controls(str_of(e.text)));
		return 0;
	}
	r.rules = (struct resolve_rules){
		.aliases = &a,
		.qualify_domain = "q.org",
		.is_local = is_local,
		.is_by_name = is_by_name,
	};
	for (size_t i = 0; i < a.len; i++) {
		const struct alias *alias = &a.items[i];
		bool is_catch_all = alias == aliases_catch_all(&a);
		assert(alias->ntargets > 0);
		assert(is_catch_all ||
		    aliases_find(&a, str_of(alias->name)) == alias);
		follow(&r, is_catch_all ? STR("nobody") : str_of(alias->name));
	}
	follow(&r, STR("root@localhost"));
	follow(&r, STR("a+b@m"));
	return 0;
}
