// SPDX-License-Identifier: ISC
#include "base/base64.h"

#include <stddef.h>
#include <string.h>

#include "base/buf.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Of one to three bytes. */
static void
encode_group(const char *src, size_t n, char *dst)
{
	unsigned bits = 0;
	for (size_t i = 0; i < 3; i++)
		bits = bits << 8 | (i < n ? (unsigned char)src[i] : 0u);
	memset(dst, '=', 4);
	for (size_t i = 0; i <= n; i++)
		dst[i] = digits[bits >> (18 - 6 * i) & 63];
}

bool
base64_encode(struct str bytes, struct buf *out)
{
	if (bytes.len == 0)
		return true;
	if (bytes.len > SIZE_MAX / 2)
		return false;
	size_t need = (bytes.len + 2) / 3 * 4;
	char *dst = buf_room(out, need);
	if (dst == NULL)
		return false;
	for (size_t at = 0; at < bytes.len; at += 3, dst += 4)
		encode_group(bytes.ptr + at,
		    bytes.len - at < 3 ? bytes.len - at : 3, dst);
	buf_filled(out, need);
	return true;
}

/* Four digits to three bytes; those of the last that "=" stands for are 0. */
static bool
decode_group(const char *src, char *dst)
{
	unsigned bits = 0;
	for (size_t i = 0; i < 4; i++) {
		const char *at = memchr(digits, src[i], sizeof(digits) - 1);
		if (at == NULL)
			return false;
		bits = bits << 6 | (unsigned)(at - digits);
	}
	for (size_t i = 0; i < 3; i++)
		dst[i] = (char)(bits >> (16 - 8 * i));
	return true;
}

bool
base64_decode(struct str text, struct buf *out)
{
	size_t npads = 0;
	if (text.len == 0)
		return true;
	if (text.len % 4 != 0)
		return false;
	while (npads < 2 && npads < text.len &&
	    text.ptr[text.len - 1 - npads] == '=')
		npads++;
	size_t nbytes = text.len / 4 * 3;
	char *dst = buf_room(out, nbytes - npads);
	if (dst == NULL)
		return false;
	for (size_t at = 0; at < text.len; at += 4, dst += 3) {
		bool is_last = text.len - at == 4;
		char four[4], three[3];
		memcpy(four, text.ptr + at, sizeof(four));
		if (is_last)
			memset(four + 4 - npads, 'A', npads);
		if (!decode_group(four, three))
			return false;
		/* RFC 4648 3.5: of what is cut off, nothing may be set */
		if (is_last && memcmp(three + 3 - npads, "\0", npads) != 0)
			return false;
		memcpy(dst, three, is_last ? 3 - npads : 3);
	}
	buf_filled(out, nbytes - npads);
	return true;
}
