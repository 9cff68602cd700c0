// SPDX-License-Identifier: ISC
#include "config/netrc.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/secret.h"

enum { NETRC_MAX = 4 * 1024 * 1024, WORD_MAX = 64 * 1024 };

/* How an entry fits the wish; the greater, the better. */
enum fit { FIT_NONE, FIT_DEFAULT, FIT_MACHINE };

struct parser {
	struct str rest;
	const char *path;
	unsigned line;
	struct buf word; /* the last one */
	const struct netrc_wish *wish;
	struct netrc_login *login; /* the best so far */
	enum fit best;
	struct netrc_login entry; /* the one that is being read */
	enum fit fit;
};

static void
wipe(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	cstr_release(text);
}

void
netrc_login_release(struct netrc_login *login)
{
	wipe(&login->user);
	wipe(&login->password);
	*login = NETRC_LOGIN_INIT;
}

static bool
refuse(const struct parser *p, const char *why, struct err *e)
{
	return err_set(e, EX_CONFIG, "%s:%u: %s", p->path, p->line, why);
}

static char
take_char(struct parser *p)
{
	char c = p->rest.ptr[0];
	p->rest = str_from(p->rest, 1);
	p->line += c == '\n';
	return c;
}

/* Up to the line end, or to the end of an empty line. */
static void
skip_line(struct parser *p)
{
	while (p->rest.len > 0 && take_char(p) != '\n')
		;
}

static void
skip_blanks(struct parser *p)
{
	while (p->rest.len > 0 && is_space(p->rest.ptr[0]))
		(void)take_char(p);
}

/* A comment stands where a pair could begin. */
static void
skip_to_pair(struct parser *p)
{
	skip_blanks(p);
	while (p->rest.len > 0 && p->rest.ptr[0] == '#') {
		skip_line(p);
		skip_blanks(p);
	}
}

/* A macro ends at an empty line. */
static void
skip_macro(struct parser *p)
{
	skip_line(p);
	while (p->rest.len > 0) {
		size_t end = str_find(p->rest, '\n');
		bool is_empty = str_trim(str_upto(p->rest, end)).len == 0;
		skip_line(p);
		if (is_empty)
			return;
	}
}

/* False at the end of the text; *ok is false if it is no word. */
static bool
take_word(struct parser *p, bool *ok, struct err *e)
{
	skip_blanks(p);
	buf_truncate(&p->word, 0);
	*ok = true;
	if (p->rest.len == 0)
		return false;
	bool is_quoted = p->rest.ptr[0] == '"';
	bool is_closed = !is_quoted;
	if (is_quoted)
		(void)take_char(p);
	while (*ok && p->rest.len > 0) {
		char c = p->rest.ptr[0];
		if (c == '\n' || (!is_quoted && is_space(c)))
			break;
		(void)take_char(p);
		is_closed = is_quoted && c == '"';
		if (is_closed)
			break;
		if (c == '\\' && p->rest.len > 0 && p->rest.ptr[0] != '\n')
			c = take_char(p);
		if (c == '\0' || !buf_add(&p->word, &c, 1))
			*ok = refuse(p,
			    c == '\0' ? "holds a NUL byte"
				      : "a word is too long",
			    e);
	}
	if (*ok && is_quoted && !is_closed)
		*ok = refuse(p, "a quote is not closed", e);
	return *ok;
}

/* The second word of a pair. */
static bool
take_value(struct parser *p, struct err *e)
{
	bool ok;
	if (take_word(p, &ok, e))
		return true;
	return ok ? refuse(p, "ends where a value should stand", e) : false;
}

/* The entry is complete. */
static void
end_entry(struct parser *p)
{
	const char *user = p->wish->user;
	bool is_for_user = user == NULL
	    ? p->entry.user != NULL
	    : p->entry.user == NULL || strcmp(p->entry.user, user) == 0;
	p->login->has_host |= p->fit == FIT_MACHINE;
	if (p->fit > p->best && is_for_user && p->entry.password != NULL) {
		bool has_host = p->login->has_host;
		netrc_login_release(p->login);
		*p->login = p->entry;
		p->login->has_host = has_host;
		p->entry = NETRC_LOGIN_INIT;
		p->best = p->fit;
	}
	netrc_login_release(&p->entry);
	p->fit = FIT_NONE;
}

static void
keep(struct parser *p, char **place)
{
	wipe(place);
	*place = str_dup(buf_str(&p->word));
}

static bool
take_machine(struct parser *p, struct err *e)
{
	end_entry(p);
	if (!take_value(p, e))
		return false;
	if (str_eq_nocase(buf_str(&p->word), str_of(p->wish->host)))
		p->fit = FIT_MACHINE;
	return true;
}

static bool
take_default(struct parser *p, struct err *e)
{
	(void)e;
	end_entry(p);
	p->fit = FIT_DEFAULT;
	return true;
}

static bool
take_login(struct parser *p, struct err *e)
{
	if (!take_value(p, e))
		return false;
	keep(p, &p->entry.user);
	return true;
}

static bool
take_password(struct parser *p, struct err *e)
{
	if (!take_value(p, e))
		return false;
	p->entry.line = p->line;
	keep(p, &p->entry.password);
	return true;
}

static bool
take_macro(struct parser *p, struct err *e)
{
	if (!take_value(p, e))
		return false;
	skip_macro(p);
	return true;
}

/* What we do not know is passed over: others read the file, too. */
static bool
take_pair(struct parser *p, struct err *e)
{
	static const struct {
		const char *word;
		bool (*take)(struct parser *, struct err *);
	} pairs[] = {
		{ "machine", take_machine },
		{ "default", take_default },
		{ "login", take_login },
		{ "user", take_login },
		{ "password", take_password },
		{ "macdef", take_macro },
		{ "account", take_value },
		{ "port", take_value },
		{ "protocol", take_value },
	};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (str_eq(buf_str(&p->word), str_of(pairs[i].word)))
			return pairs[i].take(p, e);
	return true;
}

bool
netrc_find(struct netrc_login *login, struct str text, const char *path,
    const struct netrc_wish *wish, struct err *e)
{
	struct parser p = { .rest = text,
		.path = path,
		.line = 1,
		.word = BUF_INIT(WORD_MAX),
		.wish = wish,
		.login = login };
	bool ok = true;
	*login = NETRC_LOGIN_INIT;
	for (;;) {
		skip_to_pair(&p);
		if (!take_word(&p, &ok, e))
			break;
		ok = take_pair(&p, e);
		if (!ok)
			break;
	}
	end_entry(&p);
	buf_release(&p.word);
	if (!ok)
		netrc_login_release(login);
	return ok;
}

bool
netrc_load(struct netrc_login *login, const char *path,
    const struct netrc_wish *wish, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(NETRC_MAX);
	struct stat st = { .st_mode = 0 };
	*login = NETRC_LOGIN_INIT;
	if (!secret_file_read(path, &text, &st, e) ||
	    !netrc_find(login, buf_str(&text), path, wish, e))
		return false;
	if (login->password == NULL || secret_file_is_private(&st))
		return true;
	(void)err_set(e, EX_CONFIG,
	    "%s:%u: holds the password and can be read by others", path,
	    login->line);
	netrc_login_release(login);
	return err_hint(e, "chmod 600 %s", path);
}
