// SPDX-License-Identifier: ISC
#include "base/hex.h"

#include <stdio.h>

/* -1 if it is none. */
static int
digit_of(char c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
hex_parse(struct str text, unsigned char *dst, size_t size, size_t *n)
{
	bool has_colons = text.len > 2 && text.ptr[2] == ':';
	size_t at = 0;
	for (*n = 0; at < text.len; (*n)++) {
		if (*n > 0 && has_colons && text.ptr[at++] != ':')
			return false;
		if (text.len - at < 2 || *n == size)
			return false;
		int high = digit_of(text.ptr[at]);
		int low = digit_of(text.ptr[at + 1]);
		if (high < 0 || low < 0)
			return false;
		dst[*n] = (unsigned char)(high << 4 | low);
		at += 2;
	}
	return *n > 0;
}

void
hex_print(const unsigned char *src, size_t n, char *dst, size_t size)
{
	dst[0] = '\0';
	for (size_t i = 0; i < n && size > 3; i++) {
		int len = snprintf(
		    dst, size, "%s%02X", i > 0 ? ":" : "", (unsigned)src[i]);
		dst += len;
		size -= (size_t)len;
	}
}
