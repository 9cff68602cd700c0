// SPDX-License-Identifier: ISC
#include "outbox/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/sha256.h"
#include "config/value.h"
#include "outbox/where.h"
#include "queue/entry.h"

enum { LINE_MOST = 1 << 20, DIGITS = 16 };

/* A file of systemd's for one service, which goes when that ends. */
static bool
is_credential(const struct settings_origin *origin, enum setting_id id)
{
	return id == SETTING_PASSWORD_FILE &&
	    origin->source == SETTINGS_ENVIRONMENT && origin->file != NULL;
}

/* Whether it was said for this call, and is still of use. */
static bool
is_of_call(const struct settings *s, enum setting_id id)
{
	const struct settings_origin *origin = &s->origin[id];
	const struct setting *row = &setting_table[id];
	return (origin->source == SETTINGS_FLAG ||
		   origin->source == SETTINGS_ENVIRONMENT) &&
	    !is_credential(origin, id) && !row->is_composed &&
	    row->type != SETTING_TYPE_SECRET &&
	    id != SETTING_PASSWORD_FD; /* which is closed by then */
}

/* Its value; a path has to mean the same to who runs the queue. */
static bool
add_value(const struct settings *s, enum setting_id id, struct buf *out,
    struct err *e)
{
	AUTO(buf_release) struct buf value = BUF_INIT(LINE_MOST);
	const struct setting *row = &setting_table[id];
	settings_text(s, id, &value);
	const char *text = buf_cstr(&value);
	bool is_path = row->type == SETTING_TYPE_PATH && text[0] != '\0' &&
	    strcmp(text, "-") != 0 && !value_is_url(str_of(text)) &&
	    (row->none == NULL || strcmp(text, row->none) != 0);
	if (is_path)
		return where_absolute(text, out, e);
	(void)!buf_add_str(out, buf_str(&value));
	return true;
}

static bool
add_setting(const struct settings *s, enum setting_id id, struct entry *entry,
    struct err *e)
{
	AUTO(buf_release) struct buf line = BUF_INIT(LINE_MOST);
	(void)!buf_printf(&line, "%s ", setting_table[id].name);
	if (!add_value(s, id, &line, e))
		return err_wrap(e, "%s", setting_table[id].name);
	strvec_add(&entry->settings, buf_str(&line));
	return true;
}

bool
lane_describe(const struct origin *origin, const struct settings *s,
    struct entry *entry, struct err *e)
{
	const char *account = origin_account(origin);
	if (account != NULL)
		entry->account = str_dup(str_of(account));
	if (origin->call.rcfile != NULL) {
		AUTO(buf_release) struct buf path = BUF_INIT(LINE_MOST);
		if (!where_absolute(origin->call.rcfile, &path, e))
			return false;
		entry->rcfile = str_dup(buf_str(&path));
	}
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		if (is_of_call(s, id) && !add_setting(s, id, entry, e))
			return false;
	return true;
}

/* It has been kept here for so long; that no server is to do it any more. */
static bool
is_held_enough(const struct setting *row, struct str value)
{
	int64_t until;
	return setting_id_of(row) == SETTING_HOLD_UNTIL &&
	    date_parse(value, &until) && until <= time(NULL);
}

/* A line "name value" of the entry. */
static bool
set_line(struct settings *s, struct str line, struct err *e)
{
	const struct settings_origin origin = {
		.source = SETTINGS_FLAG,
	};
	size_t blank = str_find(line, ' ');
	struct str name = str_upto(line, blank);
	const struct setting *row = setting_find(name);
	if (row == NULL || blank == line.len)
		return err_set(e, EX_CONFIG,
		    "the message wants a setting that "
		    "this version does not know");
	struct str value = str_from(line, blank + 1);
	return is_held_enough(row, value) ||
	    settings_set(s, setting_id_of(row), value, origin, e) ||
	    err_wrap(e, "%s of the message", row->name);
}

/*
 * The server's name for files, with who logs in there: a password that is
 * wrong holds up nobody else.
 */
void
lane_name_host(const struct settings *s, char name[LANE_HOST_SIZE])
{
	AUTO(buf_release) struct buf text = BUF_INIT(LINE_MOST);
	unsigned char digest[SHA256_SIZE];
	(void)!buf_printf(&text, "%s\n%s\n%u\n%s",
	    s->socket != NULL ? s->socket : "", s->host != NULL ? s->host : "",
	    s->port, settings_wants_auth(s) && s->user != NULL ? s->user : "");
	sha256(buf_str(&text), digest);
	int n = snprintf(name, LANE_HOST_SIZE, "host-");
	for (int i = 0; i < DIGITS / 2; i++)
		n += snprintf(
		    name + n, (size_t)(LANE_HOST_SIZE - n), "%02x", digest[i]);
}

bool
lane_load(struct lane *lane, const struct entry *entry, struct err *e)
{
	const struct origin_call call = {
		.account = entry->account,
		.rcfile = entry->rcfile,
	};
	*lane = LANE_INIT;
	for (size_t i = 0; i < entry->settings.len; i++)
		if (!set_line(
			&lane->settings, str_of(entry->settings.items[i]), e))
			return false;
	if (!origin_read(&lane->origin, &call, &lane->settings, e) ||
	    !origin_settle(&lane->origin, &lane->settings, NULL, e))
		return false;
	lane_name_host(&lane->settings, lane->host);
	return true;
}

void
lane_release(struct lane *lane)
{
	settings_release(&lane->settings);
	origin_release(&lane->origin);
	*lane = LANE_INIT;
}
