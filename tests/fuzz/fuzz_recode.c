// SPDX-License-Identifier: ISC
/*
 * A message made fit for a server that takes nothing above 127 and no long
 * lines.  What comes out holds neither, has the size that was told, needs no
 * second time, and what is refused is refused with a reason.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/edit.h"
#include "message/intake.h"
#include "message/recode.h"
#include "message/source.h"

enum { OUT_MAX = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_all(struct source *s, struct buf *out)
{
	struct err e;
	size_t n;
	source_rewind(s);
	do {
		char *room = buf_room(out, 4096);
		assert(room != NULL);
		bool ok = source_read(s, room, 4096, &n, &e);
		assert(ok);
		buf_filled(out, n);
	} while (n > 0);
	assert(out->len == source_size(s));
}

static void
check_refusal(const struct err *e)
{
	assert(e->exit == EX_DATAERR);
	assert(e->text[0] != '\0');
}

static void
check_fit(struct str text)
{
	assert(str_is_ascii(text));
	while (text.len > 0) {
		size_t lf = str_find(text, '\n');
		assert(lf > 0 && lf < text.len && text.ptr[lf - 1] == '\r');
		assert(lf - 1 <= RECODE_LINE_MAX);
		text = str_from(text, lf + 1);
	}
}

/* It is fit already, so it stays as it is. */
static void
check_again(struct str text)
{
	struct message m = MESSAGE_INIT;
	struct source s;
	struct err e;
	struct buf out = BUF_INIT(OUT_MAX);
	bool ok = message_from_bytes(&m, text, &e);
	assert(ok);
	source_init(&s, &m, NULL);
	ok = recode_lines(&s, RECODE_LINES_REFUSE, &e) && recode_7bit(&s, &e);
	assert(ok);
	read_all(&s, &out);
	assert(str_eq(buf_str(&out), text));
	source_release(&s);
	message_release(&m);
	buf_release(&out);
}

static bool
edit(struct message *m, struct edit *ed, struct str text)
{
	static const struct edit_wish wish = {
		.author = "me@example.org",
		.id_domain = "example.org",
	};
	struct err e;
	return message_from_bytes(m, text, &e) &&
	    message_edit(ed, m, &wish, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct message m = MESSAGE_INIT;
	struct edit ed = EDIT_INIT;
	struct err e = ERR_INIT;
	struct source s;
	struct str text = { (const char *)data, size };
	if (size > 1 << 20 || !edit(&m, &ed, text)) {
		message_release(&m);
		return 0;
	}
	source_init(&s, &m, &ed);
	struct buf out = BUF_INIT(OUT_MAX);
	if (recode_lines(&s, RECODE_LINES_ENCODE, &e) && recode_7bit(&s, &e)) {
		read_all(&s, &out);
		check_fit(buf_str(&out));
		check_again(buf_str(&out));
	} else
		check_refusal(&e);
	buf_release(&out);
	source_release(&s);
	edit_release(&ed);
	message_release(&m);
	return 0;
}
