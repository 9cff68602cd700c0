// SPDX-License-Identifier: ISC
/*
 * One row a setting.  Flags, rc file, environment, --help, --pretend, the man
 * page check and the completions all read this one table.
 */
#ifndef CONFIG_TABLE_H
#define CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct err;

/* In the order of the table and of posthasterc(5). */
enum setting_id {
	SETTING_HOST,
	SETTING_PORT,
	SETTING_SOURCE_IP,
	SETTING_ADDRESS_FAMILY,
	SETTING_PROXY_HOST,
	SETTING_PROXY_PORT,
	SETTING_PROXY_USER,
	SETTING_PROXY_PASSWORD,
	SETTING_PROXY_PASSWORDEVAL,
	SETTING_PROXY_PASSWORD_FILE,
	SETTING_SOCKET,
	SETTING_TUNNEL,
	SETTING_TIMEOUT,
	SETTING_DOMAIN,
	SETTING_PROTOCOL,
	SETTING_TLS,
	SETTING_TLS_STARTTLS,
	SETTING_TLS_TRUST_FILE,
	SETTING_TLS_CRL_FILE,
	SETTING_TLS_FINGERPRINT,
	SETTING_TLS_PIN,
	SETTING_TLS_TRUST,
	SETTING_TLS_KNOWN_HOSTS,
	SETTING_TLS_KEY_FILE,
	SETTING_TLS_CERT_FILE,
	SETTING_TLS_KEY_PASSWORDEVAL,
	SETTING_TLS_KEY_PASSWORD_FILE,
	SETTING_TLS_CERTCHECK,
	SETTING_TLS_PRIORITIES,
	SETTING_TLS_MIN_VERSION,
	SETTING_TLS_HOST_OVERRIDE,
	SETTING_TLS_SESSION_CACHE,
	SETTING_AUTH,
	SETTING_USER,
	SETTING_NTLMDOMAIN,
	SETTING_PASSWORD,
	SETTING_PASSWORDEVAL,
	SETTING_PASSWORDEVAL_TIMEOUT,
	SETTING_PASSWORD_FILE,
	SETTING_PASSWORD_FD,
	SETTING_KEYRING,
	SETTING_FROM,
	SETTING_ALLOW_FROM_OVERRIDE,
	SETTING_FROM_FULL_NAME,
	SETTING_REWRITE_FROM,
	SETTING_REWRITE_REPLY_TO,
	SETTING_SET_FROM_HEADER,
	SETTING_SET_DATE_HEADER,
	SETTING_SET_MSGID_HEADER,
	SETTING_SET_TO_HEADER,
	SETTING_REMOVE_BCC_HEADERS,
	SETTING_ALIASES,
	SETTING_QUALIFY_DOMAIN,
	SETTING_LOCAL_DOMAINS,
	SETTING_REWRITE_TO,
	SETTING_DSN_NOTIFY,
	SETTING_DSN_RETURN,
	SETTING_DSN_ENVID,
	SETTING_DELIVER_BY,
	SETTING_HOLD_FOR,
	SETTING_HOLD_UNTIL,
	SETTING_PRIORITY,
	SETTING_RELAY_TLS,
	SETTING_MAIL_AUTH,
	SETTING_PARTIAL_DELIVERY,
	SETTING_LONG_LINES,
	SETTING_QUEUE,
	SETTING_QUEUE_DIR,
	SETTING_QUEUE_RETRY_MIN,
	SETTING_QUEUE_RETRY_MAX,
	SETTING_QUEUE_LIFETIME,
	SETTING_QUEUE_WARN_AFTER,
	SETTING_QUEUE_PER_CONNECTION,
	SETTING_QUEUE_BOUNCES,
	SETTING_LOGFILE,
	SETTING_LOGFILE_TIME_FORMAT,
	SETTING_LOG_FORMAT,
	SETTING_SYSLOG,
	SETTING_SANDBOX,
	SETTING_COUNT
};

enum setting_type {
	SETTING_TYPE_STRING,  /* char *; no control characters */
	SETTING_TYPE_PATH,    /* char *; ~ is the home directory */
	SETTING_TYPE_SECRET,  /* char *; in rc files only, never shown */
	SETTING_TYPE_COMMAND, /* char *; never from a sendmail-named call */
	SETTING_TYPE_AUTH,    /* char *; auto, on, off or mechanisms */
	SETTING_TYPE_UINT,    /* unsigned, min to max */
	SETTING_TYPE_SECONDS, /* unsigned, min to max; "90", "15m", "2h 30m" */
	SETTING_TYPE_BOOL,    /* bool: on, off */
	SETTING_TYPE_WORD,    /* an enum: the number of one of words */
	SETTING_TYPE_WORDS,   /* char *; some of words, "A,B" */
};

/* The secret that a setting leads to: only one such may be set. */
enum setting_gives {
	GIVES_NOTHING,
	GIVES_PASSWORD,
	GIVES_PASSPHRASE,
	GIVES_PROXY_PASSWORD,
	GIVES_COUNT
};

struct setting {
	const char *name;    /* in the rc file; with - for _ the long option */
	const char *initial; /* default, as text; NULL if none */
	const char *none;    /* the word for 0 or NULL; NULL if there is none */
	/* what an empty value means, as a word; NULL: there must be one.  If
	 * it is not none, the value is the empty text */
	const char *empty;
	const char *const *words; /* the values, NULL behind the last */
	const char *arg;          /* the argument's name in --help */
	const char *help;         /* one line, lower case */
	const char *since;        /* the version that first had it */
	/* whether a text, or words as they are kept, can be one; NULL: any.
	 * EX_CONFIG */
	bool (*check)(struct str text, struct err *e);
	/* in a file written for msmtp, in the place of check; NULL: the same */
	bool (*check_msmtp)(struct str text, struct err *e);
	size_t offset; /* in struct settings */
	enum setting_type type;
	unsigned min, max; /* of a number */
	char letter;       /* short option, 0 if none */
	enum setting_gives gives;
	bool has_flag;      /* whether there is a long option */
	bool is_tls_detail; /* void where a stronger source turns TLS off */
	bool is_optional;   /* --name alone, or the name alone, is a value */
	/* it has done its work once the message is ready to go out */
	bool is_composed;
};

/* What the name alone means: "on", or "auto" where there is no such word. */
struct str setting_alone(const struct setting *row);

/* SETTING_COUNT rows, setting_table[id] being the row of id. */
extern const struct setting setting_table[];

/* Of a WORD: "auto", "on", "off", as enum toggle counts them. */
extern const char *const setting_toggle_words[];

/* Of long_lines, as enum long_lines counts them. */
extern const char *const setting_long_lines_words[];

/* What auth may name; NULL behind the last. */
extern const char *const setting_mechanisms[];

/* Those of them that need no password, and no user. */
extern const char *const setting_passwordless[];

/* Whether name is the row's, _ and - being alike. */
bool setting_is_named(struct str name, const char *row);

/* The row of that name, NULL if there is none. */
const struct setting *setting_find(struct str name);

/* The name most like it, for "did you mean"; NULL if none is near. */
const char *setting_nearest(struct str name);

enum setting_id setting_id_of(const struct setting *row);

#endif
