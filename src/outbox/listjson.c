// SPDX-License-Identifier: ISC
#include "base/date.h"
#include "base/json.h"
#include "outbox/list.h"
#include "outbox/listing.h"

static void
begin(struct list_page *p)
{
	json_open(&p->json, NULL, JSON_OBJECT);
	json_text(&p->json, "queue", str_of(p->path));
}

static void
begin_section(struct list_page *p)
{
	static const char *const names[] = {
		[LIST_MESSAGES] = "messages",
		[LIST_FAILED] = "failed",
		[LIST_DAMAGED] = "damaged",
	};
	json_open(&p->json, names[p->section], JSON_LIST);
}

/* What is not known is left out. */
static void
add_known(struct json *j, const char *key, const char *text)
{
	if (text != NULL)
		json_text(j, key, str_of(text));
}

/* RFC 3339 */
static void
add_date(struct json *j, const char *key, int64_t when)
{
	char date[DATE_SIZE];
	date_format(when, date);
	json_text(j, key, str_of(date));
}

static const char *
fate_word(enum entry_fate fate)
{
	switch (fate) {
	case ENTRY_PENDING: return "waiting";
	case ENTRY_TAKEN: return "taken";
	case ENTRY_REFUSED:
	case ENTRY_REPORTED: return "refused";
	}
	return "waiting";
}

static void
add_recipients(struct json *j, const struct listed *m)
{
	const struct entry *entry = &m->message.entry;
	json_open(j, "recipients", JSON_LIST);
	for (size_t i = 0; i < entry->nrcpts; i++) {
		const struct entry_rcpt *r = &entry->rcpts[i];
		json_open(j, NULL, JSON_OBJECT);
		json_text(j, "address", str_of(r->address));
		add_known(j, "original", r->original);
		json_text(j, "state", str_of(fate_word(r->fate)));
		if (i < m->note.nrcpts)
			add_known(j, "said", m->note.rcpts[i]);
		json_close(j, JSON_OBJECT);
	}
	json_close(j, JSON_LIST);
}

static void
add_tries(struct list_page *p, const struct listed *m)
{
	if (m->state == LISTED_FAILED)
		return;
	json_uint(&p->json, "tries", m->ntries);
	if (m->state == LISTED_WAITING && !m->is_behind)
		add_date(&p->json, "next", m->next > 0 ? m->next : p->now);
	add_known(&p->json, "said", m->said);
}

static void
add_message(struct list_page *p, const struct listed *m)
{
	static const char *const states[] = {
		[LISTED_WAITING] = "waiting",
		[LISTED_TRYING] = "trying",
		[LISTED_HELD] = "held",
		[LISTED_FAILED] = "failed",
	};
	const struct entry *entry = &m->message.entry;
	int64_t arrived = entry->arrived_usec / 1000000;
	struct json *j = &p->json;
	json_open(j, NULL, JSON_OBJECT);
	json_text(j, "id", str_of(m->message.id));
	json_text(j, "state", str_of(states[m->state]));
	add_date(j, "arrived", arrived);
	json_int(j, "age", p->now > arrived ? p->now - arrived : 0);
	json_uint(j, "size", entry->size);
	json_text(j, "sender", str_of(entry->sender));
	add_known(j, "account", entry->account);
	add_tries(p, m);
	add_recipients(j, m);
	json_close(j, JSON_OBJECT);
}

static void
add_damaged(struct list_page *p, const char *id, const char *why)
{
	json_open(&p->json, NULL, JSON_OBJECT);
	json_text(&p->json, "id", str_of(id));
	json_text(&p->json, "why", str_of(why));
	json_close(&p->json, JSON_OBJECT);
}

static void
end_section(struct list_page *p)
{
	json_close(&p->json, JSON_LIST);
}

static void
end(struct list_page *p)
{
	json_close(&p->json, JSON_OBJECT);
	(void)!buf_add(&p->text, "\n", 1);
}

const struct list_form listjson_form = {
	.begin = begin,
	.begin_section = begin_section,
	.add = add_message,
	.add_damaged = add_damaged,
	.end_section = end_section,
	.end = end,
};
