// SPDX-License-Identifier: ISC
#include "base/xtext.h"

#include <inttypes.h>

#include "base/buf.h"

static bool
is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != '+' && c != '=';
}

bool
xtext_add(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (!(is_plain(c) ? buf_add(out, &c, 1)
				  : buf_printf(out, "+%02X", (unsigned char)c)))
			return false;
	}
	return true;
}

bool
xtext_add_utf8(struct buf *out, struct str text)
{
	while (text.len > 0) {
		uint32_t point = 0;
		size_t n = str_utf8_next(text, &point);
		bool is_kept = is_plain(*text.ptr) && *text.ptr != '\\';
		if (n == 0 ||
		    !(is_kept ? buf_add(out, text.ptr, 1)
			      : buf_printf(out, "\\x{%02" PRIX32 "}", point)))
			return false;
		text = str_from(text, n);
	}
	return true;
}
