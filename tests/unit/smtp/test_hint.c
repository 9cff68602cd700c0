// SPDX-License-Identifier: ISC
#include "smtp/hint.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "smtp/caps.h"
#include "smtp/reply.h"
#include "unit.h"

/* A login over TLS, as most are. */
#define LOGIN                                                      \
	.stage = SMTP_AUTH, .has_login = true, .is_private = true, \
	.host = "mail.example.org", .user = "me@example.org"
#define SENDING \
	.stage = SMTP_MAIL, .is_private = true, .host = "mail.example.org"
#define BY_TOKEN .secret = SASL_SECRET_TOKEN
#define BY_TICKET .secret = SASL_SECRET_NONE

/* The reply as it comes, and a part of the hint; NULL: there is none. */
struct row {
	struct hint_case c;
	const char *reply, *hint;
};

static void
check_row(const struct row *row, int line)
{
	struct reply r = REPLY_INIT;
	struct buf in = BUF_INIT(10000);
	struct err e = ERR_INIT;
	struct hint_case c = row->c;
	CHECK(buf_printf(&in, "%s\r\n", row->reply));
	CHECK(reply_take(&r, &in, &e) == REPLY_COMPLETE);
	c.code = r.code;
	c.enh = r.enh;
	c.words = buf_str(&r.text);
	const char *hint = hint_for_refusal(&c);
	bool ok = row->hint == NULL
	    ? hint == NULL
	    : hint != NULL && strstr(hint, row->hint) != NULL;
	unit_check(ok, __FILE__, line, "%s: \"%s\", not \"%s\"", row->reply,
	    hint != NULL ? hint : "", row->hint != NULL ? row->hint : "");
	CHECK(hint == NULL || strlen(hint) < sizeof(e.hint));
	reply_release(&r);
	buf_release(&in);
}

#define HINTS(...)                                                \
	do {                                                      \
		static const struct row rows[] = { __VA_ARGS__ }; \
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)      \
			check_row(&rows[i], __LINE__);            \
	} while (0)

TEST(the_codes_of_the_standard)
{
	HINTS({ { LOGIN }, "535 5.7.8 no", "check user and password" },
	    { { LOGIN }, "535 no", "check user and password" },
	    { { LOGIN, BY_TOKEN }, "535 5.7.8 no", "access token fresh" },
	    { { LOGIN, BY_TICKET }, "535 5.7.8 no", "certificate or ticket" },
	    { { LOGIN }, "534 5.7.9 too weak", "another mechanism" },
	    { { LOGIN }, "538 5.7.11 not in clear", "see auth" },
	    { { LOGIN }, "454 4.7.0 not now", "cannot check logins for now" },
	    { { LOGIN }, "432 4.7.12 transition", "auth PLAIN" },
	    { { LOGIN }, "504 5.5.4 no", "--serverinfo" },
	    { { LOGIN }, "500 5.5.6 too long", "that long" },
	    { { LOGIN }, "501 5.5.2 what", NULL },
	    { { LOGIN }, "451 4.3.0 later", NULL },
	    { { LOGIN }, "235 2.7.0 expired", NULL });
}

TEST(in_the_clear_tls_comes_first)
{
	static const char *const replies[] = { "538 5.7.11 not in clear",
		"432 4.7.12 transition", "530 5.7.0 no" };
	for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
		struct row row = { { LOGIN }, replies[i], "see tls" };
		row.c.is_private = false;
		check_row(&row, __LINE__);
	}
}

TEST(a_user_without_domain_may_lack_it)
{
	struct row row = { { LOGIN }, "535 5.7.8 no", "full address" };
	row.c.user = "me";
	check_row(&row, __LINE__);
	const char *hint = hint_for_refusal(&(struct hint_case){
	    LOGIN, .code = 535, .enh = "", .words = STR("no") });
	CHECK_STR(hint, "check user and password");
}

#define MS "Authentication unsuccessful, "
TEST(microsoft)
{
	HINTS({ { LOGIN },
		  "535 5.7.139 " MS "SmtpClientAuthentication is disabled for "
		  "the Tenant. Visit https://aka.ms/smtp_auth_disabled",
		  "Authenticated SMTP" },
	    { { LOGIN, BY_TOKEN },
		"535 5.7.139 " MS "SmtpClientAuthentication is disabled for "
		"the Mailbox.",
		"Authenticated SMTP" },
	    { { LOGIN },
		"535 5.7.139 " MS "basic authentication is disabled. [X]",
		"auth XOAUTH2" },
	    { { LOGIN },
		"535 5.7.139 " MS "user is locked by your organization's "
		"security defaults policy. Contact your administrator.",
		"security defaults" },
	    { { LOGIN },
		"535 5.7.139 " MS "the request did not meet the criteria to "
		"be authenticated successfully.",
		"a rule of the organization" },
	    { { LOGIN },
		"535 5.7.139 " MS "the user credentials were incorrect.",
		"full address" },
	    { { LOGIN, BY_TOKEN }, "535 5.7.139 whatever", "SMTP.Send" },
	    { { LOGIN }, "535 5.7.3 Authentication unsuccessful",
		"turned off for the mailbox" },
	    { { LOGIN, BY_TOKEN }, "535 5.7.3 Authentication unsuccessful [X]",
		"SMTP.Send" },
	    { { SENDING },
		"530 5.7.57 Client not authenticated to send mail. [X]",
		"auth XOAUTH2" },
	    { { SENDING, .has_login = true },
		"550 5.7.60 SMTP; Client does not have permissions to send as "
		"this sender",
		"may not send as that address" },
	    { { SENDING, .has_login = true },
		"554 5.2.252 SendAsDenied; a@example not allowed to send as b",
		"may not send as that address" });
}

TEST(google)
{
	HINTS({ { LOGIN },
		  "534-5.7.9 Application-specific password required. For more "
		  "information, go to\r\n534 5.7.9  "
		  "https://support.google.com/mail/?p=InvalidSecondFactor x",
		  "myaccount.google.com/apppasswords" },
	    { { LOGIN },
		"534-5.7.14 <https://accounts.google.com/signin/continue> "
		"Please log in via\r\n534 5.7.14 your web browser",
		"login by browser first" },
	    { { LOGIN },
		"535-5.7.8 Username and Password not accepted. For more "
		"information, go to\r\n535 5.7.8  "
		"https://support.google.com/mail/?p=BadCredentials x - gsmtp",
		"not the account's own" },
	    { { LOGIN, BY_TOKEN },
		"535-5.7.8 Username and Password not accepted\r\n535 5.7.8 "
		"https://support.google.com/mail/?p=BadCredentials x - gsmtp",
		"access token fresh" },
	    { { LOGIN }, "454 4.7.0 Too many login attempts, please try again",
		"counts failed logins" });
}

TEST(other_providers_by_their_words)
{
	HINTS({ { LOGIN }, "534 5.7.9 Application-specific password required",
		  "made for this program" },
	    { { LOGIN }, "535 5.7.0 Application password is REQUIRED",
		"made for this program" },
	    { { LOGIN }, "535 5.7.0 (#AUTH005) Too many bad auth attempts.",
		"counts failed logins" },
	    { { LOGIN },
		"535 Login Fail. Please enter your authorization code "
		"to login.",
		"authorization code" },
	    { { SENDING }, "550 Unauthenticated senders not allowed",
		"set user and a password" },
	    { { SENDING, .has_login = true },
		"550 The from address does not match a verified Sender "
		"Identity.",
		"verified there" },
	    { { SENDING, .has_login = true },
		"554 Message rejected: Email address is not verified. The "
		"following identities failed",
		"verified there" },
	    { { SENDING, .has_login = true }, "553 Relaying disallowed as a@b",
		"may not send as that address" });
}

TEST(other_providers_by_their_host)
{
	static const struct {
		const char *host, *hint;
	} hosts[] = {
		{ "smtp.mail.me.com", "app-specific password" },
		{ "smtp.mail.yahoo.com", "application password" },
		{ "smtp.mail.yahoo.co.jp", "application password" },
		{ "smtp.aol.com", "application password" },
		{ "SMTP.Fastmail.COM", "app password" },
		{ "smtp.zoho.eu", "region" },
		{ "email-smtp.eu-west-1.amazonaws.com", "access key" },
		{ "smtp.sendgrid.net", "apikey" },
		{ "smtp.eu.mailgun.org", "credentials of a domain" },
		{ "mail.gmx.net", "POP3 and IMAP" },
		{ "smtp.web.de", "POP3 and IMAP" },
		{ "smtp.yandex.ru", "app password" },
		{ "smtp.notgmx.example", "check user and password" },
		{ "me.com.example.org", "check user and password" },
		{ NULL, "check user and password" },
	};
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct row row = { { LOGIN }, "535 5.7.0 (#AUTH005) no",
			hosts[i].hint };
		row.c.host = hosts[i].host;
		check_row(&row, __LINE__);
	}
}

TEST(what_a_challenge_explains)
{
	static const struct {
		const char *explanation, *hint;
	} rows[] = {
		{ "status 400, schemes bearer, scope https://mail.google.com/",
		    "access token fresh" },
		{ "status 401", "access token fresh" },
		{ "status invalid_token", "access token fresh" },
		{ "status invalid_token, error_description Token has Expired",
		    "has expired" },
		{ "status insufficient_scope, scope mail", "right to send" },
		{ "error_description invalid_grant", "has to log in again" },
		{ "", "access token fresh" },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct row row = { { LOGIN, BY_TOKEN }, "535 5.7.8 no",
			rows[i].hint };
		row.c.explanation = str_of(rows[i].explanation);
		check_row(&row, __LINE__);
	}
}

TEST(who_has_no_login_is_told_of_it)
{
	HINTS({ { SENDING }, "530 5.7.0 Authentication required",
		  "set user and a password (passwordeval)" },
	    { { SENDING }, "550 5.7.1 Authentication required", "set user" },
	    { { SENDING },
		"553 5.7.1 <a@b>: Sender address rejected: not logged in",
		"set user" },
	    { { SENDING }, "554 5.7.1 <a@b>: Relay access denied",
		"passes on mail only after a login" },
	    { { SENDING }, "550 5.7.1 a@b... Relaying denied",
		"after a login" },
	    { { SENDING }, "550 relay not permitted", "after a login" },
	    { { SENDING }, "550 5.7.54 SMTP; Unable to relay recipient",
		"after a login" },
	    { { SENDING, .has_login = true },
		"554 5.7.1 <a@b>: Relay access denied", NULL },
	    { { SENDING, .has_login = true }, "530 5.7.0 who",
		"not enough for the server" },
	    { { SENDING }, "550 5.1.1 no such user", NULL },
	    { { SENDING }, "250 authentication required", NULL });
}

TEST(tls_first_is_said_in_clear_only)
{
	HINTS({ { .stage = SMTP_MAIL }, "530 5.7.0 Must issue a STARTTLS first",
		  "wants TLS: see tls" },
	    { { SENDING }, "530 5.7.0 Must issue a STARTTLS first",
		"set user" },
	    { { .stage = SMTP_AUTH, .has_login = true },
		"530 5.7.0 Must issue a STARTTLS first", "TLS before a login" },
	    { { .stage = SMTP_AUTH, .has_login = true },
		"503 5.5.1 use StartTLS", "TLS before a login" });
}

TEST(senders_of_others)
{
	HINTS({ { SENDING, .has_login = true },
		  "553 5.7.1 <a@b>: Sender address rejected: not owned by user "
		  "me",
		  "login's own" },
	    { { SENDING, .has_login = true },
		"550 Requested action not taken\r\n", NULL },
	    { { SENDING, .has_login = true },
		"550-Requested action not taken: mailbox unavailable\r\n"
		"550 Sender address is not allowed.",
		"login's own" });
}

TEST(other_stages_get_none)
{
	static const enum smtp_stage stages[] = { SMTP_GREETING, SMTP_EHLO,
		SMTP_STARTTLS, SMTP_ETRN };
	for (size_t i = 0; i < ARRAY_LEN(stages); i++)
		check_row(&(struct row){ { .stage = stages[i] }, "530 5.7.0 x",
			      NULL },
		    __LINE__);
}

static void
offers(const char *line, const char *named, bool is_private, const char *want)
{
	struct caps caps = CAPS_INIT;
	struct buf text = BUF_INIT(1000);
	const struct sasl_login login = { .mechanisms = named };
	const struct sasl_channel channel = { .is_private = is_private };
	CHECK(buf_printf(&text, "mx\nAUTH %s", line));
	caps_parse(&caps, buf_str(&text));
	const char *hint = hint_for_offers(&caps, &login, &channel);
	unit_check(strstr(hint, want) != NULL, __FILE__, __LINE__,
	    "%s: no \"%s\" in \"%s\"", line, want, hint);
	caps_release(&caps);
	buf_release(&text);
}

TEST(offers_of_no_use)
{
	offers("PLAIN LOGIN", NULL, false, "over TLS only");
	offers("XOAUTH2", NULL, true, "auth XOAUTH2");
	offers("OAUTHBEARER", NULL, false, "OAUTHBEARER");
	offers("GSSAPI NTLM", NULL, true, "only if auth names it");
	offers("PLAIN", "CRAM-MD5", true, "auth names none of these");
	offers("PLAIN", "CRAM-MD5", false, "more over TLS");
}
