// SPDX-License-Identifier: ISC
/*
 * A session with a server that says anything.  Eight bytes choose what the
 * session is for and how the bytes move, the rest is what the server says.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "message/envelope.h"
#include "message/intake.h"
#include "message/message.h"
#include "message/source.h"
#include "smtp/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	NOPTIONS = 8,
	INPUT_MAX = 1 << 18,
	LARGE = 280000, /* more than goes with the envelope */
	SENT_MAX = 8 << 20,
	MESSAGES_MAX = 4,   /* on connections that are kept */
	OUT_LIMIT = 120000, /* what the session ever leaves in out */
};

static const char password[] = "open-sesame";
static const char encoded[] = "b3Blbi1zZXNhbWU=";

/* What the first bytes mean. */
struct options {
	enum smtp_goal goal;
	enum smtp_tls tls;
	bool has_login, all_or_none, needs_utf8, is_large, has_bad_rcpt;
	bool is_lmtp, has_asks;
	bool keeps_line; /* for more messages, as long as it can */
	const char *mechanisms;
	size_t nrcpts;
	size_t in_piece;  /* bytes to hear at a time; 0: a line */
	size_t out_piece; /* bytes to send at a time; 0: all */
};

struct world {
	struct options o;
	struct message message;
	struct envelope envelope;
	struct source source;
	struct smtp_session session;
	struct buf text; /* the message's source */
	struct buf in, out, sent, trace;
	size_t nsteps;
};

static const struct sasl_channel channel = { .is_private = true,
	.tls_exporter = { "0123456789abcdef0123456789abcdef", 32 } };

static struct options
read_options(const uint8_t *data)
{
	static const char *const names[] = { NULL, NULL, "plain", "login",
		"scram-sha-1", "plain login scram-sha-256", "cram-md5",
		"digest-md5", "external", "ntlm", "oauthbearer",
		"xoauth2 oauthbearer", "anonymous" };
	return (struct options){
		/* what is already there means what it did */
		.goal = (enum smtp_goal)(data[0] / 64 % 3),
		.tls = (enum smtp_tls)(data[0] % 4),
		.has_login = (data[1] & 1) != 0,
		.all_or_none = (data[1] & 2) != 0,
		.needs_utf8 = (data[1] & 4) != 0,
		.is_large = (data[1] & 8) != 0,
		.has_bad_rcpt = (data[1] & 16) != 0,
		.is_lmtp = (data[1] & 32) != 0,
		.has_asks = (data[1] & 64) != 0,
		.keeps_line = (data[1] & 128) != 0,
		.mechanisms = names[data[2] % ARRAY_LEN(names)],
		.nrcpts = 1u + data[3] % 50u,
		.in_piece = data[4],
		.out_piece = (size_t)data[5] * 300,
	};
}

static void
make_message(struct world *w)
{
	struct err e = ERR_INIT;
	bool ok = buf_printf(&w->text, "Subject: x\n\n.hi\n");
	while (ok && w->o.is_large && w->text.len < LARGE)
		ok = buf_printf(&w->text, ".%0900d\n%0900d\n", 0, 0);
	ok = ok && message_from_bytes(&w->message, buf_str(&w->text), &e);
	assert(ok);
	source_init(&w->source, &w->message, NULL);
}

static void
make_envelope(struct world *w)
{
	char rcpt[64];
	w->envelope = (struct envelope){
		.sender = str_dup(STR("a@example")),
		.needs_utf8 = w->o.needs_utf8,
	};
	for (size_t i = 0; i < w->o.nrcpts; i++) {
		bool is_bad = w->o.has_bad_rcpt && i == w->o.nrcpts / 2;
		(void)snprintf(rcpt, sizeof(rcpt), "r%zu%s@example", i,
		    is_bad ? "\r\nDATA" : "");
		strvec_add(&w->envelope.rcpts, str_of(rcpt));
	}
}

static void
start(struct world *w, const uint8_t *data)
{
	*w = (struct world){
		.o = read_options(data),
		.text = BUF_INIT(LARGE + 4000),
		.in = BUF_INIT(SMTP_IN_MAX),
		.out = BUF_INIT(SMTP_OUT_MAX),
		.sent = BUF_INIT(SENT_MAX),
		.trace = BUF_INIT(SENT_MAX),
	};
	make_message(w);
	make_envelope(w);
	struct smtp_job job = {
		.goal = w->o.goal,
		.etrn = "@example.org",
		.ehlo_name = "me.example",
		.tls = w->o.tls,
		.channel = w->o.tls == SMTP_TLS_RUNNING
		    ? channel
		    : (struct sasl_channel){ .is_private = false },
		.login = {
			.is_wanted = w->o.has_login,
			.user = "user",
			.password = str_of(password),
			.host = "mx.example",
			.mechanisms = w->o.mechanisms,
		},
		.envelope = &w->envelope,
		.source = &w->source,
		.partial_delivery = !w->o.all_or_none,
		.is_lmtp = w->o.is_lmtp,
		.keeps_line = w->o.keeps_line,
	};
	for (size_t i = 0; w->o.has_asks && i < SMTP_ASK_COUNT; i++)
		job.asks[i] = (struct smtp_ask){ .value = i % 2 == 0 ? "x y"
								     : "",
			.who = "who",
			.hint = "hint",
			.is_needed = data[6] == i,
			.number = data[7] };
	smtp_init(&w->session, &job, &w->trace);
}

static void
end(struct world *w)
{
	smtp_release(&w->session);
	message_release(&w->message);
	envelope_release(&w->envelope);
	buf_release(&w->text);
	buf_release(&w->in);
	buf_release(&w->out);
	buf_release(&w->sent);
	buf_release(&w->trace);
}

static bool
contains(struct str text, struct str part)
{
	for (size_t i = 0; i + part.len <= text.len; i++) {
		size_t skip = str_find(str_from(text, i), part.ptr[0]);
		i += skip;
		if (i + part.len <= text.len &&
		    memcmp(text.ptr + i, part.ptr, part.len) == 0)
			return true;
	}
	return false;
}

/* The message as it has to arrive, dots doubled or behind BDAT. */
static void
arrive(struct world *w, bool is_bdat, struct buf *whole)
{
	bool ok = true;
	if (is_bdat)
		ok = buf_printf(whole, "BDAT %llu LAST\r\n",
		    (unsigned long long)source_size(&w->source));
	struct str rest = buf_str(&w->text);
	while (ok && rest.len > 0) {
		size_t n = str_find(rest, '\n');
		bool has_dot = n > 0 && rest.ptr[0] == '.' && !is_bdat;
		ok = buf_printf(whole, "%s", has_dot ? "." : "") &&
		    buf_add(whole, rest.ptr, n) && buf_add(whole, "\r\n", 2);
		rest = str_from(rest, n + 1);
	}
	ok = ok && (is_bdat || buf_add(whole, ".\r\n", 3));
	assert(ok);
}

/* All of it had been sent before the server's last words came. */
static void
check_acceptance(struct world *w, size_t nsent_before)
{
	bool has_all = false;
	for (int is_bdat = 0; is_bdat <= 1; is_bdat++) {
		struct buf whole = BUF_INIT(SENT_MAX);
		arrive(w, is_bdat == 1, &whole);
		has_all |= contains(
		    str_upto(buf_str(&w->sent), nsent_before), buf_str(&whole));
		buf_release(&whole);
	}
	assert(has_all);
	assert(!w->o.all_or_none || w->o.is_lmtp ||
	    w->session.ntaken == w->o.nrcpts);
}

static void
send_some(struct world *w)
{
	size_t n = w->out.len;
	if (w->o.out_piece > 0 && n > w->o.out_piece)
		n = w->o.out_piece;
	if (n == 0)
		return;
	bool ok = buf_add(&w->sent, w->out.data, n);
	assert(ok);
	buf_consume(&w->out, n);
}

/* What is in in is all that the server has said by now. */
static enum smtp_want
step(struct world *w)
{
	size_t nsent_before = w->sent.len;
	size_t ntaken = w->session.ntaken;
	enum smtp_want want = smtp_step(&w->session, &w->in, &w->out);
	assert(w->out.len <= OUT_LIMIT);
	assert(++w->nsteps < (size_t)4 * INPUT_MAX);
	if (w->session.ntaken > ntaken)
		check_acceptance(w, nsent_before);
	if (want == SMTP_WANT_INPUT || want == SMTP_WANT_ROOM)
		assert(smtp_timeout(&w->session) > 0);
	if (want != SMTP_DONE || !w->session.is_broken)
		send_some(w);
	if (want == SMTP_WANT_TLS) {
		assert(w->in.len == 0 && w->out.len == 0);
		smtp_tls_started(&w->session, &channel);
	}
	return want;
}

static size_t
next_piece(const struct world *w, struct str words)
{
	size_t n = w->o.in_piece;
	if (n == 0) {
		size_t end_of_line = str_find(words, '\n');
		n = end_of_line < words.len ? end_of_line + 1 : words.len;
	}
	n = n < words.len ? n : words.len;
	return n < buf_left(&w->in) ? n : buf_left(&w->in);
}

/* Only who was served wants another connection. */
static void
go_on_elsewhere(struct world *w)
{
	const struct sasl_channel clear = { .is_private = false };
	assert(w->session.err.exit == EX_OK);
	assert(w->session.batch.nmails > 0);
	buf_truncate(&w->in, 0);
	buf_truncate(&w->out, 0);
	smtp_again(&w->session, w->o.tls,
	    w->o.tls == SMTP_TLS_RUNNING ? &channel : &clear);
}

/* Until one message is over, or what the job is; the rest of the words. */
static struct str
talk(struct world *w, struct str words)
{
	const struct err lost = { .exit = EX_TEMPFAIL, .text = "lost" };
	enum smtp_want want = step(w);
	while (want != SMTP_DONE || w->session.wants_again) {
		if (want == SMTP_DONE) {
			go_on_elsewhere(w);
			want = step(w);
			continue;
		}
		if (want == SMTP_WANT_TLS ||
		    (want == SMTP_WANT_ROOM && w->o.in_piece % 2 == 0)) {
			want = step(w); /* nothing came meanwhile */
			continue;
		}
		size_t n = next_piece(w, words);
		if (words.len == 0)
			smtp_lost(&w->session, &lost);
		assert(n > 0 || words.len == 0);
		bool ok = buf_add(&w->in, words.ptr, n);
		assert(ok);
		words = str_from(words, n);
		want = step(w);
	}
	/* over is over */
	assert(step(w) == SMTP_DONE);
	return words;
}

/* A verdict is the server's or nobody's, and never unsure. */
static void
check_verdict(const struct world *w)
{
	const struct smtp_session *s = &w->session;
	assert(!s->is_final || (s->err.exit != EX_OK && !s->is_uncertain));
	assert(!s->is_final || s->err.code == 0 || s->err.code >= 500);
	assert(!s->is_uncertain || s->is_line_fault);
	assert(!s->is_line_fault || !smtp_can_go_on(s));
	assert(!smtp_can_go_on(s) || (w->o.keeps_line && w->in.len == 0));
	for (size_t i = 0; s->outcomes != NULL && i < w->o.nrcpts; i++) {
		enum smtp_fate fate = smtp_fate(s, i);
		bool is_taken = s->outcomes[i].verdict == SMTP_TAKEN;
		assert((fate == SMTP_FATE_TAKEN) == is_taken);
		assert(fate != SMTP_FATE_REFUSED || s->err.exit != EX_OK ||
		    s->has_final_refusal);
	}
}

static void
check_end(const struct world *w, struct str words)
{
	const struct smtp_session *s = &w->session;
	size_t ntaken = 0;
	bool is_sending = w->o.goal == SMTP_GOAL_SEND;
	for (size_t i = 0; is_sending && i < w->o.nrcpts; i++) {
		const struct smtp_outcome *o = &s->outcomes[i];
		ntaken += o->verdict == SMTP_TAKEN;
		/* nobody is forgotten */
		assert(s->err.exit != EX_OK || o->verdict == SMTP_TAKEN ||
		    o->verdict == SMTP_REFUSED ||
		    (w->o.all_or_none && ntaken == 0));
		assert(o->verdict != SMTP_REFUSED ||
		    (o->exit >= EX__BASE && o->exit <= EX__MAX &&
			o->said != NULL));
	}
	assert(s->ntaken == ntaken && s->is_accepted == (ntaken > 0));
	assert(s->err.exit == EX_OK || s->err.exit == EX_DATAERR ||
	    s->err.exit == EX_UNAVAILABLE || s->err.exit == EX_TEMPFAIL ||
	    s->err.exit == EX_PROTOCOL || s->err.exit == EX_NOPERM);
	/* \xNN may complete it, too */
	AUTO(buf_release) struct buf shown = BUF_INIT(4 * words.len);
	str_printable(words, &shown);
	if (contains(buf_str(&shown), str_of(password)) ||
	    contains(buf_str(&shown), str_of(encoded)))
		return; /* it was the server who told it */
	assert(!contains(buf_str(&w->trace), str_of(password)));
	assert(!contains(buf_str(&w->trace), str_of(encoded)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < NOPTIONS || size > INPUT_MAX)
		return 0;
	struct str words = { (const char *)data + NOPTIONS, size - NOPTIONS };
	struct world *w = mem_alloc(sizeof(*w));
	start(w, data);
	struct str rest = talk(w, words);
	check_verdict(w);
	check_end(w, words);
	for (size_t n = 1; n < MESSAGES_MAX && smtp_can_go_on(&w->session);
	     n++) {
		buf_truncate(&w->sent, 0);
		smtp_next(
		    &w->session, &w->envelope, &w->source, w->session.job.asks);
		rest = talk(w, rest);
		check_verdict(w);
		check_end(w, words);
	}
	smtp_quit(&w->session, &w->out);
	end(w);
	free(w);
	return 0;
}
