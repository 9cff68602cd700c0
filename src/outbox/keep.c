// SPDX-License-Identifier: ISC
#include "outbox/keep.h"

#include "base/err.h"
#include "base/str.h"
#include "config/secret.h"
#include "config/settings.h"
#include "message/envelope.h"
#include "outbox/lane.h"
#include "outbox/where.h"

bool
keep_open(struct keep *k, const struct origin *origin, const struct settings *s,
    struct err *e)
{
	return where_is_queue(s, &k->path, e) &&
	    lane_describe(origin, s, &k->entry, e) &&
	    spool_open(&k->spool, buf_cstr(&k->path), e);
}

/* Entries hold no secret, and nobody hands one over when they are tried. */
static bool
is_of_call(const struct settings *s, enum setting_id id)
{
	enum settings_source source = s->origin[id].source;
	return id == SETTING_PASSWORD_FD ||
	    (setting_table[id].type == SETTING_TYPE_SECRET &&
		(source == SETTINGS_FLAG || source == SETTINGS_ENVIRONMENT));
}

bool
keep_check_password(const struct settings *s, struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	enum setting_id id = secret_source(s, GIVES_PASSWORD);
	if (!settings_needs_password(s) || id == SETTING_COUNT ||
	    !is_of_call(s, id))
		return true;
	settings_where(s, id, where, sizeof(where));
	return err_set(e, EX_CONFIG,
		   "%s: %s is not there any more when the queue is run", where,
		   setting_table[id].name) ||
	    err_hint(e, "set password_file or passwordeval instead");
}

static void
add_envelope(struct entry *entry, const struct envelope *env)
{
	entry->sender = str_dup(str_of(env->sender));
	if (env->needs_utf8)
		entry->not_ascii = str_dup(str_of(
		    env->not_ascii != NULL ? env->not_ascii : "the message"));
	for (size_t i = 0; i < env->rcpts.len; i++)
		entry_add_rcpt(entry, str_of(env->rcpts.items[i]),
		    str_of(env->originals.items[i]));
}

bool
keep_put(struct keep *k, const struct envelope *envelope, struct source *source,
    struct err *e)
{
	add_envelope(&k->entry, envelope);
	if (spool_put(&k->spool, &k->entry, source, k->id, e))
		return true;
	k->id[0] = '\0';
	return false;
}

void
keep_release(struct keep *k)
{
	buf_release(&k->path);
	spool_release(&k->spool);
	entry_release(&k->entry);
	*k = KEEP_INIT;
}
