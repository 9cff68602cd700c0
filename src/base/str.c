// SPDX-License-Identifier: ISC
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (to_lower(a.ptr[i]) != to_lower(b.ptr[i]))
			return false;
	return true;
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	    str_eq_nocase(str_upto(s, prefix.len), prefix);
}

size_t
str_find(struct str s, char c)
{
	const char *p = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
	return p != NULL ? (size_t)(p - s.ptr) : s.len;
}

size_t
str_rfind(struct str s, char c)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == c)
			return i - 1;
	return s.len;
}

size_t
str_search(struct str s, struct str part)
{
	for (size_t i = 0; i + part.len <= s.len; i++)
		if (memcmp(s.ptr + i, part.ptr, part.len) == 0)
			return i;
	return s.len;
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_space(s.ptr[0]))
		s = str_from(s, 1);
	while (s.len > 0 && is_space(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
str_word(struct str *rest, const char *separators, struct str *word)
{
	struct str set = str_of(separators);
	size_t start = 0;
	while (start < rest->len && str_find(set, rest->ptr[start]) < set.len)
		start++;
	size_t end = start;
	while (end < rest->len && str_find(set, rest->ptr[end]) == set.len)
		end++;
	*word = (struct str){ rest->ptr + start, end - start };
	*rest = str_from(*rest, end);
	return word->len > 0;
}

bool
str_has_word(struct str words, const char *separators, struct str wanted)
{
	struct str word;
	while (str_word(&words, separators, &word))
		if (str_eq_nocase(word, wanted))
			return true;
	return false;
}

char *
str_dup(struct str s)
{
	char *copy = mem_alloc(s.len + 1);
	if (s.len > 0)
		memcpy(copy, s.ptr, s.len);
	copy[s.len] = '\0';
	return copy;
}

size_t
str_columns(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
	return n;
}

bool
str_is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_8bit(s.ptr[i]))
			return false;
	return true;
}

bool
str_has_controls(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
			return true;
	return false;
}

bool
parse_uint(struct str s, uint64_t min, uint64_t max, uint64_t *n)
{
	uint64_t value = 0;
	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.ptr[i]))
			return false;
		unsigned digit = (unsigned)(s.ptr[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value < min || value > max)
		return false;
	*n = value;
	return true;
}

size_t
str_utf8_next(struct str s, uint32_t *point)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	unsigned char lead = (unsigned char)s.ptr[0];
	*point = lead;
	if (lead < 0x80)
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if ((lead & forms[i].mask) != forms[i].lead)
			continue;
		size_t len = i + 2;
		if (len > s.len)
			return 0;
		uint32_t value = lead & (unsigned char)~forms[i].mask;
		for (size_t k = 1; k < len; k++) {
			unsigned char c = (unsigned char)s.ptr[k];
			if ((c & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (c & 0x3f);
		}
		if (value < forms[i].min || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return 0;
		*point = value;
		return len;
	}
	return 0;
}

bool
str_is_utf8(struct str s)
{
	uint32_t point;
	while (s.len > 0) {
		size_t n = str_utf8_next(s, &point);
		if (n == 0)
			return false;
		s = str_from(s, n);
	}
	return true;
}

/*
 * Characters that change how the text around them looks, or hide: with
 * Unicode's Default_Ignorable_Code_Point all that nobody sees.
 */
bool
str_is_deceptive(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x80, 0x9f },        /* C1 controls */
		{ 0xad, 0xad },        /* soft hyphen */
		{ 0x34f, 0x34f },      /* grapheme joiner */
		{ 0x61c, 0x61c },      /* Arabic letter mark */
		{ 0x115f, 0x1160 },    /* Hangul fillers */
		{ 0x17b4, 0x17b5 },    /* Khmer inherent vowels */
		{ 0x180b, 0x180f },    /* Mongolian selectors, separator */
		{ 0x200b, 0x200f },    /* zero width, directional marks */
		{ 0x2028, 0x202e },    /* separators, embeddings, overrides */
		{ 0x2060, 0x206f },    /* invisible operators, isolates */
		{ 0x3164, 0x3164 },    /* Hangul filler */
		{ 0xfe00, 0xfe0f },    /* variation selectors */
		{ 0xfeff, 0xfeff },    /* byte order mark */
		{ 0xffa0, 0xffa0 },    /* Hangul filler */
		{ 0xfff0, 0xffff },    /* specials */
		{ 0x1bca0, 0x1bca3 },  /* shorthand controls */
		{ 0x1d173, 0x1d17a },  /* musical beams and slurs */
		{ 0xe0000, 0x10ffff }, /* tags, private use */
	};
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

/* How many bytes from the start of s are printable ASCII. */
static size_t
count_plain(struct str s)
{
	size_t n = 0;
	while (n < s.len && s.ptr[n] >= ' ' && s.ptr[n] < 0x7f)
		n++;
	return n;
}

void
str_printable(struct str s, struct buf *out)
{
	while (s.len > 0) {
		uint32_t point;
		size_t len = count_plain(s);
		if (len > buf_left(out))
			len = buf_left(out);
		if (len == 0 && is_8bit(s.ptr[0])) {
			len = str_utf8_next(s, &point);
			if (len > 0 && str_is_deceptive(point))
				len = 0;
		}
		if (!(len > 0 ? buf_add(out, s.ptr, len)
			      : buf_printf(out, "\\x%02x",
				    (unsigned)(unsigned char)s.ptr[0])))
			return;
		s = str_from(s, len > 0 ? len : 1);
	}
}

void
str_printable_to(struct str s, char *dst, size_t size)
{
	AUTO(buf_release) struct buf text = BUF_INIT(4 * s.len + 1);
	str_printable(s, &text);
	if (text.len < size) {
		if (text.len > 0)
			memcpy(dst, text.data, text.len);
		dst[text.len] = '\0';
		return;
	}
	size_t keep = size - 4;
	while (keep > 0 && ((unsigned char)text.data[keep] & 0xc0) == 0x80)
		keep--; /* not through the middle of a character */
	memcpy(dst, text.data, keep);
	memcpy(dst + keep, "...", 4);
}

size_t
str_distance(struct str a, struct str b)
{
	size_t row[64];
	if (b.len >= ARRAY_LEN(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t best = diagonal +
			    (to_lower(a.ptr[i - 1]) != to_lower(b.ptr[j - 1]));
			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b.len];
}
