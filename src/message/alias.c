// SPDX-License-Identifier: ISC
#include "message/alias.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "message/address.h"

enum { FILE_MAX = 16 << 20 };

/* One alias as it stands in the file. */
struct entry {
	struct buf text; /* its lines, "\n" between them; comments left out */
	unsigned line;   /* of the first one */
};

/* The targets of one alias while they are read. */
struct reading {
	const struct aliases *aliases;
	struct alias *alias;
	unsigned line;
	enum alias_kind kind;
};

static bool
fail(const struct aliases *a, unsigned line, const char *why, struct err *e)
{
	return err_set(e, EX_CONFIG, "%s:%u: %s", a->path, line, why);
}

/* FNV-1a, in lower case. */
static size_t
hash(struct str name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)to_lower(name.ptr[i])) *
		    UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

/* The slot where the name is or belongs. */
static size_t *
find_slot(const struct aliases *a, struct str name)
{
	size_t i = hash(name) & (a->nslots - 1);
	while (a->slots[i] != 0 &&
	    !str_eq_nocase(str_of(a->items[a->slots[i] - 1].name), name))
		i = (i + 1) & (a->nslots - 1);
	return &a->slots[i];
}

/* Half of them stay free. */
static void
grow_slots(struct aliases *a)
{
	if (a->len < a->nslots / 2)
		return;
	free(a->slots);
	a->nslots = a->nslots > 0 ? a->nslots * 2 : 64;
	a->slots = mem_zalloc(a->nslots * sizeof(*a->slots));
	for (size_t i = 0; i < a->len; i++)
		if (i + 1 != a->catch_all)
			*find_slot(a, str_of(a->items[i].name)) = i + 1;
}

const struct alias *
aliases_find(const struct aliases *a, struct str name)
{
	if (a->nslots == 0)
		return NULL;
	size_t slot = *find_slot(a, name);
	return slot > 0 ? &a->items[slot - 1] : NULL;
}

const struct alias *
aliases_catch_all(const struct aliases *a)
{
	return a->catch_all > 0 ? &a->items[a->catch_all - 1] : NULL;
}

static bool
refuse_again(const struct aliases *a, struct str name, unsigned line,
    const struct alias *before, struct err *e)
{
	char shown[80];
	str_printable_to(name, shown, sizeof(shown));
	return err_set(e, EX_CONFIG,
	    "%s:%u: alias \"%s\" is there already, at line %u", a->path, line,
	    shown, before->line);
}

/* NULL with *e set if it is there already. */
static struct alias *
add_alias(struct aliases *a, struct str name, bool is_catch_all, unsigned line,
    struct err *e)
{
	grow_slots(a);
	size_t *place = is_catch_all ? &a->catch_all : find_slot(a, name);
	if (*place > 0) {
		(void)refuse_again(a, name, line, &a->items[*place - 1], e);
		return NULL;
	}
	a->items = mem_grow(a->items, &a->cap, a->len + 1, sizeof(*a->items));
	a->items[a->len] = (struct alias){
		.name = str_dup(is_catch_all ? STR("*") : name),
		.line = line,
	};
	*place = ++a->len;
	return &a->items[a->len - 1];
}

static void
add_target(struct reading *r, struct str spec)
{
	struct alias *alias = r->alias;
	alias->targets = mem_grow(alias->targets, &alias->cap,
	    alias->ntargets + 1, sizeof(*alias->targets));
	alias->targets[alias->ntargets++] = (struct alias_target){
		.spec = str_dup(spec),
		.line = r->line,
		.kind = r->kind,
	};
}

/* Where the text in quotes that begins at start ends; text.len if nowhere. */
static size_t
skip_quoted(struct str text, size_t start)
{
	size_t end = address_find_close(text, start + 1, '\0', '"');
	return end < text.len ? end + 1 : end;
}

/* Where mark stands, but for quotes; text.len if nowhere. */
static size_t
find_unquoted(struct str text, size_t start, char mark)
{
	size_t i = start;
	while (i < text.len && text.ptr[i] != mark)
		i = text.ptr[i] == '"' ? skip_quoted(text, i) : i + 1;
	return i;
}

/* The comma behind an address: names, comments, routes may hold others. */
static size_t
address_end(struct str text, size_t start)
{
	size_t depth = 0, i = start;
	bool in_angle = false;
	while (i < text.len) {
		char c = text.ptr[i];
		if (c == ',' && depth == 0 && !in_angle)
			break;
		if (c == '"' && depth == 0) {
			i = skip_quoted(text, i);
			continue;
		}
		if (c == '\\' && depth > 0)
			i++;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0 && (c == '<' || c == '>'))
			in_angle = c == '<';
		i++;
	}
	return i < text.len ? i : text.len;
}

static enum alias_kind
kind_of(struct str element)
{
	struct str inside = str_from(element, element.ptr[0] == '"');
	if (inside.len > 0 && inside.ptr[0] == '|')
		return ALIAS_COMMAND;
	if (inside.len > 0 && inside.ptr[0] == '/')
		return ALIAS_FILE;
	if (str_starts_nocase(inside, STR(":include:")))
		return ALIAS_INCLUDE;
	return element.ptr[0] == '\\' ? ALIAS_FINAL : ALIAS_ADDRESS;
}

static bool
take_address(void *arg, const struct address *a, struct err *e)
{
	struct reading *r = arg;
	AUTO(buf_release) struct buf ascii = BUF_INIT(ADDRESS_MAX);
	if (!address_to_ascii(a->spec, &ascii, e))
		return false;
	add_target(r, buf_str(&ascii));
	return true;
}

/* Lines that were folded are one. */
static char *
unfold(struct str text)
{
	char *copy = str_dup(text);
	for (size_t i = 0; i < text.len; i++)
		if (copy[i] == '\n')
			copy[i] = ' ';
	return copy;
}

static bool
read_target(struct reading *r, struct str element, struct err *e)
{
	AUTO(cstr_release) char *copy = unfold(element);
	struct str text = str_trim((struct str){ copy, element.len });
	r->kind = kind_of(text);
	switch (r->kind) {
	case ALIAS_COMMAND:
	case ALIAS_FILE:
	case ALIAS_INCLUDE: add_target(r, text); return true;
	case ALIAS_FINAL: text = str_from(text, 1); break;
	case ALIAS_ADDRESS: break;
	}
	if (address_parse_list(text, take_address, r, e))
		return true;
	char shown[80];
	str_printable_to(str_of(r->alias->name), shown, sizeof(shown));
	e->exit = EX_CONFIG;
	return err_wrap(
	    e, "%s:%u: alias \"%s\"", r->aliases->path, r->line, shown);
}

static bool
read_targets(struct reading *r, struct str text, struct err *e)
{
	size_t i = 0;
	while (i < text.len) {
		char c = text.ptr[i];
		r->line += c == '\n';
		if (is_space(c) || c == ',') {
			i++;
			continue;
		}
		struct str rest = str_from(text, i);
		enum alias_kind kind = kind_of(rest);
		bool is_address = kind == ALIAS_ADDRESS || kind == ALIAS_FINAL;
		size_t end = is_address ? address_end(text, i)
					: find_unquoted(text, i, ',');
		if (!read_target(r, str_upto(rest, end - i), e))
			return false;
		for (; i < end; i++)
			r->line += text.ptr[i] == '\n';
	}
	return r->alias->ntargets > 0 ||
	    fail(r->aliases, r->alias->line, "an alias without a target", e);
}

/* NULL with *e set if it cannot be one. */
static struct alias *
read_name(struct aliases *a, struct str text, unsigned line, struct err *e)
{
	AUTO(cstr_release) char *copy = unfold(text);
	AUTO(buf_release) struct buf spec = BUF_INIT(ADDRESS_MAX);
	AUTO(buf_release) struct buf name = BUF_INIT(ADDRESS_MAX);
	struct str raw = str_trim((struct str){ copy, text.len });
	if (str_eq(raw, STR("*")) || str_eq_nocase(raw, STR("default")))
		return add_alias(a, raw, true, line, e);
	if (!address_parse_one(raw, &spec, e) ||
	    !address_to_ascii(buf_str(&spec), &name, e)) {
		e->exit = EX_CONFIG;
		(void)err_wrap(e, "%s:%u: name of an alias", a->path, line);
		return NULL;
	}
	if (name.len > 0)
		return add_alias(a, buf_str(&name), false, line, e);
	(void)fail(a, line, "no name before the \":\"", e);
	return NULL;
}

static bool
finish(struct aliases *a, struct entry *entry, struct err *e)
{
	struct str text = buf_str(&entry->text);
	if (text.len == 0)
		return true;
	struct reading r = { .aliases = a, .line = entry->line };
	size_t colon = find_unquoted(text, 0, ':');
	if (colon == text.len)
		return fail(a, entry->line,
		    "no \":\" between a name and whom it stands for", e);
	r.alias = read_name(a, str_upto(text, colon), entry->line, e);
	if (r.alias == NULL)
		return false;
	for (size_t i = 0; i < colon; i++)
		r.line += text.ptr[i] == '\n';
	if (!read_targets(&r, str_from(text, colon + 1), e))
		return false;
	buf_truncate(&entry->text, 0);
	return true;
}

/* Sendmail knows them at the start of a line, msmtp also behind a blank. */
static struct str
without_comment(struct str line)
{
	size_t i = 0;
	while (i < line.len) {
		if (line.ptr[i] == '#' && (i == 0 || is_blank(line.ptr[i - 1])))
			break;
		i = line.ptr[i] == '"' ? skip_quoted(line, i) : i + 1;
	}
	return str_upto(line, i);
}

static bool
take_line(struct aliases *a, struct entry *entry, struct str line, unsigned n,
    struct err *e)
{
	line = without_comment(line);
	bool is_empty = str_trim(line).len == 0;
	bool continues = is_empty || is_blank(line.ptr[0]);
	if (!continues) {
		if (!finish(a, entry, e))
			return false;
		entry->line = n;
	} else if (entry->text.len == 0) {
		return is_empty ||
		    fail(a, n, "a line that continues no alias", e);
	}
	/* empty ones are kept for the sake of counting */
	bool ok = (!continues || buf_add(&entry->text, "\n", 1)) &&
	    (is_empty || buf_add_str(&entry->text, line));
	return ok || fail(a, n, "too much text", e);
}

bool
aliases_parse(
    struct aliases *a, const char *path, struct str text, struct err *e)
{
	struct entry entry = { .text = BUF_INIT(text.len + 1) };
	unsigned n = 0;
	bool ok = true;
	*a = (struct aliases){ .path = str_dup(str_of(path)) };
	while (ok && text.len > 0) {
		size_t end = str_find(text, '\n');
		struct str line = str_upto(text, end);
		while (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		ok = take_line(a, &entry, line, ++n, e);
		text = str_from(text, end < text.len ? end + 1 : end);
	}
	ok = ok && finish(a, &entry, e);
	buf_release(&entry.text);
	return ok;
}

bool
aliases_load(struct aliases *a, const char *path, struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(FILE_MAX);
	struct stat st;
	AUTO(fd_release)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && (errno == EACCES || errno == EPERM))
		return err_sys(e, EX_NOPERM, "open %s", path);
	if (fd == -1)
		return err_sys(e, EX_CONFIG, "open %s", path);
	if (fstat(fd, &st) == -1)
		return err_sys(e, EX_CONFIG, "look at %s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, EX_CONFIG, "%s is not a file", path);
	if (!fd_read_to_end(fd, &text, e))
		return err_wrap(e, "%s", path);
	return aliases_parse(a, path, buf_str(&text), e);
}

void
aliases_release(struct aliases *a)
{
	for (size_t i = 0; i < a->len; i++) {
		for (size_t k = 0; k < a->items[i].ntargets; k++)
			free(a->items[i].targets[k].spec);
		free(a->items[i].targets);
		free(a->items[i].name);
	}
	free(a->items);
	free(a->slots);
	free(a->path);
	*a = ALIASES_INIT;
}
