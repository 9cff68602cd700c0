// SPDX-License-Identifier: ISC
/* As much of DER (X.690) as it takes to see for whom a certificate is. */
#ifndef NET_DER_H
#define NET_DER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

enum der_tag {
	DER_INTEGER = 0x02,
	DER_OCTETS = 0x04,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_PRINTABLE = 0x13,
	DER_T61 = 0x14,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_TIME = 0x18, /* GeneralizedTime */
	DER_VISIBLE = 0x1a,
	DER_UNIVERSAL = 0x1c, /* four octets a character */
	DER_BMP = 0x1e,       /* two */
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_DNS_NAME = 0x82, /* among alternative names: [2] */
	DER_VERSION = 0xa0,  /* of a certificate: [0] */
	DER_EXTENSIONS = 0xa3,
};

enum der_found {
	DER_FOUND,
	DER_MORE, /* is needed */
	DER_WRONG,
};

struct der_element {
	unsigned char tag;
	struct str all; /* with tag and length */
	struct str content;
};

/* Cuts the first element from *rest; false if there is no whole one. */
bool der_next(struct str *rest, struct der_element *element) MUST_CHECK;

/* Distinguished names, as they stand there, tag and length included. */
struct der_names {
	struct str issuer;
	struct str subject;
};

/*
 * Those of the certificate that begins with these octets, borrowed from them.
 * With DER_MORE *need tells how many octets it takes to get further, more than
 * there are.
 */
enum der_found
der_names(struct str head, struct der_names *names, size_t *need);

/* "20261224170000", UTC: such texts compare as the times do. */
enum { DER_DATE_SIZE = sizeof("20261224170000") };

/* What a certificate says of itself. */
struct der_facts {
	char from[DER_DATE_SIZE]; /* it is valid, */
	char until[DER_DATE_SIZE];
	/* its alternative names (RFC 5280 4.2.1.6), one element each, borrowed;
	 * empty if it has none */
	struct str names;
};

/* False if the certificate is not as RFC 5280 has it: then who knows more of
 * it must be asked. */
bool der_facts(struct str certificate, struct der_facts *facts) MUST_CHECK;

#endif
