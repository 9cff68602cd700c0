// SPDX-License-Identifier: ISC
/*
 * The reply parser: whatever comes, however it is cut, it means the same.
 * The first byte says how long the pieces are.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEANING_MAX = 1 << 22 };

/* All replies in bytes and how it ended, as text. */
static void
understand(struct str bytes, size_t piece, struct buf *meaning)
{
	struct reply r = REPLY_INIT;
	struct err e = ERR_INIT;
	enum reply_state state = REPLY_MORE;
	struct buf in = BUF_INIT(1 << 20);
	char said[512];
	bool ok = true;
	while (ok && bytes.len > 0 && state != REPLY_BAD) {
		size_t n = piece < bytes.len ? piece : bytes.len;
		ok = buf_add(&in, bytes.ptr, n);
		bytes = str_from(bytes, n);
		while ((state = reply_take(&r, &in, &e)) == REPLY_COMPLETE) {
			assert(r.code >= 200 && r.code <= 599);
			assert(r.text.len <= REPLY_TEXT_MAX);
			reply_said(&r, said, sizeof(said));
			for (const char *c = said; *c != '\0'; c++)
				assert((unsigned char)*c >= ' ');
			ok = buf_printf(meaning, "%d|%s|%zu|%s\n", r.code,
			    r.enh, r.text.len, said);
			reply_reset(&r);
		}
		assert(in.len <= REPLY_LINE_MAX + piece);
	}
	assert(state != REPLY_BAD || e.exit == EX_PROTOCOL);
	(void)!buf_printf(meaning, "%d|%s\n", (int)state, e.text);
	reply_release(&r);
	buf_release(&in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > 300000)
		return 0;
	struct str bytes = { (const char *)data + 1, size - 1 };
	struct buf whole = BUF_INIT(MEANING_MAX), cut = BUF_INIT(MEANING_MAX);
	understand(bytes, bytes.len, &whole);
	understand(bytes, 1u + data[0], &cut);
	assert(str_eq(buf_str(&whole), buf_str(&cut)));
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
