// SPDX-License-Identifier: ISC
#include "message/dsn.h"

#include <assert.h>
#include <sysexits.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"
#include "message/dsnfields.h"
#include "message/dsntext.h"
#include "message/returned.h"
#include "message/stamp.h"

enum {
	BOUNDARY_MAX = 70, /* RFC 2046 5.1.1 */
	SPEC_MAX = 900,    /* what fits a line of 998 with its field */
};

/* What the parts are, before they are put together. */
struct parts {
	struct buf text;
	struct buf fields;
	struct returned returned;
	struct buf boundary;
};

static void
parts_release(struct parts *p)
{
	buf_release(&p->text);
	buf_release(&p->fields);
	buf_release(&p->boundary);
}

static bool
full(struct err *e)
{
	return err_set(e, EX_DATAERR, "the report would get too long");
}

static bool
is_in_parts(const struct parts *p, struct str text)
{
	struct str all[] = { buf_str(&p->text), buf_str(&p->fields),
		p->returned.bytes };
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_search(all[i], text) < all[i].len)
			return true;
	return false;
}

/*
 * The random part makes it unlike anything that is there; a number is added
 * as long as that is not so all the same.
 */
static bool
choose_boundary(struct parts *p, struct str unique)
{
	assert(unique.len > 0 && unique.len <= DSN_UNIQUE_MAX);
	for (size_t i = 0; i < unique.len; i++)
		assert(is_alpha(unique.ptr[i]) || is_digit(unique.ptr[i]));
	for (unsigned n = 0;; n++) {
		buf_truncate(&p->boundary, 0);
		if (!buf_printf(&p->boundary, "posthaste.%u.", n) ||
		    !buf_add_str(&p->boundary, unique))
			return false;
		if (!is_in_parts(p, buf_str(&p->boundary)))
			return true;
	}
}

static bool
make_parts(struct parts *p, const struct dsn *d, struct err *e)
{
	struct str bytes = d->original;
	if (!d->is_whole)
		bytes = returned_header(bytes, DSN_HEADER_MAX);
	p->returned = returned_plan(bytes, d->is_whole);
	return dsn_text(d, &p->text, e) && dsn_fields(d, &p->fields, e) &&
	    (choose_boundary(p, d->unique) || full(e));
}

static bool
needs_8bit(const struct parts *p)
{
	return !str_is_ascii(buf_str(&p->text)) ||
	    !str_is_ascii(buf_str(&p->fields)) || p->returned.is_8bit;
}

/* One address and no more, so that it can be no other field either. */
static bool
add_mailbox(struct buf *out, const char *name, const char *display,
    struct str address, struct err *e)
{
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	if (!address_parse_one(address, &spec, e))
		return false;
	if (spec.len == 0 || spec.len > SPEC_MAX) {
		char shown[64];
		str_printable_to(buf_str(&spec), shown, sizeof(shown));
		return err_set(e, EX_DATAERR,
		    "a report cannot have \"%s\" in its field %s", shown, name);
	}
	return (buf_printf(out, "%s: ", name) || full(e)) &&
	    stamp_mailbox(out, str_of(display), buf_str(&spec), e) &&
	    (buf_add(out, "\r\n", 2) || full(e));
}

static bool
add_field(struct buf *out, const char *name, struct str value)
{
	bool fits = strlen(name) + 2 + value.len <= STAMP_LINE_MAX;
	return buf_printf(out, "%s:%s ", name, fits ? "" : "\r\n") &&
	    buf_add_str(out, value) && buf_add(out, "\r\n", 2);
}

/* RFC 3464 2: to the message that it is about. */
static bool
add_thread(struct buf *out, struct str original)
{
	AUTO(buf_release) struct buf id = BUF_INIT(1000);
	struct str header = returned_header(original, DSN_HEADER_MAX);
	return !returned_message_id(header, &id) ||
	    (add_field(out, "In-Reply-To", buf_str(&id)) &&
		add_field(out, "References", buf_str(&id)));
}

/* RFC 6522 3 */
static bool
add_mime(struct buf *out, struct parts *p)
{
	return buf_printf(out,
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
	    "    boundary=\"%s\"\r\n"
	    "%s"
	    "\r\n"
	    "This is a message in MIME format.\r\n",
	    buf_cstr(&p->boundary),
	    needs_8bit(p) ? "Content-Transfer-Encoding: 8bit\r\n" : "");
}

static bool
add_header(const struct dsn *d, struct parts *p, struct buf *out, struct err *e)
{
	struct str subject = d->kind == DSN_DELAYED
	    ? STR("Delayed Mail (still being retried)")
	    : STR("Undelivered Mail Returned to Sender");
	bool ok = (buf_printf(out, "Date: ") || full(e)) &&
	    stamp_date(out, d->now, e) &&
	    (buf_add(out, "\r\n", 2) || full(e)) &&
	    add_mailbox(out, "From", "Mail Delivery System", d->from, e) &&
	    add_mailbox(out, "To", "", d->to, e);
	if (!ok)
		return false;
	assert(!str_has_controls(d->message_id)); /* made by us */
	return (add_field(out, "Subject", subject) &&
		   add_field(out, "Message-ID", d->message_id) &&
		   add_thread(out, d->original) &&
		   /* RFC 3834 5.1 */
		   add_field(out, "Auto-Submitted", STR("auto-replied")) &&
		   add_mime(out, p)) ||
	    full(e);
}

/* The line end before a boundary belongs to it (RFC 2046 5.1.1). */
static bool
begin_part(struct buf *out, struct parts *p, const char *description)
{
	return buf_printf(out, "\r\n--%s\r\nContent-Description: %s\r\n",
	    buf_cstr(&p->boundary), description);
}

static bool
add_text(struct buf *out, struct parts *p)
{
	bool is_ascii = str_is_ascii(buf_str(&p->text));
	return begin_part(out, p, "Notification") &&
	    buf_printf(out, "Content-Type: text/plain; charset=%s\r\n%s\r\n",
		is_ascii ? "us-ascii" : "utf-8",
		is_ascii ? "" : "Content-Transfer-Encoding: 8bit\r\n") &&
	    buf_add_str(out, buf_str(&p->text));
}

static bool
add_fields(struct buf *out, struct parts *p)
{
	bool is_ascii = str_is_ascii(buf_str(&p->fields));
	return begin_part(out, p, "Delivery report") &&
	    buf_printf(out, "Content-Type: message/%sdelivery-status\r\n%s\r\n",
		is_ascii ? "" : "global-",
		is_ascii ? "" : "Content-Transfer-Encoding: 8bit\r\n") &&
	    buf_add_str(out, buf_str(&p->fields));
}

static bool
add_returned(struct buf *out, struct parts *p, const struct dsn *d)
{
	static const char *const descriptions[2][2] = {
		{ "Undelivered message", "Delayed message" },
		{ "Undelivered message header", "Delayed message header" },
	};
	const char *description =
	    descriptions[!d->is_whole][d->kind == DSN_DELAYED];
	return p->returned.bytes.len == 0 ||
	    (begin_part(out, p, description) &&
		returned_add(&p->returned, out));
}

static bool
add_parts(struct buf *out, struct parts *p, const struct dsn *d)
{
	return add_text(out, p) && add_fields(out, p) &&
	    add_returned(out, p, d) &&
	    buf_printf(out, "\r\n--%s--\r\n", buf_cstr(&p->boundary));
}

bool
dsn_write(const struct dsn *d, struct buf *out, struct err *e)
{
	AUTO(parts_release)
	struct parts p = {
		.text = BUF_INIT(buf_left(out)),
		.fields = BUF_INIT(buf_left(out)),
		.boundary = BUF_INIT(BOUNDARY_MAX),
	};
	assert(d->nrcpts > 0);
	return make_parts(&p, d, e) && add_header(d, &p, out, e) &&
	    (add_parts(out, &p, d) || full(e));
}

bool
dsn_needs_utf8(const struct dsn *d)
{
	return !str_is_ascii(d->to);
}
