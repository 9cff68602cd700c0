// SPDX-License-Identifier: ISC
#include "net/answer.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>

#include "base/attr.h"
#include "base/str.h"

_Static_assert(ANSWER_NAME_SIZE >= NS_MAXDNAME, "room for each name");

/* RFC 1035 4.1 */
enum {
	HEADER_SIZE = 12,
	QUESTION_SIZE = 4, /* behind the name: type, class */
	RECORD_SIZE = 10,  /* likewise: type, class, time, length */
};

enum { TYPE_CNAME = 5, ALIASES_MAX = 8 };

static bool
has(const struct answer *a, size_t n)
{
	return (size_t)(a->end - a->at) >= n;
}

unsigned
answer_number(const unsigned char *at)
{
	return (unsigned)(at[0] << 8 | at[1]);
}

/* A name, and so many octets behind it. */
static bool
take_name(struct answer *a, char name[ANSWER_NAME_SIZE], size_t behind)
{
	int n = dn_expand(a->begin, a->end, a->at, name, ANSWER_NAME_SIZE);
	if (n < 0 || !has(a, (size_t)n))
		return false;
	a->at += n;
	return has(a, behind);
}

bool
answer_begin(struct answer *a, const unsigned char *packet, size_t len)
{
	char ignored[ANSWER_NAME_SIZE];
	*a = (struct answer){ packet, packet, packet + len, 0, false };
	if (!has(a, HEADER_SIZE))
		return false;
	bool is_answer = (packet[2] & 0x80) != 0;
	bool is_error = (packet[3] & 0x0f) != 0;
	if (!is_answer || is_error)
		return false;
	a->is_cut = (packet[2] & 0x02) != 0;
	a->nleft = answer_number(packet + 6);
	a->at += HEADER_SIZE;
	for (unsigned i = 0; i < answer_number(packet + 4); i++) {
		if (!take_name(a, ignored, QUESTION_SIZE))
			return false;
		a->at += QUESTION_SIZE;
	}
	return true;
}

bool
answer_next(struct answer *a, struct answer_record *r)
{
	if (!take_name(a, r->owner, RECORD_SIZE))
		return false;
	r->type = answer_number(a->at);
	r->class = answer_number(a->at + 2);
	r->len = answer_number(a->at + 8);
	a->at += RECORD_SIZE;
	r->data = a->at;
	if (!has(a, r->len))
		return false;
	a->at += r->len;
	a->nleft--;
	return true;
}

bool
answer_name(const struct answer *a, const unsigned char *at, size_t len,
    char name[ANSWER_NAME_SIZE])
{
	int n = dn_expand(a->begin, a->end, at, name, ANSWER_NAME_SIZE);
	return n >= 0 && (size_t)n == len;
}

bool
answer_is_of(const struct answer_record *r, const char *name, unsigned type)
{
	return r->type == type && r->class == ANSWER_CLASS_IN &&
	    str_eq_nocase(str_of(r->owner), str_of(name));
}

/* One step. */
static bool
follow(struct answer rest, char name[ANSWER_NAME_SIZE])
{
	struct answer_record r;
	while (rest.nleft > 0) {
		if (!answer_next(&rest, &r))
			return false;
		if (answer_is_of(&r, name, TYPE_CNAME))
			return answer_name(&rest, r.data, r.len, name);
	}
	return true;
}

bool
answer_follow(const struct answer *a, char name[ANSWER_NAME_SIZE])
{
	for (int i = 0; i < ALIASES_MAX; i++)
		if (!follow(*a, name))
			return false;
	return true;
}

bool
answer_is_secure(const struct answer *a)
{
	return (a->begin[3] & 0x20) != 0;
}
