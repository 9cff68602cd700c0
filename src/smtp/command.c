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
	size_t before = out->len;
	va_list ap;
	va_start(ap, fmt);
	bool fits = buf_vprintf(out, fmt, ap);
	va_end(ap);
	if (!fits || !buf_add(out, "\r\n", 2)) {
		buf_truncate(out, before);
		return err_set(e, EX_DATAERR, "command line too long");
	}
	struct str line = { out->data + before, out->len - 2 - before };
	if (str_has_controls(line)) {
		buf_truncate(out, before);
		return err_set(
		    e, EX_DATAERR, "control character in an address or name");
	}
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
