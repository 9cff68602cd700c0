// SPDX-License-Identifier: ISC
#include "outbox/show.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/fd.h"
#include "outbox/listing.h"
#include "outbox/words.h"

enum {
	LABEL = 10, /* the width of what stands in front */
	PIECE = 64 << 10,
	ROOM = 2 * PIECE, /* and what is left of the one before */
	WHY_MAX = 4096,
};

static void
add_line(struct buf *out, const char *label, struct str text)
{
	(void)!buf_printf(out, "%-*s", LABEL, label);
	words_wrap(text, LABEL, out);
}

static void
add_text(struct buf *out, const char *label, const char *text)
{
	if (text != NULL && text[0] != '\0')
		add_line(out, label, str_of(text));
}

/* Of one that is not damaged. */
static void
add_state(const struct listing *l, const struct listed *m, struct buf *text)
{
	char next[WORDS_SIZE];
	switch (m->state) {
	case LISTED_WAITING:
		words_until(m->next > 0 ? m->next - l->now : 0, next);
		(void)!buf_printf(text, "waiting, next try %s", next);
		break;
	case LISTED_TRYING: (void)!buf_printf(text, "being tried now"); break;
	case LISTED_HELD: (void)!buf_printf(text, "held"); break;
	case LISTED_FAILED:
		(void)!buf_printf(text, "failed, and nobody could be told");
		break;
	}
}

static void
add_history(const struct listing *l, const struct listed *m, struct buf *out)
{
	int64_t arrived = m->message.entry.arrived_usec / 1000000;
	char date[DATE_SIZE], age[WORDS_SIZE], size[WORDS_SIZE];
	date_format(arrived, date);
	words_age(l->now - arrived, age);
	words_size(m->message.entry.size, size);
	(void)!buf_printf(out, "%-*s%s (%s ago)\n%-*s%s\n", LABEL,
	    "arrived:", date, age, LABEL, "size:", size);
	if (m->state != LISTED_FAILED)
		(void)!buf_printf(out, "%-*s%u\n", LABEL, "tries:", m->ntries);
}

static const char *
name_fate(enum entry_fate fate)
{
	switch (fate) {
	case ENTRY_PENDING: return "waiting";
	case ENTRY_TAKEN: return "taken";
	case ENTRY_REFUSED: return "refused";
	case ENTRY_REPORTED: return "refused, and the sender was told";
	}
	return "waiting";
}

static void
add_recipients(const struct listed *m, struct buf *out)
{
	const struct entry *entry = &m->message.entry;
	for (size_t i = 0; i < entry->nrcpts; i++) {
		const struct entry_rcpt *r = &entry->rcpts[i];
		const char *said = i < m->note.nrcpts ? m->note.rcpts[i] : NULL;
		AUTO(buf_release) struct buf text = BUF_INIT(SIZE_MAX);
		(void)!buf_printf(&text, "%s", r->address);
		if (r->original != NULL)
			(void)!buf_printf(&text, " (for %s)", r->original);
		(void)!buf_printf(&text, ": %s", name_fate(r->fate));
		if (said != NULL)
			(void)!buf_printf(&text, ": %s", said);
		add_line(out, "to:", buf_str(&text));
	}
}

static void
add_envelope(const struct listed *m, struct buf *out)
{
	const struct entry *entry = &m->message.entry;
	add_text(out, "account:", entry->account);
	add_text(out, "rc file:", entry->rcfile);
	for (size_t i = 0; i < entry->settings.len; i++)
		add_text(out, "set:", entry->settings.items[i]);
	add_text(out, "from:", entry->sender[0] != '\0' ? entry->sender : "<>");
	add_recipients(m, out);
	add_text(out, "said:", m->said);
}

/* Up to where the text is whole, whatever follows. */
static size_t
find_whole(struct str text)
{
	size_t n = text.len;
	if (n > 0 && text.ptr[n - 1] == '\r')
		return n - 1;
	/* a character of UTF-8 has four bytes at most */
	for (size_t i = 0; i < 3 && n > 0 && is_8bit(text.ptr[n - 1]); i++) {
		n--;
		if (((unsigned char)text.ptr[n] & 0xc0) == 0xc0)
			return n;
	}
	return text.len;
}

static void
add_piece(struct str piece, bool is_screen, struct buf *out)
{
	while (is_screen && piece.len > 0) {
		size_t tab = str_find(piece, '\t');
		str_printable(str_upto(piece, tab), out);
		(void)!buf_add(out, "\t", tab < piece.len);
		piece = str_from(piece, tab < piece.len ? tab + 1 : tab);
	}
	(void)!buf_add_str(out, piece);
}

void
show_text(struct buf *in, bool is_end, bool is_screen, struct buf *out)
{
	struct str text = buf_str(in);
	size_t end;
	while ((end = str_find(text, '\n')) < text.len) {
		bool has_cr = end > 0 && text.ptr[end - 1] == '\r';
		add_piece(str_upto(text, end - has_cr), is_screen, out);
		(void)!buf_add(out, "\n", 1);
		text = str_from(text, end + 1);
	}
	size_t whole = is_end ? text.len : find_whole(text);
	add_piece(str_upto(text, whole), is_screen, out);
	buf_consume(in, in->len - (text.len - whole));
}

bool
show_write(int fd, struct buf *text, struct err *e)
{
	if (!fd_write_all(fd, text->data, text->len))
		return errno == EPIPE
		    ? err_set(e, EX_IOERR, "%s", "")
		    : err_sys(e, EX_IOERR, "write to standard output");
	buf_truncate(text, 0);
	return true;
}

/* From there on to its end; *out goes in front. */
static bool
copy(const struct spooled *m, off_t at, const struct show_call *call,
    struct buf *out, struct err *e)
{
	AUTO(buf_release) struct buf in = BUF_INIT(ROOM);
	ssize_t got;
	char last = '\n';
	do {
		got = fd_pread(m->fd, buf_room(&in, PIECE), PIECE, at);
		if (got == -1)
			return err_sys(e, EX_IOERR, "read %s", m->id);
		buf_filled(&in, (size_t)got);
		at += got;
		show_text(&in, got == 0, call->is_screen, out);
		if (out->len > 0)
			last = out->data[out->len - 1];
		if (got == 0 && call->is_screen && last != '\n')
			(void)!buf_add(out, "\n", 1);
		if (!show_write(call->fd, out, e))
			return false;
	} while (got > 0);
	return true;
}

/* What can be read as a file; a folder may be in its place. */
static bool
is_file(int fd)
{
	struct stat st;
	return fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

bool
show_message(struct listing *l, const struct show_call *call, struct err *e)
{
	AUTO(listed_release) struct listed m = LISTED_INIT;
	AUTO(buf_release) struct buf out = BUF_INIT(SIZE_MAX);
	AUTO(buf_release) struct buf state = BUF_INIT(WHY_MAX);
	struct err broken = ERR_INIT;
	enum spool_taken taken = listing_look(
	    l, call->place, call->id, &m, &broken);
	if (taken == SPOOL_GONE || taken == SPOOL_BUSY)
		return err_set(e, EX_NOINPUT, "%s is gone", call->id);
	bool is_read = taken == SPOOL_TAKEN;
	if (is_read && call->place != SPOOL_DAMAGED) {
		add_state(l, &m, &state);
	} else {
		(void)!buf_printf(&state, "damaged: ");
		if (call->place != SPOOL_DAMAGED ||
		    !spool_why(&l->spool, call->id, &state))
			(void)!buf_printf(&state, "%s", broken.text);
	}
	add_text(&out, "id:", call->id);
	add_line(&out, "state:", str_trim(buf_str(&state)));
	if (is_read) {
		add_history(l, &m, &out);
		add_envelope(&m, &out);
	}
	(void)!buf_add(&out, "\n", 1);
	off_t start = is_read ? m.message.entry.text : 0;
	return is_file(m.message.fd) ? copy(&m.message, start, call, &out, e)
				     : show_write(call->fd, &out, e);
}
