// SPDX-License-Identifier: ISC
#include "message/stamp.h"

#include <sysexits.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/idn.h"
#include "message/address.h"

enum {
	LINE_MAX_ENCODED = 76, /* RFC 2047 2 */
	ENCODED_WORD_MAX = 75,
};

static bool
full(struct err *e)
{
	return err_set(e, EX_DATAERR, "a header field would get too long");
}

size_t
stamp_column(const struct buf *out)
{
	struct str s = buf_str(out);
	size_t lf = str_rfind(s, '\n');
	return lf == s.len ? s.len : s.len - lf - 1;
}

static int
absolute(int n)
{
	return n < 0 ? -n : n;
}

bool
stamp_date(struct buf *out, time_t when, struct err *e)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm t;
	if (localtime_r(&when, &t) == NULL)
		return err_sys(e, EX_OSERR, "tell the local time");
	int offset = (int)(t.tm_gmtoff / 60);
	return buf_printf(out, "%s, %02d %s %04d %02d:%02d:%02d %c%02d%02d",
		   days[t.tm_wday], t.tm_mday, months[t.tm_mon],
		   t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec,
		   offset < 0 ? '-' : '+', absolute(offset) / 60,
		   absolute(offset) % 60) ||
	    full(e);
}

/* The right side of a msg-id (RFC 5322 3.6.4), a literal included. */
static bool
is_id_domain(struct str domain)
{
	if (domain.len > 2 && domain.ptr[0] == '[' &&
	    domain.ptr[domain.len - 1] == ']')
		domain = str_from(str_upto(domain, domain.len - 1), 1);
	for (size_t i = 0; i < domain.len; i++)
		if (!is_atext(domain.ptr[i]) && domain.ptr[i] != '.' &&
		    domain.ptr[i] != ':')
			return false;
	return domain.len > 0;
}

bool
stamp_message_id(struct buf *out, struct str domain, struct err *e)
{
	static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
	unsigned char random[32];
	char id[sizeof(random)];
	AUTO(buf_release) struct buf ascii = BUF_INIT(1024);
	if (!idn_to_ascii(domain, &ascii, e))
		return false;
	if (!is_id_domain(buf_str(&ascii))) {
		char shown[64];
		str_printable_to(domain, shown, sizeof(shown));
		return err_set(e, EX_DATAERR,
		    "no Message-ID can have the domain \"%s\"", shown);
	}
	if (!crypto_random(random, sizeof(random), e))
		return false;
	for (size_t i = 0; i < sizeof(id); i++) /* five bits of each */
		id[i] = digits[random[i] & 31];
	return buf_printf(
		   out, "<%.*s@%s>", (int)sizeof(id), id, buf_cstr(&ascii)) ||
	    full(e);
}

static bool
add_base64(struct buf *out, struct str s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < s.len; i += 3) {
		char four[4] = { '=', '=', '=', '=' };
		size_t n = s.len - i < 3 ? s.len - i : 3;
		uint32_t bits = 0;
		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 |
			    (k < n ? (unsigned char)s.ptr[i + k] : 0);
		for (size_t k = 0; k <= n; k++)
			four[k] = digits[bits >> (18 - 6 * k) & 63];
		if (!buf_add(out, four, sizeof(four)))
			return false;
	}
	return true;
}

/* As many bytes of the name as fit, no character being cut in two. */
static size_t
encoded_part(struct str name, size_t room, bool utf8)
{
	size_t n = 0;
	uint32_t point;
	while (n < name.len) {
		size_t next = utf8 ? str_utf8_next(str_from(name, n), &point)
				   : 1;
		if (n + next > room)
			break;
		n += next;
	}
	return n;
}

static bool
add_encoded(struct buf *out, struct str name)
{
	bool utf8 = str_is_utf8(name);
	struct str start = utf8 ? STR("=?UTF-8?B?") : STR("=?unknown-8bit?B?");
	size_t around = start.len + 2;
	while (name.len > 0) {
		if (stamp_column(out) + around + 8 > LINE_MAX_ENCODED &&
		    !buf_add(out, "\r\n ", 3))
			return false;
		size_t room = LINE_MAX_ENCODED - stamp_column(out);
		if (room > ENCODED_WORD_MAX)
			room = ENCODED_WORD_MAX;
		size_t n = encoded_part(name, (room - around) / 4 * 3, utf8);
		struct str part = str_upto(name, n);
		name = str_from(name, n);
		if (!buf_add_str(out, start) || !add_base64(out, part) ||
		    !buf_add(out, "?=", 2) ||
		    (name.len > 0 && !buf_add(out, "\r\n ", 3)))
			return false;
	}
	return true;
}

bool
stamp_folded(struct buf *out, struct str text)
{
	size_t start = 0;
	while (start < text.len) {
		size_t end = start;
		while (end < text.len && is_blank(text.ptr[end]))
			end++;
		bool can_fold = start > 0 && end > start && end < text.len &&
		    text.ptr[start - 1] != '\\' && stamp_column(out) > 0;
		while (end < text.len && !is_blank(text.ptr[end]))
			end++;
		if (can_fold &&
		    stamp_column(out) + (end - start) > STAMP_LINE_MAX &&
		    !buf_add(out, "\r\n", 2))
			return false;
		if (!buf_add(out, text.ptr + start, end - start))
			return false;
		start = end;
	}
	return true;
}

static bool
add_quoted(struct buf *out, struct str name)
{
	AUTO(buf_release) struct buf quoted = BUF_INIT(2 * name.len + 2);
	bool ok = buf_add(&quoted, "\"", 1);
	for (size_t i = 0; i < name.len && ok; i++) {
		char c = name.ptr[i];
		ok = ((c != '"' && c != '\\') || buf_add(&quoted, "\\", 1)) &&
		    buf_add(&quoted, &c, 1);
	}
	return ok && buf_add(&quoted, "\"", 1) &&
	    stamp_folded(out, buf_str(&quoted));
}

enum phrase { PHRASE_ATOMS, PHRASE_QUOTED, PHRASE_ENCODED };

static enum phrase
phrase_for(struct str name)
{
	enum phrase kind = PHRASE_ATOMS;
	size_t word = 0;
	if (!str_is_ascii(name))
		return PHRASE_ENCODED;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		word = c == ' ' && name.ptr[i - 1] != ' ' ? 0 : word + 1;
		if (word > STAMP_LINE_MAX / 2)
			return PHRASE_ENCODED; /* it could not be folded */
		if (!is_atext(c) && (c != ' ' || name.ptr[i - 1] == ' '))
			kind = PHRASE_QUOTED;
	}
	return kind;
}

static bool
add_phrase(struct buf *out, struct str name)
{
	switch (phrase_for(name)) {
	case PHRASE_ATOMS: return stamp_folded(out, name);
	case PHRASE_QUOTED: return add_quoted(out, name);
	case PHRASE_ENCODED: break;
	}
	return add_encoded(out, name);
}

static bool
no_controls(const char *what, struct str s, struct err *e)
{
	if (!str_has_controls(s))
		return true;
	char shown[64];
	str_printable_to(s, shown, sizeof(shown));
	return err_set(e, EX_DATAERR, "a control character is in the %s \"%s\"",
	    what, shown);
}

bool
stamp_mailbox(struct buf *out, struct str name, struct str spec, struct err *e)
{
	if (!no_controls("name", name, e) || !no_controls("address", spec, e))
		return false;
	while (name.len > 0 && name.ptr[0] == ' ')
		name = str_from(name, 1);
	while (name.len > 0 && name.ptr[name.len - 1] == ' ')
		name.len--;
	if (name.len == 0)
		return buf_add_str(out, spec) || full(e);
	if (!add_phrase(out, name))
		return full(e);
	bool fits = stamp_column(out) + spec.len + 3 <= LINE_MAX_ENCODED;
	bool ok = buf_printf(out, "%s <", fits ? "" : "\r\n") &&
	    buf_add_str(out, spec) && buf_add(out, ">", 1);
	return ok || full(e);
}

bool
stamp_encoded(struct buf *out, struct str text)
{
	return add_encoded(out, text);
}
