// SPDX-License-Identifier: ISC
/* Borrowed text, ASCII character classes, text to numbers, text made safe. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"

struct buf;
struct err;

/* Borrowed bytes: no NUL at the end is promised, NULs inside may be. */
struct str {
	const char *ptr;
	size_t len;
};

#define STR_INIT ((struct str){ .ptr = "", .len = 0 })
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })

/* For printf's "%.*s"; precision is an int, so longer text is cut. */
#define STR_FMT(s) ((s).len > 400 ? 400 : (int)(s).len), (s).ptr

static inline struct str
str_of(const char *cstr)
{
	return (struct str){ cstr, strlen(cstr) };
}

static inline struct str
str_from(struct str s, size_t start)
{
	return (struct str){ s.ptr + start, s.len - start };
}

static inline struct str
str_upto(struct str s, size_t end)
{
	return (struct str){ s.ptr, end };
}

bool str_eq(struct str a, struct str b);

/* The same, ASCII letters of either case being equal. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts_nocase(struct str s, struct str prefix);

/* Where c stands first or last in s; s.len if nowhere. */
size_t str_find(struct str s, char c);
size_t str_rfind(struct str s, char c);

/* Where part begins in s first; s.len if it is not in it. */
size_t str_search(struct str s, struct str part);

/* Without blanks and tabs (and CR, LF) at both ends. */
struct str str_trim(struct str s);

/*
 * Cuts the next word from *rest, words being separated by any of the
 * characters in separators; false when there is none left.
 */
bool str_word(struct str *rest, const char *separators, struct str *word);

/* Whether it is one of these words, in any case. */
bool str_has_word(struct str words, const char *separators, struct str wanted);

/* Owned copy with a NUL behind; give back with free(). */
char *str_dup(struct str s) MUST_CHECK;

/* ASCII classes; any other byte, 8-bit ones included, is none of them. */
static inline bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool
is_space(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

static inline bool
is_8bit(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

static inline char
to_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c;
}

/* Characters of UTF-8, as if each were one column wide. */
size_t str_columns(struct str s);

bool str_is_ascii(struct str s);

/*
 * The length of the well-formed UTF-8 sequence at the start of s, which is not
 * empty (RFC 3629: shortest form, no surrogates), and its code point; 0 if
 * there is none.
 */
size_t str_utf8_next(struct str s, uint32_t *point);
bool str_is_utf8(struct str s);

/* Not ASCII, and unseen, or changes how the text around it looks. */
bool str_is_deceptive(uint32_t point);

/* A byte below blank, or DEL: not fit for one line of a protocol. */
bool str_has_controls(struct str s);

/*
 * Decimal digits and nothing else, within [min, max], to *n; *n is
 * written on success only.
 */
bool
parse_uint(struct str s, uint64_t min, uint64_t max, uint64_t *n) MUST_CHECK;

/*
 * Appends s in a form that is safe for a terminal and one line of a log:
 * printable ASCII and well-formed UTF-8 stay, but for invisible and
 * direction-changing characters; each byte of all else becomes \xNN.
 * Stops where the buffer is full.
 */
void str_printable(struct str s, struct buf *out);

/* The same into an array, "..." at the end if it had to be cut. */
void str_printable_to(struct str s, char *dst, size_t size);

/*
 * How many single edits lead from a to b, letters of either case being equal;
 * for "did you mean".  SIZE_MAX if b has more than 63 bytes.
 */
size_t str_distance(struct str a, struct str b);

#endif
