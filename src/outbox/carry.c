// SPDX-License-Identifier: ISC
#include "outbox/carry.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "message/envelope.h"
#include "message/message.h"
#include "message/source.h"
#include "outbox/lane.h"
#include "outbox/patience.h"
#include "outbox/settle.h"
#include "outbox/tell.h"
#include "queue/note.h"
#include "queue/spool.h"
#include "smtp/session.h"
#include "submit/courier.h"
#include "submit/journal.h"
#include "submit/report.h"

/* A try, and what came of it. */
struct trial {
	struct carrier *carrier;
	struct spooled *m;
	struct note *note;
	struct envelope envelope; /* for those who are pending */
	size_t *rcpts;            /* for each, its place in the entry */
	uint64_t size;
	struct report report;
	const struct smtp_session *session; /* NULL: there was none */
	bool ok;                            /* all of them have it */
	struct err err;                     /* else why not */
};

static void
release(struct trial *t)
{
	envelope_release(&t->envelope);
	report_release(&t->report);
	free(t->rcpts);
}

static void
fill_envelope(struct trial *t)
{
	const struct entry *entry = &t->m->entry;
	t->rcpts = mem_alloc((entry->nrcpts + 1) * sizeof(*t->rcpts));
	t->envelope.sender = str_dup(str_of(entry->sender));
	t->envelope.is_report = entry->about != NULL;
	if (entry->not_ascii != NULL) {
		t->envelope.needs_utf8 = true;
		t->envelope.not_ascii = str_dup(str_of(entry->not_ascii));
	}
	for (size_t i = 0; i < entry->nrcpts; i++) {
		const struct entry_rcpt *r = &entry->rcpts[i];
		if (r->fate != ENTRY_PENDING)
			continue;
		t->rcpts[t->envelope.rcpts.len] = i;
		strvec_add(&t->envelope.rcpts, str_of(r->address));
		strvec_add(&t->envelope.originals,
		    str_of(r->original != NULL ? r->original : ""));
	}
}

static struct settle_call
settling(const struct carrier *c, const struct note *note)
{
	const char *server = c->courier != NULL ? courier_server(c->courier)
						: "";
	return (struct settle_call){
		.spool = c->spool,
		.settings = &c->lane->settings,
		.server = server[0] != '\0' ? server : NULL,
		.now = time(NULL),
		.ntries = note->ntries > c->nhost ? note->ntries : c->nhost,
	};
}

/* What is said of a recipient who does not get it; "" if the note says it. */
static const char *
words_of(const struct trial *t, size_t k, enum smtp_fate fate)
{
	const struct smtp_outcome *o = &t->session->outcomes[k];
	const struct err *e = &t->session->err;
	if (o->verdict == SMTP_REFUSED)
		return o->said;
	if (fate != SMTP_FATE_REFUSED)
		return "";
	if (e->exit == EX_OK)
		return "not sent, as another recipient was refused and "
		       "partial_delivery is off";
	return e->said[0] != '\0' ? e->said : e->text;
}

/* Puts into the note, and fates, what the session has of each. */
static void
judge(struct trial *t, enum entry_fate *fates)
{
	AUTO(buf_release) struct buf words = BUF_INIT(TELL_MOST);
	const struct entry *entry = &t->m->entry;
	bool is_for_all = t->session->err.exit != EX_OK ||
	    t->session->ntaken == 0;
	for (size_t i = 0; i < entry->nrcpts; i++)
		fates[i] = entry->rcpts[i].fate;
	for (size_t k = 0; k < t->envelope.rcpts.len; k++) {
		enum smtp_fate fate = smtp_fate(t->session, k);
		if (fate == SMTP_FATE_TAKEN)
			fates[t->rcpts[k]] = ENTRY_TAKEN;
		if (fate == SMTP_FATE_REFUSED)
			fates[t->rcpts[k]] = ENTRY_REFUSED;
		note_say_rcpt(t->note, t->rcpts[k],
		    str_of(
			fate == SMTP_FATE_TAKEN ? "" : words_of(t, k, fate)));
	}
	if (!t->ok && is_for_all)
		tell_all_words(&t->report.failures, &t->err, &words);
	note_say(t->note, buf_str(&words));
}

void
carry_taken(void *carrier, const struct smtp_session *session)
{
	const struct carrier *c = carrier;
	const struct trial *t = c->trial;
	struct err ignored;
	if (t == NULL)
		return;
	const struct entry *entry = &t->m->entry;
	enum entry_fate *fates = mem_alloc(entry->nrcpts * sizeof(*fates));
	for (size_t i = 0; i < entry->nrcpts; i++)
		fates[i] = entry->rcpts[i].fate;
	for (size_t k = 0; k < t->envelope.rcpts.len; k++)
		if (smtp_fate(session, k) == SMTP_FATE_TAKEN)
			fates[t->rcpts[k]] = ENTRY_TAKEN;
	(void)!spooled_mark(t->m, fates, &ignored);
	free(fates);
}

static size_t
count(const enum entry_fate *fates, size_t n, enum entry_fate fate)
{
	size_t found = 0;
	for (size_t i = 0; i < n; i++)
		found += fates[i] == fate;
	return found;
}

/* One that is lost is no harm but for an earlier try. */
static void
keep_note(struct trial *t, bool waits)
{
	struct err e = ERR_INIT;
	if (waits)
		patience_failed(
		    &t->carrier->rules, t->note, time(NULL), patience_chance());
	if (!spool_note_write(t->carrier->spool, t->m->id, t->note, &e))
		tell(t->m->id, &e);
}

/*
 * Where a byte cannot be changed, a file can perhaps be removed: on some file
 * systems that takes no room.
 */
static bool
mark(struct trial *t, const enum entry_fate *fates, struct err *e)
{
	const struct entry *entry = &t->m->entry;
	struct err ignored;
	if (spooled_mark(t->m, fates, e))
		return true;
	return count(fates, entry->nrcpts, ENTRY_PENDING) == 0 &&
	    count(fates, entry->nrcpts, ENTRY_REFUSED) == 0 &&
	    spool_remove(t->carrier->spool, t->m, &ignored);
}

/* The words first: who finds the marks finds the reasons, too. */
static bool
record(struct trial *t, struct err *e)
{
	size_t n = t->m->entry.nrcpts;
	enum entry_fate *fates = mem_alloc((n + 1) * sizeof(*fates));
	judge(t, fates);
	bool waits = count(fates, n, ENTRY_PENDING) > 0;
	if (waits || count(fates, n, ENTRY_REFUSED) > 0)
		keep_note(t, waits);
	bool ok = mark(t, fates, e);
	free(fates);
	return ok;
}

/* One line on what failed, be it of some recipients only. */
static void
tell_failure(const struct trial *t)
{
	const struct strvec *refusals = &t->report.refusals;
	tell_failures(t->m->id, &t->report.failures);
	if (refusals->len == 0) {
		tell(t->m->id, &t->err);
		return;
	}
	AUTO(buf_release) struct buf more = BUF_INIT(100);
	if (refusals->len > 1)
		(void)!buf_printf(&more, " (and %zu more)", refusals->len - 1);
	log_error("%s: %s%s", t->m->id, refusals->items[0], buf_cstr(&more));
}

static void
write_journal(const struct trial *t)
{
	struct err e = ERR_INIT;
	const struct carrier *c = t->carrier;
	const struct journal_entry line = {
		.when = time(NULL),
		.account = origin_account(&c->lane->origin),
		.settings = &c->lane->settings,
		.envelope = &t->envelope,
		.report = &t->report,
		.size = t->size,
		.err = t->ok ? NULL : &t->err,
		.queue_id = t->m->id,
		.logfile = c->logfile,
	};
	if (!journal_write(&line, c->tag, &e))
		tell("", &e);
}

/* The last words are the server's, or what went wrong on the way to it. */
static void
log_given_up(
    const struct carrier *c, const struct spooled *m, const struct note *note)
{
	AUTO(envelope_release) struct envelope envelope = ENVELOPE_INIT;
	const struct report report = REPORT_INIT;
	struct err why = ERR_INIT, e = ERR_INIT;
	const char *said = note->said;
	envelope.sender = str_dup(str_of(m->entry.sender));
	for (size_t i = 0; i < m->entry.nrcpts; i++) {
		if (m->entry.rcpts[i].fate != ENTRY_PENDING)
			continue;
		strvec_add(&envelope.rcpts, str_of(m->entry.rcpts[i].address));
		if (said == NULL && i < note->nrcpts)
			said = note->rcpts[i];
	}
	(void)err_set(&why, EX_UNAVAILABLE,
	    "given up behind queue_lifetime%s%s", said != NULL ? ": " : "",
	    said != NULL ? said : "");
	const struct journal_entry line = {
		.when = time(NULL),
		.account = origin_account(&c->lane->origin),
		.settings = &c->lane->settings,
		.envelope = &envelope,
		.report = &report,
		.size = m->entry.size,
		.err = &why,
		.queue_id = m->id,
		.logfile = c->logfile,
	};
	if (!journal_write(&line, c->tag, &e))
		tell("", &e);
}

enum carried
carry_on(struct carrier *c, struct spooled *m, const struct note *note)
{
	const struct settle_call call = settling(c, note);
	enum settled how = SETTLED_WAITS;
	struct err e = ERR_INIT;
	if (settle_is_old(&call, m))
		log_given_up(c, m, note);
	if (!settle_age(&call, m, &e) || !settle(&call, m, note, &how, &e))
		tell(m->id, &e);
	return how == SETTLED_GONE ? CARRIED_AWAY : CARRIED_LATER;
}

/* 530 and its like: said of the login (RFC 4954 6), so to each message. */
static bool
is_about_host(const struct err *e)
{
	return e->code == 421 || e->code == 530 || e->code == 534 ||
	    e->code == 535 || e->code == 538;
}

/* Whether the next message would not fare better. */
static bool
is_host_failure(const struct smtp_session *s)
{
	if (s == NULL)
		return true;
	if (s->err.exit == EX_OK || s->is_final)
		return false;
	return !smtp_has_begun(s) || is_about_host(&s->err);
}

static bool
has_lost_line(const struct smtp_session *s)
{
	return s->err.exit != EX_OK && s->is_line_fault;
}

/* It will be sent again, but not by each run. */
static void
note_stuck(struct trial *t, const struct err *why)
{
	AUTO(buf_release) struct buf words = BUF_INIT(sizeof(*why));
	tell_words(why, &words);
	note_say(t->note, buf_str(&words));
	keep_note(t, true);
}

/* There was a session; what it said of the message is kept. */
static enum carried
finish(struct trial *t, struct err *e)
{
	if (!record(t, e)) {
		note_stuck(t, e);
		write_journal(t);
		return CARRIED_STUCK;
	}
	write_journal(t);
	enum carried how = carry_on(t->carrier, t->m, t->note);
	if (is_host_failure(t->session)) {
		*e = t->err;
		return CARRIED_HOST;
	}
	/* who reads mail hears of refusals by mail; who waits here, here */
	if (how != CARRIED_AWAY || (!t->ok && t->carrier->is_watched))
		tell_failure(t);
	if (how == CARRIED_LATER && has_lost_line(t->session)) {
		*e = t->err;
		return CARRIED_LOST;
	}
	return how;
}

/*
 * It cannot be read, or it could not be noted what became of it, so that it
 * would be sent again and again: an error of the disk, perhaps for now.
 */
static enum carried
put_off(struct trial *t)
{
	AUTO(buf_release) struct buf words = BUF_INIT(sizeof(t->err));
	tell_words(&t->err, &words);
	note_say(t->note, buf_str(&words));
	keep_note(t, true);
	write_journal(t);
	tell(t->m->id, &t->err);
	return carry_on(t->carrier, t->m, t->note);
}

static enum carried
send(struct trial *t, const struct message *text, struct err *e)
{
	AUTO(source_release) struct source source;
	struct courier *courier = t->carrier->courier;
	source_init(&source, text, NULL);
	fill_envelope(t);
	t->carrier->trial = t;
	t->ok = courier_send(
	    courier, &t->envelope, &source, &t->report, &t->err);
	t->carrier->trial = NULL;
	t->size = source_size(&source);
	t->session = courier_session(courier);
	if (is_host_failure(t->session) &&
	    (t->session == NULL || !smtp_has_begun(t->session))) {
		*e = t->err;
		return CARRIED_HOST;
	}
	return finish(t, e);
}

enum carried
carry(struct carrier *c, struct spooled *m, struct note *note, struct err *e)
{
	struct message text = MESSAGE_INIT;
	AUTO(release)
	struct trial t = {
		.carrier = c,
		.m = m,
		.note = note,
		.envelope = ENVELOPE_INIT,
		.report = REPORT_INIT,
		.err = ERR_INIT,
	};
	bool ok = spooled_can_mark(m, &t.err) && spooled_text(m, &text, &t.err);
	enum carried how = ok ? send(&t, &text, e) : put_off(&t);
	message_release(&text);
	return how;
}
