// SPDX-License-Identifier: ISC
#include "message/source.h"

#include <assert.h>
#include <sysexits.h>

#include "base/err.h"
#include "base/fd.h"
#include "message/edit.h"

void
source_init(struct source *s, const struct message *m, const struct edit *ed)
{
	s->m = m;
	s->edit = ed;
	s->recoded = MESSAGE_INIT;
	s->spare_fd = -1;
	source_rewind(s);
}

void
source_replace(struct source *s, struct message *m)
{
	message_release(&s->recoded);
	s->recoded = *m;
	*m = MESSAGE_INIT;
	s->m = &s->recoded;
	s->edit = NULL;
	source_rewind(s);
}

void
source_release(struct source *s)
{
	message_release(&s->recoded);
	fd_release(&s->spare_fd);
}

void
source_rewind(struct source *s)
{
	s->at = 0;
	s->nsplices = 0;
	s->given = 0;
	s->wire = WIRE_INIT;
	s->text = STR_INIT;
	s->nblanks = 0;
	s->line_end = STR_INIT;
}

uint64_t
source_size(const struct source *s)
{
	return s->edit != NULL ? s->edit->size : s->m->facts.wire;
}

bool
source_is_8bit(const struct source *s)
{
	return s->m->facts.is_8bit;
}

static const struct splice *
next_splice(const struct source *s)
{
	if (s->edit == NULL || s->nsplices == s->edit->nsplices)
		return NULL;
	return &s->edit->splices[s->nsplices];
}

static bool
changed(struct err *e)
{
	return err_set(
	    e, EX_IOERR, "the message changed while it was being sent");
}

/* Feeds input from at on, up to the given offset at most. */
static bool
take_input(struct source *s, off_t end, struct err *e)
{
	const struct message *m = s->m;
	off_t left = end - s->at;
	if (m->fd == -1) {
		wire_feed(&s->wire, m->bytes.ptr + s->at, (size_t)left);
		s->at = end;
		return true;
	}
	size_t want = left < SOURCE_WINDOW ? (size_t)left
					   : (size_t)SOURCE_WINDOW;
	ssize_t got = fd_pread(m->fd, s->window, want, m->base + s->at);
	if (got == -1)
		return err_sys(e, EX_IOERR, "read the message");
	if (got == 0)
		return changed(e);
	wire_feed(&s->wire, s->window, (size_t)got);
	s->at += got;
	return true;
}

/*
 * Fills what goes out next, of which nothing is left; it may stay empty.
 * *more is false at the end.
 */
static bool
advance(struct source *s, bool *more, struct err *e)
{
	struct piece p;
	*more = true;
	if (wire_next(&s->wire, &p)) {
		s->text = p.text;
		s->nblanks = p.nblanks;
		s->line_end = p.ends_line ? STR("\r\n") : STR_INIT;
		return true;
	}
	const struct splice *splice = next_splice(s);
	off_t end = splice != NULL ? splice->start : s->m->facts.size;
	if (s->at < end)
		return take_input(s, end, e);
	if (wire_end(&s->wire)) {
		s->line_end = STR("\r\n");
		return true;
	}
	*more = splice != NULL;
	if (splice != NULL) {
		s->text = splice->text;
		s->at = splice->end;
		s->nsplices++;
	}
	return true;
}

static size_t
smaller(uint64_t n, size_t room)
{
	return n < room ? (size_t)n : room;
}

static size_t
give(struct str *from, char *dst, size_t room)
{
	size_t n = smaller(from->len, room);
	memcpy(dst, from->ptr, n);
	*from = str_from(*from, n);
	return n;
}

/* Copies what goes out next, as far as there is room. */
static size_t
copy_out(struct source *s, char *dst, size_t room)
{
	size_t n = give(&s->text, dst, room);
	if (s->nblanks > 0) {
		size_t k = smaller(s->nblanks, room - n);
		memset(dst + n, ' ', k);
		s->nblanks -= k;
		n += k;
	}
	return n + give(&s->line_end, dst + n, room - n);
}

static bool
has_nothing_due(const struct source *s)
{
	return s->text.len == 0 && s->nblanks == 0 && s->line_end.len == 0;
}

bool
source_read(struct source *s, char *dst, size_t room, size_t *n, struct err *e)
{
	bool more = true;
	*n = 0;
	assert(room > 0);
	while (more) {
		*n += copy_out(s, dst + *n, room - *n);
		if (has_nothing_due(s))
			*n += wire_copy(&s->wire, dst + *n, room - *n);
		if (*n == room)
			break;
		if (!advance(s, &more, e))
			return false;
	}
	s->given += *n;
	if (s->given > source_size(s) || (!more && s->given < source_size(s)))
		return changed(e);
	return true;
}
