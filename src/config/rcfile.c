// SPDX-License-Identifier: ISC
#include "config/rcfile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/secret.h"

enum {
	RCFILE_MAX = 16 * 1024 * 1024,
	ACCOUNTS_MAX = 10000,
};

struct parser {
	struct rcfile *rc;
	struct settings defaults;  /* so far */
	struct settings inherited; /* by the last account */
	bool in_defaults;
	unsigned line;
};

static const char *const keywords[] = { "account", "defaults" };

static struct account *
last_account(const struct rcfile *rc)
{
	return rc->naccounts > 0 ? &rc->accounts[rc->naccounts - 1] : NULL;
}

static struct account *
find_account(const struct rcfile *rc, struct str name)
{
	for (size_t i = 0; i < rc->naccounts; i++)
		if (str_eq(name, str_of(rc->accounts[i].name)))
			return &rc->accounts[i];
	return NULL;
}

/* Without blanks at both ends, and without the quotes of "...". */
static struct str
unquoted(struct str text)
{
	text = str_trim(text);
	if (text.len < 2 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"')
		return text;
	return (struct str){ text.ptr + 1, text.len - 2 };
}

/* What the last account says itself goes before what it inherits. */
static void
end_account(struct parser *p)
{
	struct account *last = last_account(p->rc);
	if (last != NULL)
		settings_fill(&last->settings, &p->inherited);
	settings_release(&p->inherited);
}

/* NULL if there are too many. */
static struct account *
add_account(struct parser *p, struct str name, struct err *e)
{
	struct rcfile *rc = p->rc;
	if (rc->naccounts == ACCOUNTS_MAX) {
		err_set(e, EX_CONFIG, "more than %d accounts", ACCOUNTS_MAX);
		return NULL;
	}
	rc->accounts = mem_grow(
	    rc->accounts, &rc->cap, rc->naccounts + 1, sizeof(*rc->accounts));
	struct account *a = &rc->accounts[rc->naccounts++];
	*a = (struct account){ .name = str_dup(name), .line = p->line };
	settings_fill(&a->defaults, &p->defaults);
	p->in_defaults = false;
	return a;
}

static bool
refuse_duplicate(const struct account *first, struct err *e)
{
	char shown[80];
	str_printable_to(str_of(first->name), shown, sizeof(shown));
	if (!first->is_implied)
		return err_set(e, EX_CONFIG,
		    "account \"%s\" is already defined in line %u", shown,
		    first->line);
	return err_set(e, EX_CONFIG,
		   "account \"%s\" is already defined by the settings from "
		   "line %u on, which stand before any account",
		   shown, first->line) ||
	    err_hint(e, "put \"defaults\" above them if they are for all");
}

/* The last of "A, B" goes first, as the others only fill what it leaves. */
static bool
inherit(struct parser *p, struct str parents, struct err *e)
{
	for (bool more = true; more;) {
		size_t comma = str_rfind(parents, ',');
		more = comma < parents.len;
		struct str name = unquoted(
		    str_from(parents, more ? comma + 1 : 0));
		parents = str_upto(parents, comma);
		const struct account *parent = find_account(p->rc, name);
		char shown[80];
		str_printable_to(name, shown, sizeof(shown));
		if (name.len == 0)
			return err_set(e, EX_CONFIG,
			    "the name of an account to inherit from is "
			    "missing");
		if (parent == NULL)
			return err_set(e, EX_CONFIG,
			    "account \"%s\" is not defined above", shown);
		settings_fill(&p->inherited, &parent->settings);
	}
	return true;
}

static bool
begin_account(struct parser *p, struct str value, struct err *e)
{
	size_t colon = str_find(value, ':');
	struct str name = unquoted(str_upto(value, colon));
	if (name.len == 0)
		return err_set(e, EX_CONFIG, "the account's name is missing");
	if (str_find(name, ',') < name.len || str_has_controls(name))
		return err_set(e, EX_CONFIG,
		    "an account's name has no commas or control characters");
	const struct account *first = find_account(p->rc, name);
	if (first != NULL)
		return refuse_duplicate(first, e);
	end_account(p);
	if (colon < value.len && !inherit(p, str_from(value, colon + 1), e))
		return false;
	return add_account(p, name, e) != NULL;
}

static bool
begin_defaults(struct parser *p, struct str value, struct err *e)
{
	if (value.len > 0)
		return err_set(e, EX_CONFIG, "defaults stands alone");
	p->in_defaults = true;
	return true;
}

static const char *
nearest_name(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
		if (name.len < 64 &&
		    str_distance(name, str_of(keywords[i])) <= 2)
			return keywords[i];
	return setting_nearest(name);
}

static bool
refuse_name(struct str name, struct err *e)
{
	static const struct str secret = { "password", 8 };
	const char *nearest = nearest_name(name);
	char shown[80];
	str_printable_to(name, shown, sizeof(shown));
	if (nearest != NULL)
		return err_set(e, EX_CONFIG,
		    "unknown setting \"%s\", did you mean \"%s\"?", shown,
		    nearest);
	/* where the blank was forgotten, the rest is nobody's business */
	if (str_starts_nocase(name, secret))
		return err_set(
			   e, EX_CONFIG, "unknown setting \"password...\"") ||
		    err_hint(e, "put a blank between name and value");
	return err_set(e, EX_CONFIG, "unknown setting \"%s\"", shown);
}

/* Where a setting that is read now belongs. */
static struct settings *
target(struct parser *p, struct err *e)
{
	if (p->in_defaults)
		return &p->defaults;
	struct account *a = last_account(p->rc);
	if (a == NULL) {
		a = add_account(p, STR("default"), e);
		if (a == NULL)
			return NULL;
		a->is_implied = true;
	}
	return &a->settings;
}

static bool
take_setting(struct parser *p, const struct setting *row, struct str value,
    struct err *e)
{
	struct settings *s = target(p, e);
	if (s == NULL)
		return false;
	struct settings_origin origin = {
		.source = SETTINGS_RCFILE, .line = p->line, .file = p->rc->path
	};
	if (row->type == SETTING_TYPE_SECRET && p->rc->password_line == 0)
		p->rc->password_line = p->line;
	if (value.len == 0 && row->is_optional)
		value = STR("on");
	return settings_set(s, setting_id_of(row), value, origin, e) ||
	    err_wrap(e, "%s", row->name);
}

/*
 * Cuts the name off.  False if something else than a blank or = follows it,
 * which is not shown, as it may be a secret.
 */
static bool
take_name(struct str *rest, struct str *name)
{
	size_t len = 0;
	while (len < rest->len &&
	    (is_alpha(rest->ptr[len]) || is_digit(rest->ptr[len]) ||
		rest->ptr[len] == '_' || rest->ptr[len] == '-'))
		len++;
	*name = str_upto(*rest, len);
	*rest = str_from(*rest, len);
	return len > 0 &&
	    (rest->len == 0 || is_blank(rest->ptr[0]) || rest->ptr[0] == '=');
}

/*
 * An equals sign counts only where msmtp would see no value or a strange
 * one: "password =x" is the password "=x".
 */
static struct str
without_equals(struct str rest)
{
	struct str value = str_trim(rest);
	bool is_sign = value.len > 0 && value.ptr[0] == '=' &&
	    (rest.ptr[0] == '=' || value.len == 1 || is_blank(value.ptr[1]));
	return is_sign ? str_from(value, 1) : value;
}

static bool
parse_line(struct parser *p, struct str line, struct err *e)
{
	if (memchr(line.ptr, '\0', line.len) != NULL)
		return err_set(e, EX_CONFIG, "holds a NUL byte");
	struct str rest = str_trim(line), name;
	if (rest.len == 0 || rest.ptr[0] == '#')
		return true;
	if (!take_name(&rest, &name))
		return name.len > 0 && setting_find(name) == NULL
		    ? refuse_name(name, e)
		    : err_set(e, EX_CONFIG,
			  "a line is a setting's name, a blank and its value");
	struct str value = unquoted(without_equals(rest));
	if (str_eq(name, STR("account")))
		return begin_account(p, value, e);
	if (str_eq(name, STR("defaults")))
		return begin_defaults(p, value, e);
	const struct setting *row = setting_find(name);
	if (row == NULL)
		return refuse_name(name, e);
	return take_setting(p, row, value, e);
}

static struct str
without_bom(struct str text)
{
	static const struct str bom = { "\xef\xbb\xbf", 3 };
	return text.len >= bom.len && str_eq(str_upto(text, bom.len), bom)
	    ? str_from(text, bom.len)
	    : text;
}

bool
rcfile_parse(
    struct rcfile *rc, const char *path, struct str text, struct err *e)
{
	rc->path = str_dup(str_of(path));
	struct parser p = { .rc = rc };
	bool ok = true;
	for (struct str rest = without_bom(text); ok && rest.len > 0;) {
		size_t end = str_find(rest, '\n');
		p.line++;
		ok = parse_line(&p, str_upto(rest, end), e) ||
		    err_wrap(e, "%s:%u", path, p.line);
		rest = str_from(rest, end < rest.len ? end + 1 : end);
	}
	end_account(&p);
	for (size_t i = 0; i < rc->naccounts; i++) {
		struct account *a = &rc->accounts[i];
		settings_fill(&a->settings, &a->defaults);
		settings_release(&a->defaults);
	}
	settings_release(&p.defaults);
	return ok;
}

bool
rcfile_load(struct rcfile *rc, const char *path, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(RCFILE_MAX);
	struct stat st = { .st_mode = 0 };
	if (!secret_file_read(path, &text, &st, e) ||
	    !rcfile_parse(rc, path, buf_str(&text), e))
		return false;
	if (rc->password_line > 0 && !secret_file_is_private(&st))
		return err_set(e, EX_CONFIG,
			   "%s:%u: holds a password and can be read by others",
			   path, rc->password_line) ||
		    err_hint(e, "chmod 600 %s", path);
	return true;
}

const struct account *
rcfile_find(const struct rcfile *rc, const char *name)
{
	return find_account(rc, str_of(name));
}

void
rcfile_release(struct rcfile *rc)
{
	for (size_t i = 0; i < rc->naccounts; i++) {
		free(rc->accounts[i].name);
		settings_release(&rc->accounts[i].settings);
		settings_release(&rc->accounts[i].defaults);
	}
	free(rc->accounts);
	free(rc->path);
	*rc = RCFILE_INIT;
}
