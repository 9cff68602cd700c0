// SPDX-License-Identifier: ISC
#include "message/store.h"

#include "base/err.h"
#include "base/fd.h"

static bool
spill(struct store *s, const char *bytes, size_t n, struct err *e)
{
	if (s->fd == -1 && !fd_temporary(&s->fd, e))
		return false;
	if (!fd_write_all(s->fd, bytes, n))
		return err_sys(e, EX_IOERR,
		    "write the message to a "
		    "temporary file");
	return true;
}

bool
store_add(struct store *s, const char *bytes, size_t n, struct err *e)
{
	if (!scan_feed(&s->scan, bytes, n, e))
		return false;
	if (s->fd == -1 && buf_add(&s->memory, bytes, n))
		return true;
	struct str held = buf_str(&s->memory);
	if (held.len > 0 && !spill(s, held.ptr, held.len, e))
		return false;
	buf_release(&s->memory);
	return spill(s, bytes, n, e);
}

void
store_keep_scan(struct message *m, struct scan *s)
{
	scan_end(s);
	m->facts = s->facts;
	m->fields = s->fields;
	m->nfields = s->nfields;
	*s = SCAN_INIT;
}

void
store_end(struct store *s, struct message *m)
{
	*m = MESSAGE_INIT;
	store_keep_scan(m, &s->scan);
	m->owns_fd = s->fd != -1;
	m->fd = fd_keep(&s->fd);
	m->memory = s->memory;
	s->memory = BUF_INIT(STORE_MEMORY_MAX);
	m->bytes = buf_str(&m->memory);
}

void
store_release(struct store *s)
{
	scan_release(&s->scan);
	buf_release(&s->memory);
	fd_release(&s->fd);
}
