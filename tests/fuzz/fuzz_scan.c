// SPDX-License-Identifier: ISC
/*
 * A message: the first byte says how it is cut into chunks and pieces.
 * Scanning it whole and cut gives the same, and what goes out has the size
 * that was told and no line end but CRLF.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/edit.h"
#include "message/envelope.h"
#include "message/intake.h"
#include "message/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
scan_pieces(struct scan *s, struct str text, size_t piece, struct err *e)
{
	while (text.len > 0) {
		size_t n = piece < text.len ? piece : text.len;
		/* of its own, so that the sanitizer sees its end */
		AUTO(cstr_release) char *chunk = mem_alloc(n);
		memcpy(chunk, text.ptr, n);
		if (!scan_feed(s, chunk, n, e))
			return false;
		text = str_from(text, n);
	}
	scan_end(s);
	return true;
}

static void
check_facts(const struct scan_facts *a, const struct scan_facts *b)
{
	assert(a->size == b->size && a->wire == b->wire);
	assert(a->body == b->body && a->has_blank == b->has_blank);
	assert(a->is_8bit == b->is_8bit);
	assert(a->is_8bit_header == b->is_8bit_header);
	assert(a->is_8bit_body == b->is_8bit_body);
	assert(a->is_utf8_body == b->is_utf8_body);
	assert(a->has_nul == b->has_nul && a->has_bare_cr == b->has_bare_cr);
	assert(a->longest_line == b->longest_line);
}

static void
check_fields(const struct message *m, const struct scan *s)
{
	off_t behind = 0;
	assert(m->nfields == s->nfields);
	for (size_t i = 0; i < m->nfields; i++) {
		const struct field *a = &m->fields[i];
		const struct field *b = &s->fields[i];
		assert(a->id == b->id && a->wire == b->wire);
		assert(a->start == b->start && a->end == b->end);
		assert(a->nreceived == b->nreceived);
		assert(str_eq((struct str){ a->value, a->len },
		    (struct str){ b->value, b->len }));
		assert(a->start >= behind && a->start < a->end);
		behind = a->end;
	}
	assert(m->facts.body >= behind && m->facts.size >= m->facts.body);
}

/* Returns how much came; nothing of it may end a line but CRLF. */
static void
check_source(const struct message *m, const struct edit *ed, size_t piece)
{
	struct source s;
	struct err e;
	uint64_t total = 0;
	bool after_cr = false;
	char part[256];
	size_t n;
	source_init(&s, m, ed);
	do {
		bool ok = source_read(&s, part, piece, &n, &e);
		assert(ok);
		assert(n <= piece);
		for (size_t i = 0; i < n; i++) {
			assert(part[i] != '\0');
			assert(after_cr == (part[i] == '\n'));
			after_cr = part[i] == '\r';
			assert(!is_8bit(part[i]) || source_is_8bit(&s));
		}
		total += n;
	} while (n > 0);
	assert(!after_cr);
	assert(total == source_size(&s));
}

static void
check_envelope(const struct message *m)
{
	struct envelope env = ENVELOPE_INIT;
	struct err e = ERR_INIT;
	const struct envelope_sources from = {
		.fallback = "me@example.org",
		.from_header = true,
	};
	if (!envelope_build(&env, &from, m, &e)) {
		assert(e.exit == EX_DATAERR || e.exit == EX_USAGE);
		return;
	}
	assert(!str_has_controls(str_of(env.sender)));
	for (size_t i = 0; i < env.rcpts.len; i++)
		assert(!str_has_controls(str_of(env.rcpts.items[i])));
	envelope_release(&env);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct edit_wish wish = {
		.author = "me@example.org",
		.full_name = "M\xc3\xa9",
		.id_domain = "example.org",
	};
	struct message m = MESSAGE_INIT;
	struct scan s = SCAN_INIT;
	struct edit ed = EDIT_INIT;
	struct err e = ERR_INIT;
	if (size == 0)
		return 0;
	size_t piece = data[0] > 0 ? data[0] : 1;
	char *copy = mem_alloc(size - 1);
	struct str text = { copy, size - 1 };
	memcpy(copy, data + 1, text.len);
	bool ok = message_from_bytes(&m, text, &e);
	assert(ok == scan_pieces(&s, text, piece, &e));
	if (ok) {
		check_facts(&m.facts, &s.facts);
		check_fields(&m, &s);
		check_source(&m, NULL, piece);
		ok = message_edit(&ed, &m, &wish, &e);
		assert(ok);
		check_source(&m, &ed, piece);
		check_envelope(&m);
	}
	edit_release(&ed);
	scan_release(&s);
	message_release(&m);
	free(copy);
	return 0;
}
