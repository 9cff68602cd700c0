// SPDX-License-Identifier: ISC
#include "play.h"

#include <gsasl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "message/intake.h"
#include "unit.h"

enum { SENT_MAX = 64 << 20, STEPS_MAX = 1000000 };

static const char *const splits[SPLIT_COUNT] = { "whole", "by lines",
	"by bytes" };

void
play_check(const struct play *p, bool ok, const char *what)
{
	unit_check(ok, p->file, p->line, "%s: %s", splits[p->split], what);
}

static const char *
either(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

static void
set_message(struct play *p, const struct scene *sc)
{
	struct err e = ERR_INIT;
	struct str text = str_of(either(sc->message, "Subject: x\n\nhi\n"));
	PLAY_CHECK(p, message_from_bytes(&p->message, text, &e));
	source_init(&p->source, &p->message, NULL);
}

static void
set_envelope(struct envelope *env, const struct scene *sc)
{
	struct str rest = str_of(either(sc->rcpts, "b@example")), word;
	*env = (struct envelope){
		.sender = str_dup(str_of(either(sc->sender, "a@example"))),
		.needs_utf8 = sc->needs_utf8,
	};
	while (str_word(&rest, " ", &word))
		strvec_add(&env->rcpts, word);
	rest = str_of(either(sc->originals, ""));
	while (str_word(&rest, " ", &word))
		strvec_add(
		    &env->originals, str_eq(word, STR("-")) ? STR_INIT : word);
}

struct play *
play_open(const struct scene *sc, enum split split, const char *file, int line)
{
	struct play *p = mem_zalloc(sizeof(*p));
	p->scene = *sc;
	p->split = split;
	p->in = BUF_INIT(SMTP_IN_MAX);
	p->out = BUF_INIT(SMTP_OUT_MAX);
	p->trace = BUF_INIT(SENT_MAX);
	p->sent = BUF_INIT(SENT_MAX);
	p->file = file;
	p->line = line;
	set_message(p, sc);
	set_envelope(&p->envelope, sc);
	struct smtp_job job = {
		.goal = sc->goal,
		.etrn = sc->etrn,
		.ehlo_name = "me.example",
		.tls = sc->tls,
		.channel = sc->tls == SMTP_TLS_RUNNING
		    ? sc->channel
		    : (struct sasl_channel){ .is_private = false },
		.login = {
			.is_wanted = sc->user != NULL || sc->without_user,
			.user = sc->user,
			.password = str_of(either(sc->password, "")),
			.host = "mx.example",
			.port = sc->port,
			.domain = sc->domain,
			.mechanisms = sc->mechanisms,
		},
		.envelope = &p->envelope,
		.source = &p->source,
		.partial_delivery = !sc->all_or_none,
		.is_lmtp = sc->is_lmtp,
		.keeps_line = sc->keeps_line,
	};
	for (size_t i = 0; sc->asks != NULL && i < SMTP_ASK_COUNT; i++)
		job.asks[i] = sc->asks[i];
	smtp_init(&p->session, &job, &p->trace);
	return p;
}

void
play_set_fd(struct play *p, int fd)
{
	struct err e = ERR_INIT;
	message_release(&p->message);
	PLAY_CHECK(p, message_intake(&p->message, fd, MESSAGE_END_EOF, &e));
	source_init(&p->source, &p->message, NULL);
}

/* As a caller does it: what a broken session leaves is not sent. */
static void
send_out(struct play *p)
{
	const struct smtp_session *s = &p->session;
	if (p->want != SMTP_DONE || !s->is_broken)
		PLAY_CHECK(p, buf_add_str(&p->sent, buf_str(&p->out)));
	buf_truncate(&p->out, 0);
}

void
play_step(struct play *p)
{
	do {
		p->want = smtp_step(&p->session, &p->in, &p->out);
		send_out(p);
	} while (p->want == SMTP_WANT_ROOM && ++p->nsteps < STEPS_MAX);
	PLAY_CHECK(p, p->nsteps < STEPS_MAX);
}

/* How much of it comes at once. */
static size_t
next_piece(const struct play *p, struct str bytes)
{
	size_t n = bytes.len;
	if (p->split == SPLIT_BYTES)
		return 1;
	if (p->split == SPLIT_LINES && str_find(bytes, '\n') < n)
		n = str_find(bytes, '\n') + 1;
	return n < buf_left(&p->in) ? n : buf_left(&p->in);
}

void
play_give(struct play *p, struct str bytes)
{
	bool is_kept = p->scene.keeps_line;
	while (bytes.len > 0 && (p->want != SMTP_DONE || is_kept)) {
		size_t n = next_piece(p, bytes);
		PLAY_CHECK(p, n > 0);
		if (n == 0 || !buf_add(&p->in, bytes.ptr, n))
			return;
		bytes = str_from(bytes, n);
		play_step(p);
	}
}

void
play_tls(struct play *p)
{
	PLAY_CHECK(p, p->want == SMTP_WANT_TLS);
	if (p->want != SMTP_WANT_TLS)
		return;
	struct sasl_channel channel = p->scene.channel;
	channel.is_private = true;
	smtp_tls_started(&p->session, &channel);
	play_step(p);
}

void
play_lose(struct play *p, int exit, const char *text)
{
	struct err why = ERR_INIT;
	(void)err_set(&why, exit, "%s", text);
	smtp_lost(&p->session, &why);
	play_step(p);
}

void
play_again(struct play *p)
{
	PLAY_CHECK(p, p->want == SMTP_DONE && p->session.wants_again);
	if (!p->session.wants_again)
		return;
	const struct sasl_channel channel = { .is_private = false };
	smtp_again(&p->session, p->scene.tls, &channel);
	buf_truncate(&p->in, 0);
	play_step(p);
}

static void
play_give_up(struct play *p)
{
	struct err why = ERR_INIT;
	PLAY_CHECK(p, p->want == SMTP_DONE && p->session.wants_again);
	(void)err_set(&why, EX_TEMPFAIL, "connection refused");
	smtp_give_up(&p->session, &why);
}

static void
play_next(struct play *p)
{
	static const struct smtp_ask none[SMTP_ASK_COUNT];
	const struct scene *next = p->scene.next;
	PLAY_CHECK(p, p->want == SMTP_DONE && smtp_can_go_on(&p->session));
	if (!smtp_can_go_on(&p->session))
		return;
	if (next != NULL) {
		source_release(&p->source);
		message_release(&p->message);
		envelope_release(&p->envelope);
		set_message(p, next);
		set_envelope(&p->envelope, next);
		p->scene.asks = next->asks;
		p->scene.next = next->next;
	}
	smtp_next(&p->session, &p->envelope, &p->source,
	    p->scene.asks != NULL ? p->scene.asks : none);
	play_step(p);
}

static void
play_quit(struct play *p)
{
	PLAY_CHECK(p, p->want == SMTP_DONE);
	smtp_quit(&p->session, &p->out);
	play_step(p);
}

bool
play_take_line(struct buf *sent, struct buf *line)
{
	struct str all = buf_str(sent);
	size_t end = str_find(all, '\n');
	if (end == all.len)
		return false;
	buf_truncate(line, 0);
	bool ok = buf_add_str(line, str_trim(str_upto(all, end)));
	buf_consume(sent, end + 1);
	return ok;
}

void
play_against(struct play *p, serve_fn *serve, void *arg)
{
	bool is_open = true;
	size_t nturns = 0;
	play_step(p);
	while (p->want != SMTP_DONE && ++nturns < STEPS_MAX) {
		struct buf reply = BUF_INIT(SENT_MAX);
		if (p->want == SMTP_WANT_TLS) {
			play_tls(p);
			continue;
		}
		is_open = serve(arg, &p->sent, &reply);
		PLAY_CHECK(p, !is_open || reply.len > 0);
		if (is_open && reply.len == 0)
			is_open = false;
		play_give(p, buf_str(&reply));
		buf_release(&reply);
		if (!is_open && p->want != SMTP_DONE)
			play_lose(p, EX_TEMPFAIL, "connection closed");
	}
	PLAY_CHECK(p, p->want == SMTP_DONE);
}

static bool
contains(struct str text, struct str part)
{
	for (size_t i = 0; part.len > 0 && i + part.len <= text.len; i++)
		if (memcmp(text.ptr + i, part.ptr, part.len) == 0)
			return true;
	return false;
}

bool
play_has_told(const struct play *p, struct str text)
{
	const struct err *e = &p->session.err;
	bool is_told = contains(buf_str(&p->trace), text) ||
	    contains(str_of(e->text), text) ||
	    contains(str_of(e->said), text) || contains(str_of(e->hint), text);
	for (size_t i = 0; i < p->session.texts.len; i++)
		is_told |= contains(str_of(p->session.texts.items[i]), text);
	return is_told;
}

/* No secret in clear or base64, wherever the bytes before it end. */
static void
check_secrets(struct play *p)
{
	struct str password = str_of(either(p->scene.password, ""));
	if (password.len < 4)
		return;
	PLAY_CHECK(p, !play_has_told(p, password));
	for (size_t skip = 0; skip < 3; skip++) {
		char *encoded = NULL;
		size_t len = 0;
		struct str rest = str_from(password, skip);
		if (gsasl_base64_to(
			rest.ptr, rest.len / 3 * 3, &encoded, &len) == GSASL_OK)
			PLAY_CHECK(
			    p, !play_has_told(p, (struct str){ encoded, len }));
		gsasl_free(encoded);
	}
}

void
play_close(struct play *p)
{
	check_secrets(p);
	smtp_release(&p->session);
	source_release(&p->source);
	message_release(&p->message);
	envelope_release(&p->envelope);
	buf_release(&p->in);
	buf_release(&p->out);
	buf_release(&p->trace);
	buf_release(&p->sent);
	free(p);
}

static bool
is_worse(int exit, int than)
{
	return than == EX_OK || (than == EX_TEMPFAIL && exit != EX_TEMPFAIL);
}

static const struct smtp_outcome *
worst_outcome(const struct play *p)
{
	const struct smtp_outcome *worst = NULL;
	for (size_t i = 0;
	     p->session.outcomes != NULL && i < p->envelope.rcpts.len; i++) {
		const struct smtp_outcome *o = &p->session.outcomes[i];
		if (o->verdict == SMTP_REFUSED &&
		    (worst == NULL || is_worse(o->exit, worst->exit)))
			worst = o;
	}
	return worst;
}

int
play_exit(const struct play *p)
{
	const struct smtp_outcome *worst = worst_outcome(p);
	if (p->session.err.exit != EX_OK || worst == NULL)
		return p->session.err.exit;
	return worst->exit;
}

static void
check_part(struct play *p, const char *what, const char *text, const char *part)
{
	if (part == NULL)
		return;
	if (part[0] == '\0')
		unit_check_str(str_of(text), STR_INIT, p->file, p->line);
	else
		unit_check(strstr(text, part) != NULL, p->file, p->line,
		    "%s: no \"%s\" in the %s \"%s\"", splits[p->split], part,
		    what, text);
}

static void
check_number(struct play *p, const char *what, int is, int want)
{
	unit_check(is == want, p->file, p->line,
	    "%s: the %s is %d, not %d (%s; %s)", splits[p->split], what, is,
	    want, p->session.err.text, p->session.err.said);
}

static void
check_state(struct play *p, struct str want, struct str want_fates)
{
	const struct smtp_session *s = &p->session;
	struct buf state = BUF_INIT(16), fates = BUF_INIT(64);
	PLAY_CHECK(p,
	    buf_printf(&state, "%s%s%s%s%s", s->is_final ? "f" : "",
		s->is_line_fault ? "l" : "", s->is_uncertain ? "u" : "",
		smtp_has_begun(s) ? "b" : "", smtp_can_go_on(s) ? "g" : ""));
	for (size_t i = 0; i < p->envelope.rcpts.len && want_fates.len > 0; i++)
		PLAY_CHECK(p, buf_add(&fates, &"LTR"[smtp_fate(s, i)], 1));
	unit_check_str(buf_str(&state), want, p->file, p->line);
	unit_check_str(buf_str(&fates), want_fates, p->file, p->line);
	buf_release(&state);
	buf_release(&fates);
}

static void
check_end(struct play *p)
{
	const struct scene *sc = &p->scene;
	const struct smtp_session *s = &p->session;
	const struct smtp_outcome *worst = worst_outcome(p);
	bool by_rcpt = s->err.exit == EX_OK && worst != NULL;
	PLAY_CHECK(p, p->want == SMTP_DONE);
	unit_check_str(buf_str(&p->sent), STR_INIT, p->file, p->line);
	check_number(p, "acceptance", s->is_accepted, sc->is_accepted);
	check_number(p, "exit code", play_exit(p), sc->exit);
	check_number(
	    p, "reply code", by_rcpt ? worst->code : s->err.code, sc->code);
	unit_check_str(str_of(by_rcpt ? worst->enh : s->err.enh),
	    str_of(either(sc->enh, "")), p->file, p->line);
	if (sc->elsewhere != NULL)
		PLAY_CHECK(p,
		    smtp_may_go_elsewhere(&p->session) ==
			(strcmp(sc->elsewhere, "yes") == 0));
	if (sc->state != NULL)
		check_state(
		    p, str_of(sc->state), str_of(either(sc->fates, "")));
	check_part(p, "text", s->err.text, sc->text);
	check_part(p, "said", by_rcpt ? worst->said : s->err.said, sc->said);
	check_part(p, "hint", s->err.hint, sc->hint);
}

static void
check_words(struct play *p, struct str words)
{
	struct str rest = str_trim(words), state = STR_INIT, fates = STR_INIT;
	PLAY_CHECK(p, p->want == SMTP_DONE);
	PLAY_CHECK(p, str_word(&rest, " ", &state));
	PLAY_CHECK(p, str_word(&rest, " ", &fates));
	check_state(p, str_eq(state, STR("-")) ? STR_INIT : state, fates);
}

/* The lines of one letter from the front of the script, each with CRLF. */
static char
take_group(struct str *script, struct buf *group)
{
	char letter = '\0';
	buf_truncate(group, 0);
	while (script->len > 0 && (letter == '\0' || *script->ptr == letter)) {
		size_t end = str_find(*script, '\n');
		struct str line = str_upto(*script, end);
		letter = line.ptr[0];
		line = str_from(line, line.len < 2 ? line.len : 2);
		if (!buf_add_str(group, line) || !buf_add(group, "\r\n", 2))
			return '\0';
		*script = str_from(
		    *script, end < script->len ? end + 1 : script->len);
	}
	return letter;
}

static void
play_group(struct play *p, char letter, struct str group)
{
	switch (letter) {
	case 'S': play_give(p, group); break;
	case 'C':
		unit_check_str(buf_str(&p->sent), group, p->file, p->line);
		buf_truncate(&p->sent, 0);
		break;
	case 'T': play_tls(p); break;
	case 'N':
		PLAY_CHECK(p, p->want == SMTP_WANT_TLS);
		play_lose(p, EX_UNAVAILABLE, "certificate expired");
		break;
	case 'G': play_again(p); break;
	case 'F': play_give_up(p); break;
	case 'M': play_next(p); break;
	case 'V': check_words(p, group); break;
	case 'Q': play_quit(p); break;
	case 'X': play_lose(p, EX_TEMPFAIL, "connection closed"); break;
	default: unit_check(false, p->file, p->line, "bad script"); break;
	}
}

void
scene_play(const struct scene *sc, const char *file, int line)
{
	for (enum split split = 0; split < SPLIT_COUNT; split++) {
		struct play *p = play_open(sc, split, file, line);
		struct str script = str_of(sc->script);
		struct buf group = BUF_INIT(SENT_MAX);
		play_step(p);
		while (script.len > 0) {
			char letter = take_group(&script, &group);
			play_group(p, letter, buf_str(&group));
		}
		check_end(p);
		buf_release(&group);
		play_close(p);
	}
}
