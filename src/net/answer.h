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

/* A name of a record's data that is just so long there. */
bool answer_name(const struct answer *a, const unsigned char *at, size_t len,
    char name[ANSWER_NAME_SIZE]) MUST_CHECK;

/* Two octets. */
unsigned answer_number(const unsigned char *at);

#endif
