// SPDX-License-Identifier: ISC
/* Digests, random numbers, key derivation, and what stands between them and
 * text. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

struct buf;
struct err;

enum crypto_hash { CRYPTO_SHA1, CRYPTO_SHA256 };

/* Its digest's size in bytes. */
size_t crypto_hash_size(enum crypto_hash hash);

/* As many bytes to digest as it has.  EX_SOFTWARE. */
bool crypto_digest(enum crypto_hash hash, struct str bytes,
    unsigned char *digest, struct err *e) MUST_CHECK;

/* Unpredictable bytes, at most 256.  EX_OSERR. */
bool crypto_random(void *dst, size_t n, struct err *e) MUST_CHECK;

/* PBKDF2 (RFC 8018 5.2) with HMAC; as many bytes as the digest has. */
bool crypto_pbkdf2(enum crypto_hash hash, struct str password, struct str salt,
    unsigned iterations, unsigned char *key, struct err *e) MUST_CHECK;

/*
 * Appends what base64 (RFC 4648 4) stands for, or the base64 of the bytes, on
 * one line; false, with nothing appended, if it is none or past the maximum.
 */
bool crypto_base64_decode(struct str text, struct buf *out) MUST_CHECK;
bool crypto_base64_encode(struct str bytes, struct buf *out) MUST_CHECK;

#endif
