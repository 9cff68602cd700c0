// SPDX-License-Identifier: ISC
#include "message/locals.h"

/* RFC 1034 3.1: the dot at the end is the root's. */
static struct str
without_root(struct str domain)
{
	if (domain.len > 0 && domain.ptr[domain.len - 1] == '.')
		domain.len--;
	return domain;
}

bool
locals_has(const struct locals *l, struct str domain)
{
	domain = without_root(domain);
	for (size_t i = 0; i < l->domains.len; i++)
		if (str_eq_nocase(
			domain, without_root(str_of(l->domains.items[i]))))
			return domain.len > 0;
	return false;
}

void
locals_release(struct locals *l)
{
	strvec_release(&l->domains);
}
