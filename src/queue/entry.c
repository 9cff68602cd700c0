// SPDX-License-Identifier: ISC
#include "queue/entry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sha256.h"
#include "message/address.h"

#define MAGIC "posthaste-queue "

enum { VERSION = 1, USEC = 1000000 };

void
entry_add_rcpt(struct entry *entry, struct str address, struct str original)
{
	entry->rcpts = mem_grow(entry->rcpts, &entry->cap, entry->nrcpts + 1,
	    sizeof(*entry->rcpts));
	entry->rcpts[entry->nrcpts++] = (struct entry_rcpt){
		.address = str_dup(address),
		.original = original.len > 0 ? str_dup(original) : NULL,
		.fate = ENTRY_PENDING,
	};
}

size_t
entry_count(const struct entry *entry, enum entry_fate fate)
{
	size_t n = 0;
	for (size_t i = 0; i < entry->nrcpts; i++)
		n += entry->rcpts[i].fate == fate;
	return n;
}

bool
entry_is_done(const struct entry *entry)
{
	return entry_count(entry, ENTRY_PENDING) == 0 &&
	    entry_count(entry, ENTRY_REFUSED) == 0;
}

/* "NAME VALUE", where there is a value. */
static bool
put(struct buf *out, const char *name, const char *value, struct err *e)
{
	if (value == NULL)
		return true;
	if (strpbrk(value, "\r\n") != NULL)
		return err_set(e, EX_DATAERR, "%s has a line end in it", name);
	return buf_printf(out, "%s %s\n", name, value) ||
	    err_set(e, EX_DATAERR, "more than %d bytes on whom it is for",
		ENTRY_LINES_MAX);
}

/* No address says more to a server than who it is. */
static bool
check_address(const char *address, struct err *e)
{
	return address_fits_path(str_of(address)) ||
	    err_set(e, EX_DATAERR, "an address that no command can have");
}

static bool
put_rcpt(struct buf *out, struct entry_rcpt *r, struct err *e)
{
	AUTO(buf_release) struct buf value = BUF_INIT(SIZE_MAX);
	r->at = (off_t)(out->len + sizeof("rcpt ") - 1);
	(void)!buf_printf(&value, "%c %s", (char)r->fate, r->address);
	return check_address(r->address, e) &&
	    put(out, "rcpt", buf_cstr(&value), e) &&
	    put(out, "original", r->original, e);
}

/* The same of numbers and marks, which need no look at their bytes. */
static bool
put_head(struct buf *out, struct entry *entry)
{
	(void)!buf_printf(out, MAGIC "%d\nstate ", VERSION);
	entry->state = (off_t)out->len;
	return buf_printf(out,
	    "%c%c\narrived %" PRId64 ".%06" PRId64 "\nsize %" PRIu64 "\n",
	    entry->is_held ? 'h' : '-', entry->is_warned ? 'w' : '-',
	    entry->arrived_usec / USEC, entry->arrived_usec % USEC,
	    entry->size);
}

/* What it goes by: the same lines for all that share a connection. */
static bool
put_way(struct buf *out, const struct entry *entry, struct err *e)
{
	if (!put(out, "account", entry->account, e) ||
	    !put(out, "rcfile", entry->rcfile, e))
		return false;
	for (size_t i = 0; i < entry->settings.len; i++)
		if (!put(out, "set", entry->settings.items[i], e))
			return false;
	return true;
}

bool
entry_key(const struct entry *entry, char key[ENTRY_KEY_SIZE], struct err *e)
{
	AUTO(buf_release) struct buf lines = BUF_INIT(ENTRY_LINES_MAX);
	unsigned char digest[SHA256_SIZE];
	if (!put_way(&lines, entry, e))
		return false;
	sha256(buf_str(&lines), digest);
	for (size_t i = 0; i < ENTRY_KEY_SIZE / 2; i++)
		(void)snprintf(key + 2 * i, 3, "%02x", digest[i]);
	return true;
}

bool
entry_write(struct entry *entry, struct buf *lines, struct err *e)
{
	(void)!put_head(lines, entry);
	if (!check_address(entry->sender, e) ||
	    !put(lines, "sender", entry->sender, e) ||
	    !put(lines, "about", entry->about, e) ||
	    !put_way(lines, entry, e) ||
	    !put(lines, "utf8", entry->not_ascii, e))
		return false;
	for (size_t i = 0; i < entry->nrcpts; i++)
		if (!put_rcpt(lines, &entry->rcpts[i], e))
			return false;
	if (!buf_add(lines, "\n", 1))
		return err_set(e, EX_DATAERR, "too many recipients");
	entry->text = (off_t)lines->len;
	return true;
}

size_t
entry_lines_length(struct str text)
{
	for (size_t at = 0; at < text.len;) {
		at += str_find(str_from(text, at), '\n') + 1;
		if (at < text.len && text.ptr[at] == '\n')
			return at + 1;
	}
	return 0;
}

/* What one line says: its value, and where that is in the file. */
struct line {
	struct str value;
	off_t at;
};

static bool
keep_once(char **text, struct str value)
{
	if (*text != NULL)
		return false;
	*text = str_dup(value);
	return true;
}

static bool
take_state(struct entry *entry, const struct line *l)
{
	if (l->value.len != 2 || entry->state != 0)
		return false;
	entry->state = l->at;
	entry->is_held = l->value.ptr[0] == 'h';
	entry->is_warned = l->value.ptr[1] == 'w';
	return (entry->is_held || l->value.ptr[0] == '-') &&
	    (entry->is_warned || l->value.ptr[1] == '-');
}

static bool
take_arrived(struct entry *entry, const struct line *l)
{
	size_t dot = str_find(l->value, '.');
	uint64_t seconds, usec;
	if (dot + 7 != l->value.len ||
	    !parse_uint(
		str_upto(l->value, dot), 0, INT64_MAX / USEC - 1, &seconds) ||
	    !parse_uint(str_from(l->value, dot + 1), 0, USEC - 1, &usec))
		return false;
	entry->arrived_usec = (int64_t)(seconds * USEC + usec);
	return true;
}

static bool
take_size(struct entry *entry, const struct line *l)
{
	return parse_uint(l->value, 0, INT64_MAX, &entry->size);
}

static bool
take_sender(struct entry *entry, const struct line *l)
{
	return address_fits_path(l->value) &&
	    keep_once(&entry->sender, l->value);
}

static bool
take_about(struct entry *entry, const struct line *l)
{
	return keep_once(&entry->about, l->value);
}

static bool
take_account(struct entry *entry, const struct line *l)
{
	return keep_once(&entry->account, l->value);
}

static bool
take_rcfile(struct entry *entry, const struct line *l)
{
	return l->value.len > 0 && l->value.ptr[0] == '/' &&
	    keep_once(&entry->rcfile, l->value);
}

static bool
take_utf8(struct entry *entry, const struct line *l)
{
	return keep_once(&entry->not_ascii, l->value);
}

static bool
take_setting(struct entry *entry, const struct line *l)
{
	strvec_add(&entry->settings, l->value);
	return true;
}

static bool
take_rcpt(struct entry *entry, const struct line *l)
{
	if (l->value.len < 3 || l->value.ptr[1] != ' ' ||
	    str_find(STR("-+xr"), l->value.ptr[0]) == 4)
		return false;
	struct str address = str_from(l->value, 2);
	if (!address_fits_path(address))
		return false;
	entry_add_rcpt(entry, address, STR_INIT);
	struct entry_rcpt *r = &entry->rcpts[entry->nrcpts - 1];
	r->fate = (enum entry_fate)l->value.ptr[0];
	r->at = l->at;
	return true;
}

static bool
take_original(struct entry *entry, const struct line *l)
{
	return entry->nrcpts > 0 && l->value.len > 0 &&
	    keep_once(&entry->rcpts[entry->nrcpts - 1].original, l->value);
}

static const struct {
	const char *name;
	bool (*take)(struct entry *entry, const struct line *l);
} rows[] = {
	{ "state", take_state },
	{ "arrived", take_arrived },
	{ "size", take_size },
	{ "sender", take_sender },
	{ "about", take_about },
	{ "account", take_account },
	{ "rcfile", take_rcfile },
	{ "utf8", take_utf8 },
	{ "set", take_setting },
	{ "rcpt", take_rcpt },
	{ "original", take_original },
};

static bool
take_line(struct entry *entry, struct str text, off_t at)
{
	size_t blank = str_find(text, ' ');
	struct str name = str_upto(text, blank);
	/* none that we wrote has one (see put()) */
	if (blank == text.len || str_find(text, '\0') < text.len ||
	    str_find(text, '\r') < text.len)
		return false;
	const struct line l = {
		.value = str_from(text, blank + 1),
		.at = at + (off_t)blank + 1,
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq(name, str_of(rows[i].name)))
			return rows[i].take(entry, &l);
	return false;
}

static bool
check_version(struct str first, struct err *e)
{
	uint64_t version;
	struct str magic = STR(MAGIC);
	if (first.len <= magic.len ||
	    !str_eq(str_upto(first, magic.len), magic) ||
	    !parse_uint(str_from(first, magic.len), 1, UINT64_MAX, &version))
		return err_set(e, EX_DATAERR, "line 1: no message of a queue");
	return version == VERSION ||
	    err_set(e, EX_CONFIG, "written by a later version of posthaste");
}

static bool
check_complete(const struct entry *entry, struct err *e)
{
	if (entry->state == 0)
		return err_set(
		    e, EX_DATAERR, "it does not say whether it is held");
	if (entry->sender == NULL)
		return err_set(e, EX_DATAERR, "it does not say who sent it");
	if (entry->arrived_usec == 0)
		return err_set(e, EX_DATAERR, "it does not say when it came");
	return entry->nrcpts > 0 ||
	    err_set(e, EX_DATAERR, "it does not say whom it is for");
}

bool
entry_parse(struct entry *entry, struct str lines, struct err *e)
{
	size_t at = str_find(lines, '\n');
	unsigned number = 1;
	if (!check_version(str_upto(lines, at), e))
		return false;
	for (at++; at < lines.len; number++) {
		struct str rest = str_from(lines, at);
		size_t end = str_find(rest, '\n');
		if (end == 0) {
			entry->text = (off_t)at + 1;
			return check_complete(entry, e);
		}
		if (!take_line(entry, str_upto(rest, end), (off_t)at))
			return err_set(e, EX_DATAERR, "line %u makes no sense",
			    number + 1);
		at += end + 1;
	}
	return err_set(e, EX_DATAERR, "its lines have no end");
}

void
entry_release(struct entry *entry)
{
	for (size_t i = 0; i < entry->nrcpts; i++) {
		free(entry->rcpts[i].address);
		free(entry->rcpts[i].original);
	}
	free(entry->rcpts);
	free(entry->sender);
	free(entry->about);
	free(entry->account);
	free(entry->rcfile);
	free(entry->not_ascii);
	strvec_release(&entry->settings);
	*entry = ENTRY_INIT;
}
