// SPDX-License-Identifier: ISC
#include "net/pem.h"

/* RFC 7468 5.1: the second is of old, and to be understood */
static const struct str labels[] = {
	{ "CERTIFICATE-----", 16 },
	{ "X509 CERTIFICATE-----", 21 },
};

static const struct str begin = { "-----BEGIN ", 11 };
static const struct str end = { "-----END ", 9 };

static bool
starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	    memcmp(s.ptr, prefix.ptr, prefix.len) == 0;
}

/* It may go on as the prefix does; also if that is all there. */
static bool
may_start(struct str s, struct str prefix)
{
	size_t n = s.len < prefix.len ? s.len : prefix.len;
	return memcmp(s.ptr, prefix.ptr, n) == 0;
}

/* The label of which s is, or may become, a certificate's BEGIN line. */
static const struct str *
label_of(struct str s)
{
	if (!may_start(s, begin))
		return NULL;
	s = str_from(s, s.len < begin.len ? s.len : begin.len);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++)
		if (may_start(s, labels[i]))
			return &labels[i];
	return NULL;
}

/* The text behind the BEGIN line; base64 has no '-' in it. */
static enum pem_found
find_end(struct str text, const struct str *label, struct pem_block *block,
    size_t *len)
{
	size_t at = str_find(text, '-');
	struct str rest = str_from(text, at);
	if (rest.len < end.len + label->len)
		return may_start(rest, end) ? PEM_UNFINISHED : PEM_BROKEN;
	if (!starts(rest, end) || !starts(str_from(rest, end.len), *label))
		return PEM_BROKEN;
	block->base64 = str_upto(text, at);
	*len = at + end.len + label->len;
	return PEM_CERTIFICATE;
}

enum pem_found
pem_next(struct str text, struct pem_block *block, size_t *used)
{
	for (size_t at = 0;; at++) {
		at += str_find(str_from(text, at), '-');
		*used = at;
		if (at == text.len)
			return PEM_NOTHING;
		struct str rest = str_from(text, at);
		const struct str *label = label_of(rest);
		if (label == NULL)
			continue;
		size_t len = 0, head = begin.len + label->len;
		if (rest.len < head)
			return PEM_NOTHING; /* or so it is till more comes */
		enum pem_found found = find_end(
		    str_from(rest, head), label, block, &len);
		if (found == PEM_CERTIFICATE) {
			block->all = str_upto(rest, head + len);
			*used = at + head + len;
		}
		return found;
	}
}

enum {
	VALUE = 0x40, /* and the value in the bits below */
	BLANK = 1,
	PAD = 2,
};

/* What characters are in base64 (RFC 4648 4); 0 if they have no place there,
 * as all behind "z". */
static const unsigned char meanings[256] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1,
	1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0x7e, 0, 0, 0, 0x7f, 0x74, 0x75, 0x76, 0x77, 0x78,
	0x79, 0x7a, 0x7b, 0x7c, 0x7d, 0, 0, 0, 2, 0, 0, 0, 0x40, 0x41, 0x42,
	0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e,
	0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0, 0,
	0, 0, 0, 0, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61, 0x62, 0x63,
	0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f,
	0x70, 0x71, 0x72, 0x73 };

static unsigned
meaning_of(char c)
{
	return meanings[(unsigned char)c];
}

/* The commonest case: four characters, and no line's end among them. */
static bool
decode_four(const char *src, char *dst)
{
	unsigned a = meaning_of(src[0]), b = meaning_of(src[1]);
	unsigned c = meaning_of(src[2]), d = meaning_of(src[3]);
	if ((a & b & c & d & VALUE) == 0)
		return false;
	unsigned bits = (a ^ VALUE) << 18 | (b ^ VALUE) << 12 |
	    (c ^ VALUE) << 6 | (d ^ VALUE);
	dst[0] = (char)(bits >> 16);
	dst[1] = (char)(bits >> 8);
	dst[2] = (char)bits;
	return true;
}

/* Four characters with blanks between them, or less at the end. */
static bool
gather_four(struct str s, size_t *at, char four[4], size_t *n)
{
	for (*n = 0; *at < s.len && *n < 4; (*at)++) {
		unsigned meaning = meaning_of(s.ptr[*at]);
		if (meaning == 0)
			return false;
		if (meaning == PAD) {
			*at = s.len;
			return true;
		}
		if (meaning != BLANK)
			four[(*n)++] = s.ptr[*at];
	}
	return true;
}

bool
pem_decode(struct str *base64, char *dst, size_t want, size_t *n)
{
	struct str s = *base64;
	size_t at = 0, len = 0;
	while (at < s.len && len < want) {
		char four[4];
		size_t nfour;
		if (meaning_of(s.ptr[at]) == BLANK) {
			at++;
			continue;
		}
		if (s.len - at >= 4 && decode_four(s.ptr + at, dst + len)) {
			at += 4;
			len += 3;
			continue;
		}
		if (!gather_four(s, &at, four, &nfour))
			return false;
		if (nfour == 4 && decode_four(four, dst + len))
			len += 3;
	}
	*base64 = str_from(s, at);
	*n = len;
	return true;
}
