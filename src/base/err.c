// SPDX-License-Identifier: ISC
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* vsnprintf that shows where it had to cut. */
static void
format(char *dst, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

static void
format(char *dst, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(dst, size, fmt, ap);
	if (n < 0 || (size_t)n < size)
		return;
	size_t keep = size - 4;
	while (keep > 0 && ((unsigned char)dst[keep] & 0xc0) == 0x80)
		keep--; /* not through the middle of a character */
	memcpy(dst + keep, "...", 4);
}

static void
append(char *dst, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void
append(char *dst, size_t size, const char *fmt, ...)
{
	size_t used = strlen(dst);
	if (size - used < 5)
		return; /* the text before it is what matters more */
	va_list ap;
	va_start(ap, fmt);
	format(dst + used, size - used, fmt, ap);
	va_end(ap);
}

bool
err_set(struct err *e, int exit, const char *fmt, ...)
{
	*e = (struct err){ .exit = exit };
	va_list ap;
	va_start(ap, fmt);
	format(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return false;
}

bool
err_sys(struct err *e, int exit, const char *fmt, ...)
{
	int sys = errno;
	*e = (struct err){ .exit = exit, .sys = sys };
	va_list ap;
	va_start(ap, fmt);
	format(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	char why[128];
	if (strerror_r(sys, why, sizeof(why)) != 0)
		(void)snprintf(why, sizeof(why), "errno %d", sys);
	append(e->text, sizeof(e->text), ": %s", why);
	return false;
}

bool
err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->text)];
	memcpy(inner, e->text, sizeof(inner));
	va_list ap;
	va_start(ap, fmt);
	format(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	append(e->text, sizeof(e->text), ": %s", inner);
	return false;
}

bool
err_hint(struct err *e, const char *fmt, ...)
{
	if (e->hint[0] != '\0')
		return false;
	va_list ap;
	va_start(ap, fmt);
	format(e->hint, sizeof(e->hint), fmt, ap);
	va_end(ap);
	return false;
}

const char *
err_exit_name(int exit)
{
	static const struct {
		int exit;
		const char *name;
	} names[] = {
		{ EX_OK, "EX_OK" },
		{ EX_USAGE, "EX_USAGE" },
		{ EX_DATAERR, "EX_DATAERR" },
		{ EX_NOINPUT, "EX_NOINPUT" },
		{ EX_NOUSER, "EX_NOUSER" },
		{ EX_NOHOST, "EX_NOHOST" },
		{ EX_UNAVAILABLE, "EX_UNAVAILABLE" },
		{ EX_OSERR, "EX_OSERR" },
		{ EX_CANTCREAT, "EX_CANTCREAT" },
		{ EX_IOERR, "EX_IOERR" },
		{ EX_TEMPFAIL, "EX_TEMPFAIL" },
		{ EX_PROTOCOL, "EX_PROTOCOL" },
		{ EX_NOPERM, "EX_NOPERM" },
		{ EX_CONFIG, "EX_CONFIG" },
	};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].exit == exit)
			return names[i].name;
	return "EX_SOFTWARE";
}
