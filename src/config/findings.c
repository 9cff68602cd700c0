// SPDX-License-Identifier: ISC
#include "config/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

enum { FINDINGS_MAX = 500 };

static bool
is_known(const struct findings *f, const char *line)
{
	for (size_t i = 0; i < f->lines.len; i++)
		if (strcmp(f->lines.items[i], line) == 0)
			return true;
	return false;
}

static bool
add(struct findings *f, const char *line)
{
	if (findings_is_full(f) || is_known(f, line))
		return false;
	strvec_add(&f->lines, str_of(line));
	return true;
}

void
findings_fault(struct findings *f, const struct err *e)
{
	char line[sizeof(e->text) + sizeof(e->hint) + 2];
	(void)snprintf(line, sizeof(line), "%s%s%s", e->text,
	    e->hint[0] != '\0' ? "; " : "", e->hint);
	f->nfaults += add(f, line);
}

void
findings_note(struct findings *f, const char *fmt, ...)
{
	char line[512];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	(void)add(f, line);
}

bool
findings_is_full(const struct findings *f)
{
	return f->lines.len >= FINDINGS_MAX;
}

void
findings_release(struct findings *f)
{
	strvec_release(&f->lines);
	*f = FINDINGS_INIT;
}
