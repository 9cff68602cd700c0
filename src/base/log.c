// SPDX-License-Identifier: ISC
#include "base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"

/* Of a line of the transcript; more is of no use to who reads it. */
enum { TRANSCRIPT_LINE_MAX = 1000 };

static bool is_debug;
static int64_t start_msec; /* of the transcript */

void
log_set_debug(bool on)
{
	is_debug = on;
	start_msec = on ? clock_msec() : 0;
}

bool
log_is_debug(void)
{
	return is_debug;
}

/* One write a line, so that lines of several processes do not mix. */
static void
put_line(const char *prefix, struct str text, const char *suffix)
{
	AUTO(buf_release) struct buf line = BUF_INIT(4 * text.len + 128);
	(void)!buf_add_str(&line, str_of(prefix));
	str_printable(text, &line);
	(void)!buf_printf(&line, "%s\n", suffix);
	/* nobody is left to tell if this fails */
	(void)!fd_write_all(STDERR_FILENO, line.data, line.len);
}

/* The time in front of so many characters is of one width. */
static void
put_timed(struct str text)
{
	int64_t msec = clock_msec() - start_msec;
	char prefix[40], mark[40] = "";
	size_t keep = text.len;
	if (keep > TRANSCRIPT_LINE_MAX) {
		keep = TRANSCRIPT_LINE_MAX;
		/* not through the middle of a character */
		while (keep > TRANSCRIPT_LINE_MAX - 4 &&
		    ((unsigned char)text.ptr[keep] & 0xc0) == 0x80)
			keep--;
		(void)snprintf(
		    mark, sizeof(mark), "... (%zu octets)", text.len);
	}
	(void)snprintf(prefix, sizeof(prefix), "%3" PRId64 ".%03" PRId64 " ",
	    msec / 1000, msec % 1000);
	put_line(prefix, str_upto(text, keep), mark);
}

static char *format(const char *fmt, va_list ap) PRINTF_LIKE(1, 0) MUST_CHECK;

static char *
format(const char *fmt, va_list ap)
{
	va_list again;
	assert(fmt != NULL); /* which gcc cannot tell where it sanitizes */
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return str_dup(STR_INIT);
	char *text = mem_alloc((size_t)n + 1);
	(void)vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

void
log_error(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	AUTO(cstr_release) char *text = format(fmt, ap);
	va_end(ap);
	put_line("posthaste: ", str_of(text), "");
}

void
log_notice(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	AUTO(cstr_release) char *text = format(fmt, ap);
	va_end(ap);
	put_line("posthaste: ", str_of(text), "");
}

void
log_debug(const char *fmt, ...)
{
	if (!is_debug)
		return;
	va_list ap;
	va_start(ap, fmt);
	AUTO(cstr_release) char *text = format(fmt, ap);
	va_end(ap);
	put_timed(str_of(text));
}

void
log_trace(struct str text)
{
	struct str line;
	while (is_debug && text.len > 0) {
		size_t end = str_find(text, '\n');
		line = str_upto(text, end);
		put_timed(line);
		text = str_from(text, end < text.len ? end + 1 : end);
	}
}
