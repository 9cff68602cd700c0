// SPDX-License-Identifier: ISC
/*
 * What the user wants, from all the places in which it can be said.
 *
 * Everything starts unset, and each source fills only what is still unset, in
 * the order flags, environment, rc file, defaults: so precedence is just the
 * order of calls.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"
#include "config/table.h"

struct buf;
struct err;

enum long_lines { LONG_LINES_ENCODE, LONG_LINES_PASS, LONG_LINES_REFUSE };
enum protocol { PROTOCOL_SMTP, PROTOCOL_LMTP };

/* Which addresses of the server are gone to. */
enum address_family {
	ADDRESS_FAMILY_ANY,
	ADDRESS_FAMILY_IPV4,
	ADDRESS_FAMILY_IPV6,
};

/* HDRS is sendmail's word for HEADERS. */
enum dsn_return {
	DSN_RETURN_OFF,
	DSN_RETURN_HEADERS,
	DSN_RETURN_FULL,
	DSN_RETURN_HDRS
};

enum relay_tls { RELAY_TLS_AUTO, RELAY_TLS_REQUIRE, RELAY_TLS_OPTIONAL };

enum toggle { TOGGLE_AUTO, TOGGLE_ON, TOGGLE_OFF };
enum rewrite { REWRITE_NEVER, REWRITE_INVALID, REWRITE_ALWAYS };
enum set_header { SET_HEADER_AUTO, SET_HEADER_OFF };
enum to_header {
	TO_HEADER_AUTO,
	TO_HEADER_ON,
	TO_HEADER_OFF,
	TO_HEADER_UNDISCLOSED,
};

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* The words of syslog; behind ON they name facilities. */
enum syslog_word {
	SYSLOG_OFF,
	SYSLOG_ON,
	SYSLOG_USER,
	SYSLOG_MAIL,
	SYSLOG_LOCAL0,
	SYSLOG_LOCAL7 = SYSLOG_LOCAL0 + 7,
};

/* By whom a server's certificate is believed. */
enum tls_trust {
	TLS_TRUST_AUTHORITIES,
	TLS_TRUST_FIRST_USE, /* the key that was seen first */
	TLS_TRUST_DANE,      /* TLSA records, where there are any */
};

/* The oldest TLS to speak. */
enum tls_version { TLS_VERSION_1_2, TLS_VERSION_1_3 };

/* What is kept, and when; ON is another word for FALLBACK. */
enum queue_mode {
	QUEUE_OFF,
	QUEUE_FALLBACK, /* what could not be delivered now */
	QUEUE_ALWAYS,   /* all, and delivery is tried in the background */
	QUEUE_ONLY,     /* all, and it is left to who runs the queue */
	QUEUE_ON,
};

/* What the process gives up, once it is connected. */
enum sandbox {
	SANDBOX_ON, /* Landlock and no_new_privs */
	SANDBOX_OFF,
	SANDBOX_STRICT, /* and system calls, by seccomp */
};

/* Where a value was set. */
enum settings_source {
	SETTINGS_UNSET,
	SETTINGS_FLAG,
	SETTINGS_ENVIRONMENT,
	SETTINGS_RCFILE,
	SETTINGS_DEFAULT,
};

struct settings_origin {
	enum settings_source source;
	unsigned line; /* of the rc file */
	/* the rc file, owned by who read it; else NULL, or a name to be told
	   in the place of --name or POSTHASTE_NAME */
	const char *file;
	bool is_msmtp; /* the rc file was written for msmtp */
};

/* What old files say of from, see config/obsolete.h. */
struct settings_auto_from {
	bool is_on;
	char *domain; /* owned; NULL if not set */
	struct settings_origin origin;
};

/* Strings are owned, NULL if not set; in the table's order. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): there are few */
struct settings {
	char *host;
	unsigned port; /* 0: by tls_starttls and auth, see submit */
	char *source_ip;
	enum address_family address_family;
	char *proxy_host;
	unsigned proxy_port; /* 0: SOCKS5's, 1080 */
	char *proxy_user;
	char *proxy_password;
	char *proxy_passwordeval;
	char *proxy_password_file;
	char *socket;     /* in place of host and port */
	char *tunnel;     /* whose ends are the connection */
	unsigned timeout; /* seconds; 0: RFC 5321's, 30 to connect */
	char *domain;     /* the name in EHLO */
	enum protocol protocol;
	enum toggle tls;
	enum toggle tls_starttls;
	char *tls_trust_file; /* NULL: the system's; "": nobody's */
	char *tls_crl_file;
	char *tls_fingerprint; /* SHA-256, some by commas or blanks */
	char
	    *tls_pin; /* "sha256//BASE64", some by blanks, commas, semicolons */
	enum tls_trust tls_trust;
	char *tls_known_hosts; /* NULL: in the state folder */
	char *tls_key_file;    /* PEM, or a PKCS#11 URL */
	char *tls_cert_file;
	char *tls_key_passwordeval;
	char *tls_key_password_file;
	bool tls_certcheck;
	char *tls_priorities;
	enum tls_version tls_min_version;
	char *tls_host_override;
	bool tls_session_cache;
	char *auth; /* "auto", "on", "off" or MECHANISM[ MECHANISM]... */
	char *user;
	char *ntlmdomain; /* NULL: none */
	char *password;
	char *passwordeval;
	unsigned passwordeval_timeout; /* seconds */
	char *password_file;
	unsigned password_fd; /* 0: none */
	bool keyring;
	char *from;
	bool allow_from_override;
	char *from_full_name;
	enum rewrite rewrite_from;
	bool rewrite_reply_to;
	enum toggle set_from_header;
	enum set_header set_date_header;
	enum set_header set_msgid_header;
	enum to_header set_to_header;
	bool remove_bcc_headers;
	char *aliases;        /* a file */
	char *qualify_domain; /* of names without domain */
	char *local_domains;  /* blanks or commas between them; "auto" */
	bool rewrite_to;      /* show in To and Cc whom names stand for */
	char *dsn_notify;     /* "never" or some of the other words */
	enum dsn_return dsn_return;
	char *dsn_envid;
	char *deliver_by;  /* value_parse_deliver_by() */
	unsigned hold_for; /* seconds */
	char *hold_until;  /* date_parse() */
	char *priority;
	enum relay_tls relay_tls;
	char *mail_auth; /* an address or "<>" */
	bool partial_delivery;
	enum long_lines long_lines;
	enum queue_mode queue;
	char *queue_dir;          /* NULL: in the state folder; "system" */
	unsigned queue_retry_min; /* seconds, as are those below */
	unsigned queue_retry_max;
	unsigned queue_lifetime;
	unsigned queue_warn_after; /* 0: never */
	unsigned queue_per_connection;
	unsigned queue_bounces;    /* 0: none */
	char *logfile;             /* "-" is standard output */
	char *logfile_time_format; /* NULL: no time */
	enum log_format log_format;
	enum syslog_word syslog;
	enum sandbox sandbox;
	struct settings_auto_from auto_from;
	struct settings_origin origin[SETTING_COUNT];
};

#define SETTINGS_INIT ((struct settings){ .host = NULL })

/* Long enough for settings_where(), which cuts the front of long paths. */
#define SETTINGS_WHERE_SIZE 256

/*
 * Parses the text by the row's type and stores it with its origin, whatever
 * was there; empty text where text may be missing is NULL.  EX_CONFIG with
 * the reason and the words allowed, EX_DATAERR for control characters in a
 * flag's address or name; the caller puts place and name in front.  Text of a
 * secret is never in the error.
 */
bool settings_set(struct settings *s, enum setting_id id, struct str text,
    struct settings_origin origin, struct err *e) MUST_CHECK;

bool settings_is_set(const struct settings *s, enum setting_id id);

/* Whether it gives a secret, and was not set to nothing. */
bool settings_has_source(const struct settings *s, enum setting_id id);

/* Takes back what was set. */
void settings_unset(struct settings *s, enum setting_id id);

/* Whether to log in: auth, or for "auto" whether there is a user. */
bool settings_wants_auth(const struct settings *s);

/* Whether it is said where to go: host, or a socket. */
bool settings_has_server(const struct settings *s);

/* The same, or a command that leads there; then host is "localhost" by
 * default. */
bool settings_has_way(const struct settings *s);

/* Whether it is by a proxy; a local socket has none. */
bool settings_has_proxy(const struct settings *s);

/* Whether anybody has said how TLS is to be, and so means to have it. */
bool settings_has_tls_detail(const struct settings *s);

/* Whether this one is such a detail, set to something. */
bool settings_is_tls_detail(const struct settings *s, enum setting_id id);

/* Whether certificates or keys are named, and so decide alone. */
bool settings_has_pin(const struct settings *s);

/* Whether the server is known by them or by the key that it had first, so that
 * neither its name nor who signed the certificate matters. */
bool settings_goes_by_key(const struct settings *s);

/* Whether that takes a user and a password; not if auth names none that do. */
bool settings_needs_password(const struct settings *s);

/*
 * Which of them leaves work to a module that opens what it likes: Kerberos, or
 * PKCS#11.  SETTING_COUNT if none does.
 */
enum setting_id settings_find_module(const struct settings *s);

/*
 * Copies what is set in src and not in dst; but not what dst's own values
 * make void: another source of the same secret, the login of another proxy
 * than dst's, another way to the server than by its command, another way to
 * hold the mail,
 * TLS's details where dst turns TLS off, and how the certificate is verified
 * where dst says whether it is, or the other way round.  So only what was said
 * in one place can contradict itself.
 */
void settings_fill(struct settings *dst, const struct settings *src);

/* Sets one from POSTHASTE_<NAME>, if that is there; secrets are refused. */
bool settings_take_variable(
    struct settings *s, enum setting_id id, struct err *e) MUST_CHECK;

/* All of these; and the defaults. */
bool settings_fill_environment(struct settings *s, struct err *e) MUST_CHECK;
bool settings_fill_defaults(struct settings *s, struct err *e) MUST_CHECK;

/* Where it was set: "FILE:LINE", "--name", "POSTHASTE_NAME" or "default". */
void settings_where(
    const struct settings *s, enum setting_id id, char *dst, size_t size);

/*
 * Appends the value as settings_set() takes it, not of a secret.
 */
void
settings_text(const struct settings *s, enum setting_id id, struct buf *out);

/* A line "name value # where" for each that is set, secrets as "*". */
void settings_show(const struct settings *s, struct buf *out);

/* The same without defaults, and commands as "*", too: they may hold one. */
void settings_show_set(const struct settings *s, struct buf *out);

/*
 * getenv(3): this process never changes its environment, but for main, which
 * empties it where it is not to be listened to.
 */
const char *settings_variable(const char *name);

/* Appends the home directory: $HOME, else the user database's. */
bool settings_home(struct buf *home) MUST_CHECK;

enum settings_dir {
	SETTINGS_CACHE, /* $XDG_CACHE_HOME, ~/.cache: can be lost */
	SETTINGS_STATE, /* $XDG_STATE_HOME, ~/.local/state: should not be */
};

/* Appends our own folder there; false if there is no home. */
bool settings_dir(enum settings_dir which, struct buf *path) MUST_CHECK;

/* Wipes secrets. */
void settings_release(struct settings *s);

#endif
