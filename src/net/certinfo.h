// SPDX-License-Identifier: ISC
/* What a certificate says, for the user; whether it is true is trust.h's. */
#ifndef NET_CERTINFO_H
#define NET_CERTINFO_H

#include <stdbool.h>

#include "base/str.h"

enum { CERTINFO_HASH_SIZE = 32 };

/* Text is printable, and ends in "..." where it was too long. */
struct certinfo {
	bool is_known; /* else the rest is empty */
	char subject[256];
	char issuer[256];
	char names[2048]; /* DNS names and addresses, ", " between */
	char from[32];    /* "2026-11-22 05:30 UTC" */
	char until[32];
	unsigned char sha256[CERTINFO_HASH_SIZE]; /* of all of it */
};

/* From DER; empty if that is no certificate. */
void certinfo_read(struct str der, struct certinfo *info);

#endif
