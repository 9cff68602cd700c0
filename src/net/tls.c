// SPDX-License-Identifier: ISC
#include "net/tls.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/err.h"
#include "base/idn.h"
#include "base/late_gnutls.h"
#include "base/log.h"
#include "net/fault.h"
#include "net/name.h"
#include "net/owncert.h"
#include "net/priority.h"
#include "net/stream.h"
#include "net/ticket.h"
#include "net/tlsinfo.h"
#include "net/tlsline.h"
#include "net/trust.h"

/* Where we are linked with it, it is crypto_prepare() that sets it up. */
GNUTLS_SKIP_GLOBAL_INIT

struct tls {
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t exporter; /* allocated by gnutls */
	gnutls_datum_t unique;
	struct tlsline line;
	struct fault_scene scene;
	struct ticket ticket;
	int first_group; /* that we offer; GnuTLS's number */
	bool is_kept;    /* the session is to be, in the end */
};

static struct str
str_of_datum(gnutls_datum_t d)
{
	return d.size > 0 ? (struct str){ (const char *)d.data, d.size }
			  : STR_INIT;
}

static short
events_of(const struct tls *tls)
{
	if (gnutls_record_get_direction(tls->session) != 0)
		return POLLOUT;
	return tls->line.is_blocked ? POLLIN | POLLOUT : POLLIN;
}

static ssize_t
tls_send(
    struct stream *st, const char *src, size_t n, short *events, struct err *e)
{
	if (st->is_ending) /* the good-bye below goes with it */
		tlsline_hold(&st->tls->line);
	ssize_t put = gnutls_record_send(st->tls->session, src, n);
	if (put >= 0)
		return put;
	if (gnutls_error_is_fatal((int)put) == 0) {
		*events = events_of(st->tls);
		return TRANSPORT_WAIT;
	}
	(void)fault_explain(
	    st->tls->session, (int)put, &st->tls->scene, "while sending", e);
	return TRANSPORT_ERROR;
}

/*
 * GnuTLS also says "again" for each session ticket, warning or key update:
 * all that is no data and not fatal is waited over.
 */
static ssize_t
tls_recv(
    struct stream *st, char *dst, size_t room, short *events, struct err *e)
{
	tlsline_awake(&st->tls->line);
	ssize_t got = gnutls_record_recv(st->tls->session, dst, room);
	if (got > 0)
		return got;
	if (got == 0 || got == GNUTLS_E_PREMATURE_TERMINATION)
		return TRANSPORT_END;
	if (gnutls_error_is_fatal((int)got) == 0) {
		*events = events_of(st->tls);
		return TRANSPORT_WAIT;
	}
	(void)fault_explain(
	    st->tls->session, (int)got, &st->tls->scene, "while receiving", e);
	return TRANSPORT_ERROR;
}

static bool
tls_is_pending(const struct stream *st)
{
	return gnutls_record_check_pending(st->tls->session) > 0 ||
	    tlsline_has_input(&st->tls->line);
}

static void
tls_release(struct tls **owned)
{
	struct tls *tls = *owned;
	if (tls == NULL)
		return;
	if (tls->session != NULL)
		gnutls_deinit(tls->session);
	if (tls->credentials != NULL)
		gnutls_certificate_free_credentials(tls->credentials);
	gnutls_free(tls->exporter.data);
	gnutls_free(tls->unique.data);
	tlsline_release(&tls->line);
	free(tls);
	*owned = NULL;
}

/*
 * With TLS 1.3 tickets come at any time behind the handshake, and GnuTLS would
 * wait for one.  A session of TLS 1.2 without the extended master secret is
 * not kept: resumed, it could be somebody else's too (RFC 7627 5.4), and
 * tls-unique would say nothing.
 */
static bool
is_resumable(gnutls_session_t session)
{
	if (gnutls_protocol_get_version(session) == GNUTLS_TLS1_3)
		return (gnutls_session_get_flags(session) &
			   GNUTLS_SFLAGS_SESSION_TICKET) != 0;
	return gnutls_session_ext_master_secret_status(session) != 0;
}

static void
save_session(const struct tls *tls)
{
	gnutls_datum_t data = { NULL, 0 };
	if (tls->ticket.dir == 0 || !is_resumable(tls->session) ||
	    gnutls_session_get_data2(tls->session, &data) < 0)
		return;
	struct ticket ticket = tls->ticket;
	ticket.is_first_group = tls->first_group != 0 &&
	    (int)gnutls_group_get(tls->session) == tls->first_group;
	ticket_keep(&ticket, time(NULL), str_of_datum(data));
	gnutls_memset(data.data, 0, data.size);
	gnutls_free(data.data);
}

static void
tls_finish(struct stream *st)
{
	(void)gnutls_bye(st->tls->session, GNUTLS_SHUT_WR);
	(void)!tlsline_flush(&st->tls->line);
	if (st->tls->is_kept)
		save_session(st->tls);
	tls_release(&st->tls);
}

static const struct transport transport = {
	.record = 1 << 14, /* RFC 8446 5.1 */
	.send = tls_send,
	.recv = tls_recv,
	.is_pending = tls_is_pending,
	.finish = tls_finish,
};

static int
set_up(struct tls *tls, int fd, const char *host, bool is_offered)
{
	/*
	 * Two keys are made, of which the server takes one.  If it took the
	 * first when the session began, it does again; would it not, it asks
	 * for another (RFC 8446 4.1.4), which takes a round trip.
	 */
	unsigned flags = is_offered && tls->ticket.is_first_group
	    ? GNUTLS_KEY_SHARE_TOP
	    : 0;
	int rc = gnutls_init(
	    &tls->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | flags);
	if (rc >= 0)
		rc = gnutls_credentials_set(
		    tls->session, GNUTLS_CRD_CERTIFICATE, tls->credentials);
	if (rc >= 0 && !name_is_address(host)) /* RFC 6066 3: no addresses */
		rc = gnutls_server_name_set(
		    tls->session, GNUTLS_NAME_DNS, host, strlen(host));
	if (rc < 0)
		return rc;
	tlsline_init(&tls->line, tls->session, fd, &tls->scene);
	return rc;
}

/* What is held; true if there is nothing left of it. */
static bool
flush(struct stream *st, struct tls *tls, struct err *e)
{
	while (!tlsline_flush(&tls->line)) {
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return err_sys(
			    e, EX_TEMPFAIL, "connection lost in the handshake");
		if (!stream_wait(st, POLLOUT, e))
			return false;
	}
	return true;
}

static bool
handshake(struct stream *st, struct tls *tls, const struct tls_options *o,
    struct err *e)
{
	int rc;
	stream_allow(st, o->timeout_s);
	tlsline_hold(&tls->line);
	while ((rc = gnutls_handshake(tls->session)) < 0) {
		if (gnutls_error_is_fatal(rc) != 0)
			return fault_in_handshake(
			    tls->session, rc, &tls->scene, st->fd, e);
		/* a warning needs no waiting, but many have a deadline too */
		short events = POLLOUT;
		if (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED)
			events = events_of(tls);
		if (!stream_wait(st, events, e))
			return false;
		tlsline_awake(&tls->line);
	}
	tlsline_let_go(&tls->line);
	/* behind STARTTLS it is for us to speak, and it goes with that */
	return !o->is_first || flush(st, tls, e);
}

static void
note_resuming(const struct tls_options *o, bool resumes)
{
	if (o->resumes != NULL)
		*o->resumes = resumes;
}

/* Whether there was a session to offer. */
static bool
offer_session(struct tls *tls, const struct tls_options *o, struct str data)
{
	/* GnuTLS has a limit to its age, too */
	bool is_offered = data.len > 0 &&
	    gnutls_session_set_data(tls->session, data.ptr, data.len) >= 0;
	note_resuming(o, is_offered);
	return is_offered;
}

/* The authorities are not loaded if it seems that nobody needs them. */
static bool
load_certificates(struct tls *tls, const struct tls_options *o, bool is_offered,
    struct err *e)
{
	if (o->identity != NULL &&
	    !tls_identity_use(o->identity, tls->credentials, e))
		return false;
	return is_offered || trust_prepare(tls->credentials, o, e);
}

/*
 * A chain that is good may have a certificate beside it that is out of date, as
 * of an authority that once signed another.  What cannot be resumed is not
 * kept: it would cost the next message a second connection.
 */
static void
rule_out_session(struct tls *tls, const struct tls_options *o, const char *host)
{
	struct err ignored = ERR_INIT;
	if (tls->ticket.dir == 0 ||
	    trust_judge_again(
		tls->session, tls->credentials, o, host, &ignored))
		return;
	log_debug("this TLS session will not be kept: the server also shows a "
		  "certificate that is out of date");
	tls->ticket.dir = 0;
}

/* A session that is resumed has passed all that costs time. */
static bool
judge(struct tls *tls, const struct tls_options *o, const char *host,
    bool is_offered, struct err *e)
{
	if (is_offered && gnutls_session_is_resumed(tls->session) != 0)
		return trust_judge_again(
		    tls->session, tls->credentials, o, host, e);
	note_resuming(o, false);
	tls->ticket.since = time(NULL);
	if ((is_offered && !trust_prepare(tls->credentials, o, e)) ||
	    !trust_judge(tls->session, tls->credentials, o, host, e))
		return false;
	rule_out_session(tls, o, host);
	return true;
}

static bool
shake_hands(struct stream *st, struct tls *tls, const struct tls_options *o,
    const char *host, struct str saved, struct err *e)
{
	bool is_offered = offer_session(tls, o, saved);
	if (!load_certificates(tls, o, is_offered, e) ||
	    !handshake(st, tls, o, e))
		return false;
	if (o->seen != NULL)
		tlsinfo_read(tls->session, o->seen);
	if (judge(tls, o, host, is_offered, e))
		return true;
	ticket_forget(&tls->ticket);
	return false;
}

static struct tls *
tls_new(const struct tls_options *o)
{
	struct tls *tls = mem_zalloc(sizeof(*tls));
	tls->scene = (struct fault_scene){
		.has_own = o->identity != NULL,
		.is_first = o->is_first,
		.needs_13 = o->needs_13,
		.has_priorities = o->priorities != NULL,
	};
	return tls;
}

bool
tls_start(struct stream *st, const struct tls_options *o, struct err *e)
{
	if (!crypto_prepare(e))
		return false;
	AUTO(tls_release) struct tls *tls = tls_new(o);
	AUTO(buf_release) struct buf host = BUF_INIT(1024);
	AUTO(buf_release) struct buf saved = BUF_INIT(TICKET_FILE_MAX);
	if (!idn_to_ascii(str_of(o->host), &host, e))
		return false;
	if (host.len > 1 && host.data[host.len - 1] == '.')
		buf_truncate(&host, host.len - 1); /* RFC 6066 3 */
	int rc = gnutls_certificate_allocate_credentials(&tls->credentials);
	if (rc >= 0) {
		ticket_init(&tls->ticket, o, buf_cstr(&host));
		bool is_offered = ticket_take(&tls->ticket, time(NULL), &saved);
		rc = set_up(tls, st->fd, buf_cstr(&host), is_offered);
	}
	if (rc < 0)
		return err_set(
		    e, EX_SOFTWARE, "set up TLS: %s", gnutls_strerror(rc));
	if (!priority_set(tls->session, o->priorities, o->needs_13,
		&tls->first_group, e) ||
	    !shake_hands(st, tls, o, buf_cstr(&host), buf_str(&saved), e))
		return false;
	st->tls = tls;
	st->transport = &transport;
	tls = NULL; /* it is the stream's now */
	return true;
}

void
tls_keep(struct stream *st)
{
	st->tls->is_kept = true;
}

void
tls_forget(const struct stream *st)
{
	ticket_forget(&st->tls->ticket);
}

bool
tls_check_priorities(const char *priorities, bool needs_13, struct err *e)
{
	return crypto_prepare(e) && priority_check(priorities, needs_13, e);
}

/* Asked for when it is wanted, as few logins do. */
static struct str
binding(struct tls *tls, gnutls_channel_binding_t kind, gnutls_datum_t *data)
{
	if (data->data == NULL)
		(void)gnutls_session_channel_binding(tls->session, kind, data);
	return str_of_datum(*data);
}

/*
 * gsasl asks for tls-exporter first; with TLS 1.2 a server may not have it,
 * so then only tls-unique is given (RFC 9266 4.2).
 */
static bool
is_13(const struct stream *st)
{
	return gnutls_protocol_get_version(st->tls->session) == GNUTLS_TLS1_3;
}

struct str
tls_exporter(const struct stream *st)
{
	return is_13(st)
	    ? binding(st->tls, GNUTLS_CB_TLS_EXPORTER, &st->tls->exporter)
	    : STR_INIT;
}

struct str
tls_unique(const struct stream *st)
{
	return is_13(st)
	    ? STR_INIT
	    : binding(st->tls, GNUTLS_CB_TLS_UNIQUE, &st->tls->unique);
}
