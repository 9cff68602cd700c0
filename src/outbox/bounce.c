// SPDX-License-Identifier: ISC
#include "outbox/bounce.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "config/settings.h"
#include "message/address.h"
#include "message/intake.h"
#include "message/source.h"
#include "message/stamp.h"
#include "queue/note.h"
#include "queue/spool.h"

/*
 * Larger messages are not given back whole, whatever dsn_return says: their
 * senders have them, and the report is to arrive.
 */
enum { WHOLE_MAX = 256 << 10, REPORT_MAX = 16 << 20, DAY_SECONDS = 86400 };

/* The lock and the note on how many were made today. */
#define COUNT_NAME "bounces"

bool
bounce_is_wanted(const struct bounce *b)
{
	const char *wishes = b->settings->dsn_notify;
	struct str event = b->kind == DSN_DELAYED ? STR("delay")
						  : STR("failure");
	return b->about->entry.sender[0] != '\0' &&
	    (wishes == NULL || str_has_word(str_of(wishes), ",", event));
}

/* What is known of this host and who speaks for it. */
struct names {
	char host[256];
	struct buf from;
	struct buf message_id;
	char unique[DSN_UNIQUE_MAX + 1];
};

static void
names_release(struct names *n)
{
	buf_release(&n->from);
	buf_release(&n->message_id);
}

/* A domain that a server takes for one: ours, or else the sender's own. */
static struct str
choose_domain(const struct bounce *b, const struct names *n)
{
	struct str host = str_of(n->host);
	if (str_find(host, '.') < host.len)
		return host;
	struct str domain = address_domain(str_of(b->about->entry.sender));
	return domain.len > 0 ? domain : host;
}

static bool
find_names(const struct bounce *b, struct names *n, struct err *e)
{
	unsigned char random[8];
	if (b->settings->domain != NULL)
		(void)snprintf(
		    n->host, sizeof(n->host), "%s", b->settings->domain);
	else if (gethostname(n->host, sizeof(n->host) - 1) == -1)
		(void)snprintf(n->host, sizeof(n->host), "localhost");
	if (!crypto_random(random, sizeof(random), e))
		return false;
	int len = 0;
	for (size_t i = 0; i < sizeof(random); i++)
		len += snprintf(n->unique + len,
		    sizeof(n->unique) - (size_t)len, "%02x", random[i]);
	struct str domain = choose_domain(b, n);
	(void)!buf_printf(&n->from, "MAILER-DAEMON@%.*s", STR_FMT(domain));
	if (stamp_message_id(&n->message_id, domain, e))
		return true;
	e->exit = EX_CONFIG; /* whoever named it so can name it otherwise */
	return false;
}

/* "550 5.1.1 no such user": the code and the status, 0 and "" if none. */
static void
read_words(const char *words, struct dsn_rcpt *r)
{
	uint64_t code;
	struct str text = str_of(words != NULL ? words : "");
	r->said = text;
	size_t end = str_find(text, ' ');
	if (end != 3 || !parse_uint(str_upto(text, end), 200, 599, &code))
		return;
	r->code = (int)code;
	text = str_from(text, end + 1);
	end = str_find(text, ' ');
	struct str enh = str_upto(text, end);
	size_t ndots = 0;
	for (size_t i = 0; i < enh.len; i++) {
		if (!is_digit(enh.ptr[i]) && enh.ptr[i] != '.')
			return;
		ndots += enh.ptr[i] == '.';
	}
	if (ndots == 2 && enh.len >= 5)
		r->enh = enh;
}

/* What was said of them, or else of all. */
static struct dsn_rcpt *
describe_rcpts(const struct bounce *b)
{
	struct dsn_rcpt *rcpts = mem_zalloc(b->nrcpts * sizeof(*rcpts));
	for (size_t i = 0; i < b->nrcpts; i++) {
		size_t at = b->rcpts[i];
		const struct entry_rcpt *r = &b->about->entry.rcpts[at];
		const char *words = at < b->note->nrcpts ? b->note->rcpts[at]
							 : NULL;
		rcpts[i] = (struct dsn_rcpt){
			.address = str_of(r->address),
			.original = str_of(
			    r->original != NULL ? r->original : ""),
			.enh = STR(""),
		};
		read_words(words != NULL ? words : b->note->said, &rcpts[i]);
	}
	return rcpts;
}

/* The message as far as it can be given back. */
static bool
read_original(
    const struct bounce *b, struct buf *text, bool *is_whole, struct err *e)
{
	const struct entry *entry = &b->about->entry;
	*is_whole = b->settings->dsn_return == DSN_RETURN_FULL &&
	    b->settings->relay_tls != RELAY_TLS_REQUIRE && /* RFC 8689 5 */
	    entry->size <= WHOLE_MAX;
	size_t left = entry->size < WHOLE_MAX ? (size_t)entry->size : WHOLE_MAX;
	while (left > 0) {
		char *room = buf_room(text, left);
		if (room == NULL)
			break;
		ssize_t n = fd_pread(
		    b->about->fd, room, left, entry->text + (off_t)text->len);
		if (n == -1)
			return err_sys(e, EX_IOERR, "read %s", b->about->id);
		if (n == 0)
			break;
		buf_filled(text, (size_t)n);
		left -= (size_t)n;
	}
	return true;
}

static bool
write_report(const struct bounce *b, const struct names *names,
    const struct dsn_rcpt *rcpts, struct buf *report, bool *needs_utf8,
    struct err *e)
{
	AUTO(buf_release) struct buf original = BUF_INIT(WHOLE_MAX);
	const struct entry *entry = &b->about->entry;
	int64_t arrived = entry->arrived_usec / 1000000;
	struct str server = str_of(b->server != NULL ? b->server : "");
	size_t colon = str_rfind(server, ':');
	struct dsn d = {
		.kind = b->kind,
		.host = str_of(names->host),
		.server = str_upto(server, colon),
		.from = buf_str(&names->from),
		.to = str_of(entry->sender),
		.now = (time_t)b->now,
		.arrived = (time_t)arrived,
		.tried = b->server != NULL ? (time_t)b->now : 0,
		.until = (time_t)(arrived + b->settings->queue_lifetime),
		.id = str_of(b->about->id),
		.envid = str_of(b->settings->dsn_envid != NULL
			? b->settings->dsn_envid
			: ""),
		.message_id = buf_str(&names->message_id),
		.unique = str_of(names->unique),
		.rcpts = rcpts,
		.nrcpts = b->nrcpts,
	};
	if (!read_original(b, &original, &d.is_whole, e))
		return false;
	d.original = buf_str(&original);
	*needs_utf8 = dsn_needs_utf8(&d);
	return dsn_write(&d, report, e);
}

/* In the queue, behind what it is about and in the same lane. */
static bool
put_report(
    const struct bounce *b, struct str report, bool needs_utf8, struct err *e)
{
	AUTO(entry_release) struct entry entry = ENTRY_INIT;
	AUTO(message_release) struct message message = MESSAGE_INIT;
	AUTO(source_release) struct source source;
	AUTO(buf_release) struct buf name = BUF_INIT(128);
	const struct entry *about = &b->about->entry;
	char id[SPOOL_ID_SIZE];
	entry.sender = str_dup(STR(""));
	entry.about = str_dup(str_of(b->about->id));
	if (about->account != NULL)
		entry.account = str_dup(str_of(about->account));
	if (about->rcfile != NULL)
		entry.rcfile = str_dup(str_of(about->rcfile));
	if (needs_utf8)
		entry.not_ascii = str_dup(STR("the recipient"));
	for (size_t i = 0; i < about->settings.len; i++)
		strvec_add(&entry.settings, str_of(about->settings.items[i]));
	entry_add_rcpt(&entry, str_of(about->sender), STR(""));
	(void)!buf_printf(&name, "%d %zu", (int)b->kind, b->rcpts[0]);
	if (!message_from_bytes(&message, report, e))
		return false;
	source_init(&source, &message, NULL);
	spool_derive_id(b->about->id, buf_str(&name), id);
	if (!spool_put_as(b->spool, &entry, &source, id, e))
		return false;
	log_debug("%s: its sender is told by %s", b->about->id, id);
	return true;
}

static bool
make_and_put(const struct bounce *b, struct err *e)
{
	AUTO(buf_release) struct buf report = BUF_INIT(REPORT_MAX);
	AUTO(names_release)
	struct names names = {
		.from = BUF_INIT(1024),
		.message_id = BUF_INIT(1024),
	};
	struct dsn_rcpt *rcpts = describe_rcpts(b);
	bool needs_utf8;
	bool ok = find_names(b, &names, e) &&
	    write_report(b, &names, rcpts, &report, &needs_utf8, e) &&
	    put_report(b, buf_str(&report), needs_utf8, e);
	free(rcpts);
	return ok || err_wrap(e, "report to the sender of %s", b->about->id);
}

/* Under a lock, as other lanes make some, too. */
bool
bounce_put(const struct bounce *b, bool *is_put, struct err *e)
{
	AUTO(note_release) struct note count = NOTE_INIT;
	AUTO(fd_release) int lock = -1;
	struct err ignored;
	int64_t today = b->now / DAY_SECONDS;
	*is_put = false;
	if (!spool_lock(b->spool, COUNT_NAME, true, &lock, e))
		return false;
	(void)!spool_note_read(b->spool, COUNT_NAME, 0, &count);
	if (count.next != today)
		count.ntries = 0;
	if (count.ntries >= b->settings->queue_bounces)
		return true;
	if (!make_and_put(b, e))
		return false;
	*is_put = true;
	count.next = today;
	count.ntries++;
	/* if the count is lost, some more are made */
	(void)!spool_note_write(b->spool, COUNT_NAME, &count, &ignored);
	return true;
}
