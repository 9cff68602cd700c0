// SPDX-License-Identifier: ISC
#include "smtp/caps.h"

#include <stddef.h>

static const struct {
	const char *keyword;
	size_t offset;
} keywords[] = {
	{ "CHUNKING", offsetof(struct caps, chunking) },
	{ "8BITMIME", offsetof(struct caps, eightbitmime) },
	{ "ETRN", offsetof(struct caps, etrn) },
	{ "PIPELINING", offsetof(struct caps, pipelining) },
	{ "SIZE", offsetof(struct caps, size) },
	{ "SMTPUTF8", offsetof(struct caps, smtputf8) },
	{ "STARTTLS", offsetof(struct caps, starttls) },
	{ "AUTH", offsetof(struct caps, auth) },
};

static void
parse_line(struct caps *c, struct str line)
{
	/* "AUTH=LOGIN PLAIN" is an old server's way */
	struct str keyword, rest = line;
	if (!str_word(&rest, " \t=", &keyword))
		return;
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		if (str_eq_nocase(keyword, str_of(keywords[i].keyword)))
			*(bool *)((char *)c + keywords[i].offset) = true;
	struct str word;
	if (str_eq_nocase(keyword, STR("SIZE")) &&
	    (!str_word(&rest, " \t", &word) ||
		!parse_uint(word, 0, UINT64_MAX, &c->size_limit)))
		c->size_limit = 0;
	while (str_eq_nocase(keyword, STR("AUTH")) &&
	    str_word(&rest, " \t=", &word))
		(void)!(buf_add_str(&c->mechanisms, word) &&
		    buf_add(&c->mechanisms, " ", 1));
}

void
caps_parse(struct caps *c, struct str text)
{
	size_t end = str_find(text, '\n');
	while (end < text.len) {
		text = str_from(text, end + 1);
		end = str_find(text, '\n');
		parse_line(c, str_trim(str_upto(text, end)));
	}
}

bool
caps_has_mechanism(const struct caps *c, const char *name)
{
	struct str rest = buf_str(&c->mechanisms), word;
	while (str_word(&rest, " ", &word))
		if (str_eq_nocase(word, str_of(name)))
			return true;
	return false;
}

void
caps_release(struct caps *c)
{
	buf_release(&c->mechanisms);
	*c = CAPS_INIT;
}
