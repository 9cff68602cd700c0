// SPDX-License-Identifier: ISC
#include "config/pattern.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "config/identity.h"

#define MAILNAME "/etc/mailname"

static void
add_login(const struct pattern_names *names, struct buf *out)
{
	(void)names;
	identity_login(out);
}

static void
add_host(const struct pattern_names *names, struct buf *out)
{
	(void)names;
	identity_host(out);
}

static void
add_canonical_host(const struct pattern_names *names, struct buf *out)
{
	(void)names;
	identity_canonical_host(out);
}

/* The name of a host is short, and so is its file. */
static void
add_mailname(const struct pattern_names *names, struct buf *out)
{
	const char *path = names->mailname != NULL ? names->mailname : MAILNAME;
	AUTO(fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[300];
	ssize_t got = fd != -1 ? fd_read(fd, text, sizeof(text)) : -1;
	struct str line = { text, got > 0 ? (size_t)got : 0 };
	line = str_trim(str_upto(line, str_find(line, '\n')));
	if (line.len > 0)
		identity_plain(line, out);
	else
		identity_canonical_host(out);
}

static void
add_author(const struct pattern_names *names, struct buf *out)
{
	(void)!buf_printf(
	    out, "%s", names->author != NULL ? names->author : "%F");
}

static void
add_percent(const struct pattern_names *names, struct buf *out)
{
	(void)names;
	(void)!buf_add(out, "%", 1);
}

static const struct letter {
	char letter;
	void (*add)(const struct pattern_names *, struct buf *);
} letters[] = {
	{ 'U', add_login },
	{ 'H', add_host },
	{ 'C', add_canonical_host },
	{ 'M', add_mailname },
	{ 'F', add_author },
	{ '%', add_percent },
};

static bool
find_letter(
    struct str behind_percent, const struct letter **found, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		*found = &letters[i];
		if (behind_percent.len > 0 &&
		    behind_percent.ptr[0] == letters[i].letter)
			return true;
	}
	char shown[16];
	str_printable_to(
	    str_upto(behind_percent, behind_percent.len > 0 ? 1 : 0), shown,
	    sizeof(shown));
	return err_set(e, EX_CONFIG,
		   "\"%%%s\" is not one of %%U, %%H, %%C, %%M, "
		   "%%F",
		   shown) ||
	    err_hint(e, "write %%%% for a percent sign");
}

bool
pattern_expand(struct str pattern, const struct pattern_names *names,
    struct buf *out, struct err *e)
{
	while (pattern.len > 0) {
		size_t percent = str_find(pattern, '%');
		const struct letter *found;
		(void)!buf_add_str(out, str_upto(pattern, percent));
		if (percent == pattern.len)
			break;
		pattern = str_from(pattern, percent + 1);
		if (!find_letter(pattern, &found, e))
			return false;
		found->add(names, out);
		pattern = str_from(pattern, 1);
	}
	return true;
}

/* Calls no function of the table, so that nothing is looked up. */
bool
pattern_check(struct str pattern, struct err *e)
{
	size_t percent;
	const struct letter *found;
	while ((percent = str_find(pattern, '%')) < pattern.len) {
		pattern = str_from(pattern, percent + 1);
		if (!find_letter(pattern, &found, e))
			return false;
		pattern = str_from(pattern, 1);
	}
	return true;
}

bool
pattern_check_host(struct str pattern, struct err *e)
{
	if (!pattern_check(pattern, e))
		return false;
	return !pattern_wants_author(pattern) ||
	    err_set(e, EX_CONFIG, "\"%%F\" is no host's name");
}

bool
pattern_wants_author(struct str pattern)
{
	size_t percent;
	while ((percent = str_find(pattern, '%')) + 1 < pattern.len) {
		if (pattern.ptr[percent + 1] == 'F')
			return true;
		pattern = str_from(pattern, percent + 2);
	}
	return false;
}

bool
pattern_has_wildcards(struct str pattern)
{
	return pattern_literals(pattern) < pattern.len;
}

size_t
pattern_literals(struct str pattern)
{
	size_t n = 0;
	for (size_t i = 0; i < pattern.len; i++)
		n += pattern.ptr[i] != '*' && pattern.ptr[i] != '?';
	return n;
}

static bool
is_one(char want, char is, bool in_domain)
{
	return want == '?' || want == is ||
	    (in_domain && to_lower(want) == to_lower(is));
}

/*
 * Goes back to the last star only: what an earlier one could take, that one
 * can take as well.
 */
bool
pattern_matches(struct str pattern, struct str address)
{
	size_t domain = str_rfind(address, '@');
	size_t p = 0, a = 0;
	size_t star = pattern.len; /* the last one; pattern.len: none yet */
	size_t taken = 0;          /* the address's first byte behind it */
	while (a < address.len) {
		bool is_left = p < pattern.len;
		if (is_left && pattern.ptr[p] == '*') {
			star = p++;
			taken = a;
		} else if (is_left &&
		    is_one(pattern.ptr[p], address.ptr[a], a > domain)) {
			p++;
			a++;
		} else if (star < pattern.len) {
			p = star + 1;
			a = ++taken;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}
