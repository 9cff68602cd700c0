// SPDX-License-Identifier: ISC
/*
 * A note on a message that waits.  What is read of it can be shown, and
 * written again it says the same.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "queue/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_shown(const char *said)
{
	assert(said == NULL ||
	    (said[0] != '\0' && !str_has_controls(str_of(said))));
}

static void
check_same_text(const char *a, const char *b)
{
	assert((a == NULL) == (b == NULL));
	assert(a == NULL || strcmp(a, b) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(note_release) struct note n, again;
	AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
	AUTO(cstr_release) char *copy = mem_alloc(size);
	if (size > 0)
		memcpy(copy, data, size);
	note_init(&n, 3);
	note_init(&again, 3);
	note_parse(&n, (struct str){ copy, size });
	note_write(&n, &text);
	note_parse(&again, buf_str(&text));
	assert(n.ntries == again.ntries && n.next == again.next);
	assert(n.next >= 0);
	check_shown(n.said);
	check_same_text(n.said, again.said);
	for (size_t i = 0; i < n.nrcpts; i++) {
		check_shown(n.rcpts[i]);
		check_same_text(n.rcpts[i], again.rcpts[i]);
	}
	return 0;
}
