// SPDX-License-Identifier: ISC
#include "config/check.h"

#include <string.h>

#include "base/err.h"
#include "config/findings.h"
#include "config/msmtp.h"
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

TEST(the_family_is_that_of_the_source_address)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_SOURCE_IP, "192.0.2.1" },
		   { SETTING_ADDRESS_FAMILY, "ipv6" }),
	    "rc:3: address_family contradicts source_ip at rc:2",
	    "source_ip 192.0.2.1 is an IPv4 address");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_SOURCE_IP, "fe80::1%lo" },
		   { SETTING_ADDRESS_FAMILY, "ipv4" }),
	    "rc:3: address_family contradicts source_ip at rc:2",
	    "source_ip fe80::1%lo is an IPv6 address");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_SOURCE_IP, "::1" },
		   { SETTING_ADDRESS_FAMILY, "ipv6" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_SOURCE_IP, "::1" },
		   { SETTING_ADDRESS_FAMILY, "any" }),
	    "", "");
	checks(
	    LINES({ SETTING_SOCKET, "/s" }, { SETTING_SOURCE_IP, "192.0.2.1" },
		{ SETTING_ADDRESS_FAMILY, "ipv6" }),
	    "", "");
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

TEST(a_user_without_a_password_may_be_asked_for_it)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" }), "", "");
}

TEST(a_secret_has_one_source)
{
	checks(
	    LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		{ SETTING_PASSWORD_FILE, "/p" }, { SETTING_PASSWORD_FD, "3" }),
	    "rc:4: password_fd contradicts password_file at rc:3",
	    "the password has one source");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_CERT_FILE, "/c" },
		   { SETTING_TLS_KEY_FILE, "/k" },
		   { SETTING_TLS_KEY_PASSWORD_FILE, "/p" },
		   { SETTING_TLS_KEY_PASSWORDEVAL, "p" }),
	    "rc:4: tls_key_password_file contradicts tls_key_passwordeval at "
	    "rc:5",
	    "the passphrase has one source");
}

TEST(at_a_proxy_a_login_has_a_user_and_one_password)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PROXY_HOST, "p" },
		   { SETTING_PROXY_USER, "u" }),
	    "rc:3: proxy_user is set, but none of proxy_password, "
	    "proxy_passwordeval and proxy_password_file",
	    "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PROXY_HOST, "p" },
		   { SETTING_PROXY_PASSWORD_FILE, "/f" }),
	    "rc:3: proxy_password_file is of no use, as proxy_user is not set",
	    "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PROXY_HOST, "p" },
		   { SETTING_PROXY_USER, "u" }, { SETTING_PROXY_PASSWORD, "x" },
		   { SETTING_PROXY_PASSWORDEVAL, "c" }),
	    "rc:5: proxy_passwordeval contradicts proxy_password at rc:4",
	    "the proxy's password has one source");
	/* beside the server's */
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PROXY_HOST, "p" },
		   { SETTING_PROXY_USER, "u" }, { SETTING_PROXY_PASSWORD, "x" },
		   { SETTING_USER, "u" }, { SETTING_PASSWORD, "x" }),
	    "", "");
}

TEST(without_a_proxy_its_login_does_not_matter)
{
	checks(
	    LINES({ SETTING_HOST, "h" }, { SETTING_PROXY_USER, "u" }), "", "");
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_PROXY_HOST, "p" },
		   { SETTING_PROXY_PASSWORDEVAL, "c" }),
	    "", "");
}

TEST(a_passphrase_takes_a_key)
{
	checks(
	    LINES({ SETTING_HOST, "h" }, { SETTING_TLS_KEY_PASSWORDEVAL, "p" }),
	    "rc:2: tls_key_passwordeval is of no use, as tls_key_file is not "
	    "set",
	    "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_CERT_FILE, "/c" },
		   { SETTING_TLS_KEY_FILE, "/k" },
		   { SETTING_TLS_KEY_PASSWORDEVAL, "p" }),
	    "", "");
}

TEST(mechanisms_without_a_password_want_none)
{
	checks(
	    LINES({ SETTING_HOST, "h" }, { SETTING_AUTH, "external" }), "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_AUTH, "gssapi" },
		   { SETTING_USER, "u" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_AUTH, "anonymous plain" },
		   { SETTING_PASSWORD, "p" }),
	    "rc:2: auth is on, but user is not set", "");
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

#define FINGERPRINT                        \
	"0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

TEST(a_socket_is_enough)
{
	checks(LINES({ SETTING_SOCKET, "/s" }), "", "");
}

TEST(tls_off_contradicts_what_the_certificates_are_known_by)
{
	static const struct line rows[] = { { SETTING_TLS_CRL_FILE, "/f" },
		{ SETTING_TLS_FINGERPRINT, FINGERPRINT },
		{ SETTING_TLS_PIN, PIN }, { SETTING_TLS_TRUST, "first_use" },
		{ SETTING_TLS_TRUST, "dane" },
		{ SETTING_TLS_KNOWN_HOSTS, "/f" },
		{ SETTING_TLS_MIN_VERSION, "1.3" },
		{ SETTING_TLS_KEY_FILE, "/k" },
		{ SETTING_TLS_CERT_FILE, "/c" } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char why[100];
		(void)snprintf(why, sizeof(why),
		    "rc:2: tls contradicts %s at rc:3",
		    setting_table[rows[i].id].name);
		checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS, "off" },
			   rows[i]),
		    why, "without TLS nobody is to be trusted");
	}
	checks(
	    LINES({ SETTING_HOST, "h" }, { SETTING_TLS, "off" },
		{ SETTING_TLS_TRUST_FILE, "off" },
		{ SETTING_TLS_PRIORITIES, "NORMAL" },
		{ SETTING_TLS_HOST_OVERRIDE, "x" }, { SETTING_TLS_PIN, "off" },
		{ SETTING_TLS_TRUST, "authorities" },
		{ SETTING_TLS_CERTCHECK, "off" }),
	    "", "");
}

/* Or a mistake would send the mail in the clear. */
TEST(in_a_file_of_msmtps_a_pin_contradicts_tls_that_is_off_by_default)
{
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	const struct settings_origin origin = { .source = SETTINGS_RCFILE,
		.file = "rc",
		.line = 2,
		.is_msmtp = true };
	struct err e = ERR_INIT;
	CHECK(settings_set(&s, SETTING_HOST, STR("h"), origin, &e));
	CHECK(settings_set(&s, SETTING_TLS_PIN, STR(PIN), origin, &e));
	msmtp_fill_defaults(&s);
	msmtp_settle(&s, NULL);
	CHECK(settings_fill_defaults(&s, &e));
	CHECK(!check_settings(&s, &e));
	CHECK_STR(e.text, "default: tls contradicts tls_pin at rc:2");
}

TEST(no_verification_contradicts_what_to_verify_by)
{
	static const struct line rows[] = { { SETTING_TLS_TRUST_FILE, "/f" },
		{ SETTING_TLS_CRL_FILE, "/f" },
		{ SETTING_TLS_FINGERPRINT, FINGERPRINT },
		{ SETTING_TLS_PIN, PIN }, { SETTING_TLS_TRUST, "first_use" },
		{ SETTING_TLS_TRUST, "dane" } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char why[100];
		(void)snprintf(why, sizeof(why),
		    "rc:2: tls_certcheck contradicts %s at rc:3",
		    setting_table[rows[i].id].name);
		checks(LINES({ SETTING_HOST, "h" },
			   { SETTING_TLS_CERTCHECK, "off" }, rows[i]),
		    why,
		    "leave out the first to have the certificate verified");
	}
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_CERTCHECK, "off" },
		   { SETTING_TLS_TRUST_FILE, "off" },
		   { SETTING_TLS_TRUST, "authorities" }),
	    "", "");
}

TEST(without_authorities_there_must_be_another_way)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_TRUST_FILE, "off" }),
	    "rc:2: tls_trust_file is off, so that no certificate can be "
	    "accepted",
	    "set tls_pin, tls_fingerprint or tls_trust, or tls_certcheck to "
	    "off");
	static const struct line rows[] = { { SETTING_TLS_FINGERPRINT,
						FINGERPRINT },
		{ SETTING_TLS_PIN, PIN }, { SETTING_TLS_TRUST, "first_use" },
		{ SETTING_TLS_TRUST, "dane" } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		checks(LINES({ SETTING_HOST, "h" },
			   { SETTING_TLS_TRUST_FILE, "off" }, rows[i]),
		    "", "");
}

/* One of both must be right; authorities and the rest do not count. */
TEST(a_pin_goes_with_a_fingerprint_authorities_and_any_trust)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_PIN, PIN ";" PIN },
		   { SETTING_TLS_FINGERPRINT, FINGERPRINT },
		   { SETTING_TLS_TRUST_FILE, "/ca" },
		   { SETTING_TLS_CRL_FILE, "/crl" },
		   { SETTING_TLS_TRUST, "first_use" },
		   { SETTING_TLS_KNOWN_HOSTS, "/k" }),
	    "", "");
}

TEST(a_certificate_of_ours_has_a_key)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_CERT_FILE, "/c" }),
	    "rc:2: tls_cert_file is set, but tls_key_file is not", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_KEY_FILE, "/k" }),
	    "rc:2: tls_key_file is set, but tls_cert_file is not", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TLS_CERT_FILE, "/c" },
		   { SETTING_TLS_KEY_FILE, "/k" }),
	    "", "");
}

TEST(tls_on_a_socket_takes_a_name_for_the_certificate)
{
	const char *why = "rc:1: socket does not say for whom the server's "
			  "certificate must be";
	const char *hint = "set tls_host_override, or host";
	checks(
	    LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" }), why, hint);
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS_STARTTLS, "on" }),
	    why, hint);
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" },
		   { SETTING_HOST, "h" }),
	    "", "");
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" },
		   { SETTING_TLS_HOST_OVERRIDE, "h" }),
	    "", "");
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" },
		   { SETTING_TLS_FINGERPRINT, FINGERPRINT }),
	    "", "");
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" },
		   { SETTING_TLS_PIN, PIN }),
	    "", "");
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" },
		   { SETTING_TLS_TRUST, "first_use" }),
	    "", "");
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" },
		   { SETTING_TLS_TRUST, "dane" }),
	    why, hint);
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_TLS, "on" },
		   { SETTING_TLS_CERTCHECK, "off" }),
	    "", "");
}

TEST(a_command_leads_there_alone)
{
	static const struct line others[] = { { SETTING_SOCKET, "/s" },
		{ SETTING_PROXY_HOST, "p" }, { SETTING_SOURCE_IP, "::1" },
		{ SETTING_ADDRESS_FAMILY, "ipv4" } };
	static const char *const why[] = {
		"rc:2: tunnel contradicts socket at rc:3",
		"rc:2: tunnel contradicts proxy_host at rc:3",
		"rc:2: tunnel contradicts source_ip at rc:3",
		"rc:2: tunnel contradicts address_family at rc:3",
	};
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		checks(LINES({ SETTING_HOST, "h" }, { SETTING_TUNNEL, "c" },
			   others[i]),
		    why[i], "the tunnel's command makes the connection");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TUNNEL, "c" },
		   { SETTING_SOCKET, "off" }, { SETTING_PROXY_HOST, "off" },
		   { SETTING_SOURCE_IP, "off" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_TUNNEL, "c" },
		   { SETTING_SANDBOX, "strict" }),
	    "rc:3: sandbox contradicts tunnel at rc:2",
	    "another connection takes the command again: set sandbox to on");
}

TEST(a_command_needs_no_host_but_for_a_certificate)
{
	const char *why = "rc:1: tunnel does not say for whom the server's "
			  "certificate must be";
	const char *hint = "set host, or tls to off";
	checks(LINES({ SETTING_TUNNEL, "c" }), why, hint);
	checks(LINES({ SETTING_TUNNEL, "c" }, { SETTING_PORT, "25" },
		   { SETTING_USER, "u" }, { SETTING_PASSWORD, "x" }),
	    why, hint);
	checks(LINES({ SETTING_TUNNEL, "c" }, { SETTING_TLS, "on" },
		   { SETTING_PORT, "25" }),
	    why, hint);
	checks(LINES({ SETTING_TUNNEL, "c" }, { SETTING_TLS, "off" }), "", "");
	checks(LINES({ SETTING_TUNNEL, "c" }, { SETTING_PORT, "25" }), "", "");
	checks(
	    LINES({ SETTING_TUNNEL, "c" }, { SETTING_TLS_PIN, PIN }), "", "");
	checks(
	    LINES({ SETTING_TUNNEL, "c" }, { SETTING_TLS_HOST_OVERRIDE, "h" }),
	    "", "");
	checks(LINES({ SETTING_TUNNEL, "c" }, { SETTING_PROTOCOL, "lmtp" }), "",
	    "");
}

TEST(domains_are_domains)
{
	static const char *const wrong[] = { "a b", "a@b", "a..b", ".a", "a.",
		"<a>", "a,b", "[192.0.2.1]", "\xff" };
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		AUTO(settings_release) struct settings s = SETTINGS_INIT;
		struct err e = ERR_INIT;
		fill(&s,
		    LINES({ SETTING_HOST, "h" },
			{ SETTING_QUALIFY_DOMAIN, wrong[i] }));
		CHECK(!check_settings(&s, &e));
		CHECK_EQ(e.exit, EX_CONFIG);
		CHECK(
		    strstr(e.text, "rc:2: qualify_domain names \"") == e.text);
	}
	checks(LINES({ SETTING_HOST, "h" },
		   { SETTING_QUALIFY_DOMAIN,
		       "b\xc3\xbc"
		       "cher.example" },
		   { SETTING_LOCAL_DOMAINS, "auto, nas.lan my_host,h" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUALIFY_DOMAIN, "off" },
		   { SETTING_LOCAL_DOMAINS, "off" }),
	    "", "");
	checks(
	    LINES({ SETTING_HOST, "h" }, { SETTING_LOCAL_DOMAINS, "auto a@b" }),
	    "rc:2: local_domains names \"a@b\", which is no domain", "");
}

TEST(a_label_has_63_characters_at_most)
{
	char label[65];
	for (size_t i = 0; i < 64; i++)
		label[i] = 'a';
	label[64] = '\0';
	checks(
	    LINES({ SETTING_HOST, "h" }, { SETTING_QUALIFY_DOMAIN, label + 1 }),
	    "", "");
	AUTO(settings_release) struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	fill(&s,
	    LINES({ SETTING_HOST, "h" }, { SETTING_QUALIFY_DOMAIN, label }));
	CHECK(!check_settings(&s, &e));
}

TEST(lmtp_has_no_port_of_its_own)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PROTOCOL, "lmtp" }),
	    "rc:2: protocol is lmtp, but port is not set", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_PROTOCOL, "lmtp" },
		   { SETTING_PORT, "24" }),
	    "", "");
	checks(LINES({ SETTING_SOCKET, "/s" }, { SETTING_PROTOCOL, "lmtp" }),
	    "", "");
}

TEST(mail_is_not_tried_again_later_than_at_the_latest)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUEUE_RETRY_MAX, "1m" },
		   { SETTING_QUEUE_RETRY_MIN, "2m" }),
	    "rc:3: queue_retry_min contradicts queue_retry_max at rc:2",
	    "the first wait is not the longest");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUEUE_RETRY_MAX, "1m" },
		   { SETTING_QUEUE_RETRY_MIN, "1m" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUEUE_RETRY_MIN, "2h" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUEUE_RETRY_MAX, "5" }),
	    "", "");
}

TEST(nobody_is_warned_of_mail_that_is_given_up)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUEUE_WARN_AFTER, "6d" }),
	    "rc:2: queue_warn_after contradicts queue_lifetime at default",
	    "by then the message is given up");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUEUE_WARN_AFTER, "6d" },
		   { SETTING_QUEUE_LIFETIME, "7d" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_QUEUE_LIFETIME, "1" }),
	    "", "");
}

TEST(mail_is_held_for_a_time_or_until_one)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_HOLD_FOR, "60" },
		   { SETTING_HOLD_UNTIL, "2999-01-01T00:00:00Z" }),
	    "rc:3: hold_until contradicts hold_for at rc:2", "set one of them");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_HOLD_FOR, "off" },
		   { SETTING_HOLD_UNTIL, "2999-01-01T00:00:00Z" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" },
		   { SETTING_HOLD_UNTIL, "2001-01-01T00:00:00Z" }),
	    "rc:2: hold_until is in the past", "");
}

TEST(tls_on_the_way_on_begins_with_ours)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_RELAY_TLS, "require" },
		   { SETTING_TLS, "off" }),
	    "rc:2: relay_tls contradicts tls at rc:3",
	    "TLS on the way on begins with ours");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_RELAY_TLS, "require" },
		   { SETTING_TLS_CERTCHECK, "off" }),
	    "rc:2: relay_tls contradicts tls_certcheck at rc:3",
	    "TLS on the way on begins with ours, verified");
	checks(
	    LINES({ SETTING_SOCKET, "/s" }, { SETTING_RELAY_TLS, "require" }),
	    "rc:1: socket does not say for whom the server's certificate must "
	    "be",
	    "set tls_host_override, or host");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_RELAY_TLS, "optional" },
		   { SETTING_TLS, "off" }),
	    "", "");
}

TEST(a_strict_sandbox_leaves_no_room_for_modules)
{
	static const char hint[] = "Kerberos and PKCS#11 modules open what "
				   "they like: set sandbox to on";
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		   { SETTING_AUTH, "external gssapi" },
		   { SETTING_SANDBOX, "strict" }),
	    "rc:4: sandbox contradicts auth at rc:3", hint);
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_SANDBOX, "strict" },
		   { SETTING_TLS_CERT_FILE, "/f" },
		   { SETTING_TLS_KEY_FILE, "PKCS11:id=1" }),
	    "rc:2: sandbox contradicts tls_key_file at rc:4", hint);
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_SANDBOX, "strict" },
		   { SETTING_TLS_TRUST_FILE, "pkcs11:" }),
	    "rc:2: sandbox contradicts tls_trust_file at rc:3", hint);
}

TEST(a_strict_sandbox_goes_with_files_and_other_mechanisms)
{
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		   { SETTING_AUTH, "external" }, { SETTING_SANDBOX, "strict" },
		   { SETTING_TLS_CERT_FILE, "/f" },
		   { SETTING_TLS_KEY_FILE, "/pkcs11:" }),
	    "", "");
	checks(LINES({ SETTING_HOST, "h" }, { SETTING_USER, "u" },
		   { SETTING_AUTH, "gssapi" }, { SETTING_SANDBOX, "on" }),
	    "", "");
}

TEST(who_is_named_in_dns_is_neither_behind_a_proxy_nor_at_a_socket)
{
	checks(LINES({ SETTING_HOST, "srv:h.example, b" }), "", "");
	checks(LINES({ SETTING_HOST, "a srv:h.example" },
		   { SETTING_PROXY_HOST, "p" }),
	    "rc:1: host contradicts proxy_host at rc:2",
	    "no name server is asked beside a proxy: set host to the server's "
	    "name");
	checks(
	    LINES({ SETTING_HOST, "srv:h.example" }, { SETTING_SOCKET, "/s" }),
	    "rc:1: host contradicts socket at rc:2",
	    "at a socket DNS has no say");
	checks(LINES({ SETTING_HOST, "srv:h.example" }, { SETTING_PORT, "24" },
		   { SETTING_PROTOCOL, "lmtp" }),
	    "rc:1: host contradicts protocol at rc:3",
	    "what DNS names is for submission");
}

TEST(who_is_named_in_dns_is_not_believed_at_first_sight)
{
	static const char hint[] =
	    "a server that DNS names is seen for the first time whenever "
	    "somebody forges DNS";
	checks(LINES({ SETTING_HOST, "srv:h.example" },
		   { SETTING_TLS_TRUST, "first_use" }),
	    "rc:1: host contradicts tls_trust at rc:2", hint);
	checks(LINES({ SETTING_HOST, "srv:h.example" },
		   { SETTING_TLS_TRUST, "dane" }),
	    "", "");
}

TEST(what_dns_is_asked_for_is_a_domain)
{
	checks(LINES({ SETTING_HOST, "srv:h.example srv:a..b" }),
	    "rc:1: host names \"a..b\", which is no domain", "");
	checks(LINES({ SETTING_HOST, "srv:h.example/x" }),
	    "rc:1: host names \"h.example/x\", which is no domain", "");
}
