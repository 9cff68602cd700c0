// SPDX-License-Identifier: ISC
#include "queue/note.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

void
note_init(struct note *n, size_t nrcpts)
{
	*n = (struct note){
		.rcpts = mem_zalloc((nrcpts + 1) * sizeof(*n->rcpts)),
		.nrcpts = nrcpts,
	};
}

static void
keep(char **text, struct str said)
{
	AUTO(buf_release) struct buf line = BUF_INIT(4 * said.len + 1);
	free(*text);
	*text = NULL;
	if (said.len == 0)
		return;
	str_printable(said, &line);
	*text = str_dup(buf_str(&line));
}

void
note_say(struct note *n, struct str said)
{
	keep(&n->said, said);
}

void
note_say_rcpt(struct note *n, size_t rcpt, struct str said)
{
	if (rcpt < n->nrcpts)
		keep(&n->rcpts[rcpt], said);
}

void
note_write(const struct note *n, struct buf *out)
{
	(void)!buf_printf(
	    out, "tries %u\nnext %" PRId64 "\n", n->ntries, n->next);
	if (n->said != NULL)
		(void)!buf_printf(out, "said %s\n", n->said);
	for (size_t i = 0; i < n->nrcpts; i++)
		if (n->rcpts[i] != NULL)
			(void)!buf_printf(out, "rcpt %zu %s\n", i, n->rcpts[i]);
}

static void
parse_line(struct note *n, struct str line)
{
	uint64_t number;
	size_t blank = str_find(line, ' ');
	if (blank == line.len)
		return;
	struct str name = str_upto(line, blank);
	struct str value = str_from(line, blank + 1);
	if (str_eq(name, STR("said"))) {
		note_say(n, value);
	} else if (str_eq(name, STR("tries"))) {
		if (parse_uint(value, 0, UINT32_MAX, &number))
			n->ntries = (unsigned)number;
	} else if (str_eq(name, STR("next"))) {
		if (parse_uint(value, 0, INT64_MAX, &number))
			n->next = (int64_t)number;
	} else if (str_eq(name, STR("rcpt"))) {
		size_t end = str_find(value, ' ');
		if (end < value.len &&
		    parse_uint(str_upto(value, end), 0, SIZE_MAX, &number))
			note_say_rcpt(
			    n, (size_t)number, str_from(value, end + 1));
	}
}

void
note_parse(struct note *n, struct str text)
{
	while (text.len > 0) {
		size_t end = str_find(text, '\n');
		parse_line(n, str_upto(text, end));
		text = str_from(text, end < text.len ? end + 1 : end);
	}
}

void
note_release(struct note *n)
{
	for (size_t i = 0; i < n->nrcpts; i++)
		free(n->rcpts[i]);
	free(n->rcpts);
	free(n->said);
	*n = NOTE_INIT;
}
