// SPDX-License-Identifier: ISC
#include "outbox/keep.h"

#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"
#include "base/strvec.h"
#include "config/secret.h"
#include "config/settings.h"
#include "message/envelope.h"
#include "outbox/hostnote.h"
#include "outbox/lane.h"
#include "outbox/order.h"
#include "outbox/patience.h"
#include "outbox/roster.h"
#include "outbox/run.h"
#include "outbox/where.h"
#include "queue/note.h"
#include "submit/report.h"

bool
keep_open(struct keep *k, const struct origin *origin, const struct settings *s,
    struct err *e)
{
	k->settings = s;
	return where_is_queue(s, &k->path, e) &&
	    lane_describe(origin, s, &k->entry, e) &&
	    spool_open(&k->spool, buf_cstr(&k->path), e);
}

bool
keep_check_password(const struct settings *s, struct err *e)
{
	char where[SETTINGS_WHERE_SIZE];
	if (!settings_needs_password(s) ||
	    secret_source(s, GIVES_PASSWORD) != SETTING_PASSWORD_FD)
		return true;
	settings_where(s, SETTING_PASSWORD_FD, where, sizeof(where));
	return err_set(e, EX_CONFIG,
		   "%s: password_fd is closed when the queue is run", where) ||
	    err_hint(e, "set password_file or passwordeval instead");
}

bool
keep_check(const struct settings *s, struct err *e)
{
	bool is_put = s->queue == QUEUE_ALWAYS || s->queue == QUEUE_ONLY;
	return where_check(s, e) && (!is_put || keep_check_password(s, e));
}

/* Notes are read only of those that are in the way otherwise. */
static bool
is_tired(const struct spool *sp, const char *id)
{
	struct note note;
	(void)spool_note_read(sp, id, 0, &note);
	bool is_tired = note.ntries >= ORDER_TRIES;
	note_release(&note);
	return is_tired;
}

/* key: of our lane; ours: those who are to get the message. */
static bool
is_ahead(const struct keep *k, const char *id, const char *key,
    const struct order *ours)
{
	static const struct run_call call = { .choice = RUN_DUE };
	const struct strvec no_notes = STRVEC_INIT;
	struct waiting w;
	struct err ignored;
	if (roster_look(&k->spool, id, &no_notes, &call, &w, &ignored) !=
	    SPOOL_TAKEN)
		return false;
	bool is_ahead = !w.is_held && strcmp(w.key, key) == 0 &&
	    order_is_behind(ours, w.pairs, w.npairs) &&
	    !is_tired(&k->spool, id);
	waiting_release(&w);
	return is_ahead;
}

bool
keep_is_behind(const struct keep *k, const struct envelope *envelope)
{
	AUTO(strvec_release) struct strvec ids = STRVEC_INIT;
	AUTO(order_release) struct order ours = ORDER_INIT;
	struct str sender = str_of(envelope->sender);
	struct err ignored;
	char key[ENTRY_KEY_SIZE];
	bool is_behind = false;
	if (spool_is_empty(&k->spool) ||
	    !spool_list(&k->spool, SPOOL_NEW, &ids, &ignored) ||
	    !entry_key(&k->entry, key, &ignored))
		return false;
	for (size_t i = 0; i < envelope->rcpts.len; i++) {
		uint64_t pair = order_pair(
		    sender, str_of(envelope->rcpts.items[i]));
		order_wait(&ours, 0, &pair, 1);
	}
	for (size_t i = 0; i < ids.len && !is_behind; i++)
		is_behind = is_ahead(k, ids.items[i], key, &ours);
	return is_behind;
}

static void
add_envelope(
    struct entry *entry, const struct envelope *env, const bool *is_settled)
{
	entry->sender = str_dup(str_of(env->sender));
	if (env->needs_utf8)
		entry->not_ascii = str_dup(str_of(
		    env->not_ascii != NULL ? env->not_ascii : "the message"));
	for (size_t i = 0; i < env->rcpts.len; i++)
		if (is_settled == NULL || !is_settled[i])
			entry_add_rcpt(entry, str_of(env->rcpts.items[i]),
			    str_of(env->originals.items[i]));
}

bool
keep_is_kept(const struct keep *k)
{
	return k->id[0] != '\0';
}

/* is_settled: for whom it is not put; NULL: for nobody. */
static bool
put(struct keep *k, const struct envelope *envelope, const bool *is_settled,
    struct source *source, struct err *e)
{
	add_envelope(&k->entry, envelope, is_settled);
	if (spool_put(&k->spool, &k->entry, source, k->id, e))
		return true;
	k->id[0] = '\0';
	return false;
}

static void
take_note(struct keep *k, size_t nrcpts, struct str why)
{
	(void)!buf_printf(&k->notice, "kept in the queue as %s", k->id);
	if (k->entry.nrcpts < nrcpts)
		(void)!buf_printf(&k->notice, " for %zu of %zu recipients",
		    k->entry.nrcpts, nrcpts);
	(void)!buf_printf(
	    &k->notice, "%s%.*s", why.len > 0 ? ": " : "", STR_FMT(why));
}

bool
keep_all(struct keep *k, const struct envelope *envelope, struct source *source,
    const char *why, struct err *e)
{
	if (!put(k, envelope, NULL, source, e))
		return false;
	k->why.exit = EX_TEMPFAIL; /* nobody has accepted it yet */
	take_note(k, envelope->rcpts.len, str_of(why));
	return true;
}

/* The error, or, if that is not it, the first refusal that is not for good. */
static void
explain(const struct report *r, const struct err *e, struct buf *why)
{
	bool is_of_rcpts = r->refused_code != 0 || r->is_final;
	size_t i = 0;
	while (i < r->refusals.len && r->lasts[i])
		i++;
	failures_words(&r->failures, why);
	if (is_of_rcpts && i < r->refusals.len)
		(void)!buf_printf(why, "%s", r->refusals.items[i]);
	else
		(void)!buf_printf(why, "%s%s%s%s%s", e->text,
		    e->said[0] != '\0' ? ": " : "", e->said,
		    e->hint[0] != '\0' ? "; " : "", e->hint);
}

/* The caller hears why it failed, and why that could not be helped. */
static bool
tell_lost(struct report *r, const struct err *why)
{
	AUTO(buf_release) struct buf line = BUF_INIT(1 << 16);
	(void)!buf_printf(&line, "not kept in the queue: %s%s%s", why->text,
	    why->hint[0] != '\0' ? "; " : "", why->hint);
	report_add(r, buf_str(&line));
	return false;
}

/*
 * What failed before the message was spoken of is the server's: as in a run,
 * all that waits for it shares one note.  While that has it rest, calls do not
 * count, as there may be many within a minute.
 */
static void
note_host(
    const struct keep *k, const struct failures *before, const struct err *why)
{
	struct hostnote h = HOSTNOTE_INIT;
	char name[LANE_HOST_SIZE];
	int64_t now = time(NULL);
	lane_name_host(k->settings, name);
	const struct retry_rules rules = patience_rules(k->settings);
	hostnote_read(&h, &k->spool, name);
	if (!h.is_there || patience_is_due(&rules, h.note.next, now))
		hostnote_fail(&h, &k->spool, &rules, before, why, now);
	hostnote_release(&h);
}

static void
note_message(const struct keep *k, struct str why)
{
	const struct retry_rules rules = patience_rules(k->settings);
	AUTO(note_release) struct note note = NOTE_INIT;
	struct err ignored; /* then it is tried earlier */
	note_init(&note, k->entry.nrcpts);
	note_say(&note, why);
	patience_failed(&rules, &note, time(NULL), patience_chance());
	(void)!spool_note_write(&k->spool, k->id, &note, &ignored);
}

/* The try counts: the next one is not at once, and mailq tells why. */
static void
note_try(const struct keep *k, const struct report *report, const struct err *e,
    struct str why)
{
	if (report->has_begun)
		note_message(k, why);
	else
		note_host(k, &report->failures, e);
}

bool
keep_rest(struct keep *k, const struct envelope *envelope,
    struct source *source, const struct err *no_queue, struct report *report,
    struct err *e)
{
	AUTO(buf_release) struct buf text = BUF_INIT(1 << 16);
	struct err broken;
	size_t nrcpts = envelope->rcpts.len;
	if (report_npending(report, nrcpts) == 0)
		return false;
	if (no_queue != NULL ||
	    !put(k, envelope, report->is_settled, source, &broken))
		return tell_lost(report, no_queue != NULL ? no_queue : &broken);
	explain(report, e, &text);
	take_note(k, nrcpts, buf_str(&text));
	note_try(k, report, e, buf_str(&text));
	k->why = *e;
	k->why.exit = EX_TEMPFAIL;
	if (report->final_exit == EX_OK)
		return true;
	k->why.exit = report->final_exit;
	if (report->is_final)
		e->exit = report->final_exit;
	else
		(void)err_set(e, report->final_exit, "%s", "");
	return false;
}

void
keep_server_serves(struct keep *k)
{
	char host[LANE_HOST_SIZE];
	if (spool_is_empty(&k->spool))
		return;
	lane_name_host(k->settings, host);
	spool_note_drop(&k->spool, host);
}

void
keep_release(struct keep *k)
{
	buf_release(&k->path);
	buf_release(&k->notice);
	spool_release(&k->spool);
	entry_release(&k->entry);
	*k = KEEP_INIT;
}
