// SPDX-License-Identifier: ISC
#include "config/msmtp.h"

#include "base/attr.h"
#include "base/err.h"
#include "config/settings.h"
#include "unit.h"

struct line {
	enum setting_id id;
	const char *text;
};

static void
fills(const struct line *lines, size_t n, unsigned port, const char *auth,
    const char *tls)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	const struct settings_origin origin = { .source = SETTINGS_RCFILE,
		.file = "rc" };
	struct err e = ERR_INIT;
	for (size_t i = 0; i < n; i++)
		CHECK(settings_set(
		    &s, lines[i].id, str_of(lines[i].text), origin, &e));
	msmtp_fill_defaults(&s);
	CHECK(settings_fill_defaults(&s, &e));
	CHECK_EQ(s.port, port);
	CHECK_STR(s.auth, auth);
	CHECK_STR(setting_toggle_words[s.tls], tls);
}

#define LINES(...)                            \
	(const struct line[]){ __VA_ARGS__ }, \
	    sizeof((const struct line[]){ __VA_ARGS__ }) / sizeof(struct line)

TEST(there_is_no_login_and_no_tls_unless_asked_for)
{
	fills(LINES({ SETTING_HOST, "h" }), 25, "off", "off");
	fills(LINES({ SETTING_USER, "u" }), 25, "off", "off");
	fills(LINES({ SETTING_USER, "u" }, { SETTING_AUTH, "on" }), 25, "on",
	    "off");
}

TEST(the_port_is_25_or_that_of_tls_from_the_start)
{
	fills(LINES({ SETTING_TLS, "on" }), 25, "off", "on");
	fills(LINES({ SETTING_TLS, "on" }, { SETTING_TLS_STARTTLS, "on" }), 25,
	    "off", "on");
	fills(LINES({ SETTING_TLS, "on" }, { SETTING_TLS_STARTTLS, "off" }),
	    465, "off", "on");
	fills(LINES({ SETTING_TLS, "off" }, { SETTING_TLS_STARTTLS, "off" }),
	    25, "off", "off");
	fills(LINES({ SETTING_PORT, "587" }, { SETTING_TLS, "on" }), 587, "off",
	    "on");
}

TEST(whoever_names_authorities_gets_tls)
{
	fills(LINES({ SETTING_TLS_TRUST_FILE, "/ca" }), 25, "off", "auto");
	fills(LINES({ SETTING_TLS_STARTTLS, "off" }), 465, "off", "auto");
}
