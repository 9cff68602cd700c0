// SPDX-License-Identifier: ISC
/*
 * The dialogue: RFC 5321, 1870 (SIZE), 2920 (PIPELINING), 3030 (CHUNKING),
 * 3207 (STARTTLS), 2033 (LMTP).  Strict where a client may have a fault: order,
 * syntax, what may stand in one group, line ends.
 */
#include <string.h>
#include <unistd.h>

#include "smarthost.h"

enum { COMMAND_MOST = 4096, PIECE_MOST = 8192 };

/* Saying */

static void
say(struct session *s, const char *p, size_t n)
{
	for (const char *at = p; at < p + n;) {
		size_t left = n - (size_t)(at - p);
		const char *lf = memchr(at, '\n', left);
		size_t len = lf == NULL ? left : (size_t)(lf - at);
		bool crlf = lf != NULL && len > 0 && at[len - 1] == '\r';
		dialogue_line(
		    s->setup->dialogue_fd, "S: ", at, crlf ? len - 1 : len);
		at += lf == NULL ? len : len + 1;
	}
	wire_say(&s->wire, p, n);
}

static void
say_reply(struct session *s, const char *p, size_t n)
{
	say(s, p, n);
	if (s->behind != NULL)
		say(s, s->behind->p, s->behind->len);
	s->instead = NULL;
	s->behind = NULL;
	if (s->wire.trickle_msec > 0)
		(void)wire_flush(&s->wire);
}

static void say_line(struct session *s, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0)));

static void
say_line(struct session *s, const char *fmt, va_list args)
{
	struct bytes b = { 0 };
	bytes_addv(&b, fmt, args);
	if (b.p[0] != '3')
		bytes_add(&b, s->told.p, s->told.len);
	bytes_add(&b, "\r\n", 2);
	say_reply(s, b.p, b.len);
	bytes_free(&b);
}

void
session_answer(struct session *s, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	if (s->instead != NULL)
		say_reply(s, s->instead->p, s->instead->len);
	else
		say_line(s, fmt, args);
	va_end(args);
}

void
session_refuse(struct session *s, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say_line(s, fmt, args);
	va_end(args);
}

/* The script */

static void
note_end(struct session *s, const char *what)
{
	dialogue_note(s->setup->dialogue_fd, "%s by the script", what);
}

static enum verdict
play(struct session *s, const struct rule *r)
{
	struct wire *w = &s->wire;
	if (r == NULL)
		return GO_ON;
	if (r->action == ACTION_REPLY) {
		s->scripted = r->text.p[0];
		say(s, r->text.p, r->text.len);
		return ANSWERED;
	}
	if (r->action == ACTION_ACCEPT) {
		s->instead = &r->text;
		return GO_ON;
	}
	if (r->action == ACTION_INJECT) {
		s->behind = &r->text;
		return GO_ON;
	}
	(void)wire_flush(w);
	switch (r->action) {
	case ACTION_TRICKLE: w->trickle_msec = r->msec; return GO_ON;
	case ACTION_SLEEP:
	case ACTION_NOREAD: wire_sleep(w, r->msec); return GO_ON;
	case ACTION_KEY_UPDATE: tls_update_key(w); return GO_ON;
	case ACTION_WARN: tls_warn(w); return GO_ON;
	case ACTION_SLOWREAD:
		wire_read_slowly(w, r->rate, r->most);
		return GO_ON;
	case ACTION_REPLY_DROP:
	case ACTION_HALF:
		say(s, r->text.p, r->text.len);
		(void)wire_flush(w);
		note_end(s, "closed");
		wire_close(w, CLOSE_LINGER);
		return OVER;
	case ACTION_DROP:
		note_end(s, "dropped");
		wire_close(w, CLOSE_ABRUPT);
		return OVER;
	case ACTION_RESET:
		note_end(s, "reset");
		wire_close(w, CLOSE_RESET);
		return OVER;
	case ACTION_STALL:
		note_end(s, "stalled");
		wire_stall(w);
		return OVER;
	case ACTION_ENDLESS:
	case ACTION_FLOOD:
		note_end(s, "flooded");
		wire_endless(w, &r->text);
		return OVER;
	case ACTION_REPLY:
	case ACTION_ACCEPT:
	case ACTION_INJECT: break;
	}
	return GO_ON;
}

static const struct rule *
find(struct session *s, enum stage stage)
{
	return script_find(&s->setup->script, s->number, stage, NULL);
}

enum verdict
session_event(struct session *s, enum stage stage)
{
	return play(s, find(s, stage));
}

/* What was offered */

static const char *
offered(const struct session *s, const char *word)
{
	return s->esmtp ? list_find(s->setup->caps, ',', word) : NULL;
}

static uint64_t
size_limit(const struct session *s)
{
	uint64_t limit = 0;
	const char *cap = offered(s, "SIZE");
	if (cap == NULL || cap[4] != ' ')
		return UINT64_MAX;
	struct bytes digits = { 0 };
	bytes_set(&digits, cap + 5, strcspn(cap + 5, ", "));
	if (!parse_number(digits.p, 1, UINT64_MAX, &limit))
		limit = UINT64_MAX;
	bytes_free(&digits);
	return limit;
}

bool
session_overrun(struct session *s, bool ends_group)
{
	struct wire *w = &s->wire;
	if (wire_unread(w) == 0 || (w->pipelining && !ends_group))
		return false;
	dialogue_note(
	    s->setup->dialogue_fd, "%zu bytes too early", wire_discard(w));
	session_refuse(s, "500 5.5.1 %s",
	    w->pipelining ? "nothing may follow this command"
			  : "pipelining not offered");
	(void)wire_flush(w);
	wire_close(w, CLOSE_LINGER);
	return true;
}

/* Lines */

static bool
is_whole(const struct session *s)
{
	const struct bytes *line = &s->line;
	const char *flaw = NULL;
	if (memchr(line->p, '\0', line->len) != NULL)
		flaw = "NUL";
	else if (line->len < 2 || line->p[line->len - 2] != '\r')
		flaw = "bare LF";
	else if (memchr(line->p, '\r', line->len - 2) != NULL)
		flaw = "bare CR";
	if (flaw == NULL)
		return true;
	dialogue_note(s->setup->dialogue_fd, "%s in command", flaw);
	return false;
}

bool
session_line(struct session *s)
{
	int fd = s->setup->dialogue_fd;
	struct bytes *line = &s->line;
	if (!wire_line(&s->wire, line))
		return false;
	if (!is_whole(s)) {
		dialogue_line(fd, "C: ", line->p, line->len - 1);
		session_refuse(s, "554 5.6.0 line ends are CR LF");
		return false;
	}
	line->len -= 2;
	line->p[line->len] = '\0';
	dialogue_line(fd, "C: ", line->p, line->len);
	return true;
}

/* Hello */

static void
forget_transaction(struct session *s)
{
	s->mail.len = 0;
	s->rcpts.len = 0;
	s->nrcpts = 0;
	s->utf8 = false;
	s->spoiled = false;
	message_release(&s->message);
}

static void
add_capability(struct bytes *lines, const char *p, size_t n)
{
	if (n == 0)
		return;
	bytes_add(lines, p, n);
	bytes_add(lines, "\n", 1);
}

/* The lines of the reply to EHLO, with LF and without their codes. */
static void
list_capabilities(const struct session *s, struct bytes *lines)
{
	bytes_addf(lines, "%s\n", SERVER_NAME);
	for (const char *p = s->setup->caps; *p != '\0';) {
		size_t n = strcspn(p, ",");
		add_capability(lines, p, n);
		p += n + (p[n] == ',' ? 1 : 0);
	}
	struct bytes auth = { 0 };
	auth_offer(s, &auth);
	add_capability(lines, auth.p, auth.len);
	bytes_free(&auth);
	if (s->setup->tls == TLS_STARTTLS && s->wire.tls == NULL)
		add_capability(lines, "STARTTLS", 8);
}

static void
answer_ehlo(struct session *s)
{
	struct bytes lines = { 0 };
	struct bytes reply = { 0 };
	list_capabilities(s, &lines);
	const char *end = lines.p + lines.len;
	for (const char *p = lines.p; p < end;) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			break;
		bool last = lf + 1 == end;
		bytes_addf(&reply, "250%c%.*s%s", last ? ' ' : '-',
		    (int)(lf - p), p, last ? "" : "\r\n");
		p = lf + 1;
	}
	session_answer(s, "%s", reply.p);
	bytes_free(&lines);
	bytes_free(&reply);
}

static void
greet(struct session *s, const char *name, bool esmtp, bool is_lhlo)
{
	if (*name == '\0') {
		session_refuse(s, "501 5.5.4 a name is missing");
		return;
	}
	if (s->setup->lmtp != is_lhlo) {
		session_refuse(s, "500 5.5.1 %s here",
		    s->setup->lmtp ? "LMTP is spoken" : "SMTP is spoken");
		return;
	}
	if (esmtp && s->setup->helo_only) {
		session_refuse(s, "502 5.5.1 no such command");
		return;
	}
	forget_transaction(s);
	bytes_set(&s->helo, name, strlen(name));
	s->esmtp = esmtp;
	s->wire.pipelining = offered(s, "PIPELINING") != NULL;
	if (esmtp)
		answer_ehlo(s);
	else
		session_answer(s, "250 %s", SERVER_NAME);
}

static void
command_ehlo(struct session *s, const char *arg)
{
	greet(s, arg, true, false);
}

static void
command_lhlo(struct session *s, const char *arg)
{
	greet(s, arg, true, true);
}

static void
command_helo(struct session *s, const char *arg)
{
	greet(s, arg, false, false);
}

/* STARTTLS */

static void
shake_hands(struct session *s)
{
	/* a line that is reset before that may be one that never was */
	wire_await(&s->wire);
	enum verdict verdict = session_event(s, STAGE_TLS);
	if (verdict == ANSWERED) { /* in place of the handshake */
		(void)wire_flush(&s->wire);
		wire_stall(&s->wire);
	}
	if (verdict != GO_ON || !wire_handshake(&s->wire, s->setup))
		return;
	gnutls_session_t tls = s->wire.tls;
	s->tls.len = 0;
	bytes_addf(&s->tls, "%s %s",
	    gnutls_protocol_get_name(gnutls_protocol_get_version(tls)),
	    gnutls_cipher_get_name(gnutls_cipher_get(tls)));
}

static void
command_starttls(struct session *s, const char *arg)
{
	size_t early = wire_discard(&s->wire);
	if (early > 0)
		dialogue_note(s->setup->dialogue_fd,
		    "%zu bytes behind STARTTLS discarded", early);
	if (s->setup->tls != TLS_STARTTLS || s->wire.tls != NULL) {
		session_refuse(s, "502 5.5.1 no such command");
		return;
	}
	if (!s->esmtp) {
		session_refuse(s, "503 5.5.1 EHLO first");
		return;
	}
	if (*arg != '\0') {
		session_refuse(s, "501 5.5.4 no parameter here");
		return;
	}
	session_answer(s, "220 2.0.0 go ahead");
	if (!wire_flush(&s->wire))
		return;
	forget_transaction(s);
	s->helo.len = 0;
	s->auth.len = 0;
	s->esmtp = false;
	s->wire.pipelining = false;
	shake_hands(s);
}

/* MAIL and RCPT */

struct path {
	const char *p; /* without < and > */
	size_t len;
	const char *parameters; /* "" or " NAME=VALUE..." */
};

static bool
path_parse(const char *arg, const char *word, struct path *path)
{
	size_t n = strlen(word);
	if (!same_word(arg, word, n) || arg[n] != '<')
		return false;
	const char *start = arg + n + 1;
	bool quoted = false;
	for (const char *p = start; *p != '\0'; p++) {
		if (*p == '\\' && quoted && p[1] != '\0') {
			p++;
		} else if (*p == '"') {
			quoted = !quoted;
		} else if (*p == ' ' && !quoted) {
			return false;
		} else if (*p == '>' && !quoted) {
			*path = (struct path){ start, (size_t)(p - start),
				p + 1 };
			return p[1] == '\0' || p[1] == ' ';
		}
	}
	return false;
}

static bool
is_ascii(const struct path *path)
{
	for (size_t i = 0; i < path->len; i++) {
		if ((unsigned char)path->p[i] >= 0x80)
			return false;
	}
	return true;
}

struct parameter {
	const char *name;
	const char *cap; /* that must be offered */
	bool is_mail;
};

static const struct parameter parameters[] = {
	{ "SIZE", "SIZE", true },
	{ "BODY", "8BITMIME", true },
	{ "SMTPUTF8", "SMTPUTF8", true },
	{ "AUTH", "AUTH", true },
	{ "RET", "DSN", true },
	{ "ENVID", "DSN", true },
	{ "REQUIRETLS", "REQUIRETLS", true },
	{ "BY", "DELIVERBY", true },
	{ "HOLDFOR", "FUTURERELEASE", true },
	{ "HOLDUNTIL", "FUTURERELEASE", true },
	{ "MT-PRIORITY", "MT-PRIORITY", true },
	{ "NOTIFY", "DSN", false },
	{ "ORCPT", "DSN", false },
};

static bool
parameter_is_offered(const struct session *s, const char *p, bool is_mail)
{
	size_t n = strcspn(p, "= ");
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]);
	     i++) {
		const struct parameter *row = &parameters[i];
		if (row->is_mail != is_mail || strlen(row->name) != n ||
		    !same_word(row->name, p, n))
			continue;
		if (strcmp(row->name, "BODY") == 0 &&
		    same_word(p, "BODY=BINARYMIME", 15))
			return offered(s, "BINARYMIME") != NULL;
		if (strcmp(row->name, "AUTH") == 0)
			return s->esmtp && *s->setup->mechs != '\0';
		return offered(s, row->cap) != NULL;
	}
	return false;
}

static bool
parameters_are_offered(
    const struct session *s, const struct path *path, bool is_mail)
{
	for (const char *p = path->parameters; *p != '\0';) {
		p += strspn(p, " ");
		if (*p == '\0' || !parameter_is_offered(s, p, is_mail))
			return false;
		p += strcspn(p, " ");
	}
	return true;
}

static bool
announces_too_much(const struct session *s, const struct path *path)
{
	const char *p = list_find(path->parameters, ' ', "SIZE");
	if (p == NULL || p[4] != '=')
		return false;
	uint64_t n = 0;
	struct bytes digits = { 0 };
	bytes_set(&digits, p + 5, strcspn(p + 5, " "));
	bool fits = parse_number(digits.p, 0, size_limit(s), &n);
	bytes_free(&digits);
	return !fits;
}

/* The reply that the address or our rules ask for, or NULL. */
static const char *
mail_objection(const struct session *s, const struct path *path)
{
	if (s->setup->require_auth && s->auth.len == 0)
		return "530 5.7.0 authenticate first";
	if (!parameters_are_offered(s, path, true))
		return "555 5.5.4 parameter not offered";
	if (!is_ascii(path) &&
	    list_find(path->parameters, ' ', "SMTPUTF8") == NULL)
		return "553 5.6.7 SMTPUTF8 needed";
	if (announces_too_much(s, path))
		return "552 5.3.4 too big";
	if (same_word(path->p, "badsender@", 10))
		return "553 5.1.7 no such sender";
	return NULL;
}

static void
command_mail(struct session *s, const char *arg)
{
	struct path path;
	if (s->helo.len == 0) {
		session_refuse(s, "503 5.5.1 say hello first");
		return;
	}
	if (s->mail.len > 0 || s->spoiled) {
		session_refuse(s, "503 5.5.1 RSET first");
		return;
	}
	if (!path_parse(arg, "FROM:", &path)) {
		session_refuse(s, "501 5.5.2 MAIL FROM:<address>");
		return;
	}
	const char *objection = s->instead == NULL ? mail_objection(s, &path)
						   : NULL;
	if (objection != NULL) {
		session_refuse(s, "%s", objection);
		return;
	}
	bytes_set(&s->mail, s->line.p, s->line.len);
	s->utf8 = list_find(path.parameters, ' ', "SMTPUTF8") != NULL;
	session_answer(s, "250 2.1.0 sender ok");
}

static const char *
rcpt_objection(const struct session *s, const struct path *path)
{
	static const char *const refusals[][2] = {
		{ "unknown", "550 5.1.1 no such user" },
		{ "later", "451 4.3.0 try again" },
		{ "full", "552 5.2.2 mailbox full" },
		{ "relay", "550 5.7.1 we do not relay" },
	};
	if (path->len == 0)
		return "501 5.1.3 an address is missing";
	if (!parameters_are_offered(s, path, false))
		return "555 5.5.4 parameter not offered";
	if (!is_ascii(path) && !s->utf8)
		return "553 5.6.7 SMTPUTF8 needed";
	if (s->setup->rcpt_limit > 0 && s->nrcpts >= s->setup->rcpt_limit)
		return "452 4.5.3 too many recipients";
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		if (same_word(path->p, refusals[i][0], strlen(refusals[i][0])))
			return refusals[i][1];
	}
	return NULL;
}

static void
add_rcpt(struct session *s, const struct path *path)
{
	const char *objection = s->instead == NULL ? rcpt_objection(s, path)
						   : NULL;
	if (objection != NULL) {
		session_refuse(s, "%s", objection);
		return;
	}
	bytes_addf(&s->rcpts, "rcpt ");
	bytes_add(&s->rcpts, s->line.p, s->line.len);
	bytes_add(&s->rcpts, "\n", 1);
	s->nrcpts++;
	session_answer(s, "250 2.1.5 recipient ok");
}

static void
command_rcpt(struct session *s, const char *arg)
{
	struct path path = { "", 0, "" };
	struct bytes address = { 0 };
	bool ok = path_parse(arg, "TO:", &path);
	bytes_set(&address, path.p, path.len);
	const struct rule *rule = script_find(
	    &s->setup->script, s->number, STAGE_RCPT, address.p);
	bytes_free(&address);
	if (play(s, rule) != GO_ON)
		return;
	if (s->mail.len == 0 || s->spoiled || s->message.begun)
		session_refuse(s, "503 5.5.1 not now");
	else if (!ok)
		session_refuse(s, "501 5.5.2 RCPT TO:<address>");
	else
		add_rcpt(s, &path);
}

/* The message */

static void
begin_message(struct session *s)
{
	message_begin(&s->message, s->setup->store, s->setup->discard);
}

static bool
note_flaws(struct session *s)
{
	static const struct {
		enum flaw flaw;
		const char *name;
	} names[] = {
		{ FLAW_BARE_CR, "bare CR" },
		{ FLAW_BARE_LF, "bare LF" },
		{ FLAW_NUL, "NUL" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((s->message.flaws & names[i].flaw) != 0)
			dialogue_note(s->setup->dialogue_fd, "%s in message",
			    names[i].name);
	}
	return s->message.flaws != 0;
}

static unsigned
keep_message(struct session *s, const char *via)
{
	struct bytes e = { 0 };
	bytes_addf(&e, "helo %s\n", s->helo.p);
	bytes_addf(&e, "tls %s\n", s->tls.len > 0 ? s->tls.p : "none");
	bytes_addf(&e, "auth %s\n", s->auth.len > 0 ? s->auth.p : "none");
	bytes_addf(&e, "mail %s\n", s->mail.p);
	bytes_add(&e, s->rcpts.p, s->rcpts.len);
	bytes_addf(&e, "via %s\n", via);
	unsigned number = message_keep(&s->message, &e);
	bytes_free(&e);
	return number;
}

static void
judge_message(struct session *s, const char *via)
{
	bool flawed = note_flaws(s);
	if (session_event(s, STAGE_END) != GO_ON)
		return;
	if (flawed)
		session_refuse(s, "554 5.6.0 line ends are CR LF");
	else if (s->instead == NULL && s->nrcpts == 0)
		session_refuse(s, "554 5.5.1 no valid recipients");
	else if (s->instead == NULL && s->message.size > size_limit(s))
		session_refuse(s, "552 5.3.4 too big");
	else
		session_answer(
		    s, "250 2.0.0 taken as %u", keep_message(s, via));
}

/* RFC 2033 4.2: the same, a reply for each recipient; kept for all. */
static void
judge_for_each(struct session *s, const char *via)
{
	unsigned number = keep_message(s, via);
	for (size_t i = 0; i < s->nrcpts; i++) {
		enum verdict verdict = session_event(s, STAGE_END);
		if (verdict == OVER)
			return;
		if (verdict == GO_ON)
			session_answer(s, "250 2.0.0 taken as %u", number);
	}
}

static void
finish_message(struct session *s, const char *via)
{
	struct bytes note = { 0 };
	message_end(&s->message);
	bytes_addf(&note, "<message, %llu bytes>",
	    (unsigned long long)s->message.size);
	dialogue_line(s->setup->dialogue_fd, "C: ", note.p, note.len);
	bytes_free(&note);
	bool overrun = session_overrun(s, false);
	if (!overrun && s->setup->lmtp)
		judge_for_each(s, via);
	else if (!overrun)
		judge_message(s, via);
	forget_transaction(s);
}

/* The script's word on the first text; ANSWERED: swallow what comes. */
static enum verdict
first_text(struct session *s)
{
	enum verdict verdict = session_event(s, STAGE_BODY);
	if (verdict == ANSWERED)
		(void)wire_flush(&s->wire);
	return verdict;
}

/*
 * One piece of text: a line with its LF, or as much of a long line as is
 * there but for its last byte, which may be the CR of a CR LF.  0: too little
 * is there.
 */
static size_t
next_piece(const struct wire *w)
{
	size_t unread = wire_unread(w);
	if (unread == 0)
		return 0;
	const char *p = w->in.p + w->at;
	const char *lf = memchr(p, '\n', unread);
	if (lf != NULL)
		return (size_t)(lf - p) + 1;
	return unread > PIECE_MOST ? unread - 1 : 0;
}

/* Undoes the dots of what is there; true at the final one. */
static bool
take_text(struct session *s, bool *line_start)
{
	struct wire *w = &s->wire;
	for (;;) {
		size_t n = next_piece(w);
		if (n == 0)
			return false;
		const char *p = w->in.p + w->at;
		w->at += n;
		bool dot = *line_start && *p == '.';
		*line_start = n >= 2 && memcmp(p + n - 2, "\r\n", 2) == 0;
		if (dot && n == 3 && *line_start)
			return true;
		message_add(&s->message, p + dot, n - dot);
	}
}

static void
receive_data(struct session *s)
{
	bool line_start = true;
	bool first = true;
	enum verdict verdict = GO_ON;
	begin_message(s);
	if (!wire_flush(&s->wire))
		return;
	do {
		if (!wire_fill(&s->wire))
			return;
		if (first)
			verdict = first_text(s);
		first = false;
		if (verdict == OVER)
			return;
	} while (!take_text(s, &line_start));
	if (verdict == GO_ON)
		finish_message(s, "DATA");
	else
		forget_transaction(s);
}

static bool
may_send_data(struct session *s)
{
	if (s->mail.len == 0 || s->spoiled || s->message.begun)
		session_refuse(s, "503 5.5.1 not now");
	else if (s->nrcpts == 0)
		session_refuse(s, "554 5.5.1 no valid recipients");
	else
		return true;
	return false;
}

static void
command_data(struct session *s, const char *arg)
{
	(void)arg;
	enum verdict verdict = session_event(s, STAGE_DATA);
	if (verdict == OVER)
		return;
	bool go = true;
	if (verdict == ANSWERED)
		go = s->scripted == '3';
	else if (s->instead != NULL)
		go = s->instead->p[0] == '3';
	else if (!may_send_data(s))
		return;
	if (verdict == GO_ON)
		session_answer(s, "354 go ahead");
	if (go)
		receive_data(s);
}

/* The octets of a chunk; false when the session is over. */
static enum verdict
receive_chunk(struct session *s, uint64_t left)
{
	struct wire *w = &s->wire;
	enum verdict verdict = GO_ON;
	bool first = !s->message.begun;
	if (first)
		begin_message(s);
	while (left > 0) {
		if (wire_unread(w) == 0 && !wire_fill(w))
			return OVER;
		if (first)
			verdict = first_text(s);
		first = false;
		if (verdict == OVER)
			return OVER;
		size_t n = wire_unread(w);
		if (n > left)
			n = (size_t)left;
		message_add(&s->message, w->in.p + w->at, n);
		w->at += n;
		left -= n;
	}
	return verdict;
}

static bool
chunk_parse(const char *arg, uint64_t *size, bool *is_last)
{
	struct bytes digits = { 0 };
	size_t n = strcspn(arg, " ");
	bytes_set(&digits, arg, n);
	*is_last = arg[n] == ' ' && same_word(arg + n + 1, "LAST", SIZE_MAX);
	bool ok = parse_number(digits.p, 0, UINT64_MAX, size) &&
	    (arg[n] == '\0' || *is_last);
	bytes_free(&digits);
	return ok;
}

/* RFC 3030 2: once a chunk was refused, only RSET helps. */
static void
spoil(struct session *s, bool is_last)
{
	message_release(&s->message);
	if (is_last)
		forget_transaction(s);
	else
		s->spoiled = true;
}

static void
answer_chunk(struct session *s, uint64_t size, bool is_last)
{
	bool misplaced = s->mail.len == 0 || s->spoiled;
	bool hopeless = s->nrcpts == 0 && s->instead == NULL;
	if (session_overrun(s, false))
		return;
	if (misplaced)
		session_refuse(s, "503 5.5.1 not now");
	else if (hopeless)
		session_refuse(s, "554 5.5.1 no valid recipients");
	if (misplaced || hopeless)
		spoil(s, is_last);
	else if (is_last)
		finish_message(s, "BDAT");
	else
		session_answer(
		    s, "250 2.0.0 %llu octets taken", (unsigned long long)size);
}

static void
command_bdat(struct session *s, const char *arg)
{
	uint64_t size = 0;
	bool is_last = false;
	if (offered(s, "CHUNKING") == NULL) {
		session_refuse(s, "502 5.5.1 no such command");
		return;
	}
	if (!chunk_parse(arg, &size, &is_last)) {
		session_refuse(s, "501 5.5.4 BDAT size [LAST]");
		return;
	}
	const struct rule *rule = find(s, STAGE_BDAT);
	bool reply = rule != NULL && rule->action == ACTION_REPLY;
	if (!reply && play(s, rule) == OVER)
		return;
	s->wire.busy = true;
	enum verdict verdict = receive_chunk(s, size);
	s->wire.busy = false;
	if (verdict == OVER)
		return;
	if (reply)
		(void)play(s, rule);
	if (reply || verdict == ANSWERED)
		spoil(s, is_last);
	else
		answer_chunk(s, size, is_last);
}

/* The others */

static void
command_rset(struct session *s, const char *arg)
{
	(void)arg;
	forget_transaction(s);
	session_answer(s, "250 2.0.0 forgotten");
}

static void
command_noop(struct session *s, const char *arg)
{
	(void)arg;
	session_answer(s, "250 2.0.0 ok");
}

static void
command_etrn(struct session *s, const char *arg)
{
	if (s->setup->require_auth && s->auth.len == 0)
		session_refuse(s, "530 5.7.0 authenticate first");
	else if (list_find(s->setup->caps, ',', "ETRN") == NULL)
		session_refuse(s, "502 5.5.1 not offered");
	else
		session_answer(s, "250 2.0.0 sending for %s", arg);
}

static void
command_vrfy(struct session *s, const char *arg)
{
	(void)arg;
	session_answer(s, "252 2.5.0 send and see");
}

static void
write_counts(struct session *s)
{
	if (s->setup->counts_fd == -1)
		return;
	struct bytes b = { 0 };
	bytes_addf(&b,
	    "session=%llu groups=%llu commands=%llu bytes=%llu quit=%s\n",
	    (unsigned long long)s->number, (unsigned long long)s->wire.groups,
	    (unsigned long long)s->commands, (unsigned long long)s->wire.bytes,
	    s->quit ? "yes" : "no");
	(void)!write(s->setup->counts_fd, b.p, b.len);
	bytes_free(&b);
}

static void
command_quit(struct session *s, const char *arg)
{
	(void)arg;
	session_answer(s, "221 2.0.0 bye");
	write_counts(s); /* who has read our goodbye can read them */
	s->setup->counts_fd = -1;
	(void)wire_flush(&s->wire);
	dialogue_note(s->setup->dialogue_fd, "closed after QUIT");
	wire_close(&s->wire, CLOSE_POLITE);
}

struct command {
	const char *verb;
	enum stage stage; /* STAGE_NONE: none, or looked up by run() */
	bool ends_group;
	void (*run)(struct session *, const char *arg);
};

static const struct command commands[] = {
	{ "EHLO", STAGE_EHLO, true, command_ehlo },
	{ "LHLO", STAGE_EHLO, true, command_lhlo },
	{ "HELO", STAGE_HELO, true, command_helo },
	{ "STARTTLS", STAGE_STARTTLS, false, command_starttls },
	{ "AUTH", STAGE_NONE, true, auth_command },
	{ "MAIL", STAGE_MAIL, false, command_mail },
	{ "RCPT", STAGE_NONE, false, command_rcpt },
	{ "DATA", STAGE_NONE, true, command_data },
	{ "BDAT", STAGE_NONE, false, command_bdat },
	{ "RSET", STAGE_RSET, false, command_rset },
	{ "NOOP", STAGE_NOOP, true, command_noop },
	{ "ETRN", STAGE_ETRN, true, command_etrn },
	{ "VRFY", STAGE_NONE, true, command_vrfy },
	{ "QUIT", STAGE_QUIT, true, command_quit },
};

static const struct command *
find_command(const char *line, size_t verb_len)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].verb) == verb_len &&
		    same_word(commands[i].verb, line, verb_len))
			return &commands[i];
	}
	return NULL;
}

/* STARTTLS says itself what came too early, and BDAT brings its octets. */
static bool
came_too_early(struct session *s, const struct command *c)
{
	if (c != NULL && (c->run == command_starttls || c->run == command_bdat))
		return false;
	return session_overrun(s, c != NULL && c->ends_group);
}

static void
run_command(struct session *s)
{
	struct bytes line = { 0 };
	size_t n = strcspn(s->line.p, " ");
	const struct command *c = find_command(s->line.p, n);
	bool too_long = s->line.len > COMMAND_MOST &&
	    (c == NULL || c->run != auth_command);
	s->commands++;
	s->instead = NULL;
	s->behind = NULL;
	if (came_too_early(s, c))
		return;
	if (too_long) {
		session_refuse(s, "500 5.5.6 line too long");
		return;
	}
	if (c == NULL) {
		session_refuse(s, "500 5.5.2 no such command");
		return;
	}
	s->quit = s->quit || c->run == command_quit;
	if (c->stage != STAGE_NONE && session_event(s, c->stage) != GO_ON)
		return;
	/* AUTH reads on into s->line */
	bytes_set(&line, s->line.p, s->line.len);
	c->run(s, line.p + n + (line.p[n] == ' ' ? 1 : 0));
	bytes_free(&line);
	if (c->ends_group)
		(void)wire_flush(&s->wire);
}

static bool
welcome(struct session *s)
{
	if (session_event(s, STAGE_CONNECT) == OVER)
		return false;
	(void)wire_flush(&s->wire);
	if (s->setup->tls == TLS_IMPLICIT)
		shake_hands(s);
	if (!wire_is_open(&s->wire))
		return false;
	enum verdict verdict = session_event(s, STAGE_GREETING);
	if (verdict == GO_ON)
		session_answer(s, "220 %s ESMTP", SERVER_NAME);
	return verdict != OVER && wire_flush(&s->wire);
}

static void
session_release(struct session *s)
{
	wire_release(&s->wire);
	message_release(&s->message);
	bytes_free(&s->line);
	bytes_free(&s->helo);
	bytes_free(&s->tls);
	bytes_free(&s->auth);
	bytes_free(&s->told);
	bytes_free(&s->mail);
	bytes_free(&s->rcpts);
}

void
session_run(struct setup *setup, uint64_t number, int fd, int lifeline)
{
	struct session s = { .setup = setup, .number = number };
	wire_open(&s.wire, fd, lifeline, setup->dialogue_fd);
	dialogue_note(
	    setup->dialogue_fd, "connection %llu", (unsigned long long)number);
	if (welcome(&s)) {
		while (wire_is_open(&s.wire)) {
			if (session_line(&s))
				run_command(&s);
		}
	}
	wire_close(&s.wire, CLOSE_POLITE);
	write_counts(&s);
	session_release(&s);
}
