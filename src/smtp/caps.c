// SPDX-License-Identifier: ISC
#include "smtp/caps.h"

#include <stddef.h>

#include "base/date.h"

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
	{ "DSN", offsetof(struct caps, dsn) },
	{ "DELIVERBY", offsetof(struct caps, deliverby) },
	{ "FUTURERELEASE", offsetof(struct caps, futurerelease) },
	{ "MT-PRIORITY", offsetof(struct caps, priority) },
	{ "REQUIRETLS", offsetof(struct caps, requiretls) },
};

/* "LIMITS RCPTMAX=100 MAILMAX=5"; others are none of ours. */
static void
parse_limits(struct caps *c, struct str rest)
{
	struct str word;
	while (str_word(&rest, " \t", &word)) {
		struct str name = str_upto(word, str_find(word, '='));
		struct str value = str_from(
		    word, name.len + (name.len < word.len ? 1 : 0));
		uint64_t n;
		if (!parse_uint(value, 1, 999999999, &n))
			continue;
		if (str_eq_nocase(name, STR("RCPTMAX")))
			c->rcpt_limit = n;
		else if (str_eq_nocase(name, STR("MAILMAX")))
			c->mail_limit = n;
	}
}

/* "DELIVERBY 30" (RFC 2852 2) */
static void
parse_deliverby(struct caps *c, struct str rest)
{
	struct str word;
	uint64_t n;
	if (str_word(&rest, " \t,", &word) &&
	    parse_uint(word, 1, 999999999, &n))
		c->deliverby_min = (int64_t)n;
}

/* "FUTURERELEASE 2592000 2026-12-31T00:00:00Z" (RFC 4865 4) */
static void
parse_futurerelease(struct caps *c, struct str rest)
{
	struct str word;
	uint64_t n;
	if (str_word(&rest, " \t", &word) && parse_uint(word, 1, 999999999, &n))
		c->hold_max = (int64_t)n;
	if (str_word(&rest, " \t", &word) && !date_parse(word, &c->hold_last))
		c->hold_last = 0;
}

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
	if (str_eq_nocase(keyword, STR("LIMITS")))
		parse_limits(c, rest);
	if (str_eq_nocase(keyword, STR("DELIVERBY")))
		parse_deliverby(c, rest);
	if (str_eq_nocase(keyword, STR("FUTURERELEASE")))
		parse_futurerelease(c, rest);
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
