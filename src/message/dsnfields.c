// SPDX-License-Identifier: ISC
#include "message/dsnfields.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/dsn.h"
#include "message/stamp.h"
#include "message/wrap.h"

enum { INDENT = 4 }; /* of the lines that go on with a field */

static bool
full(struct err *e)
{
	return err_set(e, EX_DATAERR, "the report would get too long");
}

/* What programs read is ASCII, but for addresses. */
static void
to_ascii(struct str text, struct buf *out)
{
	while (text.len > 0) {
		uint32_t point;
		size_t n = str_utf8_next(text, &point);
		const char *c = n == 1 ? text.ptr : "?";
		(void)!buf_add(out, c, 1); /* never longer than it was */
		text = str_from(text, n > 0 ? n : 1);
	}
}

/* "Name: type; value", the type being there or not. */
static bool
add_field(struct buf *out, const char *start, struct str value)
{
	AUTO(buf_release) struct buf ascii = BUF_INIT(value.len);
	to_ascii(value, &ascii);
	return buf_printf(out, "%s", start) &&
	    wrap_word(out, INDENT, buf_str(&ascii)) && buf_add(out, "\r\n", 2);
}

static bool
add_date(struct buf *out, const char *name, time_t when, struct err *e)
{
	return (buf_printf(out, "%s: ", name) || full(e)) &&
	    stamp_date(out, when, e) && (buf_add(out, "\r\n", 2) || full(e));
}

static bool
is_ipv4(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.ptr[i]) && s.ptr[i] != '.')
			return false;
	return s.len > 0;
}

static bool
is_ipv6(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = to_lower(s.ptr[i]);
		if (!is_digit(c) && (c < 'a' || c > 'f') && c != ':' &&
		    c != '.')
			return false;
	}
	return str_find(s, ':') < s.len;
}

/* Of more than one label, all of them letters, digits and hyphens. */
static bool
is_dns_name(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_' &&
		    c != '.')
			return false;
	}
	return str_find(s, '.') < s.len;
}

/*
 * RFC 3461 6.3: "dns" is for names that mean something to others.  Addresses
 * are literals (RFC 5321 4.1.3).
 */
static bool
add_mta(struct buf *out, const char *name, struct str host)
{
	AUTO(buf_release) struct buf start = BUF_INIT(100);
	AUTO(buf_release) struct buf value = BUF_INIT(host.len + 10);
	bool is_v6 = is_ipv6(host);
	bool is_literal = is_v6 || is_ipv4(host);
	const char *open = is_v6 ? "[IPv6:" : "[";
	return buf_printf(&start, "%s: %s;", name,
		   is_literal || is_dns_name(host) ? "dns"
						   : "x-local-hostname") &&
	    buf_printf(&value, "%s", is_literal ? open : "") &&
	    buf_add_str(&value, host) &&
	    buf_printf(&value, "%s", is_literal ? "]" : "") &&
	    add_field(out, buf_cstr(&start), buf_str(&value));
}

/* Only what can be printed as UTF-8 is told as such. */
static bool
is_utf8_address(struct str address)
{
	return !str_is_ascii(address) && str_is_utf8(address);
}

static bool
add_address(struct buf *out, const char *name, struct str address)
{
	const char *type = is_utf8_address(address) ? "utf-8" : "rfc822";
	return buf_printf(out, "%s: %s;", name, type) &&
	    wrap_word(out, INDENT, address) && buf_add(out, "\r\n", 2);
}

/* RFC 3463 2: class, subject and detail, of up to three digits. */
static bool
is_status(struct str s, char class)
{
	if (s.len == 0 || s.ptr[0] != class)
		return false;
	for (size_t nparts = 1;; nparts++) {
		size_t n = str_find(s, '.');
		uint64_t number;
		if (n > 3 || !parse_uint(str_upto(s, n), 0, 999, &number))
			return false;
		if (n == s.len)
			return nparts == 3;
		if (nparts == 1 && n != 1)
			return false;
		s = str_from(s, n + 1);
	}
}

/* Of this report's class, whatever the server meant by its codes. */
static struct str
status_of(const struct dsn *d, const struct dsn_rcpt *rcpt)
{
	switch (d->kind) {
	case DSN_EXPIRED: return STR("4.4.7"); /* RFC 3463 3.5 */
	case DSN_REFUSED:
		return is_status(rcpt->enh, '5') ? rcpt->enh : STR("5.0.0");
	case DSN_DELAYED: break;
	}
	return is_status(rcpt->enh, '4') ? rcpt->enh : STR("4.0.0");
}

bool
dsn_said(const struct dsn_rcpt *rcpt, struct buf *out)
{
	struct str said = str_trim(rcpt->said);
	bool is_cut = said.len > DSN_SAID_MAX;
	if (is_cut)
		said.len = DSN_SAID_MAX;
	while (is_cut && said.len > 0 &&
	    ((unsigned char)said.ptr[said.len] & 0xc0) == 0x80)
		said.len--; /* not through the middle of a character */
	char code[16] = "";
	if (rcpt->code != 0)
		(void)snprintf(code, sizeof(code), "%d", rcpt->code);
	bool has_code = str_starts_nocase(said, str_of(code));
	if (!has_code && !buf_printf(out, "%s ", code))
		return false;
	if (!has_code && is_status(rcpt->enh, code[0]) &&
	    !str_starts_nocase(said, rcpt->enh) &&
	    !(buf_add_str(out, rcpt->enh) && buf_add(out, " ", 1)))
		return false;
	return buf_add_str(out, said) && (!is_cut || buf_add(out, " ...", 4));
}

static bool
add_diagnostic(struct buf *out, const struct dsn_rcpt *rcpt)
{
	AUTO(buf_release) struct buf said = BUF_INIT(DSN_SAID_MAX + 100);
	AUTO(buf_release) struct buf ascii = BUF_INIT(said.max);
	const char *type = rcpt->code != 0 ? "smtp" : "x-posthaste";
	if (!dsn_said(rcpt, &said))
		return false;
	if (said.len == 0)
		return true;
	to_ascii(buf_str(&said), &ascii);
	return buf_printf(out, "Diagnostic-Code: %s;", type) &&
	    wrap_text(out, INDENT, buf_str(&ascii)) && buf_add(out, "\r\n", 2);
}

/* RFC 3464 2.3, in the order of its grammar */
static bool
add_rcpt(const struct dsn *d, const struct dsn_rcpt *rcpt, struct buf *out,
    struct err *e)
{
	bool ok = buf_add(out, "\r\n", 2) &&
	    (rcpt->original.len == 0 ||
		add_address(out, "Original-Recipient", rcpt->original)) &&
	    add_address(out, "Final-Recipient", rcpt->address) &&
	    buf_printf(out, "Action: %s\r\n",
		d->kind == DSN_DELAYED ? "delayed" : "failed") &&
	    add_field(out, "Status:", status_of(d, rcpt)) &&
	    (d->server.len == 0 || add_mta(out, "Remote-MTA", d->server)) &&
	    add_diagnostic(out, rcpt);
	if (!ok)
		return full(e);
	if (d->tried != 0 && !add_date(out, "Last-Attempt-Date", d->tried, e))
		return false;
	if (d->id.len > 0 && !add_field(out, "Final-Log-ID:", d->id))
		return full(e);
	return d->kind != DSN_DELAYED || d->until == 0 ||
	    add_date(out, "Will-Retry-Until", d->until, e);
}

bool
dsn_fields(const struct dsn *d, struct buf *out, struct err *e)
{
	if ((d->envid.len > 0 &&
		!add_field(out, "Original-Envelope-Id:", d->envid)) ||
	    !add_mta(out, "Reporting-MTA", d->host))
		return full(e);
	if (!add_date(out, "Arrival-Date", d->arrived, e))
		return false;
	for (size_t i = 0; i < d->nrcpts; i++)
		if (!add_rcpt(d, &d->rcpts[i], out, e))
			return false;
	return true;
}
