// SPDX-License-Identifier: ISC
#include <inttypes.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/buf.h"
#include "outbox/list.h"
#include "outbox/listing.h"
#include "outbox/words.h"

/*
 *	ID                               AGE     SIZE      TRIES  NEXT TRY
 *	20261224-170000-123456-89abcdef  3 h     12 KiB        3  in 4 min
 *	    from me@example.org (account work)
 *	    to   you@example.org: 450 4.2.0 greylisted
 *	    taken for 2, refused for 1
 *	    smtp.example.org:587: connection refused
 */
enum { INDENT = 4, ADDRESS = 9, BEHIND = 12, ID_WIDTH = SPOOL_ID_SIZE - 1 };

static void
add(struct list_page *p, const char *text)
{
	(void)!buf_add_str(&p->text, str_of(text));
}

/* The text up to a column; two blanks at least. */
static void
add_cell(struct list_page *p, const char *text, size_t width)
{
	static const char blanks[] = "                                        ";
	size_t n = strlen(text);
	add(p, text);
	(void)!buf_add(&p->text, blanks, (n < width ? width - n : 0) + 2);
}

static void
add_columns(struct list_page *p, const char *id, const char *age,
    const char *size, const char *tries, const char *next)
{
	add_cell(p, id, ID_WIDTH);
	add_cell(p, age, 6);
	add_cell(p, size, 8);
	add_cell(p, tries, 5);
	add(p, next);
	add(p, "\n");
}

static void
find_next(
    const struct list_page *p, const struct listed *m, char dst[WORDS_SIZE])
{
	static const char *const states[] = {
		[LISTED_WAITING] = NULL,
		[LISTED_TRYING] = "being tried",
		[LISTED_HELD] = "held",
		[LISTED_FAILED] = "never",
	};
	if (states[m->state] != NULL)
		(void)snprintf(dst, WORDS_SIZE, "%s", states[m->state]);
	else if (m->is_behind)
		(void)snprintf(dst, WORDS_SIZE, "in turn");
	else
		words_until(m->next > 0 ? m->next - p->now : 0, dst);
}

static void
add_row(struct list_page *p, const struct listed *m)
{
	const struct entry *entry = &m->message.entry;
	char age[WORDS_SIZE], size[WORDS_SIZE], tries[WORDS_SIZE];
	char next[WORDS_SIZE];
	words_age(p->now - entry->arrived_usec / 1000000, age);
	words_size(entry->size, size);
	(void)snprintf(tries, sizeof(tries), "%5u", m->ntries);
	find_next(p, m, next);
	add_columns(p, m->message.id, age, size,
	    m->state == LISTED_FAILED ? "" : tries, next);
}

static void
add_sender(struct list_page *p, const struct entry *entry)
{
	AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
	add(p, "    from ");
	(void)!buf_add_str(
	    &text, str_of(entry->sender[0] != '\0' ? entry->sender : "<>"));
	if (entry->account != NULL && strcmp(entry->account, "default") != 0)
		(void)!buf_printf(&text, " (account %s)", entry->account);
	words_wrap(buf_str(&text), ADDRESS, &p->text);
}

/* Who still waits for it, with the last reply on it; in failed/ all. */
static void
add_recipients(struct list_page *p, const struct listed *m)
{
	const struct entry *entry = &m->message.entry;
	for (size_t i = 0; i < entry->nrcpts; i++) {
		const char *said = i < m->note.nrcpts ? m->note.rcpts[i] : NULL;
		if (m->state != LISTED_FAILED &&
		    entry->rcpts[i].fate != ENTRY_PENDING)
			continue;
		AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
		(void)!buf_add_str(&text, str_of(entry->rcpts[i].address));
		if (said != NULL)
			(void)!buf_printf(&text, ": %s", said);
		add(p, "    to   ");
		words_wrap(buf_str(&text), BEHIND, &p->text);
	}
}

static void
add_fates(struct list_page *p, const struct listed *m)
{
	const struct entry *entry = &m->message.entry;
	size_t ntaken = entry_count(entry, ENTRY_TAKEN);
	size_t nrefused = entry_count(entry, ENTRY_REFUSED) +
	    entry_count(entry, ENTRY_REPORTED);
	if (m->state == LISTED_FAILED || ntaken + nrefused == 0)
		return;
	add(p, "    ");
	if (ntaken > 0)
		(void)!buf_printf(&p->text, "taken for %zu%s", ntaken,
		    nrefused > 0 ? ", " : "");
	if (nrefused > 0)
		(void)!buf_printf(&p->text, "refused for %zu", nrefused);
	add(p, "\n");
}

static void
begin(struct list_page *p)
{
	(void)p;
}

static void
add_message(struct list_page *p, const struct listed *m)
{
	if (p->counts[p->section] == 1 && p->section == LIST_FAILED)
		add(p,
		    "Failed, and nobody could be told; --queue-remove takes "
		    "them away:\n");
	else if (p->counts[p->section] == 1)
		add_columns(p, "ID", "AGE", "SIZE", "TRIES", "NEXT TRY");
	add_row(p, m);
	add_sender(p, &m->message.entry);
	add_recipients(p, m);
	add_fates(p, m);
	if (m->said != NULL) {
		add(p, "    ");
		words_wrap(str_of(m->said), INDENT, &p->text);
	}
}

static void
add_damaged(struct list_page *p, const char *id, const char *why)
{
	if (p->counts[p->section] == 1)
		add(p, "Damaged; --queue-show shows what is there:\n");
	add(p, id);
	add(p, "\n    ");
	words_wrap(str_of(why), INDENT, &p->text);
}

static void
end_section(struct list_page *p)
{
	if (p->counts[p->section] > 0)
		add(p, "\n");
}

static void
end(struct list_page *p)
{
	char size[WORDS_SIZE];
	size_t n = p->counts[LIST_MESSAGES];
	size_t nfailed = p->counts[LIST_FAILED];
	size_t ndamaged = p->counts[LIST_DAMAGED];
	if (n + nfailed + ndamaged == 0) {
		add(p, "Mail queue is empty\n"); /* as sendmail says it */
		return;
	}
	words_size(p->size, size);
	(void)!buf_printf(
	    &p->text, "%zu message%s, %s", n, n != 1 ? "s" : "", size);
	if (nfailed > 0)
		(void)!buf_printf(&p->text, "; %zu failed", nfailed);
	if (ndamaged > 0)
		(void)!buf_printf(&p->text, "; %zu damaged", ndamaged);
	add(p, "\n");
}

const struct list_form listtext_form = {
	.begin = begin,
	.begin_section = begin,
	.add = add_message,
	.add_damaged = add_damaged,
	.end_section = end_section,
	.end = end,
};
