// SPDX-License-Identifier: ISC
#include "message/edit.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/strvec.h"
#include "message/mend.h"
#include "message/message.h"
#include "message/stamp.h"

/* Room for To with more recipients than anybody has. */
enum { FRONT_MAX = 256 << 20 };

static bool
is_empty(const struct field *f)
{
	return str_trim((struct str){ f->value, f->len }).len == 0;
}

/* Empty ones do not count: the grammar has no such thing. */
static bool
has_field(const struct message *m, enum field_id id)
{
	for (size_t i = 0; i < m->nfields; i++)
		if (m->fields[i].id == id && !is_empty(&m->fields[i]))
			return true;
	return false;
}

static bool
gives_way(enum edit_set set, const struct field *f)
{
	return set == EDIT_SET_ALWAYS ||
	    (set == EDIT_SET_MISSING && is_empty(f));
}

static bool
sets_recipients(const struct edit_wish *wish)
{
	return wish->set_to == EDIT_TO_ALL ||
	    wish->set_to == EDIT_TO_UNDISCLOSED;
}

bool
edit_leaves_out(const struct edit_wish *wish, const struct field *f)
{
	switch (f->id) {
	case FIELD_FROM_LINE: return true;
	case FIELD_BCC: return !wish->keeps_bcc || sets_recipients(wish);
	case FIELD_RESENT_BCC: return !wish->keeps_bcc;
	case FIELD_CC:
	case FIELD_TO: return sets_recipients(wish);
	case FIELD_FROM: return gives_way(wish->set_from, f);
	case FIELD_DATE: return gives_way(wish->set_date, f);
	case FIELD_MESSAGE_ID: return gives_way(wish->set_id, f);
	case FIELD_REPLY_TO: return wish->reply_to != NULL && is_empty(f);
	case FIELD_OTHER:
	case FIELD_CONTENT_TRANSFER_ENCODING:
	case FIELD_CONTENT_TYPE:
	case FIELD_MIME_VERSION:
	case FIELD_RECEIVED:
	case FIELD_RESENT_CC:
	case FIELD_RESENT_FROM:
	case FIELD_RESENT_SENDER:
	case FIELD_RESENT_TO:
	case FIELD_SENDER:
	case FIELD_TLS_REQUIRED: break;
	}
	return false;
}

static bool
add_from(struct buf *out, const struct edit_wish *wish, struct err *e)
{
	struct str name = wish->full_name != NULL ? str_of(wish->full_name)
						  : STR_INIT;
	return stamp_mailbox(out, name, str_of(wish->author), e);
}

static bool
add_date(struct buf *out, const struct edit_wish *wish, struct err *e)
{
	return stamp_date(out, wish->now, e);
}

static bool
add_message_id(struct buf *out, const struct edit_wish *wish, struct err *e)
{
	return stamp_message_id(out, str_of(wish->id_domain), e);
}

static bool
add_field(struct buf *front, enum field_id id,
    bool (*add)(struct buf *out, const struct edit_wish *wish, struct err *e),
    const struct edit_wish *wish, struct err *e)
{
	const char *name = field_name(id);
	if (!buf_printf(front, "%s: ", name))
		return err_set(e, EX_DATAERR, "%s: too long", name);
	if (!add(front, wish, e))
		return err_wrap(e, "%s", name);
	return buf_add(front, "\r\n", 2) ||
	    err_set(e, EX_DATAERR, "%s: too long", name);
}

/* To, if there is to be one of ours. */
static bool
add_to(struct buf *front, const struct message *m, const struct edit_wish *wish,
    struct err *e)
{
	struct mend to;
	bool wants_all = wish->set_to == EDIT_TO_ALL ||
	    (wish->set_to == EDIT_TO_HEADERLESS && m->facts.body == 0);
	if (wish->set_to == EDIT_TO_UNDISCLOSED) /* RFC 5322 A.1.3 */
		return buf_printf(front, "To: undisclosed-recipients:;\r\n") ||
		    err_set(e, EX_DATAERR, "To: too long");
	if (!wants_all || wish->recipients == NULL)
		return true;
	if (!mend_begin(&to, front, field_name(FIELD_TO), e))
		return false;
	for (size_t i = 0; i < wish->recipients->len; i++)
		if (!mend_add(&to, str_of(wish->recipients->items[i]), e))
			return false;
	return mend_end(&to, e);
}

static bool
is_wanted(const struct message *m, enum field_id id, enum edit_set set)
{
	return set == EDIT_SET_ALWAYS ||
	    (set == EDIT_SET_MISSING && !has_field(m, id));
}

/* RFC 5322 3.6: From and Date must be there, Message-ID should be. */
static bool
write_front(struct buf *front, const struct message *m,
    const struct edit_wish *wish, struct err *e)
{
	if (is_wanted(m, FIELD_FROM, wish->set_from) &&
	    !add_field(front, FIELD_FROM, add_from, wish, e))
		return false;
	if (wish->reply_to != NULL && !has_field(m, FIELD_REPLY_TO) &&
	    !buf_add_str(front, str_of(wish->reply_to)))
		return err_set(e, EX_DATAERR, "Reply-To: too long");
	if (!add_to(front, m, wish, e))
		return false;
	if (is_wanted(m, FIELD_DATE, wish->set_date) &&
	    !add_field(front, FIELD_DATE, add_date, wish, e))
		return false;
	if (is_wanted(m, FIELD_MESSAGE_ID, wish->set_id) &&
	    !add_field(front, FIELD_MESSAGE_ID, add_message_id, wish, e))
		return false;
	return !wish->tls_optional || has_field(m, FIELD_TLS_REQUIRED) ||
	    buf_printf(front, "%s: No\r\n", field_name(FIELD_TLS_REQUIRED)) ||
	    err_set(e, EX_DATAERR, "TLS-Required: too long");
}

/*
 * 8-bit text without a word of what it is gets one (RFC 2045 4 to 6, RFC 1428
 * 3 for what is not UTF-8).  A Content-Type alone lacks only what goes with it.
 */
static bool
write_mime(struct buf *front, const struct message *m, struct err *e)
{
	const struct {
		enum field_id id;
		const char *value;
	} rows[] = {
		{ FIELD_MIME_VERSION, "1.0" },
		{ FIELD_CONTENT_TYPE,
		    m->facts.is_utf8_body
			? "text/plain; charset=utf-8"
			: "text/plain; charset=unknown-8bit" },
		{ FIELD_CONTENT_TRANSFER_ENCODING, "8bit" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows) && m->facts.is_8bit_body; i++)
		if (message_find(m, rows[i].id) == NULL &&
		    !buf_printf(front, "%s: %s\r\n", field_name(rows[i].id),
			rows[i].value))
			return err_set(
			    e, EX_DATAERR, "the header would get too long");
	return true;
}

static void
add_splice(struct edit *ed, struct splice s)
{
	ed->splices = mem_grow(
	    ed->splices, &ed->cap, ed->nsplices + 1, sizeof(*ed->splices));
	ed->splices[ed->nsplices++] = s;
	ed->size += s.text.len;
}

/* What the i-th field becomes; NULL if it stays. */
static const struct str *
change_of(const struct edit_wish *wish, const struct message *m, size_t i)
{
	static const struct str nothing = { "", 0 };
	for (size_t k = 0; k < wish->nchanges; k++)
		if (wish->changes[k].field == i)
			return &wish->changes[k].text;
	return edit_leaves_out(wish, &m->fields[i]) ? &nothing : NULL;
}

bool
message_edit(struct edit *ed, const struct message *m,
    const struct edit_wish *wish, struct err *e)
{
	*ed = EDIT_INIT;
	ed->front = BUF_INIT(FRONT_MAX);
	ed->size = m->facts.wire;
	if (!write_front(&ed->front, m, wish, e) ||
	    !write_mime(&ed->front, m, e)) {
		edit_release(ed);
		return false;
	}
	if (ed->front.len > 0)
		add_splice(ed,
		    (struct splice){
			.text = buf_str(&ed->front),
		    });
	for (size_t i = 0; i < m->nfields; i++) {
		const struct field *f = &m->fields[i];
		const struct str *text = change_of(wish, m, i);
		if (text == NULL)
			continue;
		add_splice(ed,
		    (struct splice){
			.start = f->start,
			.end = f->end,
			.text = *text,
		    });
		ed->size -= f->wire;
	}
	if (!m->facts.has_blank)
		add_splice(ed,
		    (struct splice){
			.start = m->facts.body,
			.end = m->facts.body,
			.text = STR("\r\n"),
		    });
	return true;
}

void
edit_release(struct edit *ed)
{
	free(ed->splices);
	buf_release(&ed->front);
	*ed = EDIT_INIT;
}
