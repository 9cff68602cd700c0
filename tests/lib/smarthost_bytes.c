// SPDX-License-Identifier: ISC
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "smarthost.h"

void
bytes_room(struct bytes *b, size_t n)
{
	if (n < b->cap - b->len)
		return;
	size_t cap = b->cap < 64 ? 64 : b->cap;
	while (n >= cap - b->len) {
		if (cap > SIZE_MAX / 2)
			errx(EX_OSERR, "too many bytes");
		cap *= 2;
	}
	char *p = realloc(b->p, cap);
	if (p == NULL)
		err(EX_OSERR, "allocate %zu bytes", cap);
	b->p = p;
	b->cap = cap;
}

void
bytes_add(struct bytes *b, const char *p, size_t n)
{
	bytes_room(b, n);
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

void
bytes_addv(struct bytes *b, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, fmt, args);
	if (n < 0)
		err(EX_SOFTWARE, "format %s", fmt);
	bytes_room(b, (size_t)n);
	b->len += (size_t)vsnprintf(b->p + b->len, b->cap - b->len, fmt, again);
	va_end(again);
}

void
bytes_addf(struct bytes *b, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	bytes_addv(b, fmt, args);
	va_end(args);
}

void
bytes_visible(struct bytes *b, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] >= ' ' && p[i] <= '~')
			bytes_add(b, p + i, 1);
		else
			bytes_addf(b, "\\x%02X", (unsigned)(unsigned char)p[i]);
	}
}

void
bytes_set(struct bytes *b, const char *p, size_t n)
{
	b->len = 0;
	bytes_add(b, p, n);
}

void
bytes_free(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes){ 0 };
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)((at - digits) % 16);
}

bool
bytes_unescape(struct bytes *b, const char *text)
{
	static const char letters[] = "rnt0\\";
	static const char meanings[] = "\r\n\t\0\\";
	for (const char *p = text; *p != '\0'; p++) {
		if (*p != '\\') {
			bytes_add(b, p, 1);
			continue;
		}
		p++;
		const char *at = *p == '\0' ? NULL : strchr(letters, *p);
		if (at != NULL) {
			bytes_add(b, meanings + (at - letters), 1);
			continue;
		}
		int high = *p == 'x' ? hex_digit(p[1]) : -1;
		int low = high == -1 ? -1 : hex_digit(p[2]);
		if (low == -1)
			return false;
		bytes_add(b, &(char){ (char)(high * 16 + low) }, 1);
		p += 2;
	}
	return true;
}

bool
parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *n)
{
	uint64_t value = 0;
	if (*text == '\0')
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return false;
		uint64_t digit = (uint64_t)(*p - '0');
		if (value > max / 10 || digit > max - value * 10)
			return false;
		value = value * 10 + digit;
	}
	if (value < min)
		return false;
	*n = value;
	return true;
}

static char
lower(char c)
{
	if (c < 'A' || c > 'Z')
		return c;
	return (char)(c - 'A' + 'a');
}

bool
same_word(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(a[i]) != lower(b[i]))
			return false;
		if (a[i] == '\0')
			return true;
	}
	return true;
}

const char *
list_find(const char *list, char separator, const char *word)
{
	size_t n = strlen(word);
	for (const char *p = list; p != NULL; p = strchr(p, separator)) {
		while (*p == separator || *p == ' ')
			p++;
		if (same_word(p, word, n) &&
		    (p[n] == '\0' || p[n] == separator || p[n] == ' ' ||
			p[n] == '='))
			return p;
	}
	return NULL;
}

static void
write_all(int fd, const struct bytes *b)
{
	size_t done = 0;
	while (done < b->len) {
		ssize_t n = write(fd, b->p + done, b->len - done);
		if (n == -1)
			return; /* nobody reads it any more */
		done += (size_t)n;
	}
}

void
dialogue_line(int fd, const char *who, const char *p, size_t n)
{
	if (fd == -1)
		return;
	struct bytes b = { 0 };
	bytes_add(&b, who, strlen(who));
	bytes_visible(&b, p, n);
	bytes_add(&b, "\n", 1);
	write_all(fd, &b);
	bytes_free(&b);
}

void
dialogue_note(int fd, const char *fmt, ...)
{
	struct bytes b = { 0 };
	va_list args;
	va_start(args, fmt);
	bytes_addv(&b, fmt, args);
	va_end(args);
	dialogue_line(fd, "-- ", b.p, b.len);
	bytes_free(&b);
}
