// SPDX-License-Identifier: ISC
#include "net/tlsa.h"

#include <netdb.h>
#include <string.h>

#include "base/err.h"
#include "net/answer.h"
#include "net/resolver.h"

enum {
	TYPE_TLSA = 52,
	TLSA_FIXED_SIZE = 3,
};

static bool
take_answers(struct answer *p, const char *name, struct tlsa_answer *a)
{
	struct answer_record r;
	while (p->nleft > 0) {
		if (!answer_next(p, &r))
			return false;
		if (!answer_is_of(&r, name, TYPE_TLSA) ||
		    r.len < TLSA_FIXED_SIZE || a->n == TLSA_RECORDS_MAX)
			continue;
		a->records[a->n++] = (struct tlsa_record){
			.usage = r.data[0],
			.selector = r.data[1],
			.matching = r.data[2],
			.data = r.data + TLSA_FIXED_SIZE,
			.len = r.len - TLSA_FIXED_SIZE,
		};
	}
	return true;
}

bool
tlsa_parse(const unsigned char *packet, size_t len, const char *name,
    struct tlsa_answer *a)
{
	struct answer p;
	char wanted[ANSWER_NAME_SIZE] = "";
	*a = (struct tlsa_answer){ .n = 0 };
	if (!answer_begin(&p, packet, len) || p.is_cut ||
	    strlen(name) >= sizeof(wanted))
		return false;
	memcpy(wanted, name, strlen(name) + 1);
	if (!answer_follow(&p, wanted))
		return false;
	a->is_secure = answer_is_secure(&p);
	return take_answers(&p, wanted, a);
}

static bool
is_usable(const struct tlsa_record *r)
{
	static const size_t lengths[] = {
		[TLSA_SHA256] = 32, [TLSA_SHA512] = 64
	};
	return r->usage <= TLSA_DANE_EE && r->selector <= TLSA_SPKI &&
	    r->matching <= TLSA_SHA512 &&
	    (r->matching == TLSA_FULL ? r->len > 0
				      : r->len == lengths[r->matching]);
}

/* Whether there is a stronger digest of the same thing. */
static bool
is_outdone(const struct tlsa_answer *a, const struct tlsa_record *weak)
{
	for (size_t i = 0; weak->matching == TLSA_SHA256 && i < a->n; i++) {
		const struct tlsa_record *r = &a->records[i];
		if (r->matching == TLSA_SHA512 && is_usable(r) &&
		    r->usage == weak->usage && r->selector == weak->selector)
			return true;
	}
	return false;
}

void
tlsa_keep_usable(struct tlsa_answer *a)
{
	struct tlsa_answer all = *a;
	a->n = 0;
	for (size_t i = 0; i < all.n; i++)
		if (is_usable(&all.records[i]) &&
		    !is_outdone(&all, &all.records[i]))
			a->records[a->n++] = all.records[i];
}

static bool
refuse(const char *name, int why, struct err *e)
{
	(void)err_set(e, EX_TEMPFAIL, "look up the TLSA records of %s: %s",
	    name, hstrerror(why));
	return err_hint(e,
	    "either the name server is in trouble, or the domain's DNSSEC is "
	    "broken, or somebody forges answers");
}

/* TLSA records are kept from us by whoever can keep the answer from us: so
 * none is only what the name server says to be none (RFC 7672 2.1.1). */
static bool
ask(struct __res_state *state, const char *name, struct tlsa_lookup *l,
    struct err *e)
{
	resolver_ask_security(state);
	int n = res_nquery(state, name, ANSWER_CLASS_IN, TYPE_TLSA, l->packet,
	    (int)sizeof(l->packet));
	if (n < 0)
		return state->res_h_errno == HOST_NOT_FOUND ||
		    state->res_h_errno == NO_DATA ||
		    refuse(name, state->res_h_errno, e);
	size_t len = (size_t)n < sizeof(l->packet) ? (size_t)n
						   : sizeof(l->packet);
	return tlsa_parse(l->packet, len, name, &l->answer) ||
	    err_set(e, EX_TEMPFAIL,
		"look up the TLSA records of %s: the answer makes no sense",
		name);
}

bool
tlsa_look_up(const char *name, const struct srv_nameserver *ns,
    struct tlsa_lookup *l, struct err *e)
{
	struct __res_state state;
	l->answer = (struct tlsa_answer){ .n = 0 };
	l->is_local = false;
	if (!resolver_open(&state, ns, e))
		return false;
	l->is_local = resolver_is_local(&state);
	bool ok = !l->is_local || ask(&state, name, l, e);
	res_nclose(&state);
	return ok;
}
