// SPDX-License-Identifier: ISC
#include "net/subjecthash.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "net/der.h"

/*
 * OpenSSL's crypto/x509/x_name.c: all text becomes UTF-8, with ASCII letters
 * in lower case, no blanks at the ends and one blank for several elsewhere;
 * the attributes of a relative name are sorted, as they are a SET; and what is
 * digested is the relative names without the SEQUENCE around them.
 */

enum {
	NAMES_MOST = 64, /* attributes of one relative name */
	LAST_POINT = 0x10ffff,
};

static bool
add_point(struct buf *text, uint32_t point)
{
	char utf8[4];
	size_t n = 1;
	if (point < 0x80) {
		utf8[0] = (char)point;
	} else if (point < 0x800) {
		utf8[0] = (char)(0xc0 | point >> 6);
		n = 2;
	} else if (point < 0x10000) {
		utf8[0] = (char)(0xe0 | point >> 12);
		n = 3;
	} else {
		utf8[0] = (char)(0xf0 | point >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		utf8[i] = (char)(0x80 | (point >> 6 * (n - 1 - i) & 0x3f));
	return buf_add(text, utf8, n);
}

/* Characters of so many octets each; those of one are Latin-1. */
static bool
add_wide(struct buf *text, struct str s, size_t width)
{
	if (s.len % width != 0)
		return false;
	for (size_t i = 0; i < s.len; i += width) {
		uint32_t point = 0;
		for (size_t k = 0; k < width; k++)
			point = point << 8 | (unsigned char)s.ptr[i + k];
		if (point > LAST_POINT || (point >= 0xd800 && point <= 0xdfff))
			return false;
		if (!add_point(text, point))
			return false;
	}
	return true;
}

/* Not is_space(): C has two more. */
static bool
is_c_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
add_folded(struct buf *out, struct str s)
{
	while (s.len > 0 && is_c_space(s.ptr[0]))
		s = str_from(s, 1);
	while (s.len > 0 && is_c_space(s.ptr[s.len - 1]))
		s.len--;
	for (size_t i = 0; i < s.len; i++) {
		char c = to_lower(s.ptr[i]);
		if (is_c_space(c)) {
			if (is_c_space(s.ptr[i + 1])) /* not the last */
				continue;
			c = ' ';
		}
		if (!buf_add(out, &c, 1))
			return false;
	}
	return true;
}

static bool
add_element(struct buf *out, unsigned char tag, struct str content)
{
	char head[5] = { (char)tag };
	size_t n = 2;
	if (content.len < 0x80) {
		head[1] = (char)content.len;
	} else {
		size_t octets = content.len < 0x100 ? 1
		    : content.len < 0x10000         ? 2
						    : 3;
		head[1] = (char)(0x80 | octets);
		for (size_t i = 0; i < octets; i++)
			head[n++] = (char)(content.len >> 8 * (octets - 1 - i));
	}
	return content.len < 0x1000000 && buf_add(out, head, n) &&
	    buf_add_str(out, content);
}

static bool
add_value(struct buf *out, const struct der_element *value)
{
	AUTO(buf_release) struct buf text = BUF_INIT(out->max);
	AUTO(buf_release) struct buf folded = BUF_INIT(out->max);
	bool ok;
	switch (value->tag) {
	case DER_UTF8:
		ok = str_is_utf8(value->content) &&
		    buf_add_str(&text, value->content);
		break;
	case DER_PRINTABLE:
	case DER_T61:
	case DER_IA5:
	case DER_VISIBLE: ok = add_wide(&text, value->content, 1); break;
	case DER_BMP: ok = add_wide(&text, value->content, 2); break;
	case DER_UNIVERSAL: ok = add_wide(&text, value->content, 4); break;
	default: return buf_add_str(out, value->all);
	}
	return ok && add_folded(&folded, buf_str(&text)) &&
	    add_element(out, DER_UTF8, buf_str(&folded));
}

/* AttributeTypeAndValue (RFC 5280 4.1.2.4) */
static bool
add_attribute(struct buf *out, struct str rest)
{
	AUTO(buf_release) struct buf inside = BUF_INIT(out->max);
	struct der_element type, value;
	return der_next(&rest, &type) && type.tag == DER_OID &&
	    der_next(&rest, &value) && rest.len == 0 &&
	    buf_add_str(&inside, type.all) && add_value(&inside, &value) &&
	    add_element(out, DER_SEQUENCE, buf_str(&inside));
}

/* X.690 11.6: a SET OF is sorted by its octets */
static int
compare(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t least = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->ptr, y->ptr, least);
	if (order != 0)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

static bool
add_sorted(struct buf *out, struct str unsorted)
{
	AUTO(buf_release) struct buf inside = BUF_INIT(out->max);
	struct str names[NAMES_MOST];
	struct der_element one;
	size_t n = 0;
	for (; n < NAMES_MOST && der_next(&unsorted, &one); n++)
		names[n] = one.all;
	if (unsorted.len > 0)
		return false;
	qsort(names, n, sizeof(names[0]), compare);
	for (size_t i = 0; i < n; i++)
		if (!buf_add_str(&inside, names[i]))
			return false;
	return add_element(out, DER_SET, buf_str(&inside));
}

/* RelativeDistinguishedName */
static bool
add_relative(struct buf *out, struct str rest)
{
	AUTO(buf_release) struct buf attributes = BUF_INIT(out->max);
	while (rest.len > 0) {
		struct der_element one;
		if (!der_next(&rest, &one) || one.tag != DER_SEQUENCE ||
		    !add_attribute(&attributes, one.content))
			return false;
	}
	return add_sorted(out, buf_str(&attributes));
}

bool
subjecthash_prepare(struct str name, struct buf *canon)
{
	struct der_element all, relative;
	if (!der_next(&name, &all) || name.len > 0 || all.tag != DER_SEQUENCE)
		return false;
	while (all.content.len > 0)
		if (!der_next(&all.content, &relative) ||
		    relative.tag != DER_SET ||
		    !add_relative(canon, relative.content))
			return false;
	return true;
}

void
subjecthash_file(const unsigned char digest[SUBJECTHASH_DIGEST_SIZE],
    unsigned n, char file[SUBJECTHASH_NAME_SIZE])
{
	assert(n <= 9);
	(void)snprintf(file, SUBJECTHASH_NAME_SIZE, "%02x%02x%02x%02x.%u",
	    digest[3], digest[2], digest[1], digest[0], n);
}

bool
subjecthash_is_file(const char *name)
{
	for (size_t i = 0; i < 8; i++)
		if (!is_digit(name[i]) && !(name[i] >= 'a' && name[i] <= 'f'))
			return false;
	return name[8] == '.' && is_digit(name[9]);
}
