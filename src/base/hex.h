// SPDX-License-Identifier: ISC
/* Hexadecimal digits to octets and back, as in a certificate's fingerprint. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

/*
 * Pairs of digits in any case, with colons between all of them or none, to
 * at most size octets, *n of them; false if it is anything else.
 */
bool hex_parse(
    struct str text, unsigned char *dst, size_t size, size_t *n) MUST_CHECK;

/* "AB:CD:EF", cut where dst is full. */
void hex_print(const unsigned char *src, size_t n, char *dst, size_t size);

#endif
