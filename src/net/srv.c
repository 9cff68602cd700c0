// SPDX-License-Identifier: ISC
#include "net/srv.h"

#include <netdb.h>
#include <string.h>

#include "base/crypto.h"
#include "base/err.h"
#include "base/str.h"
#include "net/answer.h"
#include "net/resolver.h"

enum {
	SRV_FIXED_SIZE = 6,
	TYPE_SRV = 33,
	PACKET_MAX = 16384,
};

/* One that can stand in a configuration file and be looked up. */
static bool
is_host_name(struct str name)
{
	bool was_dot = true;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool is_dot = c == '.';
		if (is_dot
			? was_dot
			: !is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
			return false;
		was_dot = is_dot;
	}
	return !was_dot && name.ptr[0] != '-';
}

static void
take_record(const struct answer *p, const struct answer_record *found,
    struct srv_answer *a)
{
	char target[ANSWER_NAME_SIZE];
	const unsigned char *data = found->data;
	if (found->len <= SRV_FIXED_SIZE || a->n == SRV_RECORDS_MAX ||
	    !answer_name(
		p, data + SRV_FIXED_SIZE, found->len - SRV_FIXED_SIZE, target))
		return;
	struct srv_record r = {
		.priority = answer_number(data),
		.weight = answer_number(data + 2),
		.port = answer_number(data + 4),
	};
	struct str name = str_of(target);
	if (name.len == 0)
		a->is_denied = true;
	if (r.port == 0 || name.len > SRV_NAME_MAX || !is_host_name(name))
		return;
	memcpy(r.target, name.ptr, name.len + 1);
	a->records[a->n++] = r;
}

bool
srv_parse(const unsigned char *packet, size_t len, const char *name,
    struct srv_answer *a)
{
	struct answer p;
	struct answer_record r;
	char wanted[ANSWER_NAME_SIZE] = "";
	*a = (struct srv_answer){ .n = 0 };
	if (!answer_begin(&p, packet, len) || p.is_cut ||
	    strlen(name) >= sizeof(wanted))
		return false;
	memcpy(wanted, name, strlen(name) + 1);
	if (!answer_follow(&p, wanted))
		return false;
	a->is_secure = answer_is_secure(&p);
	while (p.nleft > 0) {
		if (!answer_next(&p, &r))
			return false;
		if (answer_is_of(&r, wanted, TYPE_SRV))
			take_record(&p, &r, a);
	}
	return true;
}

/* Whether a is tried before b whatever the chance. */
static bool
is_before(const struct srv_record *a, const struct srv_record *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->weight == 0 && b->weight != 0;
}

static void
sort(struct srv_record *records, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct srv_record r = records[i];
		size_t k = i;
		for (; k > 0 && is_before(&r, &records[k - 1]); k--)
			records[k] = records[k - 1];
		records[k] = r;
	}
}

/* Those of one priority, those of no weight in front. */
static void
order_by_weight(
    struct srv_record *records, size_t n, srv_random_fn *random, void *arg)
{
	for (size_t first = 0; first + 1 < n; first++) {
		uint32_t sum = 0, passed = 0;
		for (size_t i = first; i < n; i++)
			sum += records[i].weight;
		uint32_t mark = random(arg, sum);
		size_t chosen = first;
		for (size_t i = first; i < n; i++) {
			passed += records[i].weight;
			if (passed >= mark) {
				chosen = i;
				break;
			}
		}
		struct srv_record r = records[chosen];
		memmove(&records[first + 1], &records[first],
		    (chosen - first) * sizeof(r));
		records[first] = r;
	}
}

void
srv_order(struct srv_answer *a, srv_random_fn *random, void *arg)
{
	sort(a->records, a->n);
	for (size_t first = 0, end; first < a->n; first = end) {
		for (end = first + 1; end < a->n &&
		     a->records[end].priority == a->records[first].priority;
		     end++)
			;
		order_by_weight(&a->records[first], end - first, random, arg);
	}
}

/* Without random numbers the first is as good as another. */
static uint32_t
random_number(void *arg, uint32_t most)
{
	uint64_t n = 0;
	struct err e = ERR_INIT;
	(void)arg;
	if (!crypto_random(&n, sizeof(n), &e))
		return 0;
	return (uint32_t)(n % ((uint64_t)most + 1)); /* below most + 1 */
}

static bool
ask(struct __res_state *state, const char *name, struct srv_answer *a,
    struct err *e)
{
	unsigned char packet[PACKET_MAX];
	bool is_local = resolver_is_local(state);
	if (is_local)
		resolver_ask_security(state);
	int n = res_nquery(state, name, ANSWER_CLASS_IN, TYPE_SRV, packet,
	    (int)sizeof(packet));
	*a = (struct srv_answer){ .n = 0 };
	if (n < 0)
		return state->res_h_errno == HOST_NOT_FOUND ||
		    state->res_h_errno == NO_DATA ||
		    err_set(e, EX_TEMPFAIL, "look up %s: %s", name,
			hstrerror(state->res_h_errno)) ||
		    err_hint(e, "can the name server be reached?");
	size_t len = (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet);
	if (!srv_parse(packet, len, name, a))
		return err_set(e, EX_TEMPFAIL,
		    "look up %s: the answer makes no sense", name);
	a->is_secure = a->is_secure && is_local;
	return true;
}

bool
srv_lookup(const char *name, const struct srv_nameserver *ns,
    struct srv_answer *a, struct err *e)
{
	struct __res_state state;
	if (!resolver_open(&state, ns, e))
		return false;
	bool ok = ask(&state, name, a, e);
	res_nclose(&state);
	if (ok)
		srv_order(a, random_number, NULL);
	return ok;
}
