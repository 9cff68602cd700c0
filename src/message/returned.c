// SPDX-License-Identifier: ISC
#include "message/returned.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/recode.h"
#include "message/scan.h"
#include "message/wire.h"

enum { MESSAGE_ID_MAX = 900 };

struct str
returned_header(struct str message, size_t most)
{
	size_t at = 0;
	while (at < message.len) {
		struct str rest = str_from(message, at);
		size_t lf = str_find(rest, '\n');
		size_t end = at + (lf < rest.len ? lf + 1 : lf);
		struct str line = str_upto(rest, lf);
		while (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0 || end > most)
			break;
		at = end;
	}
	return str_upto(message, at);
}

/* RFC 5322 3.6.4, as far as it matters to who writes it into a field. */
static bool
is_message_id(struct str id)
{
	if (id.len < 3 || id.len > MESSAGE_ID_MAX || id.ptr[0] != '<' ||
	    id.ptr[id.len - 1] != '>')
		return false;
	for (size_t i = 0; i < id.len; i++) {
		bool is_end = i == 0 || i == id.len - 1;
		char c = id.ptr[i];
		if (c <= ' ' || c >= 0x7f ||
		    (!is_end && (c == '<' || c == '>')))
			return false;
	}
	return true;
}

bool
returned_message_id(struct str header, struct buf *out)
{
	AUTO(scan_release) struct scan s = SCAN_INIT;
	struct err ignored; /* without one the report is as good */
	if (!scan_feed(&s, header.ptr, header.len, &ignored))
		return false;
	scan_end(&s);
	for (size_t i = 0; i < s.nfields; i++) {
		struct str value = { s.fields[i].value, s.fields[i].len };
		if (s.fields[i].id != FIELD_MESSAGE_ID)
			continue;
		value = str_trim(value);
		return is_message_id(value) && buf_add_str(out, value);
	}
	return false;
}

/* On the wire. */
static size_t
longest_line(struct str bytes)
{
	struct wire w = WIRE_INIT;
	struct piece p;
	size_t longest = 0;
	size_t line = 0;
	wire_feed(&w, bytes.ptr, bytes.len);
	while (wire_next(&w, &p)) {
		line += p.text.len + (size_t)p.nblanks;
		if (line > longest)
			longest = line;
		if (p.ends_line)
			line = 0;
	}
	return longest;
}

/*
 * RFC 6522 4: text/rfc822-headers is ASCII, and quoted-printable where that
 * would not be true or not legal.
 */
static struct returned
plan_header(struct str bytes)
{
	bool is_ascii = str_is_ascii(bytes);
	bool is_global = !is_ascii && str_is_utf8(bytes);
	bool is_encoded = longest_line(bytes) > RECODE_LINE_MAX ||
	    (!is_ascii && !is_global);
	return (struct returned){
		.bytes = bytes,
		.type = is_global ? "message/global-headers"
				  : "text/rfc822-headers",
		.is_8bit = !is_ascii && !is_encoded,
		.form = is_encoded ? ENCODE_QP : ENCODE_NOT,
	};
}

/*
 * RFC 2046 5.2.1: message/rfc822 cannot be encoded.  So one with lines that
 * need that is a file; whoever opens it has all of it.
 */
static struct returned
plan_whole(struct str bytes)
{
	struct str header = returned_header(bytes, SIZE_MAX);
	bool is_global = !str_is_ascii(header) && str_is_utf8(header);
	if (longest_line(bytes) > RECODE_LINE_MAX)
		return (struct returned){
			.bytes = bytes,
			.type = "application/octet-stream",
			.is_file = true,
			.form = ENCODE_BASE64,
		};
	return (struct returned){
		.bytes = bytes,
		.type = is_global ? "message/global" : "message/rfc822",
		.is_8bit = !str_is_ascii(bytes),
		.form = ENCODE_NOT,
	};
}

struct returned
returned_plan(struct str bytes, bool is_whole)
{
	return is_whole ? plan_whole(bytes) : plan_header(bytes);
}

static bool
add_fields(const struct returned *r, struct buf *out)
{
	const char *encoding = r->is_8bit ? "8bit" : NULL;
	if (r->form != ENCODE_NOT)
		encoding = r->form == ENCODE_QP ? "quoted-printable" : "base64";
	return buf_printf(out, "Content-Type: %s\r\n", r->type) &&
	    (!r->is_file ||
		buf_printf(out,
		    "Content-Disposition: attachment; "
		    "filename=\"message.eml\"\r\n")) &&
	    (encoding == NULL ||
		buf_printf(
		    out, "Content-Transfer-Encoding: %s\r\n", encoding)) &&
	    buf_add(out, "\r\n", 2);
}

/* The blanks in the place of NULs and CRs may be many. */
static void
encode_piece(struct encode *x, const struct piece *p)
{
	encode_text(x, p->text, p->ends_line && p->nblanks == 0);
	for (uint64_t n = p->nblanks; n > 0; n--)
		encode_text(x, STR(" "), p->ends_line && n == 1);
}

bool
returned_add(const struct returned *r, struct buf *out)
{
	struct wire w = WIRE_INIT;
	struct encode x;
	struct piece p;
	/* what quoted-printable makes of it takes less, line ends included */
	if (!add_fields(r, out) || buf_left(out) / 4 <= r->bytes.len)
		return false;
	encode_init(&x, r->form, out);
	wire_feed(&w, r->bytes.ptr, r->bytes.len);
	while (wire_next(&w, &p))
		encode_piece(&x, &p);
	if (wire_end(&w))
		encode_text(&x, STR_INIT, true);
	encode_end(&x, false);
	return true;
}
