// SPDX-License-Identifier: ISC
#include "smtp/command.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

bool
command_line(struct buf *out, struct err *e, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *room = n >= 0 ? buf_room(out, (size_t)n + 2) : NULL;
	if (room == NULL)
		return err_set(e, EX_DATAERR, "command line too long");
	va_start(ap, fmt);
	(void)vsnprintf(room, (size_t)n + 1, fmt, ap);
	va_end(ap);
	if (str_has_controls((struct str){ room, (size_t)n }))
		return err_set(
		    e, EX_DATAERR, "control character in an address or name");
	room[n] = '\r'; /* in the place of the NUL */
	room[n + 1] = '\n';
	buf_filled(out, (size_t)n + 2);
	return true;
}

bool
command_mail(struct buf *out, const struct command_mail *m, struct err *e)
{
	char size[32] = "";
	if (m->with_size)
		(void)snprintf(size, sizeof(size), " SIZE=%" PRIu64, m->size);
	return command_line(out, e, "MAIL FROM:<%s>%s%s%s%s", m->sender, size,
	    m->is_8bit ? " BODY=8BITMIME" : "", m->is_utf8 ? " SMTPUTF8" : "",
	    m->more != NULL ? m->more : "");
}
