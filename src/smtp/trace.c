// SPDX-License-Identifier: ISC
#include "smtp/trace.h"

#include <inttypes.h>

#include "smtp/walk.h"

static void
trace_lines(struct smtp_session *s, const char *mark, struct str text)
{
	while (s->trace != NULL && text.len > 0) {
		size_t end = str_find(text, '\n');
		struct str line = str_trim(str_upto(text, end));
		text = str_from(text, end < text.len ? end + 1 : end);
		(void)!(buf_printf(s->trace, "%s ", mark) &&
		    buf_add_str(s->trace, line) && buf_add(s->trace, "\n", 1));
	}
}

/* No part of an AUTH exchange but its end is shown, and that checked. */
void
trace_reply(struct smtp_session *s)
{
	AUTO(buf_release)
	struct buf lines = BUF_INIT((size_t)4 * REPLY_TEXT_MAX);
	char said[sizeof(s->err.said)];
	struct str rest = buf_str(&s->reply.text);
	if (s->trace == NULL)
		return;
	if (walk_is_at(s, SMTP_AUTH) || walk_is_told(s)) {
		walk_said(s, said, sizeof(said));
		(void)!buf_printf(s->trace, "<- %s\n",
		    s->reply.code == 334 ? "334 ***" : said);
		return;
	}
	for (bool is_last = false; !is_last;) {
		size_t end = str_find(rest, '\n');
		is_last = end == rest.len;
		(void)!(buf_printf(&lines, "%d%c", s->reply.code,
			    is_last ? ' ' : '-') &&
		    buf_add_str(&lines, str_upto(rest, end)) &&
		    buf_add(&lines, "\n", 1));
		rest = str_from(rest, is_last ? end : end + 1);
	}
	trace_lines(s, "<-", buf_str(&lines));
}

void
trace_command(struct smtp_session *s, enum smtp_stage stage, struct str text)
{
	if (s->trace == NULL || stage == SMTP_TEXT)
		return;
	if (stage == SMTP_BDAT) /* what follows it is the message */
		text = str_upto(text, str_find(text, '\n'));
	if (stage != SMTP_AUTH)
		trace_lines(s, "->", text);
	else if (str_starts_nocase(text, STR("AUTH ")))
		(void)!buf_printf(
		    s->trace, "-> AUTH %s ***\n", sasl_name(s->mechanism));
	else
		(void)!buf_printf(s->trace, "-> ***\n");
}

void
trace_text(struct smtp_session *s)
{
	if (s->trace != NULL)
		(void)!buf_printf(s->trace,
		    "-> (message, %" PRIu64 " octets)\n", s->body.nread);
}
