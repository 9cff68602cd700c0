// SPDX-License-Identifier: ISC
#include "message/edit.h"

#include <stdlib.h>
#include <sysexits.h>

#include "base/err.h"
#include "message/message.h"
#include "message/stamp.h"

enum { FRONT_MAX = 64 << 10 };

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
is_left_out(const struct field *f)
{
	switch (f->id) {
	case FIELD_FROM_LINE:
	case FIELD_BCC:
	case FIELD_RESENT_BCC: return true;
	case FIELD_FROM:
	case FIELD_DATE:
	case FIELD_MESSAGE_ID: return is_empty(f);
	case FIELD_OTHER:
	case FIELD_CC:
	case FIELD_RECEIVED:
	case FIELD_RESENT_CC:
	case FIELD_RESENT_FROM:
	case FIELD_RESENT_SENDER:
	case FIELD_RESENT_TO:
	case FIELD_SENDER:
	case FIELD_TO: break;
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

/* RFC 5322 3.6: From and Date must be there, Message-ID should be. */
static bool
write_front(struct buf *front, const struct message *m,
    const struct edit_wish *wish, struct err *e)
{
	static const struct {
		enum field_id id;
		bool (*add)(struct buf *out, const struct edit_wish *wish,
		    struct err *e);
	} rows[] = {
		{ FIELD_FROM, add_from },
		{ FIELD_DATE, add_date },
		{ FIELD_MESSAGE_ID, add_message_id },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *name = field_name(rows[i].id);
		if (has_field(m, rows[i].id))
			continue;
		if (!buf_printf(front, "%s: ", name))
			return err_set(e, EX_DATAERR, "%s: too long", name);
		if (!rows[i].add(front, wish, e))
			return err_wrap(e, "%s", name);
		if (!buf_add(front, "\r\n", 2))
			return err_set(e, EX_DATAERR, "%s: too long", name);
	}
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
	return is_left_out(&m->fields[i]) ? &nothing : NULL;
}

bool
message_edit(struct edit *ed, const struct message *m,
    const struct edit_wish *wish, struct err *e)
{
	*ed = EDIT_INIT;
	ed->front = BUF_INIT(FRONT_MAX);
	ed->size = m->facts.wire;
	if (!write_front(&ed->front, m, wish, e)) {
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
