// SPDX-License-Identifier: ISC
/* Random numbers, and keys from passwords. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct err;

enum crypto_hash { CRYPTO_SHA1, CRYPTO_SHA256 };

/*
 * GnuTLS is loaded, and has read what it reads once: the system's policy,
 * whether FIPS 140 is wanted.  Takes up to 3 ms, the first time.  Whoever is
 * first to use GnuTLS calls it before.  EX_OSERR, EX_SOFTWARE.
 */
bool crypto_prepare(struct err *e) MUST_CHECK;

/* Its digest's size in bytes. */
size_t crypto_hash_size(enum crypto_hash hash);

/* Unpredictable bytes, at most 256.  EX_OSERR. */
bool crypto_random(void *dst, size_t n, struct err *e) MUST_CHECK;

/* PBKDF2 (RFC 8018 5.2) with HMAC; as many bytes as the digest has. */
bool crypto_pbkdf2(enum crypto_hash hash, struct str password, struct str salt,
    unsigned iterations, unsigned char *key, struct err *e) MUST_CHECK;

#endif
