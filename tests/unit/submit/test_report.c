// SPDX-License-Identifier: ISC
#include "submit/report.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "message/address.h"
#include "message/envelope.h"
#include "smtp/session.h"
#include "unit.h"

enum { RCPTS_MAX = 4 };

/* A session that is over, made by hand, and what is reported of it. */
struct story {
	struct envelope envelope;
	struct smtp_outcome outcomes[RCPTS_MAX];
	struct smtp_session session;
	struct report report;
	struct err e;
	bool ok;
};

static const struct smtp_outcome accepted = { .verdict = SMTP_ACCEPTED,
	.code = 250 };
static const struct smtp_outcome taken = { .verdict = SMTP_TAKEN, .code = 250 };
static const struct smtp_outcome no_user = { .verdict = SMTP_REFUSED,
	.exit = EX_NOUSER,
	.code = 550,
	.enh = "5.1.1",
	.said = "550 5.1.1 no such user" };
static const struct smtp_outcome no_right = { .verdict = SMTP_REFUSED,
	.exit = EX_NOPERM,
	.code = 550,
	.enh = "5.7.1",
	.said = "550 5.7.1 relaying denied" };
static const struct smtp_outcome later = { .verdict = SMTP_REFUSED,
	.exit = EX_TEMPFAIL,
	.code = 450,
	.said = "450 busy" };
static const struct smtp_outcome not_asked = { .verdict = SMTP_NOT_ASKED };

static void
story_begin(struct story *s, const struct smtp_outcome *const *outcomes)
{
	static const char *const names[] = { "a@x", "b@x", "c@x", "d@x" };
	*s = (struct story){ .envelope = ENVELOPE_INIT, .report = REPORT_INIT };
	for (size_t i = 0; outcomes[i] != NULL; i++) {
		strvec_add(&s->envelope.rcpts, str_of(names[i]));
		s->outcomes[i] = *outcomes[i];
	}
	s->session.job.envelope = &s->envelope;
	s->session.outcomes = s->outcomes;
}

#define OUTCOMES(...) \
	((const struct smtp_outcome *const[]){ __VA_ARGS__, NULL })

static void
story_end(struct story *s)
{
	s->ok = report_build(&s->report, &s->session, "mail:587", &s->e);
}

static void
story_release(struct story *s)
{
	report_release(&s->report);
	strvec_release(&s->envelope.rcpts);
}

TEST(all_accepted_is_no_news)
{
	struct story s;
	story_begin(&s, OUTCOMES(&accepted, &accepted));
	s.session.is_accepted = true;
	story_end(&s);
	CHECK(s.ok);
	CHECK_EQ(s.e.exit, EX_OK);
	CHECK_EQ(s.report.refusals.len, 0);
	story_release(&s);
}

TEST(a_refused_recipient_is_named_with_the_servers_words)
{
	struct story s;
	story_begin(&s, OUTCOMES(&no_user));
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.e.exit, EX_NOUSER);
	CHECK_STR(s.e.text, ""); /* the refusal says it all */
	CHECK_EQ(s.report.refusals.len, 1);
	CHECK_STR(s.report.refusals.items[0],
	    "mail:587: RCPT TO:<a@x>: refused: 550 5.1.1 no such user");
	story_release(&s);
}

TEST(each_refused_recipient_has_a_line_in_order)
{
	struct story s;
	story_begin(&s, OUTCOMES(&later, &no_user, &no_right));
	story_end(&s);
	CHECK(!s.ok);
	CHECK_STR(s.e.text, "");
	CHECK_EQ(s.report.refusals.len, 3);
	CHECK_STR(s.report.refusals.items[0],
	    "mail:587: RCPT TO:<a@x>: refused: 450 busy");
	CHECK_STR(s.report.refusals.items[1],
	    "mail:587: RCPT TO:<b@x>: refused: 550 5.1.1 no such user");
	CHECK_STR(s.report.refusals.items[2],
	    "mail:587: RCPT TO:<c@x>: refused: 550 5.7.1 relaying denied");
	/* the exit code's own */
	CHECK_EQ(s.report.refused_code, 550);
	CHECK_STR(s.report.refused_said, "550 5.1.1 no such user");
	story_release(&s);
}

TEST(who_got_it_is_told_when_some_did_not)
{
	struct story s;
	story_begin(&s, OUTCOMES(&accepted, &no_user, &accepted));
	s.session.is_accepted = true;
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.e.exit, EX_NOUSER);
	CHECK_STR(
	    s.e.text, "mail:587: accepted for the other 2 of 3 recipients");
	CHECK_EQ(s.report.refusals.len, 1);
	story_release(&s);
}

TEST(none_got_it_where_partial_delivery_is_off)
{
	struct story s;
	story_begin(&s, OUTCOMES(&accepted, &no_user));
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.e.exit, EX_NOUSER);
	CHECK_STR(s.e.text,
	    "mail:587: sent to none of the 2 recipients, since "
	    "partial_delivery is off");
	story_release(&s);
}

static int
worst_of(const struct smtp_outcome *const *outcomes)
{
	struct story s;
	story_begin(&s, outcomes);
	story_end(&s);
	CHECK(!s.ok);
	int exit = s.e.exit;
	story_release(&s);
	return exit;
}

TEST(a_final_refusal_is_worse_than_later)
{
	CHECK(worst_of(OUTCOMES(&later)) == EX_TEMPFAIL);
	CHECK(worst_of(OUTCOMES(&later, &later)) == EX_TEMPFAIL);
	CHECK(worst_of(OUTCOMES(&later, &no_user)) == EX_NOUSER);
	CHECK(worst_of(OUTCOMES(&no_user, &later)) == EX_NOUSER);
	CHECK(worst_of(OUTCOMES(&accepted, &later)) == EX_TEMPFAIL);
}

TEST(of_two_final_refusals_the_first_counts)
{
	CHECK(worst_of(OUTCOMES(&no_user, &no_right)) == EX_NOUSER);
	CHECK(worst_of(OUTCOMES(&no_right, &no_user)) == EX_NOPERM);
	CHECK(worst_of(OUTCOMES(&later, &no_right, &no_user)) == EX_NOPERM);
}

TEST(the_sessions_error_is_told_with_the_server_in_front)
{
	struct story s;
	story_begin(&s, OUTCOMES(&not_asked, &not_asked));
	(void)err_set(&s.session.err, EX_NOPERM, "AUTH PLAIN: refused");
	(void)err_hint(&s.session.err, "check user and password");
	s.session.err.code = 535;
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.e.exit, EX_NOPERM);
	CHECK_EQ(s.e.code, 535);
	CHECK_STR(s.e.text, "mail:587: AUTH PLAIN: refused");
	CHECK_STR(s.e.hint, "check user and password");
	CHECK_EQ(s.report.refusals.len, 0);
	story_release(&s);
}

static int
worst_with_error(const struct smtp_outcome *const *outcomes, int exit)
{
	struct story s;
	story_begin(&s, outcomes);
	(void)err_set(&s.session.err, exit, "message: refused");
	story_end(&s);
	CHECK(!s.ok);
	CHECK_STR(s.e.text, "mail:587: message: refused");
	CHECK_EQ(s.report.refusals.len, 1);
	int worst = s.e.exit;
	story_release(&s);
	return worst;
}

TEST(the_worst_of_refusals_and_the_sessions_error_counts)
{
	CHECK(worst_with_error(OUTCOMES(&no_user, &accepted), EX_TEMPFAIL) ==
	    EX_NOUSER);
	CHECK(worst_with_error(OUTCOMES(&later, &accepted), EX_UNAVAILABLE) ==
	    EX_UNAVAILABLE);
	CHECK(worst_with_error(OUTCOMES(&later, &accepted), EX_TEMPFAIL) ==
	    EX_TEMPFAIL);
	CHECK(worst_with_error(OUTCOMES(&no_user, &accepted), EX_DATAERR) ==
	    EX_NOUSER);
}

TEST(a_line_lost_before_anything_was_asked_refuses_nobody)
{
	struct story s;
	story_begin(&s, OUTCOMES(&not_asked, &accepted));
	(void)err_set(&s.session.err, EX_TEMPFAIL, "message: connection lost");
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.e.exit, EX_TEMPFAIL);
	CHECK_EQ(s.report.refusals.len, 0);
	story_release(&s);
}

TEST(who_can_still_be_served_is_known_and_what_the_rest_comes_to)
{
	struct story s;
	story_begin(&s, OUTCOMES(&later, &taken, &no_right, &no_user));
	s.session.is_accepted = true;
	s.session.ntaken = 1;
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(report_npending(&s.report, 4), 1);
	CHECK(!s.report.is_settled[0]);
	CHECK(s.report.is_settled[1] && s.report.is_settled[2]);
	CHECK_EQ(s.report.final_exit, EX_NOPERM);
	CHECK(!s.report.is_final);
	CHECK(!s.report.lasts[0]);
	CHECK(s.report.lasts[1] && s.report.lasts[2]);
	story_release(&s);
}

TEST(before_a_session_nobody_is_decided)
{
	struct report r = REPORT_INIT;
	CHECK_EQ(report_npending(&r, 3), 3);
	CHECK_EQ(r.final_exit, EX_OK);
	report_release(&r);
}

TEST(a_verdict_on_the_message_is_for_all_but_who_was_to_wait)
{
	struct story s;
	story_begin(&s, OUTCOMES(&accepted, &later, &no_user));
	(void)err_set(&s.session.err, EX_DATAERR, "message: refused");
	s.session.is_final = true;
	story_end(&s);
	CHECK_EQ(report_npending(&s.report, 3), 1);
	CHECK(s.report.is_final);
	CHECK_EQ(s.report.final_exit, EX_NOUSER); /* it came first */
	story_release(&s);
}

TEST(a_failure_that_is_none_of_the_message_decides_nothing)
{
	struct story s;
	story_begin(&s, OUTCOMES(&accepted, &not_asked));
	(void)err_set(&s.session.err, EX_NOPERM, "AUTH: refused");
	story_end(&s);
	CHECK_EQ(report_npending(&s.report, 2), 2);
	CHECK_EQ(s.report.final_exit, EX_OK);
	story_release(&s);
}

TEST(what_went_wrong_besides_is_a_line_that_does_not_last)
{
	struct report r = REPORT_INIT;
	report_add(&r, STR("the disk is full"));
	CHECK_EQ(r.refusals.len, 1);
	CHECK(!r.lasts[0]);
	report_release(&r);
}

TEST(the_longest_recipient_still_has_a_line)
{
	static char address[ADDRESS_MAX];
	struct story s;
	memset(address, 'x', sizeof(address) - 1);
	story_begin(&s, OUTCOMES(&no_user));
	free(s.envelope.rcpts.items[0]);
	s.envelope.rcpts.items[0] = str_dup(str_of(address));
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.report.refusals.len, 1);
	CHECK(str_starts_nocase(
	    str_of(s.report.refusals.items[0]), STR("mail:587: RCPT TO:<xxx")));
	CHECK(strstr(s.report.refusals.items[0], "no such user") != NULL);
	story_release(&s);
}

TEST(who_got_it_before_the_rest_failed_is_told)
{
	struct story s;
	story_begin(&s, OUTCOMES(&taken, &no_user, &accepted, &not_asked));
	s.session.ntaken = 1;
	s.session.is_accepted = true;
	(void)err_set(&s.session.err, EX_TEMPFAIL, "message: refused");
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.e.exit, EX_NOUSER);
	CHECK_STR(s.e.text,
	    "mail:587: accepted for 1 of 4 recipients, then: message: refused");
	CHECK_EQ(s.report.refusals.len, 3);
	CHECK_STR(s.report.refusals.items[0],
	    "mail:587: RCPT TO:<b@x>: refused: 550 5.1.1 no such user");
	CHECK_STR(s.report.refusals.items[1],
	    "mail:587: message for <c@x>: not accepted");
	CHECK_STR(s.report.refusals.items[2],
	    "mail:587: message for <d@x>: not accepted");
	story_release(&s);
}

TEST(a_message_refused_for_one_is_told_from_a_recipient_refused)
{
	static const struct smtp_outcome full = { .verdict = SMTP_REFUSED,
		.stage = SMTP_TEXT,
		.exit = EX_TEMPFAIL,
		.said = "452 4.2.2 full" };
	struct story s;
	story_begin(&s, OUTCOMES(&taken, &full));
	s.session.ntaken = 1;
	s.session.is_accepted = true;
	story_end(&s);
	CHECK(!s.ok);
	CHECK_EQ(s.e.exit, EX_TEMPFAIL);
	CHECK_STR(s.report.refusals.items[0],
	    "mail:587: message for <b@x>: refused: 452 4.2.2 full");
	story_release(&s);
}

TEST(the_servers_last_words_and_the_numbers_are_kept)
{
	struct story s;
	story_begin(&s, OUTCOMES(&taken, &taken));
	s.session.ntaken = 2;
	s.session.ntransactions = 2;
	s.session.is_accepted = true;
	(void)snprintf(
	    s.session.said, sizeof(s.session.said), "250 2.0.0 queued as 7");
	story_end(&s);
	CHECK(s.ok);
	CHECK_EQ(s.report.ntaken, 2);
	CHECK_EQ(s.report.ntransactions, 2);
	CHECK_STR(s.report.said, "250 2.0.0 queued as 7");
	story_release(&s);
}

TEST(a_hint_stands_behind_the_first_of_those_that_have_it)
{
	struct smtp_outcome hinted = no_right, other = no_user;
	hinted.hint = "log in";
	other.hint = "ask who";
	struct story s;
	story_begin(&s, OUTCOMES(&hinted, &hinted, &other, &no_right));
	story_end(&s);
	CHECK(!s.ok);
	CHECK_STR(s.report.refusals.items[0],
	    "mail:587: RCPT TO:<a@x>: refused: 550 5.7.1 relaying denied; "
	    "log in");
	CHECK_STR(s.report.refusals.items[1],
	    "mail:587: RCPT TO:<b@x>: refused: 550 5.7.1 relaying denied");
	CHECK_STR(s.report.refusals.items[2],
	    "mail:587: RCPT TO:<c@x>: refused: 550 5.1.1 no such user; "
	    "ask who");
	CHECK_STR(s.report.refusals.items[3],
	    "mail:587: RCPT TO:<d@x>: refused: 550 5.7.1 relaying denied");
	story_release(&s);
}
