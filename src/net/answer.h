// SPDX-License-Identifier: ISC
/* A name server's answer as it came (RFC 1035 4), record by record. */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum {
	ANSWER_NAME_SIZE = 1025, /* NS_MAXDNAME */
	ANSWER_CLASS_IN = 1,
};

struct answer {
	const unsigned char *begin;
	const unsigned char *at;
	const unsigned char *end;
	unsigned nleft; /* records of the answer section */
	bool is_cut;    /* there would be more */
};

struct answer_record {
	char owner[ANSWER_NAME_SIZE];
	unsigned type, class;
	const unsigned char *data; /* borrowed from the packet */
	size_t len;
};

/* Past the questions; false if it is no answer, or one of an error. */
bool answer_begin(
    struct answer *a, const unsigned char *packet, size_t len) MUST_CHECK;

/* The next one.  False if it makes no sense; to be asked while nleft. */
bool answer_next(struct answer *a, struct answer_record *r) MUST_CHECK;

/*
 * Makes of the name the one that it is an alias of by the records that are left
 * (CNAME, RFC 1034 3.6.2), if it is one.  False if they make no sense.
 */
bool
answer_follow(const struct answer *a, char name[ANSWER_NAME_SIZE]) MUST_CHECK;

/* Whether the record is of that name, type and of the class IN. */
bool
answer_is_of(const struct answer_record *r, const char *name, unsigned type);

/* Whether the name server says that all of it was checked (AD, RFC 4035 3.2.3);
 * which anybody on the way can say, too. */
bool answer_is_secure(const struct answer *a);

/* A name of a record's data that is just so long there. */
bool answer_name(const struct answer *a, const unsigned char *at, size_t len,
    char name[ANSWER_NAME_SIZE]) MUST_CHECK;

/* Two octets. */
unsigned answer_number(const unsigned char *at);

#endif
