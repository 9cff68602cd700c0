// SPDX-License-Identifier: ISC
#include "config/settings.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "unit.h"

static const struct settings_origin by_flag = { .source = SETTINGS_FLAG };
static const struct settings_origin by_file = {
	.source = SETTINGS_RCFILE, .line = 7, .file = "/home/u/rc"
};

static bool
set(struct settings *s, enum setting_id id, const char *text)
{
	struct err e = ERR_INIT;
	return settings_set(s, id, str_of(text), by_file, &e);
}

/* Fails with this exit code and text. */
static void
refuses_from(struct settings_origin origin, enum setting_id id,
    const char *text, int exit, const char *why)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(!settings_set(&s, id, str_of(text), origin, &e));
	CHECK_EQ(e.exit, exit);
	CHECK_STR(e.text, why);
	CHECK(!settings_is_set(&s, id));
}

static void
refuses(enum setting_id id, const char *text, const char *why)
{
	refuses_from(by_file, id, text, EX_CONFIG, why);
}

/* NULL takes the variable out. */
static void
put_variable(const char *name, const char *value)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
	CHECK((value != NULL ? setenv(name, value, 1) : unsetenv(name)) == 0);
}

TEST(nothing_is_set_at_the_start)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		CHECK(!settings_is_set(&s, id));
}

TEST(each_type_takes_its_values)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_HOST, "mail.example.org"));
	CHECK(set(&s, SETTING_PORT, "65535"));
	CHECK(set(&s, SETTING_TLS, "off"));
	CHECK(set(&s, SETTING_TLS_STARTTLS, "ON"));
	CHECK(set(&s, SETTING_PARTIAL_DELIVERY, "on"));
	CHECK(set(&s, SETTING_PASSWORD, "pa ss\tword"));
	CHECK(set(&s, SETTING_TLS_TRUST_FILE, "/etc/my ca.pem"));
	CHECK(set(&s, SETTING_PASSWORDEVAL, "pass\tshow x"));
	CHECK_STR(s.host, "mail.example.org");
	CHECK_EQ(s.port, 65535);
	CHECK_EQ(s.tls, TOGGLE_OFF);
	CHECK_EQ(s.tls_starttls, TOGGLE_ON);
	CHECK(s.partial_delivery);
	CHECK_STR(s.password, "pa ss\tword");
	CHECK_STR(s.tls_trust_file, "/etc/my ca.pem");
	CHECK_STR(s.passwordeval, "pass\tshow x");
	CHECK_EQ(s.origin[SETTING_PORT].line, 7);
}

TEST(a_value_set_again_replaces_the_first)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_HOST, "one"));
	CHECK(set(&s, SETTING_HOST, "two"));
	CHECK_STR(s.host, "two");
}

TEST(a_refused_value_leaves_the_first_in_place)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_PORT, "25"));
	CHECK(!set(&s, SETTING_PORT, "0"));
	CHECK_EQ(s.port, 25);
	CHECK(set(&s, SETTING_HOST, "one"));
	CHECK(!set(&s, SETTING_HOST, "a\nb"));
	CHECK_STR(s.host, "one");
}

TEST(a_number_out_of_range_is_refused_with_the_range)
{
	refuses(SETTING_PORT, "abc", "\"abc\" is not a number from 1 to 65535");
	refuses(SETTING_PORT, "0", "\"0\" is not a number from 1 to 65535");
	refuses(
	    SETTING_PORT, "65536", "\"65536\" is not a number from 1 to 65535");
	refuses(SETTING_PORT, "-1", "\"-1\" is not a number from 1 to 65535");
	refuses(SETTING_PORT, "99999999999999999999999",
	    "\"99999999999999999999999\" is not a number from 1 to 65535");
	refuses(SETTING_TIMEOUT, "86401",
	    "\"86401\" is not a number from 1 to 86400, or off");
}

TEST(a_word_that_is_not_one_of_those_allowed_is_refused_with_them)
{
	refuses(SETTING_TLS, "yes", "\"yes\" is not one of auto, on, off");
	refuses(
	    SETTING_PARTIAL_DELIVERY, "auto", "\"auto\" is not one of on, off");
}

TEST(an_empty_value_is_refused_where_something_must_be)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		enum setting_type type = setting_table[id].type;
		if (setting_table[id].empty != NULL)
			continue;
		if (id == SETTING_HOST || id == SETTING_FROM ||
		    (type != SETTING_TYPE_STRING && type != SETTING_TYPE_PATH &&
			type != SETTING_TYPE_SECRET &&
			type != SETTING_TYPE_COMMAND))
			refuses(id, "", "is empty");
	}
	refuses_from(by_flag, SETTING_HOST, "", EX_CONFIG, "is empty");
}

TEST(an_empty_value_takes_back_what_was_said_elsewhere)
{
	static const enum setting_id ids[] = { SETTING_DOMAIN, SETTING_USER,
		SETTING_PASSWORD, SETTING_PASSWORDEVAL,
		SETTING_FROM_FULL_NAME };
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(settings_release) struct settings old = SETTINGS_INIT;
	AUTO(buf_release) struct buf shown = BUF_INIT(1000);
	struct err e = ERR_INIT;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		CHECK(settings_set(&old, ids[i], STR("/x"), by_file, &e));
		CHECK(settings_set(&s, ids[i], STR(""), by_file, &e));
	}
	settings_fill(&s, &old);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		bool gives = setting_table[ids[i]].gives == GIVES_PASSWORD;
		CHECK(settings_is_set(&s, ids[i]));
		CHECK(!settings_has_source(&s, ids[i]));
		CHECK(settings_has_source(&old, ids[i]) == gives);
	}
	settings_show(&s, &shown);
	CHECK(strstr(buf_cstr(&shown), "user \"\" # ") != NULL);
}

TEST(no_password_is_no_source_of_one)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(settings_release) struct settings old = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_PASSWORD, STR(""), by_file, &e));
	CHECK(settings_set(&old, SETTING_PASSWORDEVAL, STR("x"), by_file, &e));
	settings_fill(&s, &old);
	CHECK_STR(s.passwordeval, "x");
}

/* weaker sources of the kind are void, and of the other are not */
TEST(one_source_of_a_secret_makes_the_weaker_ones_void)
{
	static const struct {
		enum setting_id strong, weak;
		const char *text;
		bool is_void;
	} cases[] = {
		{ SETTING_PASSWORD_FD, SETTING_PASSWORD, "9", true },
		{ SETTING_PASSWORD_FD, SETTING_PASSWORDEVAL, "9", true },
		{ SETTING_PASSWORD_FILE, SETTING_PASSWORD_FD, "9", true },
		{ SETTING_TLS_KEY_PASSWORDEVAL, SETTING_TLS_KEY_PASSWORD_FILE,
		    "9", true },
		{ SETTING_TLS_KEY_PASSWORD_FILE, SETTING_TLS_KEY_PASSWORDEVAL,
		    "9", true },
		{ SETTING_TLS_KEY_PASSWORD_FILE, SETTING_PASSWORD, "9", false },
		{ SETTING_PASSWORD_FD, SETTING_TLS_KEY_PASSWORDEVAL, "9",
		    false },
		{ SETTING_KEYRING, SETTING_PASSWORD, "on", false },
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(settings_release) struct settings s = SETTINGS_INIT;
		AUTO(settings_release) struct settings old = SETTINGS_INIT;
		struct err e = ERR_INIT;
		CHECK(settings_set(
		    &s, cases[i].strong, str_of(cases[i].text), by_flag, &e));
		CHECK(settings_set(&old, cases[i].weak, STR("9"), by_file, &e));
		settings_fill(&s, &old);
		CHECK(
		    settings_has_source(&s, cases[i].weak) != cases[i].is_void);
	}
}

TEST(a_flag_may_give_the_empty_sender)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_FROM, STR(""), by_flag, &e));
	CHECK(settings_is_set(&s, SETTING_FROM));
	CHECK_STR(s.from, "");
}

TEST(control_characters_are_refused)
{
	static const enum setting_id ids[] = { SETTING_HOST, SETTING_DOMAIN,
		SETTING_USER, SETTING_TLS_TRUST_FILE, SETTING_PASSWORD_FILE,
		SETTING_FROM, SETTING_FROM_FULL_NAME, SETTING_PASSWORD,
		SETTING_PASSWORDEVAL };
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		refuses(ids[i], "a\nb", "holds a control character");
		refuses(ids[i], "a\rb", "holds a control character");
	}
	refuses(SETTING_HOST, "a\tb", "holds a control character");
	refuses(SETTING_FROM, "a\033b", "holds a control character");
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(!settings_set(&s, SETTING_USER, STR("a\0b"), by_file, &e));
	CHECK(!settings_set(&s, SETTING_PASSWORD, STR("a\0b"), by_file, &e));
}

TEST(line_ends_in_a_senders_flag_are_bad_data)
{
	refuses_from(by_flag, SETTING_FROM, "a@x>\r\nRCPT TO:<b@x", EX_DATAERR,
	    "holds a control character");
	refuses_from(by_flag, SETTING_FROM_FULL_NAME, "a\nBcc: b@x", EX_DATAERR,
	    "holds a control character");
}

TEST(values_in_errors_are_cut_and_printable)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(!settings_set(&s, SETTING_TLS, STR("\033[2J"), by_file, &e));
	CHECK_STR(e.text, "\"\\x1b[2J\" is not one of auto, on, off");
	char huge[5000];
	memset(huge, 'x', sizeof(huge));
	struct str text = { huge, sizeof(huge) };
	CHECK(!settings_set(&s, SETTING_PORT, text, by_file, &e));
	CHECK(strstr(e.text, "...\" is not a number") != NULL);
}

TEST(words_for_nothing_set_nothing)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_TIMEOUT, "30"));
	CHECK_EQ(s.timeout, 30);
	CHECK(set(&s, SETTING_TIMEOUT, "off"));
	CHECK_EQ(s.timeout, 0);
	CHECK(settings_is_set(&s, SETTING_TIMEOUT));
	CHECK(set(&s, SETTING_TLS_TRUST_FILE, "/ca"));
	CHECK(set(&s, SETTING_TLS_TRUST_FILE, "system"));
	CHECK(s.tls_trust_file == NULL);
	CHECK(settings_is_set(&s, SETTING_TLS_TRUST_FILE));
}

TEST(an_empty_value_takes_back_what_can_be_off)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_PROXY_HOST, "proxy"));
	CHECK(set(&s, SETTING_PROXY_HOST, ""));
	CHECK(s.proxy_host == NULL);
	CHECK(settings_is_set(&s, SETTING_PROXY_HOST));
	CHECK(set(&s, SETTING_PROXY_PORT, "9050"));
	CHECK(set(&s, SETTING_PROXY_PORT, ""));
	CHECK_EQ(s.proxy_port, 0);
	CHECK(set(&s, SETTING_SOURCE_IP, "127.0.0.1"));
	CHECK(set(&s, SETTING_SOURCE_IP, "Off"));
	CHECK(s.source_ip == NULL);
}

TEST(without_authorities_is_something_else_than_the_systems)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_TLS_TRUST_FILE, "off"));
	CHECK_STR(s.tls_trust_file, "");
	CHECK(set(&s, SETTING_TLS_TRUST_FILE, "system"));
	CHECK(s.tls_trust_file == NULL);
	CHECK(set(&s, SETTING_TLS_TRUST_FILE, ""));
	CHECK_STR(s.tls_trust_file, "");
}

TEST(a_source_address_is_an_ipv4_or_ipv6_address)
{
	static const char *const right[] = { "127.0.0.1", "::1", "2001:db8::7",
		"fe80::1%eth0" };
	static const char *const wrong[] = {
		"localhost", "127.1", "1.2.3.4.5", "[::1]", "127.0.0.1%lo",
		"1:2:3:4:5:6:7:8:9", "%eth0",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		CHECK(set(&s, SETTING_SOURCE_IP, right[i]));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		CHECK(!set(&s, SETTING_SOURCE_IP, wrong[i]));
	refuses(SETTING_SOURCE_IP, "localhost",
	    "\"localhost\" is not an IPv4 or IPv6 address");
}

#define MD5 "0123456789abcdef0123456789abcdef"
#define SHA1 MD5 "01234567"
#define SHA256 MD5 MD5
#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

TEST(a_fingerprint_is_sha256_with_or_without_colons_or_several)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_TLS_FINGERPRINT, SHA256));
	CHECK(set(&s, SETTING_TLS_FINGERPRINT, SHA256 ", " SHA256));
	CHECK(set(&s, SETTING_TLS_FINGERPRINT,
	    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef:"
	    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:ab:cd:ef"));
	refuses(SETTING_TLS_FINGERPRINT, "xyz",
	    "\"xyz\" is not 64 hexadecimal digits (SHA-256)");
	refuses(SETTING_TLS_FINGERPRINT, SHA256 " 12",
	    "\"12\" is not 64 hexadecimal digits (SHA-256)");
	refuses(SETTING_TLS_FINGERPRINT, " , ", "names no fingerprint");
	CHECK(!set(&s, SETTING_TLS_FINGERPRINT, SHA256 "00"));
}

TEST(a_fingerprint_that_can_be_forged_is_refused_with_the_way_out)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	refuses(SETTING_TLS_FINGERPRINT, MD5,
	    "is of the length of MD5, which can be forged; SHA-256 is wanted");
	CHECK(
	    !settings_set(&s, SETTING_TLS_FINGERPRINT, STR(SHA1), by_file, &e));
	CHECK_STR(e.text,
	    "is of the length of SHA-1, which can be forged; SHA-256 is "
	    "wanted");
	CHECK(strstr(e.hint, "-fingerprint -sha256") != NULL);
}

TEST(auth_takes_words_and_mechanisms_in_any_case)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(set(&s, SETTING_AUTH, "On"));
	CHECK_STR(s.auth, "on");
	CHECK(set(&s, SETTING_AUTH, "plain"));
	CHECK_STR(s.auth, "PLAIN");
	CHECK(set(&s, SETTING_AUTH, "scram-sha-256, Login plain"));
	CHECK_STR(s.auth, "SCRAM-SHA-256 LOGIN PLAIN");
	CHECK(set(&s, SETTING_AUTH, "xoauth2"));
	CHECK_STR(s.auth, "XOAUTH2");
}

TEST(an_unknown_mechanism_is_refused_with_those_known)
{
	refuses(SETTING_AUTH, "plain cram-md6",
	    "\"cram-md6\" is not one of auto, on, off, SCRAM-SHA-256-PLUS, "
	    "SCRAM-SHA-256, SCRAM-SHA-1-PLUS, SCRAM-SHA-1, PLAIN, LOGIN, "
	    "CRAM-MD5, DIGEST-MD5, EXTERNAL, GSSAPI, GS2-KRB5, NTLM, "
	    "OAUTHBEARER, XOAUTH2, ANONYMOUS");
	refuses(SETTING_AUTH, "on plain",
	    "\"on\" is not one of auto, on, off, SCRAM-SHA-256-PLUS, "
	    "SCRAM-SHA-256, SCRAM-SHA-1-PLUS, SCRAM-SHA-1, PLAIN, LOGIN, "
	    "CRAM-MD5, DIGEST-MD5, EXTERNAL, GSSAPI, GS2-KRB5, NTLM, "
	    "OAUTHBEARER, XOAUTH2, ANONYMOUS");
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	CHECK(!set(&s, SETTING_AUTH, " , "));
}

TEST(a_tilde_is_the_home_directory)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	put_variable("HOME", "/home/some body");
	CHECK(set(&s, SETTING_PASSWORD_FILE, "~/my pass"));
	CHECK_STR(s.password_file, "/home/some body/my pass");
	CHECK(set(&s, SETTING_PASSWORD_FILE, "~"));
	CHECK_STR(s.password_file, "/home/some body");
	CHECK(set(&s, SETTING_PASSWORD_FILE, "~other/x"));
	CHECK_STR(s.password_file, "~other/x");
	CHECK(set(&s, SETTING_PASSWORD_FILE, "/x/~/y"));
	CHECK_STR(s.password_file, "/x/~/y");
	CHECK(set(&s, SETTING_USER, "~/u"));
	CHECK_STR(s.user, "~/u");
}

TEST(a_tilde_works_without_the_variable_home)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf want = BUF_INIT(4096);
	struct passwd entry, *found = NULL;
	char space[4096];
	int status = getpwuid_r(
	    geteuid(), &entry, space, sizeof(space), &found);
	CHECK_EQ(status, 0);
	if (found == NULL)
		return; /* a user that the database does not have */
	CHECK(buf_printf(&want, "%s/x", found->pw_dir));
	put_variable("HOME", NULL);
	CHECK(set(&s, SETTING_PASSWORD_FILE, "~/x"));
	CHECK_STR(s.password_file, buf_cstr(&want));
	put_variable("HOME", "not/absolute");
	CHECK(set(&s, SETTING_PASSWORD_FILE, "~/x"));
	CHECK_STR(s.password_file, buf_cstr(&want));
}

TEST(filling_copies_what_is_unset_with_its_origin)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(settings_set(&dst, SETTING_HOST, STR("flag"), by_flag, &e));
	CHECK(set(&src, SETTING_HOST, "file"));
	CHECK(set(&src, SETTING_PORT, "587"));
	CHECK(set(&src, SETTING_USER, "u"));
	CHECK(set(&src, SETTING_TLS, "on"));
	CHECK(set(&src, SETTING_PARTIAL_DELIVERY, "off"));
	CHECK(set(&src, SETTING_TLS_TRUST_FILE, "system"));
	settings_fill(&dst, &src);
	CHECK_STR(dst.host, "flag");
	CHECK_EQ(dst.origin[SETTING_HOST].source, SETTINGS_FLAG);
	CHECK_EQ(dst.port, 587);
	CHECK_STR(dst.user, "u");
	CHECK(dst.user != src.user);
	CHECK_EQ(dst.tls, TOGGLE_ON);
	CHECK(!dst.partial_delivery);
	CHECK_EQ(dst.origin[SETTING_USER].line, 7);
	CHECK(settings_is_set(&dst, SETTING_TLS_TRUST_FILE));
	CHECK(!settings_is_set(&dst, SETTING_DOMAIN));
}

TEST(a_source_of_the_password_makes_weaker_ones_void)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&dst, SETTING_PASSWORDEVAL, "pass"));
	CHECK(set(&src, SETTING_PASSWORD, "p"));
	CHECK(set(&src, SETTING_PASSWORD_FILE, "/p"));
	CHECK(set(&src, SETTING_PASSWORDEVAL_TIMEOUT, "3"));
	settings_fill(&dst, &src);
	CHECK(dst.password == NULL && dst.password_file == NULL);
	CHECK_EQ(dst.passwordeval_timeout, 3);
}

TEST(sources_of_the_password_named_together_stay_together)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&src, SETTING_PASSWORD, "p"));
	CHECK(set(&src, SETTING_PASSWORD_FILE, "/p"));
	settings_fill(&dst, &src);
	CHECK_STR(dst.password, "p");
	CHECK_STR(dst.password_file, "/p");
}

TEST(turning_tls_off_makes_its_weaker_details_void)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&dst, SETTING_TLS, "off"));
	CHECK(set(&src, SETTING_TLS_STARTTLS, "on"));
	CHECK(set(&src, SETTING_TLS_TRUST_FILE, "/ca"));
	settings_fill(&dst, &src);
	CHECK(!settings_is_set(&dst, SETTING_TLS_STARTTLS));
	CHECK(!settings_is_set(&dst, SETTING_TLS_TRUST_FILE));
	CHECK(set(&dst, SETTING_TLS, "on"));
	settings_fill(&dst, &src);
	CHECK(settings_is_set(&dst, SETTING_TLS_STARTTLS));
	CHECK_STR(dst.tls_trust_file, "/ca");
}

TEST(turning_tls_off_makes_all_its_details_void)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		AUTO(settings_release) struct settings dst = SETTINGS_INIT;
		AUTO(settings_release) struct settings src = SETTINGS_INIT;
		if (!setting_table[id].is_tls_detail)
			continue;
		CHECK(set(&dst, SETTING_TLS, "off"));
		/* the first word, where only some will do */
		const char *text = id == SETTING_TLS_FINGERPRINT ? SHA256
		    : id == SETTING_TLS_PIN                      ? PIN
		    : setting_table[id].words != NULL
		    ? setting_table[id].words[0]
		    : "off";
		CHECK(set(&src, id, text));
		settings_fill(&dst, &src);
		CHECK(!settings_is_set(&dst, id));
	}
}

TEST(another_proxy_makes_a_weaker_login_void)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&src, SETTING_PROXY_HOST, "p"));
	CHECK(set(&src, SETTING_PROXY_USER, "u"));
	CHECK(set(&src, SETTING_PROXY_PASSWORD, "x"));
	CHECK(set(&dst, SETTING_PROXY_PORT, "9050"));
	settings_fill(&dst, &src);
	CHECK_STR(dst.proxy_user, "u");
	CHECK_STR(dst.proxy_password, "x");
	settings_release(&dst);
	CHECK(set(&dst, SETTING_PROXY_HOST, "q"));
	settings_fill(&dst, &src);
	CHECK(dst.proxy_user == NULL && dst.proxy_password == NULL);
}

TEST(another_way_makes_a_weaker_one_void)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&dst, SETTING_TUNNEL, "c"));
	CHECK(set(&src, SETTING_PROXY_HOST, "p"));
	CHECK(set(&src, SETTING_SOCKET, "/s"));
	CHECK(set(&src, SETTING_SOURCE_IP, "::1"));
	CHECK(set(&src, SETTING_TUNNEL, "d"));
	settings_fill(&dst, &src);
	CHECK_STR(dst.tunnel, "c");
	CHECK(dst.proxy_host == NULL && dst.socket == NULL);
	CHECK(dst.source_ip == NULL);
	settings_release(&dst);
	CHECK(set(&dst, SETTING_PROXY_HOST, "q"));
	settings_fill(&dst, &src);
	CHECK(dst.tunnel == NULL);
	settings_release(&dst);
	/* an address is no way */
	CHECK(set(&dst, SETTING_SOURCE_IP, "::2"));
	settings_unset(&src, SETTING_PROXY_HOST);
	settings_fill(&dst, &src);
	CHECK_STR(dst.tunnel, "d");
}

TEST(giving_up_verification_makes_weaker_trust_void)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&dst, SETTING_TLS_CERTCHECK, "off"));
	CHECK(set(&src, SETTING_TLS_TRUST_FILE, "/ca"));
	CHECK(set(&src, SETTING_TLS_CRL_FILE, "/crl"));
	CHECK(set(&src, SETTING_TLS_FINGERPRINT, SHA256));
	CHECK(set(&src, SETTING_TLS_PIN, PIN));
	CHECK(set(&src, SETTING_TLS_TRUST, "first_use"));
	CHECK(set(&src, SETTING_TLS_HOST_OVERRIDE, "h"));
	settings_fill(&dst, &src);
	CHECK(dst.tls_trust_file == NULL && dst.tls_crl_file == NULL);
	CHECK(dst.tls_fingerprint == NULL && dst.tls_pin == NULL);
	CHECK(!settings_is_set(&dst, SETTING_TLS_TRUST));
	CHECK_STR(dst.tls_host_override, "h");
}

static void
trust_voids_certcheck(enum setting_id id, const char *value, bool is_void)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&dst, id, value));
	CHECK(set(&src, SETTING_TLS_CERTCHECK, "off"));
	settings_fill(&dst, &src);
	CHECK(settings_is_set(&dst, SETTING_TLS_CERTCHECK) == !is_void);
}

TEST(trust_makes_a_weaker_waiver_of_verification_void)
{
	trust_voids_certcheck(SETTING_TLS_TRUST_FILE, "/ca", true);
	trust_voids_certcheck(SETTING_TLS_TRUST_FILE, "system", true);
	trust_voids_certcheck(SETTING_TLS_TRUST_FILE, "off", false);
	trust_voids_certcheck(SETTING_TLS_FINGERPRINT, SHA256, true);
	trust_voids_certcheck(SETTING_TLS_FINGERPRINT, "off", false);
	trust_voids_certcheck(SETTING_TLS_PIN, PIN, true);
	trust_voids_certcheck(SETTING_TLS_PIN, "off", false);
	trust_voids_certcheck(SETTING_TLS_TRUST, "first_use", true);
	trust_voids_certcheck(SETTING_TLS_TRUST, "authorities", true);
	trust_voids_certcheck(SETTING_TLS_CRL_FILE, "/crl", true);
	trust_voids_certcheck(SETTING_TLS_HOST_OVERRIDE, "h", false);
}

static bool
is_detail(enum setting_id id, const char *value)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(set(&s, id, value));
	CHECK(settings_fill_defaults(&s, &e));
	return settings_has_tls_detail(&s);
}

TEST(who_says_how_tls_is_to_be_means_to_have_it)
{
	CHECK(is_detail(SETTING_TLS_STARTTLS, "on"));
	CHECK(is_detail(SETTING_TLS_STARTTLS, "off"));
	CHECK(is_detail(SETTING_TLS_TRUST_FILE, "/ca"));
	CHECK(is_detail(SETTING_TLS_FINGERPRINT, SHA256));
	CHECK(is_detail(SETTING_TLS_PIN, PIN));
	CHECK(is_detail(SETTING_TLS_TRUST, "first_use"));
	CHECK(is_detail(SETTING_TLS_TRUST, "dane"));
	CHECK(is_detail(SETTING_TLS_CERT_FILE, "/c"));
	CHECK(is_detail(SETTING_TLS_CERTCHECK, "off"));
	CHECK(!is_detail(SETTING_HOST, "h"));
	CHECK(!is_detail(SETTING_TLS, "auto"));
	CHECK(!is_detail(SETTING_TLS_STARTTLS, "auto"));
	CHECK(!is_detail(SETTING_TLS_TRUST_FILE, "system"));
	CHECK(!is_detail(SETTING_TLS_FINGERPRINT, "off"));
	CHECK(!is_detail(SETTING_TLS_PIN, "off"));
	CHECK(!is_detail(SETTING_TLS_TRUST, "authorities"));
}

TEST(the_environment_fills_what_is_unset)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	put_variable("POSTHASTE_HOST", "env");
	put_variable("POSTHASTE_TLS_TRUST_FILE", "/env.pem");
	put_variable("POSTHASTE_USER", "");
	CHECK(set(&s, SETTING_HOST, "before"));
	CHECK(settings_fill_environment(&s, &e));
	CHECK_STR(s.host, "before");
	CHECK_STR(s.tls_trust_file, "/env.pem");
	CHECK_EQ(s.origin[SETTING_TLS_TRUST_FILE].source, SETTINGS_ENVIRONMENT);
	CHECK(!settings_is_set(&s, SETTING_USER));
	put_variable("POSTHASTE_HOST", NULL);
	put_variable("POSTHASTE_TLS_TRUST_FILE", NULL);
	put_variable("POSTHASTE_USER", NULL);
}

TEST(a_wrong_variable_is_named)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	put_variable("POSTHASTE_PORT", "smtp");
	CHECK(!settings_fill_environment(&s, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(
	    e.text, "POSTHASTE_PORT: \"smtp\" is not a number from 1 to 65535");
	put_variable("POSTHASTE_PORT", NULL);
}

TEST(a_password_in_the_environment_is_refused_and_not_shown)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	put_variable("POSTHASTE_PASSWORD", "hunter2");
	CHECK(!settings_fill_environment(&s, &e));
	CHECK_EQ(e.exit, EX_CONFIG);
	CHECK_STR(
	    e.text, "POSTHASTE_PASSWORD: others can read the environment");
	CHECK_STR(
	    e.hint, "put it in a file and the name in POSTHASTE_PASSWORD_FILE");
	put_variable("POSTHASTE_PASSWORD", "");
	CHECK(settings_fill_environment(&s, &e));
	put_variable("POSTHASTE_PASSWORD", NULL);
}

TEST(the_defaults_are_those_of_the_table)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(set(&s, SETTING_PASSWORDEVAL_TIMEOUT, "5"));
	CHECK(settings_fill_defaults(&s, &e));
	CHECK_EQ(s.port, 0);
	CHECK_EQ(s.timeout, 0);
	CHECK_EQ(s.tls, TOGGLE_AUTO);
	CHECK_EQ(s.tls_starttls, TOGGLE_AUTO);
	CHECK_STR(s.auth, "auto");
	CHECK_EQ(s.passwordeval_timeout, 5);
	CHECK(s.partial_delivery);
	CHECK(!settings_is_set(&s, SETTING_HOST));
	CHECK(!settings_is_set(&s, SETTING_PORT));
	CHECK_EQ(s.origin[SETTING_AUTH].source, SETTINGS_DEFAULT);
}

TEST(a_password_is_needed_if_one_mechanism_wants_it)
{
	static const struct {
		const char *auth;
		bool is_needed;
	} rows[] = {
		{ "auto", true },
		{ "on", true },
		{ "off", false },
		{ "external", false },
		{ "gssapi anonymous", false },
		{ "external plain", true },
		{ "plain external", true },
		{ "xoauth2", true },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(settings_release) struct settings s = SETTINGS_INIT;
		CHECK(!settings_needs_password(&s));
		CHECK(set(&s, SETTING_USER, "u"));
		CHECK(settings_needs_password(&s));
		CHECK(set(&s, SETTING_AUTH, rows[i].auth));
		CHECK_EQ(settings_needs_password(&s), rows[i].is_needed);
	}
}

TEST(auth_is_wanted_as_said_or_with_a_user)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(settings_fill_defaults(&s, &e));
	CHECK(!settings_wants_auth(&s));
	CHECK(set(&s, SETTING_USER, "u"));
	CHECK(settings_wants_auth(&s));
	CHECK(set(&s, SETTING_AUTH, "off"));
	CHECK(!settings_wants_auth(&s));
	CHECK(set(&s, SETTING_AUTH, "login"));
	CHECK(settings_wants_auth(&s));
}

TEST(places_are_told_as_the_user_knows_them)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	char where[SETTINGS_WHERE_SIZE];
	struct err e = ERR_INIT;
	struct settings_origin env = { .source = SETTINGS_ENVIRONMENT };
	enum setting_id id = SETTING_TLS_TRUST_FILE;
	settings_where(&s, id, where, sizeof(where));
	CHECK_STR(where, "unset");
	CHECK(settings_set(&s, id, STR("/a"), by_flag, &e));
	settings_where(&s, id, where, sizeof(where));
	CHECK_STR(where, "--tls-trust-file");
	CHECK(settings_set(&s, id, STR("/a"), env, &e));
	settings_where(&s, id, where, sizeof(where));
	CHECK_STR(where, "POSTHASTE_TLS_TRUST_FILE");
	CHECK(settings_set(&s, id, STR("/a"), by_file, &e));
	settings_where(&s, id, where, sizeof(where));
	CHECK_STR(where, "/home/u/rc:7");
	CHECK(settings_fill_defaults(&s, &e));
	settings_where(&s, SETTING_TLS, where, sizeof(where));
	CHECK_STR(where, "default");
}

TEST(another_name_for_flag_or_variable_is_told_in_their_place)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	char where[SETTINGS_WHERE_SIZE];
	struct err e = ERR_INIT;
	struct settings_origin origin = { .source = SETTINGS_ENVIRONMENT,
		.file = "EMAIL" };
	CHECK(settings_set(&s, SETTING_FROM, STR("a@b"), origin, &e));
	settings_where(&s, SETTING_FROM, where, sizeof(where));
	CHECK_STR(where, "EMAIL");
	origin.source = SETTINGS_FLAG;
	CHECK(settings_set(&s, SETTING_FROM, STR("a@b"), origin, &e));
	settings_where(&s, SETTING_FROM, where, sizeof(where));
	CHECK_STR(where, "EMAIL");
}

TEST(what_was_set_can_be_taken_back)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_FROM, STR("a@b"), by_flag, &e));
	settings_unset(&s, SETTING_FROM);
	CHECK(s.from == NULL);
	CHECK(!settings_is_set(&s, SETTING_FROM));
	CHECK(set(&s, SETTING_FROM, "c@d"));
	CHECK_STR(s.from, "c@d");
}

TEST(of_a_long_path_the_end_and_the_line_are_told)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct settings_origin origin = { .source = SETTINGS_RCFILE,
		.line = 4294967295,
		.file = "/a/very/long/path" };
	struct err e = ERR_INIT;
	char where[20];
	CHECK(settings_set(&s, SETTING_HOST, STR("h"), origin, &e));
	settings_where(&s, SETTING_HOST, where, sizeof(where));
	CHECK_STR(where, ".../path:4294967295");
	origin.file = "/path";
	CHECK(settings_set(&s, SETTING_HOST, STR("h"), origin, &e));
	settings_where(&s, SETTING_HOST, where, sizeof(where));
	CHECK_STR(where, "/path:4294967295");
}

TEST(what_is_set_is_shown_with_its_place_and_without_secrets)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 16);
	struct err e = ERR_INIT;
	CHECK(
	    settings_set(&s, SETTING_HOST, STR("h\xe2\x80\xae"), by_flag, &e));
	CHECK(set(&s, SETTING_TIMEOUT, "off"));
	CHECK(set(&s, SETTING_TLS_TRUST_FILE, "system"));
	CHECK(set(&s, SETTING_PORT, "25"));
	CHECK(set(&s, SETTING_PASSWORD, "hunter2"));
	CHECK(set(&s, SETTING_PASSWORDEVAL, "pass show x"));
	CHECK(settings_set(&s, SETTING_FROM, STR(""), by_flag, &e));
	settings_show(&s, &out);
	CHECK_BUF(&out,
	    "host h\\xe2\\x80\\xae # --host\n"
	    "port 25 # /home/u/rc:7\n"
	    "timeout off # /home/u/rc:7\n"
	    "tls_trust_file system # /home/u/rc:7\n"
	    "password * # /home/u/rc:7\n"
	    "passwordeval \"pass show x\" # /home/u/rc:7\n"
	    "from \"\" # --from\n");
	/* a command may hold a secret, too */
	buf_truncate(&out, 0);
	settings_show_set(&s, &out);
	CHECK(strstr(buf_cstr(&out), "\npassword * #") != NULL);
	CHECK(strstr(buf_cstr(&out), "\npasswordeval * #") != NULL);
	CHECK(strstr(buf_cstr(&out), "\nport 25 #") != NULL);
	/* and with them the defaults */
	CHECK(settings_fill_defaults(&s, &e));
	buf_truncate(&out, 0);
	settings_show(&s, &out);
	CHECK(strstr(buf_cstr(&out), "\ntls auto # default\n") != NULL);
	CHECK(strstr(buf_cstr(&out), "\nport 25 # /home/u/rc:7\n") != NULL);
	buf_truncate(&out, 0);
	settings_show_set(&s, &out);
	CHECK(strstr(buf_cstr(&out), "default") == NULL);
}

TEST(the_pin_of_a_token_is_not_shown)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	AUTO(buf_release) struct buf out = BUF_INIT(1 << 16);
	CHECK(set(&s, SETTING_TLS_KEY_FILE, "PKCS11:token=t?pin-source=1234"));
	CHECK(set(&s, SETTING_TLS_CERT_FILE, "/a?b"));
	settings_show(&s, &out);
	CHECK_BUF(&out,
	    "tls_key_file PKCS11:token=t?* # /home/u/rc:7\n"
	    "tls_cert_file /a?b # /home/u/rc:7\n");
}

TEST(one_way_to_hold_mail_takes_the_place_of_the_other)
{
	AUTO(settings_release) struct settings dst = SETTINGS_INIT;
	AUTO(settings_release) struct settings src = SETTINGS_INIT;
	CHECK(set(&dst, SETTING_HOLD_FOR, "60"));
	CHECK(set(&src, SETTING_HOLD_UNTIL, "2999-01-01T00:00:00Z"));
	settings_fill(&dst, &src);
	CHECK(!settings_is_set(&dst, SETTING_HOLD_UNTIL));
	settings_fill(&src, &dst);
	CHECK(!settings_is_set(&src, SETTING_HOLD_FOR));
}

static enum toggle
tls_of_lmtp(enum setting_id id, const char *text)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	CHECK(set(&s, SETTING_PROTOCOL, "lmtp"));
	CHECK(set(&s, id, text));
	CHECK(settings_fill_defaults(&s, &e));
	return s.tls;
}

TEST(lmtp_does_without_tls_unless_it_is_set)
{
	CHECK_EQ(tls_of_lmtp(SETTING_HOST, "h"), TOGGLE_OFF);
	CHECK_EQ(tls_of_lmtp(SETTING_TLS, "auto"), TOGGLE_AUTO);
	CHECK_EQ(tls_of_lmtp(SETTING_TLS, "on"), TOGGLE_ON);
	CHECK_EQ(tls_of_lmtp(SETTING_TLS_STARTTLS, "on"), TOGGLE_AUTO);
	CHECK_EQ(tls_of_lmtp(SETTING_TLS_TRUST_FILE, "/ca"), TOGGLE_AUTO);
	CHECK_EQ(tls_of_lmtp(SETTING_RELAY_TLS, "require"), TOGGLE_AUTO);
	CHECK_EQ(tls_of_lmtp(SETTING_PROTOCOL, "smtp"), TOGGLE_AUTO);
}
