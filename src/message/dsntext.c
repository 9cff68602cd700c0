// SPDX-License-Identifier: ISC
#include "message/dsntext.h"

#include <sysexits.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/dsn.h"
#include "message/dsnfields.h"
#include "message/stamp.h"
#include "message/wrap.h"

enum { INDENT = 4, DATE_MAX = 40 };

/* The text, so far. */
struct text {
	struct buf *out; /* borrowed */
	struct buf line; /* a paragraph that is being put together */
	bool is_full;
};

static void
add(struct text *t, const char *words)
{
	t->is_full = t->is_full || !buf_printf(&t->line, "%s", words);
}

/* In one line, whatever it is. */
static void
add_str(struct text *t, struct str words)
{
	t->is_full = t->is_full || buf_left(&t->line) / 4 < words.len;
	if (!t->is_full)
		str_printable(words, &t->line);
}

static void
end_line(struct text *t)
{
	t->is_full = t->is_full || !buf_add(t->out, "\r\n", 2);
}

/* What was put together, in lines with so many blanks in front. */
static void
end_paragraph(struct text *t, size_t indent)
{
	t->is_full = t->is_full ||
	    !wrap_text(t->out, indent, buf_str(&t->line));
	end_line(t);
	buf_truncate(&t->line, 0);
}

/* A paragraph of our own words, with an empty line behind it. */
static void
say(struct text *t, const char *words)
{
	add(t, words);
	end_paragraph(t, 0);
	end_line(t);
}

static void
add_date(struct text *t, time_t when)
{
	AUTO(buf_release) struct buf date = BUF_INIT(DATE_MAX);
	struct err ignored; /* a time that no calendar has */
	add_str(t,
	    stamp_date(&date, when, &ignored) ? buf_str(&date)
					      : STR("(unknown)"));
}

static void
add_addresses(struct text *t, const struct dsn *d)
{
	add(t, d->nrcpts == 1 ? "the address below" : "the addresses below");
}

static void
say_what_happened(struct text *t, const struct dsn *d)
{
	switch (d->kind) {
	case DSN_REFUSED:
		add(t, "Your message could not be delivered to ");
		add_addresses(t, d);
		say(t, ", and is not tried any more there.");
		return;
	case DSN_EXPIRED:
		add(t, "Your message could not be delivered to ");
		add_addresses(t, d);
		add(t, ". It was tried again and again since ");
		add_date(t, d->arrived);
		say(t, ", and is not tried any more.");
		return;
	case DSN_DELAYED: break;
	}
	say(t, "THIS IS ONLY A WARNING. YOU NEED NOT SEND YOUR MESSAGE AGAIN.");
	add(t, "Your message has not been delivered yet to ");
	add_addresses(t, d);
	add(t, ". It is kept, and tried again");
	if (d->until != 0) {
		add(t, " until ");
		add_date(t, d->until);
	}
	say(t,
	    ". Nothing needs to be done. You will be told if it cannot be "
	    "delivered.");
}

/* The address is one word, whatever is in it. */
static void
say_rcpt(struct text *t, const struct dsn_rcpt *rcpt)
{
	add(t, "<");
	add_str(t, rcpt->address);
	add(t, rcpt->original.len > 0 ? "> (you wrote: " : ">");
	add_str(t, rcpt->original);
	add(t, rcpt->original.len > 0 ? ")" : "");
	t->is_full = t->is_full || !wrap_word(t->out, 0, buf_str(&t->line));
	buf_truncate(&t->line, 0);
	end_line(t);
}

/* By each line of it: no line of theirs begins where one of ours does. */
static void
say_reason(struct text *t, const struct dsn *d, const struct dsn_rcpt *rcpt)
{
	bool is_last_of_many = d->kind != DSN_REFUSED;
	if (rcpt->code == 0 && str_trim(rcpt->said).len == 0) {
		add(t, "It is not known why.");
	} else if (rcpt->code == 0) {
		add(t,
		    is_last_of_many ? "What went wrong the last time: "
				    : "What is wrong: ");
	} else {
		add_str(
		    t, d->server.len > 0 ? d->server : STR("The mail server"));
		add(t, is_last_of_many ? " said the last time: " : " said: ");
	}
	t->is_full = t->is_full || !dsn_said(rcpt, &t->line);
	end_paragraph(t, INDENT);
	end_line(t);
}

static bool
is_same_reason(const struct dsn_rcpt *a, const struct dsn_rcpt *b)
{
	return a->code == b->code && str_eq(a->said, b->said) &&
	    str_eq(a->enh, b->enh);
}

/* What was said of several, one behind the other, is said once. */
static void
say_recipients(struct text *t, const struct dsn *d)
{
	for (size_t i = 0; i < d->nrcpts; i++) {
		const struct dsn_rcpt *rcpt = &d->rcpts[i];
		say_rcpt(t, rcpt);
		if (i + 1 == d->nrcpts ||
		    !is_same_reason(rcpt, &d->rcpts[i + 1]))
			say_reason(t, d, rcpt);
	}
}

static void
say_what_to_do(struct text *t, const struct dsn *d)
{
	switch (d->kind) {
	case DSN_REFUSED:
		say(t,
		    "What you can do: see whether the address is written as "
		    "it should be. If that is not it, and the words above do "
		    "not tell you what is, show this report to whoever looks "
		    "after your mail. Then send the message again.");
		return;
	case DSN_EXPIRED:
		say(t,
		    "What you can do: nothing need be wrong with the "
		    "address. If the words above do not tell you what is, "
		    "show this report to whoever looks after your mail. When "
		    "it has been put right, send the message again.");
		return;
	case DSN_DELAYED: break;
	}
}

static void
say_command(
    struct text *t, const char *command, struct str argument, const char *what)
{
	add(t, command);
	add_str(t, argument);
	end_paragraph(t, INDENT);
	add(t, what);
	end_paragraph(t, (size_t)2 * INDENT);
}

static void
say_where_to_look(struct text *t, const struct dsn *d)
{
	add(t, "Commands that tell you more on ");
	add_str(t, d->host);
	say(t, ":");
	say_command(t, "mailq", STR_INIT, "what waits to be sent, and why");
	if (d->kind == DSN_DELAYED && d->id.len > 0) {
		say_command(
		    t, "posthaste --queue-show ", d->id, "this message");
		say_command(
		    t, "posthaste --queue-retry ", d->id, "tries it now");
	}
	end_line(t);
}

static void
say_what_follows(struct text *t, const struct dsn *d)
{
	add(t, "posthaste was given the message on ");
	add_date(t, d->arrived);
	if (d->tried != 0) {
		add(t, " and tried it last on ");
		add_date(t, d->tried);
	}
	add(t, ". The same follows for programs");
	if (d->original.len > 0)
		add(t,
		    d->is_whole ? ", and then your message"
				: ", and then the header of your message");
	add(t, ".");
	end_paragraph(t, 0);
}

bool
dsn_text(const struct dsn *d, struct buf *out, struct err *e)
{
	struct text t = { .out = out, .line = BUF_INIT(64 << 10) };
	add(&t, "This is posthaste, the program that sends mail on the host ");
	add_str(&t, d->host);
	say(&t, ".");
	say_what_happened(&t, d);
	say_recipients(&t, d);
	say_what_to_do(&t, d);
	say_where_to_look(&t, d);
	say_what_follows(&t, d);
	buf_release(&t.line);
	return !t.is_full ||
	    err_set(e, EX_DATAERR, "the report would get too long");
}
