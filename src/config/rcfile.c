// SPDX-License-Identifier: ISC
#include "config/rcfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "config/command.h"
#include "config/findings.h"
#include "config/obsolete.h"
#include "config/rcdisk.h"

enum {
	ACCOUNTS_MAX = 10000,
	FILES_MAX = 1000,
	INCLUDES_MAX = 16, /* in each other */
};

/* Files that are read one after the other, and the line we are at. */
struct layer {
	struct strvec paths;
	size_t next; /* of paths, to be read */
	struct rcdisk_text file;
	const char *path; /* of the file */
	unsigned line;
	struct str rest;        /* of its text */
	bool told_of_passwords; /* that others can read them */
	bool told_of_commands;
};

struct parser {
	struct rcfile *rc;
	const struct rcdisk *disk;
	struct findings *findings; /* NULL: the first fault ends it */
	/* the rc file with its drop-ins, and what includes what below it */
	struct layer layers[1 + INCLUDES_MAX];
	size_t depth;              /* of the layers in use */
	size_t part;               /* as in struct account */
	size_t current;            /* account, NONE if there is none yet */
	struct settings defaults;  /* so far */
	struct settings inherited; /* by the current account */
	struct settings lost;      /* those of an account that cannot be */
	bool in_defaults;
	bool is_lost;    /* the current account */
	bool in_eval;    /* the line is what a command printed */
	bool is_endless; /* there are too many files to go on */
};

static const size_t NONE = (size_t)-1;

static const char *const keywords[] = { "account", "defaults", "eval",
	"include" };

/* A line. */
struct statement {
	struct str name; /* empty if there is nothing in it */
	struct str value;
};

static struct layer *
top(struct parser *p)
{
	return &p->layers[p->depth - 1];
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

/* What the account says itself goes before what it inherits. */
static void
end_account(struct parser *p)
{
	if (p->current != NONE)
		settings_fill(
		    &p->rc->accounts[p->current].settings, &p->inherited);
	settings_release(&p->inherited);
	settings_release(&p->lost);
}

static bool
add_account(struct parser *p, struct str name, struct err *e)
{
	struct rcfile *rc = p->rc;
	if (rc->naccounts == ACCOUNTS_MAX)
		return err_set(
		    e, EX_CONFIG, "more than %d accounts", ACCOUNTS_MAX);
	rc->accounts = mem_grow(
	    rc->accounts, &rc->cap, rc->naccounts + 1, sizeof(*rc->accounts));
	p->current = rc->naccounts++;
	struct account *a = &rc->accounts[p->current];
	*a = (struct account){ .name = str_dup(name),
		.file = top(p)->path,
		.line = top(p)->line,
		.part = p->part };
	settings_fill(&a->defaults, &p->defaults);
	return true;
}

/* One of an earlier part: what it said there is as if it were inherited. */
static void
reopen_account(struct parser *p, struct account *a)
{
	p->current = (size_t)(a - p->rc->accounts);
	a->part = p->part;
	p->inherited = a->settings;
	a->settings = SETTINGS_INIT;
}

static bool
refuse_duplicate(
    const struct parser *p, const struct account *first, struct err *e)
{
	const char *path = p->layers[p->depth - 1].path;
	char shown[80], where[300];
	str_printable_to(str_of(first->name), shown, sizeof(shown));
	if (strcmp(first->file, path) == 0)
		(void)snprintf(where, sizeof(where), "line %u", first->line);
	else
		(void)snprintf(where, sizeof(where), "%.200s:%u", first->file,
		    first->line);
	if (!first->is_implied)
		return err_set(e, EX_CONFIG,
		    "account \"%s\" is already defined in %s", shown, where);
	return err_set(e, EX_CONFIG,
		   "account \"%s\" is already defined by the settings from "
		   "%s on, which stand before any account",
		   shown, where) ||
	    err_hint(e, "put \"defaults\" above them if they are for all");
}

/* The last of "A, B" goes first, as the others only fill what it leaves. */
static bool
inherit(struct parser *p, struct str parents, struct settings *inherited,
    struct err *e)
{
	for (bool more = true; more;) {
		size_t comma = str_rfind(parents, ',');
		more = comma < parents.len;
		struct str name = unquoted(
		    str_from(parents, more ? comma + 1 : 0));
		parents = str_upto(parents, comma);
		struct account *parent = find_account(p->rc, name);
		char shown[80];
		str_printable_to(name, shown, sizeof(shown));
		if (name.len == 0)
			return err_set(e, EX_CONFIG,
			    "the name of an account to inherit from is "
			    "missing");
		if (parent == NULL || parent == &p->rc->accounts[p->current])
			return err_set(e, EX_CONFIG,
			    "account \"%s\" is not defined above", shown);
		parent->is_parent = true;
		settings_fill(inherited, &parent->settings);
	}
	return true;
}

/* To name, which may be one of an earlier part. */
static bool
change_account(struct parser *p, struct str name, struct err *e)
{
	struct account *first = find_account(p->rc, name);
	p->is_lost = true; /* until we know better */
	if (first != NULL && first->part == p->part)
		return refuse_duplicate(p, first, e);
	end_account(p);
	p->in_defaults = false;
	if (first != NULL)
		reopen_account(p, first);
	else if (!add_account(p, name, e))
		return false;
	p->is_lost = false;
	return true;
}

static bool
begin_account(struct parser *p, struct str value, struct err *e)
{
	size_t colon = str_find(value, ':');
	struct str name = unquoted(str_upto(value, colon));
	p->is_lost = true;
	p->in_defaults = false;
	if (name.len == 0)
		return err_set(e, EX_CONFIG, "the account's name is missing");
	if (str_find(name, ',') < name.len || str_has_controls(name))
		return err_set(e, EX_CONFIG,
		    "an account's name has no commas or control characters");
	if (!change_account(p, name, e) || colon == value.len)
		return !p->is_lost;
	/* what it said in an earlier part goes behind what it inherits now */
	AUTO(settings_release) struct settings before = p->inherited;
	p->inherited = SETTINGS_INIT;
	bool ok = inherit(p, str_from(value, colon + 1), &p->inherited, e);
	settings_fill(&p->inherited, &before);
	return ok;
}

static bool
begin_defaults(struct parser *p, struct str value, struct err *e)
{
	if (value.len > 0)
		return err_set(e, EX_CONFIG, "defaults stands alone");
	p->in_defaults = true;
	p->is_lost = false;
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
refuse_name(const struct parser *p, struct str name, struct err *e)
{
	static const struct str secret = { "password", 8 };
	const char *nearest = nearest_name(name);
	char shown[80];
	str_printable_to(name, shown, sizeof(shown));
	if (p->in_eval)
		return err_set(
		    e, EX_CONFIG, "eval: the command did not print a setting");
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

/* Where a setting that is read now belongs; NULL if nowhere. */
static struct settings *
target(struct parser *p, struct err *e)
{
	if (p->in_defaults)
		return &p->defaults;
	if (p->is_lost)
		return &p->lost;
	if (p->current == NONE) {
		size_t before = p->rc->naccounts;
		if (!change_account(p, STR("default"), e))
			return NULL;
		p->rc->accounts[p->current].is_implied |= p->rc->naccounts >
		    before;
	}
	return &p->rc->accounts[p->current].settings;
}

/* Whoever can change the file can run commands in our name. */
static bool
guard_command(struct layer *l, struct err *e)
{
	if (l->file.is_guarded || l->told_of_commands)
		return true;
	l->told_of_commands = true;
	return err_set(e, EX_CONFIG,
		   "holds a command and can be changed by others") ||
	    err_hint(
		e, "let it be yours or root's, and chmod go-w %s", l->path);
}

/* What the settings' type asks of the file. */
static bool
guard_setting(struct parser *p, const struct setting *row, struct err *e)
{
	struct layer *l = top(p);
	if (row->type == SETTING_TYPE_COMMAND)
		return guard_command(l, e);
	if (row->type != SETTING_TYPE_SECRET || p->in_eval ||
	    l->file.is_private || l->told_of_passwords)
		return true;
	l->told_of_passwords = true;
	if (p->rc->is_open) {
		if (p->findings != NULL)
			findings_note(p->findings,
			    "%s:%u: password can be read by others", l->path,
			    l->line);
		return true;
	}
	return err_set(e, EX_CONFIG,
		   "holds a password and can be read by others") ||
	    err_hint(e, "chmod 600 %s", l->path);
}

/* Where the line that is read now stands. */
static struct settings_origin
here(const struct parser *p)
{
	const struct layer *l = &p->layers[p->depth - 1];
	return (struct settings_origin){
		.source = SETTINGS_RCFILE,
		.line = l->line,
		.file = l->path,
		.is_msmtp = p->rc->is_msmtp,
	};
}

static bool
take_obsolete(struct parser *p, const struct obsolete *row, struct str value,
    struct err *e)
{
	struct settings *s = target(p, e);
	if (s == NULL)
		return false;
	if (!obsolete_set(s, row, value, here(p), e))
		return err_wrap(e, "%s", row->name);
	if (p->findings == NULL)
		return true;
	AUTO(buf_release) struct buf advice = BUF_INIT(1000);
	obsolete_advise(row, value, &advice);
	findings_note(p->findings, "%s:%u: %s %s", top(p)->path, top(p)->line,
	    row->name, buf_cstr(&advice));
	return true;
}

static bool
take_setting(struct parser *p, const struct setting *row, struct str value,
    struct err *e)
{
	struct settings *s = target(p, e);
	if (s == NULL)
		return false;
	if (value.len == 0 && row->is_optional)
		value = setting_alone(row);
	if (!settings_set(s, setting_id_of(row), value, here(p), e))
		return err_wrap(e, "%s", row->name);
	return value.len == 0 || guard_setting(p, row, e);
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
cut(const struct parser *p, struct str line, struct statement *st,
    struct err *e)
{
	*st = (struct statement){ STR_INIT, STR_INIT };
	if (memchr(line.ptr, '\0', line.len) != NULL)
		return err_set(e, EX_CONFIG, "holds a NUL byte");
	struct str rest = str_trim(line);
	if (rest.len == 0 || rest.ptr[0] == '#')
		return true;
	if (!take_name(&rest, &st->name))
		return st->name.len > 0 && setting_find(st->name) == NULL &&
			obsolete_find(st->name) == NULL
		    ? refuse_name(p, st->name, e)
		    : err_set(e, EX_CONFIG,
			  "a line is a setting's name, a blank and its value");
	st->value = unquoted(without_equals(rest));
	return true;
}

/* The line that the command prints goes to *line. */
static bool
evaluate(struct parser *p, struct str command, struct buf *line, struct err *e)
{
	if (command.len == 0)
		return err_set(e, EX_CONFIG, "eval: is empty");
	if (!guard_command(top(p), e))
		return false;
	/* told once, but never run */
	if (!top(p)->file.is_guarded)
		return true;
	AUTO(buf_release) struct buf text = BUF_INIT(command.len);
	return (buf_add_str(&text, command) &&
		   p->disk->run(buf_cstr(&text), line, e)) ||
	    err_wrap(e, "eval");
}

/* Its lines come next; a file is opened when its turn comes. */
static bool
include(struct parser *p, struct str name, struct err *e)
{
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	if (name.len == 0)
		return err_set(e, EX_CONFIG, "include: is empty");
	if (p->depth == ARRAY_LEN(p->layers))
		return err_set(e, EX_CONFIG,
		    "include: more than %d files in each other", INCLUDES_MAX);
	if (!p->disk->list(top(p)->path, name, &paths, e))
		return err_wrap(e, "include");
	p->layers[p->depth++] = (struct layer){ .paths = paths };
	paths = STRVEC_INIT;
	return true;
}

static bool
obey(struct parser *p, const struct statement *st, struct err *e)
{
	if (str_eq(st->name, STR("account")))
		return begin_account(p, st->value, e);
	if (str_eq(st->name, STR("defaults")))
		return begin_defaults(p, st->value, e);
	if (str_eq(st->name, STR("include")))
		return include(p, st->value, e);
	const struct setting *row = setting_find(st->name);
	if (row != NULL)
		return take_setting(p, row, st->value, e);
	const struct obsolete *old = obsolete_find(st->name);
	if (old != NULL)
		return take_obsolete(p, old, st->value, e);
	return refuse_name(p, st->name, e);
}

static bool
parse_line(struct parser *p, struct str line, struct err *e)
{
	AUTO(buf_release) struct buf printed = BUF_INIT(COMMAND_LINE_MAX);
	struct statement st;
	p->in_eval = false;
	if (!cut(p, line, &st, e))
		return false;
	if (str_eq(st.name, STR("eval"))) {
		if (!evaluate(p, st.value, &printed, e))
			return false;
		p->in_eval = true;
		if (!cut(p, buf_str(&printed), &st, e))
			return false;
	}
	if (p->in_eval && str_eq(st.name, STR("eval")))
		return err_set(
		    e, EX_CONFIG, "eval: the command printed an eval");
	return st.name.len == 0 || obey(p, &st, e);
}

static struct str
without_bom(struct str text)
{
	static const struct str bom = { "\xef\xbb\xbf", 3 };
	return text.len >= bom.len && str_eq(str_upto(text, bom.len), bom)
	    ? str_from(text, bom.len)
	    : text;
}

static void
drop_file(struct layer *l)
{
	buf_release(&l->file.text);
	l->file = (struct rcdisk_text){ .text = BUF_INIT(RCDISK_TEXT_MAX) };
	l->rest = STR_INIT;
	l->line = 0;
	l->told_of_passwords = false;
	l->told_of_commands = false;
}

static void
drop_layer(struct parser *p)
{
	drop_file(top(p));
	strvec_release(&top(p)->paths);
	p->depth--;
}

/* Whether the file of the top layer is one of those below. */
static bool
is_loop(const struct parser *p)
{
	const struct rcdisk_text *file = &p->layers[p->depth - 1].file;
	for (size_t i = 0; i + 1 < p->depth; i++)
		if (file->ino != 0 && p->layers[i].file.ino == file->ino &&
		    p->layers[i].file.dev == file->dev)
			return true;
	return false;
}

static bool
open_file(struct parser *p, struct layer *l, struct err *e)
{
	if (p->rc->files.len == FILES_MAX) {
		p->is_endless = true;
		return err_set(e, EX_CONFIG, "more than %d files", FILES_MAX);
	}
	strvec_add(&p->rc->files, str_of(l->paths.items[l->next++]));
	l->path = p->rc->files.items[p->rc->files.len - 1];
	drop_file(l);
	if (!p->disk->read(l->path, &l->file, e))
		return false;
	if (is_loop(p))
		return err_set(e, EX_CONFIG, "%s includes itself", l->path);
	l->rest = without_bom(buf_str(&l->file.text));
	return true;
}

/* The next file of the top layer, which ends if there is none. */
static bool
next_file(struct parser *p, struct err *e)
{
	struct layer *l = top(p);
	if (l->next == l->paths.len) {
		drop_layer(p);
		return true;
	}
	if (p->depth == 1) {
		end_account(p);
		p->part++;
		p->current = NONE;
		p->in_defaults = false;
		p->is_lost = false;
	}
	if (open_file(p, l, e))
		return true;
	drop_file(l);
	if (p->depth == 1)
		return false;
	const struct layer *by = &p->layers[p->depth - 2];
	return err_wrap(e, "%s:%u: include", by->path, by->line);
}

static bool
next_line(struct parser *p, struct err *e)
{
	struct layer *l = top(p);
	if (l->rest.len == 0)
		return next_file(p, e);
	size_t end = str_find(l->rest, '\n');
	struct str line = str_upto(l->rest, end);
	l->rest = str_from(l->rest, end < l->rest.len ? end + 1 : end);
	l->line++;
	return parse_line(p, line, e) || err_wrap(e, "%s:%u", l->path, l->line);
}

/* Whether to go on though something is wrong. */
static bool
tolerate(struct parser *p, const struct err *e)
{
	if (p->findings == NULL)
		return false;
	findings_fault(p->findings, e);
	return !p->is_endless && !findings_is_full(p->findings);
}

/* From what is in the first layer. */
static bool
parse(struct parser *p, struct err *e)
{
	bool ok = true;
	p->current = NONE;
	p->depth = 1;
	while (ok && p->depth > 0)
		ok = next_line(p, e) || tolerate(p, e);
	while (p->depth > 0)
		drop_layer(p);
	end_account(p);
	for (size_t i = 0; i < p->rc->naccounts; i++) {
		struct account *a = &p->rc->accounts[i];
		settings_fill(&a->settings, &a->defaults);
		settings_release(&a->defaults);
	}
	settings_release(&p->defaults);
	return ok;
}

bool
rcfile_parse(
    struct rcfile *rc, const char *path, struct str text, struct err *e)
{
	struct parser p = { .rc = rc, .disk = &rcdisk_none, .part = 1 };
	strvec_add(&rc->files, str_of(path));
	p.layers[0] = (struct layer){ .path = rc->files.items[0],
		.file = { .is_private = true, .is_guarded = true },
		.rest = without_bom(text) };
	return parse(&p, e);
}

bool
rcfile_read(struct rcfile *rc, const struct strvec *paths,
    const struct rcdisk *disk, struct findings *findings, struct err *e)
{
	struct parser p = { .rc = rc, .disk = disk, .findings = findings };
	for (size_t i = 0; i < paths->len; i++)
		strvec_add(&p.layers[0].paths, str_of(paths->items[i]));
	return parse(&p, e);
}

bool
rcfile_load(struct rcfile *rc, const char *path, struct err *e)
{
	AUTO(strvec_release) struct strvec paths = STRVEC_INIT;
	strvec_add(&paths, str_of(path));
	return rcfile_read(rc, &paths, &rcdisk_real, NULL, e);
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
	strvec_release(&rc->files);
	*rc = RCFILE_INIT;
}
