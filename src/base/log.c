// SPDX-License-Identifier: ISC
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"

static bool is_debug;

void
log_set_debug(bool on)
{
	is_debug = on;
}

bool
log_is_debug(void)
{
	return is_debug;
}

/* One write a line, so that lines of several processes do not mix. */
static void
put_line(const char *prefix, struct str text)
{
	AUTO(buf_release) struct buf line = BUF_INIT(4 * text.len + 64);
	(void)!buf_add_str(&line, str_of(prefix));
	str_printable(text, &line);
	(void)!buf_add(&line, "\n", 1);
	/* nobody is left to tell if this fails */
	(void)!fd_write_all(STDERR_FILENO, line.data, line.len);
}

static void put_formatted(const char *fmt, va_list ap) PRINTF_LIKE(1, 0);

static void
put_formatted(const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return;
	AUTO(cstr_release) char *text = mem_alloc((size_t)n + 1);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	put_line("posthaste: ", str_of(text));
}

void
log_error(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	put_formatted(fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	if (!is_debug)
		return;
	va_list ap;
	va_start(ap, fmt);
	put_formatted(fmt, ap);
	va_end(ap);
}

void
log_trace(struct str text)
{
	struct str line;
	while (is_debug && text.len > 0) {
		size_t end = str_find(text, '\n');
		line = str_upto(text, end);
		put_line("", line);
		text = str_from(text, end < text.len ? end + 1 : end);
	}
}
