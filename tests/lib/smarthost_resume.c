// SPDX-License-Identifier: ISC
/* How TLS sessions are resumed here, or not, and the lies about it. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "smarthost.h"

enum { ENTRY_MAX = 65536 };

/* The key of another process, or one for others to come. */
void
resume_load_key(struct setup *s)
{
	int code = gnutls_session_ticket_key_generate(&s->ticket_key);
	if (code < 0)
		errx(EX_SOFTWARE, "make a ticket key: %s",
		    gnutls_strerror(code));
	if (s->ticket_key_file == NULL)
		return;
	int fd = open(s->ticket_key_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	if (fd == -1 || fstat(fd, &st) == -1)
		err(EX_CANTCREAT, "open %s", s->ticket_key_file);
	size_t size = s->ticket_key.size;
	ssize_t done = st.st_size > 0 ? read(fd, s->ticket_key.data, size)
				      : write(fd, s->ticket_key.data, size);
	if (done != (ssize_t)size || close(fd) == -1)
		err(EX_IOERR, "%s", s->ticket_key_file);
}

/* A session's file in the folder, by its id (TLS 1.2) in hexadecimal. */
static int
open_entry(const struct setup *s, gnutls_datum_t id, int flags)
{
	struct bytes path = { 0 };
	bytes_addf(&path, "%s/", s->session_ids);
	for (unsigned i = 0; i < id.size; i++)
		bytes_addf(&path, "%02x", (unsigned)id.data[i]);
	int fd = open(path.p, flags | O_CLOEXEC, 0600);
	bytes_free(&path);
	return fd;
}

static int
store(void *setup, gnutls_datum_t id, gnutls_datum_t data)
{
	int fd = open_entry(setup, id, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd == -1)
		return -1;
	ssize_t done = write(fd, data.data, data.size);
	return close(fd) == 0 && done == (ssize_t)data.size ? 0 : -1;
}

static gnutls_datum_t
retrieve(void *setup, gnutls_datum_t id)
{
	gnutls_datum_t data = { NULL, 0 };
	int fd = open_entry(setup, id, O_RDONLY);
	if (fd == -1)
		return data;
	data.data = gnutls_malloc(ENTRY_MAX);
	ssize_t got = data.data == NULL ? -1 : read(fd, data.data, ENTRY_MAX);
	data.size = got > 0 ? (unsigned)got : 0;
	(void)close(fd);
	return data;
}

static int
discard(void *setup, gnutls_datum_t id)
{
	(void)setup;
	(void)id;
	return 0;
}

enum { EXTENSION_TICKET = 35, EXTENSION_PRE_SHARED_KEY = 41 };

static int
see_extension(
    void *arg, unsigned number, const unsigned char *data, unsigned size)
{
	bool *offers = arg;
	(void)data;
	if (number == EXTENSION_PRE_SHARED_KEY ||
	    (number == EXTENSION_TICKET && size > 0))
		*offers = true;
	return 0;
}

/* Ends the handshake of a client that offers to resume anything. */
static int
refuse(gnutls_session_t tls, unsigned type, unsigned when, unsigned incoming,
    const gnutls_datum_t *message)
{
	bool offers = false;
	(void)tls;
	(void)type;
	(void)when;
	if (incoming == 0)
		return 0;
	(void)gnutls_ext_raw_parse(&offers, see_extension, message,
	    GNUTLS_EXT_RAW_FLAG_TLS_CLIENT_HELLO);
	return offers ? GNUTLS_E_ILLEGAL_PARAMETER : 0;
}

bool
resume_prepare(gnutls_session_t tls, const struct setup *s)
{
	union {
		const struct setup *in;
		void *out;
	} setup = { .in = s };
	if (s->refuse_resuming)
		gnutls_handshake_set_hook_function(tls,
		    GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_PRE, refuse);
	if (s->session_ids == NULL)
		return gnutls_session_ticket_enable_server(
			   tls, &s->ticket_key) == 0;
	gnutls_db_set_ptr(tls, setup.out);
	gnutls_db_set_store_function(tls, store);
	gnutls_db_set_retrieve_function(tls, retrieve);
	gnutls_db_set_remove_function(tls, discard);
	return true;
}

unsigned
resume_flags(const struct setup *s)
{
	return s->tickets == NULL ? 0 : GNUTLS_NO_AUTO_SEND_TICKET;
}

void
resume_send_tickets(gnutls_session_t tls, const struct setup *s)
{
	uint64_t n = 0;
	if (s->tickets == NULL ||
	    gnutls_protocol_get_version(tls) != GNUTLS_TLS1_3 ||
	    !parse_number(s->tickets, 1, 100, &n))
		return;
	int code;
	do
		code = gnutls_session_ticket_send(tls, (unsigned)n, 0);
	while (code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED);
}
