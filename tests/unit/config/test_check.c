// SPDX-License-Identifier: ISC
#include "config/check.h"

#include "base/err.h"
#include "config/findings.h"
#include "config/settings.h"
#include "unit.h"

struct line {
	enum setting_id id;
	const char *text;
};

/* Settings of an rc file, a line each; host is in the first one. */
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

static void
checks(const struct line *lines, size_t n, const char *why, const char *hint)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	fill(&s, lines, n);
	CHECK(check_settings(&s, &e) == (why[0] == '\0'));
	CHECK_EQ(e.exit, why[0] == '\0' ? EX_OK : EX_CONFIG);
	CHECK_STR(e.text, why);
	CHECK_STR(e.hint, hint);
}

#define LINES(...)                            \
	(const struct line[]){ __VA_ARGS__ }, \
	    sizeof((const struct line[]){ __VA_ARGS__ }) / sizeof(struct line)

TEST(a_host_is_enough)
{
	checks(LINES({ SETTING_HOST, "h" }), "", "");
}

TEST(without_a_host_nothing_goes)
{
	checks(LINES({ SETTING_PORT, "25" }),
	    "no host: neither --host nor POSTHASTE_HOST nor an rc file names "
	    "one",
	    "");
}

TEST(a_user_with_any_one_source_of_the_password_is_right)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		   { SETTING_PASSWORD, "p" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		   { SETTING_PASSWORDEVAL, "p" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		   { SETTING_PASSWORD_FILE, "/p" }),
	    "", "");
}

TEST(two_sources_of_the_password_are_named_with_their_lines)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		   { SETTING_PASSWORD, "p" }, { SETTING_PASSWORDEVAL, "p" }),
	    "rc:4: passwordeval contradicts password at rc:3",
	    "the password has one source");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PASSWORD_FILE, "/p" },
		   { SETTING_PASSWORDEVAL, "p" }),
	    "rc:2: password_file contradicts passwordeval at rc:3",
	    "the password has one source");
}

TEST(to_log_in_takes_a_user)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_AUTH, "on" }),
	    "rc:2: auth is on, but user is not set", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_AUTH, "PLAIN" },
		   { SETTING_PASSWORD, "p" }),
	    "rc:2: auth is on, but user is not set", "");
}

TEST(a_password_takes_a_user)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PASSWORD, "hunter2" }),
	    "rc:2: password is of no use, as user is not set", "");
}

TEST(a_user_takes_a_password)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" }),
	    "rc:2: user is set, but none of password, passwordeval and "
	    "password_file",
	    "");
}

TEST(without_auth_neither_user_nor_password_matter)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_AUTH, "off" },
		   { SETTING_USER, "u" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_AUTH, "off" },
		   { SETTING_PASSWORD, "p" }),
	    "", "");
}

TEST(tls_off_contradicts_its_details)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS, "off" },
		   { SETTING_TLS_STARTTLS, "on" }),
	    "rc:2: tls contradicts tls_starttls at rc:3",
	    "one says off, the other on");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS, "off" },
		   { SETTING_TLS_TRUST_FILE, "/ca" }),
	    "rc:2: tls contradicts tls_trust_file at rc:3",
	    "without TLS nobody is to be trusted");
}

TEST(tls_off_goes_with_starttls_off_and_the_systems_authorities)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS, "off" },
		   { SETTING_TLS_STARTTLS, "off" },
		   { SETTING_TLS_TRUST_FILE, "system" }),
	    "", "");
}

TEST(tls_on_goes_with_all_its_details)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_STARTTLS, "on" },
		   { SETTING_TLS_TRUST_FILE, "/ca" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS, "on" },
		   { SETTING_TLS_STARTTLS, "off" },
		   { SETTING_TLS_TRUST_FILE, "/ca" }),
	    "", "");
}

TEST(all_contradictions_are_found_at_once)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	fill(&s,
	    LINES({ SETTING_TLS, "off" }, { SETTING_TLS_STARTTLS, "on" },
		{ SETTING_TLS_TRUST_FILE, "/ca" }, { SETTING_AUTH, "on" }));
	check_all(&s, &f);
	CHECK_EQ(f.nfaults, 4);
	CHECK_STR(f.lines.items[3], "rc:4: auth is on, but user is not set");
}
