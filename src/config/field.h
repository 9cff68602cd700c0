// SPDX-License-Identifier: ISC
/*
 * The values of settings where they lie, by the rows of the table.  Of no
 * interest outside of settings.c, assign.c and show.c.
 */
#ifndef CONFIG_FIELD_H
#define CONFIG_FIELD_H

#include <stdbool.h>

#include "base/str.h"
#include "config/table.h"

struct settings;

/* Whether it is kept as text, a char pointer, NULL if it is not set. */
static inline bool
field_is_text(enum setting_type type)
{
	switch (type) {
	case SETTING_TYPE_STRING:
	case SETTING_TYPE_PATH:
	case SETTING_TYPE_SECRET:
	case SETTING_TYPE_COMMAND:
	case SETTING_TYPE_AUTH:
	case SETTING_TYPE_WORDS: return true;
	case SETTING_TYPE_UINT:
	case SETTING_TYPE_SECONDS:
	case SETTING_TYPE_BOOL:
	case SETTING_TYPE_WORD: return false;
	}
	return false;
}

/* The row's place in the struct. */
void *field_of(struct settings *s, const struct setting *row);
const void *field_read(const struct settings *s, const struct setting *row);

/* Wipes and frees the text, which is NULL then. */
void field_wipe(char **text);

/* Takes the text over, and wipes what was there. */
void field_put_text(struct settings *s, const struct setting *row, char *owned);

/* The number of the word, in any case; -1 if it is none of them. */
int field_find_word(const char *const *words, struct str text);

/* The name of its variable: "tls_trust_file" is POSTHASTE_TLS_TRUST_FILE. */
void field_variable(const struct setting *row, char *dst, size_t size);

#endif
