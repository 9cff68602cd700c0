// SPDX-License-Identifier: ISC
#include "config/msmtp.h"

#include "base/attr.h"
#include "base/err.h"
#include "config/findings.h"
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

TEST(in_its_file_tls_is_off_unless_it_says_otherwise)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	const struct settings_origin origin = { .source = SETTINGS_RCFILE,
		.file = "rc",
		.line = 3,
		.is_msmtp = true };
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_TLS_TRUST_FILE, STR("/ca"), origin, &e));
	CHECK(settings_set(&s, SETTING_TLS_STARTTLS, STR("off"), origin, &e));
	msmtp_fill_defaults(&s);
	msmtp_settle(&s, &f);
	CHECK_EQ(s.tls, TOGGLE_OFF);
	CHECK_EQ(s.port, 25);
	CHECK(!settings_is_set(&s, SETTING_TLS_TRUST_FILE));
	CHECK_EQ(f.lines.len, 1);
	CHECK_STR(f.lines.items[0],
	    "rc:3: tls_trust_file has no effect, as tls is off at default");
}

TEST(a_flag_that_names_authorities_asks_for_tls)
{
	fills(LINES({ SETTING_TLS_TRUST_FILE, "/ca" }), 25, "off", "auto");
	fills(LINES({ SETTING_TLS_STARTTLS, "off" }), 465, "off", "auto");
}

/* The note that is made of them, "" if none; the settings go to *s. */
static void
settles(
    struct settings *s, const struct line *lines, size_t n, const char *note)
{
	AUTO(findings_release) struct findings f = FINDINGS_INIT;
	struct settings_origin origin = {
		.source = SETTINGS_RCFILE, .file = "rc", .is_msmtp = true
	};
	struct err e = ERR_INIT;
	settings_release(s);
	for (size_t i = 0; i < n; i++) {
		origin.line = (unsigned)i + 1;
		CHECK(settings_set(
		    s, lines[i].id, str_of(lines[i].text), origin, &e));
	}
	msmtp_settle(s, &f);
	CHECK_EQ(f.nfaults, 0);
	CHECK_EQ(f.lines.len, note[0] != '\0');
	if (f.lines.len > 0)
		CHECK_STR(f.lines.items[0], note);
}

#define MD5 "0123456789abcdef0123456789abcdef"
#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

TEST(without_tls_its_details_have_no_effect)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	settles(&s,
	    LINES({ SETTING_TLS, "off" }, { SETTING_TLS_TRUST_FILE, "/ca" }),
	    "rc:2: tls_trust_file has no effect, as tls is off at rc:1");
	CHECK(!settings_is_set(&s, SETTING_TLS_TRUST_FILE));
	settles(&s,
	    LINES({ SETTING_TLS_STARTTLS, "on" }, { SETTING_TLS, "off" }),
	    "rc:1: tls_starttls has no effect, as tls is off at rc:2");
	CHECK(!settings_is_set(&s, SETTING_TLS_STARTTLS));
	CHECK_EQ(s.tls_starttls, TOGGLE_AUTO);
	settles(&s,
	    LINES({ SETTING_TLS, "off" }, { SETTING_TLS_STARTTLS, "off" }), "");
	settles(&s,
	    LINES({ SETTING_TLS, "on" }, { SETTING_TLS_TRUST_FILE, "/ca" },
		{ SETTING_TLS_CERTCHECK, "on" }),
	    "");
	CHECK_STR(s.tls_trust_file, "/ca");
}

TEST(tls_certcheck_off_goes_before_authorities_but_not_before_a_pin)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	settles(&s,
	    LINES({ SETTING_TLS, "on" }, { SETTING_TLS_TRUST_FILE, "/ca" },
		{ SETTING_TLS_CERTCHECK, "off" }),
	    "rc:2: tls_trust_file has no effect, as tls_certcheck is off at "
	    "rc:3");
	CHECK(!settings_is_set(&s, SETTING_TLS_TRUST_FILE));
	settles(&s,
	    LINES({ SETTING_TLS, "on" }, { SETTING_TLS_TRUST_FILE, "off" },
		{ SETTING_TLS_CERTCHECK, "off" }),
	    "");
	settles(&s,
	    LINES({ SETTING_TLS, "on" }, { SETTING_TLS_CERTCHECK, "off" },
		{ SETTING_TLS_FINGERPRINT, MD5 MD5 }),
	    "rc:2: tls_certcheck has no effect, as tls_fingerprint is set at "
	    "rc:3");
	CHECK(!settings_is_set(&s, SETTING_TLS_CERTCHECK));
	CHECK_STR(s.tls_fingerprint, MD5 MD5);
	settles(&s,
	    LINES({ SETTING_TLS, "on" }, { SETTING_TLS_CERTCHECK, "off" },
		{ SETTING_TLS_PIN, PIN }),
	    "rc:2: tls_certcheck has no effect, as tls_pin is set at rc:3");
	CHECK(!settings_is_set(&s, SETTING_TLS_CERTCHECK));
}

TEST(password_goes_before_passwordeval)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	settles(&s,
	    LINES({ SETTING_PASSWORDEVAL, "exit 1" },
		{ SETTING_PASSWORD, "secret" }),
	    "rc:1: passwordeval has no effect, as password is set at rc:2");
	CHECK(!settings_is_set(&s, SETTING_PASSWORDEVAL));
	CHECK_STR(s.password, "secret");
}

TEST(an_old_fingerprint_counts_and_is_told_of)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	settles(&s, LINES({ SETTING_TLS_FINGERPRINT, MD5 }),
	    "rc:1: tls_fingerprint is of the length of MD5, which can be "
	    "forged; SHA-256 is wanted; the certificate's: openssl x509 "
	    "-noout -fingerprint -sha256 -in FILE, or what posthaste says if "
	    "it is wrong");
	CHECK_STR(s.tls_fingerprint, MD5);
}

TEST(what_flags_contradict_is_no_matter_of_msmtps)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	const struct settings_origin flag = { .source = SETTINGS_FLAG };
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_TLS, STR("off"), flag, &e));
	CHECK(settings_set(&s, SETTING_TLS_TRUST_FILE, STR("/ca"), flag, &e));
	msmtp_settle(&s, NULL);
	CHECK_STR(s.tls_trust_file, "/ca");
}
