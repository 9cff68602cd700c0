// SPDX-License-Identifier: ISC
/*
 * What a file of the queue begins with.  What is read of it and written again
 * says the same; where it says that a recipient's byte is, there is one.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "queue/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_same_text(const char *a, const char *b)
{
	assert((a == NULL) == (b == NULL));
	assert(a == NULL || strcmp(a, b) == 0);
}

static void
check_same(const struct entry *a, const struct entry *b)
{
	assert(a->is_held == b->is_held && a->is_warned == b->is_warned);
	assert(a->arrived_usec == b->arrived_usec && a->size == b->size);
	check_same_text(a->sender, b->sender);
	check_same_text(a->account, b->account);
	check_same_text(a->rcfile, b->rcfile);
	check_same_text(a->not_ascii, b->not_ascii);
	assert(a->settings.len == b->settings.len);
	for (size_t i = 0; i < a->settings.len; i++)
		check_same_text(a->settings.items[i], b->settings.items[i]);
	assert(a->nrcpts == b->nrcpts);
	for (size_t i = 0; i < a->nrcpts; i++) {
		assert(a->rcpts[i].fate == b->rcpts[i].fate);
		check_same_text(a->rcpts[i].address, b->rcpts[i].address);
		check_same_text(a->rcpts[i].original, b->rcpts[i].original);
	}
}

static void
check_places(const struct entry *entry, struct str lines)
{
	assert((size_t)entry->text == lines.len);
	assert((size_t)entry->state + 1 < lines.len);
	assert(lines.ptr[entry->state] == (entry->is_held ? 'h' : '-'));
	for (size_t i = 0; i < entry->nrcpts; i++) {
		const struct entry_rcpt *r = &entry->rcpts[i];
		assert((size_t)r->at + 2 < lines.len);
		assert(lines.ptr[r->at] == (char)r->fate);
		assert(lines.ptr[r->at + 2] == r->address[0]);
	}
}

static void
check_again(struct entry *entry)
{
	AUTO(entry_release) struct entry again = ENTRY_INIT;
	AUTO(buf_release) struct buf lines = BUF_INIT(ENTRY_LINES_MAX);
	char key[ENTRY_KEY_SIZE], same[ENTRY_KEY_SIZE];
	struct err e = ERR_INIT;
	bool ok = entry_write(entry, &lines, &e);
	assert(ok);
	check_places(entry, buf_str(&lines));
	assert(entry_lines_length(buf_str(&lines)) == lines.len);
	ok = entry_parse(&again, buf_str(&lines), &e);
	assert(ok);
	check_same(entry, &again);
	check_places(&again, buf_str(&lines));
	ok = entry_key(entry, key, &e) && entry_key(&again, same, &e);
	assert(ok && strcmp(key, same) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(cstr_release) char *copy = mem_alloc(size);
	struct err e = ERR_INIT;
	if (size > 0)
		memcpy(copy, data, size);
	struct str text = { copy, size };
	size_t length = entry_lines_length(text);
	assert(length <= size);
	/* what has no end is tried as well, as nothing forbids it */
	struct str lines = length > 0 ? str_upto(text, length) : text;
	if (!entry_parse(&entry, lines, &e)) {
		assert(e.exit == EX_DATAERR || e.exit == EX_CONFIG);
		assert(e.text[0] != '\0' && !str_has_controls(str_of(e.text)));
		return 0;
	}
	check_places(&entry, lines);
	check_again(&entry);
	return 0;
}
