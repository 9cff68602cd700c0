// SPDX-License-Identifier: ISC
#include "net/srv.h"

#include <arpa/nameser.h>
#include <netdb.h>
#include <string.h>

#include "base/crypto.h"
#include "base/err.h"
#include "base/str.h"
#include "net/resolver.h"

/* RFC 1035 4.1 */
enum {
	HEADER_SIZE = 12,
	QUESTION_SIZE = 4, /* behind the name: type, class */
	RECORD_SIZE = 10,  /* likewise: type, class, time, length */
	SRV_FIXED_SIZE = 6,
	TYPE_SRV = 33,
	CLASS_IN = 1,
	ANSWER_MAX = 16384,
};

struct packet {
	const unsigned char *begin;
	const unsigned char *at;
	const unsigned char *end;
};

static bool
has(const struct packet *p, size_t n)
{
	return (size_t)(p->end - p->at) >= n;
}

static unsigned
number(const unsigned char *at)
{
	return (unsigned)(at[0] << 8 | at[1]);
}

/* A name and so many octets behind it. */
static bool
skip_name(struct packet *p, size_t behind)
{
	int n = dn_skipname(p->at, p->end);
	if (n < 0 || !has(p, (size_t)n))
		return false;
	p->at += n;
	return has(p, behind);
}

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

/* Of its data, which lie within the packet. */
static void
take_record(const struct packet *p, const unsigned char *data, size_t len,
    struct srv_answer *a)
{
	char target[NS_MAXDNAME];
	if (len <= SRV_FIXED_SIZE || a->n == SRV_RECORDS_MAX)
		return;
	int n = dn_expand(p->begin, p->end, data + SRV_FIXED_SIZE, target,
	    (int)sizeof(target));
	if (n < 0 || (size_t)n != len - SRV_FIXED_SIZE)
		return;
	struct srv_record r = {
		.priority = number(data),
		.weight = number(data + 2),
		.port = number(data + 4),
	};
	struct str name = str_of(target);
	if (name.len == 0)
		a->is_denied = true;
	if (r.port == 0 || name.len > SRV_NAME_MAX || !is_host_name(name))
		return;
	memcpy(r.target, name.ptr, name.len + 1);
	a->records[a->n++] = r;
}

static bool
take_answers(struct packet *p, unsigned count, struct srv_answer *a)
{
	for (unsigned i = 0; i < count; i++) {
		if (!skip_name(p, RECORD_SIZE))
			return false;
		unsigned type = number(p->at), class = number(p->at + 2);
		size_t len = number(p->at + 8);
		p->at += RECORD_SIZE;
		if (!has(p, len))
			return false;
		if (type == TYPE_SRV && class == CLASS_IN)
			take_record(p, p->at, len, a);
		p->at += len;
	}
	return true;
}

bool
srv_parse(const unsigned char *packet, size_t len, struct srv_answer *a)
{
	struct packet p = { packet, packet, packet + len };
	*a = (struct srv_answer){ .n = 0 };
	if (!has(&p, HEADER_SIZE))
		return false;
	bool is_answer = (packet[2] & 0x80) != 0 && (packet[3] & 0x0f) == 0;
	unsigned nquestions = number(packet + 4);
	unsigned nanswers = number(packet + 6);
	p.at += HEADER_SIZE;
	for (unsigned i = 0; is_answer && i < nquestions; i++) {
		if (!skip_name(&p, QUESTION_SIZE))
			return false;
		p.at += QUESTION_SIZE;
	}
	return is_answer && take_answers(&p, nanswers, a);
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
	unsigned char packet[ANSWER_MAX];
	int n = res_nquery(
	    state, name, CLASS_IN, TYPE_SRV, packet, (int)sizeof(packet));
	*a = (struct srv_answer){ .n = 0 };
	if (n < 0)
		return state->res_h_errno == HOST_NOT_FOUND ||
		    state->res_h_errno == NO_DATA ||
		    err_set(e, EX_TEMPFAIL, "look up %s: %s", name,
			hstrerror(state->res_h_errno)) ||
		    err_hint(e, "can the name server be reached?");
	size_t len = (size_t)n < sizeof(packet) ? (size_t)n : sizeof(packet);
	return srv_parse(packet, len, a) ||
	    err_set(
		e, EX_TEMPFAIL, "look up %s: the answer makes no sense", name);
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
