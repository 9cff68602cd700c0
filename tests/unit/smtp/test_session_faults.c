// SPDX-License-Identifier: ISC
/*
 * Every stage of a session times everything that can go wrong there.  The
 * server below behaves well but for one reply.
 */
#include <stdio.h>
#include <stdlib.h>

#include "play.h"
#include "smtp/session.h"
#include "unit.h"

enum stage {
	AT_GREETING,
	AT_EHLO,
	AT_STARTTLS,
	AT_EHLO_AGAIN,
	AT_AUTH,
	AT_MAIL,
	AT_RCPT,      /* the second of three */
	AT_ALL_RCPTS, /* each of them */
	AT_DATA,
	AT_END,
	STAGE_COUNT
};

static const struct stage_row {
	const char *name; /* in the error */
	const char *reply;
	const char *other; /* of a class that makes no sense there */
	int refused;       /* the exit code of a 550 there */
} stages[] = {
	[AT_GREETING] = { "greeting", "220 mx\r\n", "354 go\r\n",
	    EX_UNAVAILABLE },
	[AT_EHLO] = { "EHLO", "250-mx\r\n250 STARTTLS\r\n", "354 go\r\n",
	    EX_UNAVAILABLE },
	[AT_STARTTLS] = { "STARTTLS", "220 go\r\n", "250 ok\r\n",
	    EX_UNAVAILABLE },
	[AT_EHLO_AGAIN] = { "EHLO", "", "334 \r\n", EX_UNAVAILABLE },
	[AT_AUTH] = { "AUTH PLAIN", "235 ok\r\n", "250 ok\r\n", EX_NOPERM },
	[AT_MAIL] = { "MAIL FROM:<a@example>", "250 ok\r\n", "354 go\r\n",
	    EX_UNAVAILABLE },
	[AT_RCPT] = { "RCPT TO:<c@example>", "250 ok\r\n", "354 go\r\n",
	    EX_NOUSER },
	[AT_ALL_RCPTS] = { "RCPT TO:<b@example>", "250 ok\r\n", "334 \r\n",
	    EX_NOUSER },
	[AT_DATA] = { "DATA", "354 go\r\n", "250 ok\r\n", EX_UNAVAILABLE },
	[AT_END] = { "message", "250 ok\r\n", "354 go\r\n", EX_UNAVAILABLE },
};

enum kind {
	REFUSES_NOW,     /* 4xx */
	REFUSES_FOREVER, /* 5xx */
	SAYS_OTHER,      /* no text: the row's other reply */
	MAKES_NO_SENSE,
	HANGS_UP, /* having said the text */
	SAYS_GOOD_BYE,
	SAYS_MORE, /* the text comes behind the right reply */
	HAS_NO_END,
};

static const struct fault {
	const char *name;
	enum kind kind;
	const char *text;
} faults[] = {
	{ "4xx", REFUSES_NOW, "450 4.3.0 later\r\n" },
	{ "bare 4xx", REFUSES_NOW, "450\r\n" },
	{ "4xx of two lines", REFUSES_NOW, "450-4.3.0 a\r\n450 4.3.0 b\r\n" },
	{ "5xx", REFUSES_FOREVER, "550 5.3.0 no\r\n" },
	{ "5xx of three lines", REFUSES_FOREVER,
	    "550-no\r\n550-no\r\n550 no\r\n" },
	{ "other class", SAYS_OTHER, NULL },
	{ "garbage", MAKES_NO_SENSE, "hello there\r\n" },
	{ "empty line", MAKES_NO_SENSE, "\r\n" },
	{ "escape sequence", MAKES_NO_SENSE, "\x1b[31m250 ok\r\n" },
	{ "long code", MAKES_NO_SENSE, "2500 ok\r\n" },
	{ "codes differ", MAKES_NO_SENSE, "250-ok\r\n450 no\r\n" },
	{ "close", HANGS_UP, "" },
	{ "half a code, close", HANGS_UP, "25" },
	{ "half a line, close", HANGS_UP, "250 o" },
	{ "half a reply, close", HANGS_UP, "250-ok\r\n" },
	{ "421", SAYS_GOOD_BYE, "421 4.3.2 bye\r\n" },
	{ "421 of two lines", SAYS_GOOD_BYE, "421-bye\r\n421 now\r\n" },
	{ "a reply more", SAYS_MORE, "250 more\r\n" },
	{ "a refusal more", SAYS_MORE, "550 more\r\n" },
	{ "garbage more", SAYS_MORE, "more\r\n" },
	{ "lines without end", HAS_NO_END, NULL },
	{ "a line without end", MAKES_NO_SENSE, NULL },
};

/* A way to do it. */
struct way {
	bool pipelining, chunking, all_or_none;
	enum split split;
};

struct run {
	const struct way *way;
	enum stage at;
	const struct fault *fault;
	/* the server */
	bool has_greeted, is_tls, is_text, is_over;
	size_t chunk_left;
	size_t nrcpts, nrefused;
	struct buf text; /* of the message, as it came */
	bool has_all;    /* of it */
	bool says_yes;   /* to that */
	/* what it saw */
	size_t nauth, most_in_flight;
	bool has_quit, is_quit_last, is_ehlo_again;
	bool is_careless;  /* sent what must not be seen before TLS */
	struct buf script; /* what both said, for a failure */
};

static const char text_sent[] = "Subject: x\r\n\r\n.hi\r\n";

static void
check(const struct run *r, bool ok, const char *what)
{
	unit_check(ok, __FILE__, __LINE__,
	    "%s at \"%s\"%s%s%s, split %u: %s\n%.*s", r->fault->name,
	    stages[r->at].name, r->way->pipelining ? ", pipelined" : "",
	    r->way->chunking ? ", chunks" : "",
	    r->way->all_or_none ? ", all or none" : "", (unsigned)r->way->split,
	    what, STR_FMT(buf_str(&r->script)));
}

#define CHECK_RUN(r, cond) check((r), (cond), #cond)

/* More than a client need read. */
static bool
add_endless(const struct run *r, struct buf *reply)
{
	bool is_line = r->fault->kind == MAKES_NO_SENSE;
	bool ok = !is_line || buf_printf(reply, "250 ");
	while (ok && reply->len < (is_line ? REPLY_LINE_MAX + 1000 : 80000))
		ok = buf_printf(reply, "%s%s", is_line ? "" : "250-",
			 "0123456789012345678901234567890"
			 "0123456789012345678901234567890") &&
		    (is_line || buf_add(reply, "\r\n", 2));
	return ok;
}

/* Says the right thing, or the wrong one; false: it hangs up. */
static bool
say(struct run *r, enum stage at, const char *right, struct buf *reply)
{
	const struct fault *f = r->fault;
	bool is_second = r->nrcpts == 2;
	bool is_here = at == r->at || (at == AT_RCPT && r->at == AT_ALL_RCPTS);
	if (at == AT_RCPT && r->at == AT_RCPT && !is_second)
		is_here = false;
	if (!is_here || f->kind == SAYS_MORE)
		r->says_yes |= at == AT_END;
	if (!is_here)
		return buf_printf(reply, "%s", right);
	if (at == AT_RCPT && f->kind != SAYS_MORE)
		r->nrefused++;
	if (f->kind == SAYS_OTHER)
		return buf_printf(reply, "%s", stages[r->at].other);
	if (f->text == NULL)
		return add_endless(r, reply);
	return buf_printf(
		   reply, "%s%s", f->kind == SAYS_MORE ? right : "", f->text) &&
	    f->kind != HANGS_UP && f->kind != SAYS_GOOD_BYE;
}

static bool
hear_ehlo(struct run *r, struct buf *reply)
{
	char offers[200];
	if (!r->is_tls)
		return say(r, AT_EHLO, stages[AT_EHLO].reply, reply);
	r->is_ehlo_again = true;
	(void)snprintf(offers, sizeof(offers),
	    "250-mx\r\n%s%s250 AUTH PLAIN\r\n",
	    r->way->pipelining ? "250-PIPELINING\r\n" : "",
	    r->way->chunking ? "250-CHUNKING\r\n" : "");
	return say(r, AT_EHLO_AGAIN, offers, reply);
}

/* By what the server did: without recipients there is nothing to say. */
static bool
hear_end(struct run *r, struct buf *reply)
{
	r->has_all = true;
	if (r->nrcpts == r->nrefused)
		return buf_printf(reply, "554 no recipients\r\n");
	return say(r, AT_END, stages[AT_END].reply, reply);
}

static bool
hear_bdat(struct run *r, struct str line, struct buf *reply)
{
	struct str rest = str_from(line, strlen("BDAT ")), word;
	uint64_t n = 0;
	CHECK_RUN(r, str_word(&rest, " ", &word));
	CHECK_RUN(r, parse_uint(word, 1, 1000, &n));
	CHECK_RUN(r, str_eq(rest, STR(" LAST")));
	r->chunk_left = (size_t)n;
	return n > 0 || hear_end(r, reply);
}

static bool
hear_text_line(struct run *r, struct str line, struct buf *reply)
{
	if (str_eq(line, STR("."))) {
		r->is_text = false;
		return hear_end(r, reply);
	}
	if (line.len > 0 && line.ptr[0] == '.')
		line = str_from(line, 1);
	return buf_add_str(&r->text, line) && buf_add(&r->text, "\r\n", 2);
}

static bool
hear_data(struct run *r, struct buf *reply)
{
	size_t before = reply->len;
	bool goes_on = say(r, AT_DATA, stages[AT_DATA].reply, reply);
	r->is_text = reply->len >= before + 3 &&
	    memcmp(reply->data + before, "354", 3) == 0;
	return goes_on;
}

static bool
hear_line(struct run *r, struct str line, struct buf *reply)
{
	r->is_quit_last = false;
	if (r->is_text)
		return hear_text_line(r, line, reply);
	(void)!(buf_add_str(&r->script, line) && buf_add(&r->script, "\n", 1));
	if (str_starts_nocase(line, STR("EHLO ")))
		return hear_ehlo(r, reply);
	if (str_starts_nocase(line, STR("STARTTLS"))) {
		r->is_tls = true;
		return say(r, AT_STARTTLS, stages[AT_STARTTLS].reply, reply);
	}
	if (str_starts_nocase(line, STR("QUIT"))) {
		r->has_quit = r->is_quit_last = true;
		return false;
	}
	r->is_careless |= !r->is_tls || !r->is_ehlo_again;
	if (str_starts_nocase(line, STR("AUTH ")))
		return ++r->nauth > 0 &&
		    say(r, AT_AUTH, stages[AT_AUTH].reply, reply);
	if (str_starts_nocase(line, STR("MAIL ")))
		return say(r, AT_MAIL, stages[AT_MAIL].reply, reply);
	if (str_starts_nocase(line, STR("RCPT ")))
		return ++r->nrcpts > 0 &&
		    say(r, AT_RCPT, stages[AT_RCPT].reply, reply);
	if (str_starts_nocase(line, STR("BDAT ")))
		return hear_bdat(r, line, reply);
	if (str_starts_nocase(line, STR("DATA")))
		return hear_data(r, reply);
	check(r, false, "a command that is known");
	return false;
}

/* Octets of a chunk are no lines. */
static bool
hear_chunk(struct run *r, struct buf *sent, struct buf *reply)
{
	size_t n = r->chunk_left < sent->len ? r->chunk_left : sent->len;
	bool ok = buf_add(&r->text, sent->data, n);
	buf_consume(sent, n);
	r->chunk_left -= n;
	return ok && (r->chunk_left > 0 || hear_end(r, reply));
}

static bool
serve(void *arg, struct buf *sent, struct buf *reply)
{
	struct run *r = arg;
	struct buf line = BUF_INIT(10000);
	size_t ncommands = 0;
	bool goes_on = true;
	if (!r->has_greeted) {
		r->has_greeted = true;
		return say(r, AT_GREETING, stages[AT_GREETING].reply, reply);
	}
	while (goes_on && sent->len > 0) {
		if (r->chunk_left > 0) {
			goes_on = hear_chunk(r, sent, reply);
			continue;
		}
		ncommands += !r->is_text;
		if (!play_take_line(sent, &line))
			break;
		goes_on = hear_line(r, buf_str(&line), reply);
	}
	if (ncommands > r->most_in_flight)
		r->most_in_flight = ncommands;
	buf_release(&line);
	return goes_on;
}

/* The exit code that DESIGN and the man page promise. */
static int
want_exit(const struct run *r)
{
	switch (r->fault->kind) {
	case REFUSES_NOW:
	case HANGS_UP:
	case SAYS_GOOD_BYE: return EX_TEMPFAIL;
	case REFUSES_FOREVER: return stages[r->at].refused;
	case SAYS_OTHER:
	case MAKES_NO_SENSE:
	case SAYS_MORE:
	case HAS_NO_END: return EX_PROTOCOL;
	}
	return -1;
}

static bool
is_refusal(const struct run *r)
{
	return r->fault->kind == REFUSES_NOW ||
	    r->fault->kind == REFUSES_FOREVER;
}

/* The two others get it. */
static bool
want_accepted(const struct run *r)
{
	return r->at == AT_RCPT && is_refusal(r) && !r->way->all_or_none;
}

static bool
is_rcpt(const struct run *r)
{
	return r->at == AT_RCPT || r->at == AT_ALL_RCPTS;
}

/* What must hold whatever the server says. */
static void
check_always(const struct run *r, const struct play *p)
{
	const struct smtp_session *s = &p->session;
	bool is_eager = r->way->pipelining && r->way->chunking &&
	    !r->way->all_or_none;
	CHECK_RUN(r, p->want == SMTP_DONE);
	CHECK_RUN(r, !r->is_careless);
	CHECK_RUN(r, r->nauth <= 1);
	CHECK_RUN(r,
	    r->way->pipelining || r->most_in_flight <= 1 ||
		r->fault->kind == SAYS_MORE);
	CHECK_RUN(r, !r->has_quit || r->is_quit_last);
	CHECK_RUN(r, !s->is_accepted || (r->has_all && r->says_yes));
	CHECK_RUN(
	    r, !s->is_accepted || str_eq(buf_str(&r->text), str_of(text_sent)));
	CHECK_RUN(r, is_eager || r->text.len == 0 || r->nrefused < r->nrcpts);
	CHECK_RUN(
	    r, !r->way->all_or_none || r->text.len == 0 || r->nrefused == 0);
	CHECK_RUN(r, s->is_accepted || play_exit(p) != EX_OK);
	CHECK_RUN(r, !s->is_broken || !r->has_quit);
}

static void
check_fault(const struct run *r, const struct play *p)
{
	const struct smtp_session *s = &p->session;
	bool is_elsewhere = r->fault->kind == SAYS_MORE ||
	    (is_rcpt(r) && is_refusal(r));
	bool is_group = r->way->pipelining && r->at >= AT_MAIL &&
	    r->at <= AT_ALL_RCPTS;
	CHECK_RUN(r, s->is_accepted == want_accepted(r));
	unit_check(play_exit(p) == want_exit(r), __FILE__, __LINE__,
	    "exit code %d, not %d (%s)", play_exit(p), want_exit(r),
	    s->err.text);
	CHECK_RUN(r, play_exit(p) == want_exit(r));
	CHECK_RUN(r,
	    is_elsewhere ||
		strncmp(s->err.text, stages[r->at].name,
		    strlen(stages[r->at].name)) == 0);
	CHECK_RUN(r, !is_refusal(r) || r->has_quit || is_group);
	CHECK_RUN(r, is_refusal(r) || !r->has_quit);
}

/* How the replies behind one too many are taken depends on their arrival. */
static void
check_more(const struct run *r, const struct play *p)
{
	/* in one group, the verdict may be what stands behind */
	bool is_doubtful = r->way->pipelining && r->way->chunking &&
	    r->way->split == SPLIT_NOT;
	if (r->at == AT_END && is_doubtful)
		CHECK_RUN(r, play_exit(p) == EX_PROTOCOL && !r->has_quit);
	else if (r->at == AT_END)
		CHECK_RUN(r, p->session.is_accepted && r->has_quit);
	else if (r->way->split == SPLIT_NOT &&
	    (r->at < AT_MAIL || r->at == AT_DATA || !r->way->pipelining))
		check_fault(r, p);
}

static void
run(const struct way *way, enum stage at, const struct fault *fault)
{
	const struct scene sc = {
		.tls = SMTP_TLS_REQUIRED,
		.user = "user",
		.password = "secret word",
		.rcpts = "b@example c@example d@example",
		.message = "Subject: x\n\n.hi\n",
		.all_or_none = way->all_or_none,
	};
	struct run r = {
		.way = way,
		.at = at,
		.fault = fault,
		.text = BUF_INIT(10000),
		.script = BUF_INIT(10000),
	};
	struct play *p = play_open(&sc, way->split, __FILE__, __LINE__);
	play_against(p, serve, &r);
	(void)serve(&r, &p->sent, &r.script); /* QUIT */
	if (fault->kind == SAYS_MORE && (at == AT_END || way->chunking))
		check_more(&r, p);
	else {
		check_always(&r, p);
		if (fault->kind == SAYS_MORE)
			check_more(&r, p);
		else
			check_fault(&r, p);
	}
	play_close(p);
	buf_release(&r.text);
	buf_release(&r.script);
}

/* Under valgrind, whose time it would take, every so many-th run does: all
 * faults and all ways are among them, but not each with each. */
static unsigned
step_between_runs(void)
{
	const char *text = getenv("UNIT_SAMPLE");
	uint64_t n = 1;
	CHECK(text == NULL || parse_uint(str_of(text), 1, 100, &n));
	return (unsigned)n;
}

static void
run_all(enum stage at)
{
	const unsigned step = step_between_runs();
	unsigned n = 0;
	for (unsigned i = 0; i < 8; i++)
		for (enum split split = 0; split < SPLIT_COUNT; split++) {
			const struct way way = {
				.pipelining = (i & 1) != 0,
				.chunking = (i & 2) != 0,
				.all_or_none = (i & 4) != 0,
				.split = split,
			};
			if (way.chunking && at == AT_DATA)
				continue;
			for (size_t k = 0; k < ARRAY_LEN(faults); k++)
				if ((n++ + at) % step == 0)
					run(&way, at, &faults[k]);
		}
}

TEST(faults_at_the_greeting)
{
	run_all(AT_GREETING);
}

TEST(faults_at_ehlo)
{
	run_all(AT_EHLO);
}

TEST(faults_at_starttls)
{
	run_all(AT_STARTTLS);
}

TEST(faults_at_ehlo_over_tls)
{
	run_all(AT_EHLO_AGAIN);
}

TEST(faults_at_auth)
{
	run_all(AT_AUTH);
}

TEST(faults_at_mail)
{
	run_all(AT_MAIL);
}

TEST(faults_at_one_recipient)
{
	run_all(AT_RCPT);
}

TEST(faults_at_all_recipients)
{
	run_all(AT_ALL_RCPTS);
}

TEST(faults_at_data)
{
	run_all(AT_DATA);
}

TEST(faults_at_the_end_of_the_message)
{
	run_all(AT_END);
}
