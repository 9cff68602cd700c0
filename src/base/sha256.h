// SPDX-License-Identifier: ISC
/* SHA-256 (FIPS 180-4), for names that must not be mistaken for others. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/str.h"

enum { SHA256_SIZE = 32 };

void sha256(struct str bytes, unsigned char digest[SHA256_SIZE]);

#endif
