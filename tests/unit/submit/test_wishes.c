// SPDX-License-Identifier: ISC
#include "submit/wishes.h"

#include "base/err.h"
#include "unit.h"

struct line {
	enum setting_id id;
	const char *text;
};

static void
fill(struct settings *s, const struct line *lines, size_t n)
{
	struct err e = ERR_INIT;
	struct settings_origin origin = { .source = SETTINGS_RCFILE,
		.file = "rc" };
	for (size_t i = 0; i < n; i++) {
		origin.line = (unsigned)i + 1;
		CHECK(settings_set(
		    s, lines[i].id, str_of(lines[i].text), origin, &e));
	}
	CHECK(settings_fill_defaults(s, &e));
}

/* What the one kind becomes; value NULL: it is not asked for. */
static void
becomes(const struct line *lines, size_t n, enum smtp_ask_kind kind,
    const char *value, bool is_needed)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct wishes w;
	fill(&s, lines, n);
	wishes_init(&w, &s);
	const struct smtp_ask *ask = &w.asks[kind];
	CHECK((ask->value == NULL) == (value == NULL));
	if (ask->value == NULL || value == NULL)
		return;
	CHECK_STR(ask->value, value);
	CHECK_EQ(ask->is_needed, is_needed);
	CHECK(ask->who != NULL && ask->hint != NULL);
	CHECK(!is_needed || kind == SMTP_ASK_ENVID || kind == SMTP_ASK_RET ||
	    ask->hint[0] != '\0');
}

#define LINES(...)                            \
	(const struct line[]){ __VA_ARGS__ }, \
	    sizeof((const struct line[]){ __VA_ARGS__ }) / sizeof(struct line)

TEST(nothing_is_asked_by_itself)
{
	for (enum smtp_ask_kind k = 0; k < SMTP_ASK_COUNT; k++)
		becomes(LINES({ SETTING_HOST, "h" }), k, NULL, false);
	becomes(
	    LINES({ SETTING_DSN_NOTIFY, "off" }, { SETTING_PRIORITY, "off" }),
	    SMTP_ASK_NOTIFY, NULL, false);
}

TEST(reports_that_servers_would_not_make_matter)
{
	becomes(LINES({ SETTING_DSN_NOTIFY, "delay,Failure" }), SMTP_ASK_NOTIFY,
	    "FAILURE,DELAY", false);
	becomes(LINES({ SETTING_DSN_NOTIFY, "delay,success,failure" }),
	    SMTP_ASK_NOTIFY, "SUCCESS,FAILURE,DELAY", true);
	becomes(LINES({ SETTING_DSN_NOTIFY, "success,success,success" }),
	    SMTP_ASK_NOTIFY, "SUCCESS", true);
	becomes(LINES({ SETTING_DSN_NOTIFY, "NEVER" }), SMTP_ASK_NOTIFY,
	    "NEVER", true);
}

TEST(what_goes_with_such_reports_matters_too)
{
	becomes(LINES({ SETTING_DSN_ENVID, "x" }), SMTP_ASK_ENVID, "x", false);
	becomes(
	    LINES({ SETTING_DSN_RETURN, "hdrs" }), SMTP_ASK_RET, "HDRS", false);
	becomes(LINES({ SETTING_DSN_NOTIFY, "success" },
		    { SETTING_DSN_RETURN, "full" }, { SETTING_DSN_ENVID, "x" }),
	    SMTP_ASK_RET, "FULL", true);
	becomes(
	    LINES({ SETTING_DSN_NOTIFY, "success" },
		{ SETTING_DSN_RETURN, "headers" }, { SETTING_DSN_ENVID, "x" }),
	    SMTP_ASK_ENVID, "x", true);
	becomes(
	    LINES({ SETTING_DSN_RETURN, "off" }), SMTP_ASK_RET, NULL, false);
}

TEST(times_are_written_as_the_server_wants_them)
{
	becomes(
	    LINES({ SETTING_DELIVER_BY, "2m" }), SMTP_ASK_BY, "120;N", true);
	becomes(LINES({ SETTING_DELIVER_BY, "999999999,return,trace" }),
	    SMTP_ASK_BY, "999999999;RT", true);
	becomes(
	    LINES({ SETTING_HOLD_FOR, "1h" }), SMTP_ASK_HOLDFOR, "3600", true);
	becomes(LINES({ SETTING_HOLD_UNTIL, "2030-01-01T01:30:00+01:30" }),
	    SMTP_ASK_HOLDUNTIL, "2030-01-01T00:00:00Z", true);
}

TEST(the_rest_is_as_it_is_set)
{
	becomes(
	    LINES({ SETTING_PRIORITY, "-3" }), SMTP_ASK_PRIORITY, "-3", false);
	becomes(LINES({ SETTING_RELAY_TLS, "require" }), SMTP_ASK_REQUIRETLS,
	    "", true);
	becomes(LINES({ SETTING_RELAY_TLS, "optional" }), SMTP_ASK_REQUIRETLS,
	    NULL, false);
	becomes(LINES({ SETTING_MAIL_AUTH, "<>" }), SMTP_ASK_AUTH, "<>", false);
}

TEST(who_asks_is_told_with_the_place)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	const struct line line = { SETTING_HOLD_FOR, "60" };
	struct wishes w;
	fill(&s, &line, 1);
	wishes_init(&w, &s);
	CHECK_STR(w.asks[SMTP_ASK_HOLDFOR].who, "hold_for (rc:1)");
	CHECK_EQ(w.asks[SMTP_ASK_HOLDFOR].number, 60);
}

TEST(a_report_of_ours_asks_for_no_report_and_no_delay)
{
	static const struct line lines[] = {
		{ SETTING_DSN_NOTIFY, "success" },
		{ SETTING_DSN_RETURN, "full" },
		{ SETTING_DSN_ENVID, "x" },
		{ SETTING_DELIVER_BY, "2m" },
		{ SETTING_HOLD_FOR, "1h" },
		{ SETTING_PRIORITY, "-3" },
		{ SETTING_RELAY_TLS, "require" },
		{ SETTING_MAIL_AUTH, "me@example.org" },
	};
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct wishes w;
	struct smtp_ask asks[SMTP_ASK_COUNT];
	fill(&s, lines, ARRAY_LEN(lines));
	wishes_init(&w, &s);
	wishes_of_report(&w, asks);
	for (enum smtp_ask_kind k = 0; k < SMTP_ASK_COUNT; k++) {
		CHECK(!asks[k].is_needed);
		CHECK_EQ(asks[k].value != NULL,
		    k == SMTP_ASK_PRIORITY || k == SMTP_ASK_REQUIRETLS);
	}
}
