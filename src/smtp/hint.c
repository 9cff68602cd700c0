// SPDX-License-Identifier: ISC
#include "smtp/hint.h"

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "smtp/caps.h"

/*
 * The codes are those of RFC 4954 6 and RFC 5248; providers use them, and
 * some of their own, in ways of their own, which are known from what their
 * users report.  Such a row needs the provider's own words, status or host: a
 * hint that is wrong costs more than none.
 */

/* What must be so for a row to count; none of a kind: either. */
enum {
	NO_LOGIN = 1 << 0,
	PASSWORD = 1 << 1,
	TOKEN = 1 << 2,
	OTHER = 1 << 3,
	ANY_LOGIN = PASSWORD | TOKEN | OTHER,
	IN_CLEAR = 1 << 4,
	BARE_USER = 1 << 5, /* without a domain */
};

struct hint_row {
	bool is_login;    /* at AUTH; else from MAIL on */
	int code;         /* 0: any */
	unsigned when;    /* 0: always */
	const char *enh;  /* whole; NULL: any */
	const char *host; /* labels, dots around; NULL: any */
	const char *text; /* a part of what is said, in any case; NULL: any */
	const char *hint;
};

#define APP_PASSWORD                                                         \
	"the provider wants a password made for this program, not the "      \
	"account's own: look for application passwords where the account's " \
	"security is set"
#define GOOGLE_PASSWORD                                                      \
	"Google takes an application password, which needs two-step "        \
	"verification (https://myaccount.google.com/apppasswords), or auth " \
	"XOAUTH2, but not the account's own password"
#define YAHOO_PASSWORD                                                 \
	"this provider takes an application password, made where the " \
	"account's security is set, but not the account's own password"
#define FRESH_TOKEN                                                        \
	"is the access token fresh, for this user, and with the right to " \
	"send (Google: scope https://mail.google.com/, Microsoft: SMTP.Send)?"
#define NEW_TOKEN \
	"the access token has expired: passwordeval must print a fresh one"
#define GMX_ACCESS                                                            \
	"is access by POP3 and IMAP allowed in the settings of the mailbox? " \
	"With two-factor login an application password is needed"
#define TOO_MANY                                                         \
	"the server counts failed logins: check user and password, and " \
	"wait before the next try"
#define OWN_SENDER                                                           \
	"this login may not send as that address: is it the login's own in " \
	"from, and in the message's From?"
#define VERIFY_SENDER                                                  \
	"the provider sends only from addresses or domains that were " \
	"verified there: see from, and the message's From"
#define LOG_IN \
	"the server wants a login: set user and a password (passwordeval)"
#define LOG_IN_TO_RELAY                                                 \
	"the server passes on mail only after a login: set user and a " \
	"password (passwordeval)"

/* The first that fits counts. */
static const struct hint_row rows[] = {
	/* TLS first */
	{ true, 0, IN_CLEAR, NULL, NULL, "starttls",
	    "the server wants TLS before a login: see tls" },
	{ true, 530, IN_CLEAR, NULL, NULL, NULL,
	    "the server wants TLS before a login: see tls" },
	{ true, 538, IN_CLEAR, NULL, NULL, NULL,
	    "the server wants TLS before a login: see tls" },
	{ true, 538, 0, NULL, NULL, NULL,
	    "the server does not take this connection as encrypted; another "
	    "mechanism may do: see auth" },

	/* Microsoft */
	{ true, 535, 0, "5.7.139", NULL, "smtpclientauthentication",
	    "SMTP login is turned off there: the administrator can allow it "
	    "(\"Authenticated SMTP\") for the mailbox or the organization" },
	{ true, 535, 0, "5.7.139", NULL, "basic authentication is disabled",
	    "Microsoft takes no password there, nor an application password: "
	    "use auth XOAUTH2, with passwordeval printing an access token" },
	{ true, 535, 0, "5.7.139", NULL, "security defaults",
	    "the organization's security defaults forbid this login: ask its "
	    "administrator, or use auth XOAUTH2" },
	{ true, 535, 0, "5.7.139", NULL, "did not meet the criteria",
	    "a rule of the organization forbids this login: ask its "
	    "administrator, or use auth XOAUTH2" },
	{ true, 535, TOKEN, "5.7.139", NULL, NULL, FRESH_TOKEN },
	{ true, 535, 0, "5.7.139", NULL, NULL,
	    "check user (the full address) and password; SMTP login may be "
	    "turned off for the mailbox, or passwords for all: then auth "
	    "XOAUTH2" },
	{ true, 535, TOKEN, "5.7.3", NULL, NULL,
	    "is the access token fresh, for this user, and with SMTP.Send; and "
	    "is SMTP login allowed for the mailbox?" },
	{ true, 535, PASSWORD, "5.7.3", NULL, NULL,
	    "check user (often the full address) and password; SMTP login may "
	    "be turned off for the mailbox" },

	/* Google */
	{ true, 534, 0, "5.7.9", NULL, "google.com", GOOGLE_PASSWORD },
	{ true, 534, 0, "5.7.14", NULL, NULL,
	    "Google wants a login by browser first, at the address that it "
	    "names; then use an application password or auth XOAUTH2" },
	{ true, 535, PASSWORD, "5.7.8", NULL, "google.com", GOOGLE_PASSWORD },

	/* others, by their host */
	{ true, 535, PASSWORD, NULL, ".mail.me.com.", NULL,
	    "iCloud takes an app-specific password, made at "
	    "https://account.apple.com, but not the account's own" },
	{ true, 535, PASSWORD, NULL, ".mail.yahoo.", NULL, YAHOO_PASSWORD },
	{ true, 535, PASSWORD, NULL, ".aol.com.", NULL, YAHOO_PASSWORD },
	{ true, 535, PASSWORD, NULL, ".fastmail.com.", NULL,
	    "Fastmail takes an app password, made in its settings, and the "
	    "full address as user" },
	{ true, 535, PASSWORD, NULL, ".zoho.", NULL,
	    "is the host that of the account's region (smtp.zoho.com, .eu, "
	    ".in)? With two-factor login Zoho wants an application-specific "
	    "password" },
	{ true, 535, PASSWORD, NULL, ".amazonaws.com.", NULL,
	    "Amazon SES wants SMTP credentials, made in its console for this "
	    "region: an AWS access key is something else" },
	{ true, 0, PASSWORD, NULL, ".sendgrid.net.", NULL,
	    "SendGrid wants the word apikey as user and an API key as "
	    "password" },
	{ true, 535, PASSWORD, NULL, ".mailgun.org.", NULL,
	    "Mailgun wants the SMTP credentials of a domain, not those of the "
	    "account; its EU region has a host of its own" },
	{ true, 535, PASSWORD, NULL, ".gmx.", NULL, GMX_ACCESS },
	{ true, 535, PASSWORD, NULL, ".web.de.", NULL, GMX_ACCESS },
	{ true, 535, PASSWORD, NULL, ".yandex.", NULL,
	    "are mail programs allowed in the mailbox's settings? Yandex takes "
	    "an app password, not the account's own" },

	/* by their words */
	{ true, 0, 0, NULL, NULL, "application-specific", APP_PASSWORD },
	{ true, 0, 0, NULL, NULL, "app-specific", APP_PASSWORD },
	{ true, 0, 0, NULL, NULL, "application password", APP_PASSWORD },
	{ true, 0, 0, NULL, NULL, "app password", APP_PASSWORD },
	{ true, 0, PASSWORD, NULL, NULL, "authorization code",
	    "the password is the authorization code that the provider gives "
	    "out for mail programs" },
	{ true, 0, 0, NULL, NULL, "too many bad auth", TOO_MANY },
	{ true, 0, 0, NULL, NULL, "too many failed", TOO_MANY },
	{ true, 0, 0, NULL, NULL, "too many login", TOO_MANY },

	/* tokens */
	{ true, 0, TOKEN, NULL, NULL, "invalid_grant",
	    "the refresh token is no longer valid: a person has to log in "
	    "again" },
	{ true, 0, TOKEN, NULL, NULL, "insufficient_scope",
	    "the access token does not give the right to send (Google: scope "
	    "https://mail.google.com/, Microsoft: SMTP.Send)" },
	{ true, 0, TOKEN, NULL, NULL, "expired", NEW_TOKEN },
	{ true, 0, TOKEN, NULL, NULL, "status 40", FRESH_TOKEN },
	{ true, 0, TOKEN, NULL, NULL, "invalid_token", FRESH_TOKEN },
	{ true, 0, TOKEN, NULL, NULL, "invalid_request", FRESH_TOKEN },
	{ true, 535, TOKEN, NULL, NULL, NULL, FRESH_TOKEN },

	/* RFC 4954 6 */
	{ true, 432, IN_CLEAR, NULL, NULL, NULL,
	    "the server wants to be shown the password once, to keep it in "
	    "another way: auth PLAIN, but over TLS only, see tls" },
	{ true, 432, 0, NULL, NULL, NULL,
	    "the server wants to be shown the password once, to keep it in "
	    "another way: auth PLAIN" },
	{ true, 454, 0, NULL, NULL, NULL,
	    "the server cannot check logins for now; it may later" },
	{ true, 500, 0, "5.5.6", NULL, NULL,
	    "the server takes no token or password that long" },
	{ true, 504, 0, NULL, NULL, NULL,
	    "see auth; --serverinfo shows what the server offers" },
	{ true, 534, 0, NULL, NULL, NULL,
	    "the server wants another mechanism or password: see auth" },
	{ true, 535, OTHER, NULL, NULL, NULL,
	    "the server does not take this certificate or ticket, or not for "
	    "this user" },
	{ true, 535, BARE_USER, NULL, NULL, NULL,
	    "check user and password; user is often the full address" },
	{ true, 535, 0, NULL, NULL, NULL, "check user and password" },

	/* a login that is missing; "530 5.7.0 Must issue a STARTTLS" */
	{ false, 530, IN_CLEAR, NULL, NULL, "starttls",
	    "the server wants TLS: see tls" },
	{ false, 0, NO_LOGIN, "5.7.57", NULL, NULL,
	    "Microsoft wants a login: set user and a password (passwordeval), "
	    "mostly a token with auth XOAUTH2" },
	{ false, 0, NO_LOGIN, NULL, NULL, "unauthenticated senders", LOG_IN },
	{ false, 530, NO_LOGIN, NULL, NULL, NULL, LOG_IN },
	{ false, 0, NO_LOGIN, NULL, NULL, "authentication required", LOG_IN },
	{ false, 0, NO_LOGIN, NULL, NULL, "authentication is required",
	    LOG_IN },
	{ false, 0, NO_LOGIN, NULL, NULL, "not logged in", LOG_IN },
	{ false, 0, NO_LOGIN, NULL, NULL, "relay access denied",
	    LOG_IN_TO_RELAY },
	{ false, 0, NO_LOGIN, NULL, NULL, "relaying denied", LOG_IN_TO_RELAY },
	{ false, 0, NO_LOGIN, NULL, NULL, "relay not permitted",
	    LOG_IN_TO_RELAY },
	{ false, 0, NO_LOGIN, NULL, NULL, "unable to relay", LOG_IN_TO_RELAY },
	{ false, 530, ANY_LOGIN, NULL, NULL, NULL,
	    "this login is not enough for the server: see user and auth" },

	/* another's sender */
	{ false, 0, ANY_LOGIN, "5.7.60", NULL, NULL, OWN_SENDER },
	{ false, 0, ANY_LOGIN, NULL, NULL, "sendasdenied", OWN_SENDER },
	{ false, 0, ANY_LOGIN, NULL, NULL, "not owned by user", OWN_SENDER },
	{ false, 0, ANY_LOGIN, NULL, NULL, "sender address is not allowed",
	    OWN_SENDER },
	{ false, 553, ANY_LOGIN, NULL, NULL, "relaying disallowed",
	    OWN_SENDER },
	{ false, 0, ANY_LOGIN, NULL, NULL, "verified sender identity",
	    VERIFY_SENDER },
	{ false, 0, ANY_LOGIN, NULL, NULL, "address is not verified",
	    VERIFY_SENDER },
};

/* Letters of either case are equal. */
static bool
contains(struct str text, const char *part)
{
	struct str wanted = str_of(part);
	for (; text.len >= wanted.len; text = str_from(text, 1))
		if (str_starts_nocase(text, wanted))
			return true;
	return false;
}

/* Whole labels of the host's name. */
static bool
has_labels(const char *host, const char *labels)
{
	AUTO(buf_release) struct buf dotted = BUF_INIT(512);
	return host != NULL && buf_printf(&dotted, ".%s.", host) &&
	    contains(buf_str(&dotted), labels);
}

static bool
is_so(const struct hint_case *c, unsigned when)
{
	static const unsigned logins[] = {
		[SASL_SECRET_PASSWORD] = PASSWORD,
		[SASL_SECRET_TOKEN] = TOKEN,
		[SASL_SECRET_NONE] = OTHER,
	};
	unsigned is = c->has_login ? logins[c->secret] : NO_LOGIN;
	unsigned wanted = when & (NO_LOGIN | ANY_LOGIN);
	if (wanted != 0 && (wanted & is) == 0)
		return false;
	if ((when & IN_CLEAR) != 0 && c->is_private)
		return false;
	bool is_bare = c->user != NULL && strchr(c->user, '@') == NULL;
	return (when & BARE_USER) == 0 || is_bare;
}

static bool
fits(const struct hint_row *row, const struct hint_case *c)
{
	if (row->is_login != (c->stage == SMTP_AUTH) ||
	    (row->code != 0 && row->code != c->code) || !is_so(c, row->when))
		return false;
	if (row->enh != NULL && strcmp(row->enh, c->enh) != 0)
		return false;
	if (row->host != NULL && !has_labels(c->host, row->host))
		return false;
	return row->text == NULL || contains(c->words, row->text) ||
	    contains(c->explanation, row->text);
}

const char *
hint_for_refusal(const struct hint_case *c)
{
	if (c->code < 400 || (c->stage < SMTP_MAIL && c->stage != SMTP_AUTH))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (fits(&rows[i], c))
			return rows[i].hint;
	return NULL;
}

const char *
hint_for_offers(const struct caps *caps, const struct sasl_login *login,
    const struct sasl_channel *channel)
{
	bool shows = caps_has_mechanism(caps, "PLAIN") ||
	    caps_has_mechanism(caps, "LOGIN");
	bool takes_tokens = caps_has_mechanism(caps, "XOAUTH2") ||
	    caps_has_mechanism(caps, "OAUTHBEARER");
	if (login->mechanisms != NULL)
		return channel->is_private
		    ? "auth names none of these"
		    : "auth names none of these; there may be more over TLS";
	if (!channel->is_private && shows)
		return "PLAIN and LOGIN are used over TLS only, unless auth "
		       "names them: see tls and auth";
	if (takes_tokens)
		return "the server wants an access token: auth XOAUTH2 or "
		       "OAUTHBEARER, with passwordeval printing it";
	return "what is weak or needs more than a password is used only if "
	       "auth names it";
}
