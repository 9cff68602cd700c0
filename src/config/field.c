// SPDX-License-Identifier: ISC
#include "config/field.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "config/settings.h"

void *
field_of(struct settings *s, const struct setting *row)
{
	return (char *)s + row->offset;
}

const void *
field_read(const struct settings *s, const struct setting *row)
{
	return (const char *)s + row->offset;
}

/* Text of no secret goes anywhere but into free memory: wipe all alike. */
void
field_wipe(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	cstr_release(text);
}

void
field_put_text(struct settings *s, const struct setting *row, char *owned)
{
	char **place = field_of(s, row);
	field_wipe(place);
	*place = owned;
}

int
field_find_word(const char *const *words, struct str text)
{
	for (int i = 0; words[i] != NULL; i++)
		if (str_eq_nocase(text, str_of(words[i])))
			return i;
	return -1;
}

static const char variable_prefix[] = "POSTHASTE_";

void
field_variable(const struct setting *row, char *dst, size_t size)
{
	int n = snprintf(dst, size, "%s%s", variable_prefix, row->name);
	for (int i = sizeof(variable_prefix) - 1; i < n; i++)
		if (is_alpha(dst[i]))
			dst[i] = (char)(dst[i] & ~0x20); /* upper case */
}
