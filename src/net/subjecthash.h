// SPDX-License-Identifier: ISC
/*
 * The form of a distinguished name that OpenSSL names the files of a folder of
 * certificates by ("openssl rehash").
 */
#ifndef NET_SUBJECTHASH_H
#define NET_SUBJECTHASH_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;

enum {
	SUBJECTHASH_DIGEST_SIZE = 20,                 /* SHA-1 */
	SUBJECTHASH_NAME_SIZE = sizeof("12345678.9"), /* of a file */
};

/*
 * Appends what is to be digested by SHA-1 of the name, which is DER.  False if
 * it is none, if its text is not what it says to be, or if it is too long for
 * the buffer: such a name has no hash.
 */
bool subjecthash_prepare(struct str name, struct buf *canon) MUST_CHECK;

/* The name of file number n, from 0 to 9, of those with that digest. */
void subjecthash_file(const unsigned char digest[SUBJECTHASH_DIGEST_SIZE],
    unsigned n, char file[SUBJECTHASH_NAME_SIZE]);

/* Whether it is one, as they begin. */
bool subjecthash_is_file(const char *name);

#endif
